import json
import math
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from evaluation_zoo import MODULE, File, write_corpus
from typer.testing import CliRunner

from editdiff.cli import evaluate as command
from editdiff.engines.base import Draft, FillOptions, FillTask, Place, Sketch, Update
from editdiff.engines.confidence import LineCalibration
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.measured import ghost_calibration, ghost_thresholds
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks import ghost, ghost_confidence
from editdiff.evaluation.benchmarks.ghost import Keystroke
from editdiff.evaluation.benchmarks.ghost_confidence import ALL, OWN, Seen, halves
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.logistic import error_by_chance
from editdiff.evaluation.core.plot import draw as plot
from editdiff.evaluation.data.keystrokes import Cursor, draw


class Reads:
    """Right by chance; its reading knows better than it does itself, and rightly doubts one language."""

    name = "reads"

    def __init__(self, cursors: list[Cursor], language: str = "python", right: float = 0.6) -> None:
        self._truth = {(c.path, c.text, c.offset): c.truth for c in cursors}
        self._language, self._right, self._draw = language, right, random.Random(0)

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        truth = self._truth[task.path, task.text, task.gaps[0].start]
        text = truth if self._draw.random() < self._right else f"{truth}zz"
        p = self._draw.uniform(0.2, 0.9)
        yield Sketch(1, ((Place(text, True, p),),))
        yield Draft((text,), math.log(p), 1)

    def score_with(self, task: FillTask, texts: list[tuple[str, ...]], options: FillOptions):
        noise = self._draw.gauss(0.0, 1.0)
        return [0.0 if not text else noise - 3 * text.endswith("zz") for (text,) in texts]


def cursors(packages: int, language: str) -> list[Cursor]:
    files = [File(f"p{n % packages}", f"m{n}.py", MODULE) for n in range(4 * packages)]
    return [replace(c, language=language) for c in draw(files, 260, seed=1)]


@pytest.fixture(scope="module")
def reports(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    request = Request(FillOptions(), 8, 0)
    for language, right in (("python", 0.7), ("go", 0.15)):
        asked = cursors(8, language)
        engine = Reads(asked, language, right)
        found = ghost.report(
            engine, [], asked[::2], asked[1::2], request, checkers=(), language=language
        )
        (folder / f"{language}.json").write_text(json.dumps(found.to_json()))
    return folder


@pytest.fixture
def request_(reports, tmp_path) -> Request:
    manifest = write_corpus(tmp_path, {"p0": "heldout", "other": "train"})
    return Request(FillOptions(), 8, 0, manifest, tmp_path, reports)


def named(name: str) -> ScriptedEngine:
    engine = ScriptedEngine([])
    engine.name = name
    return engine


def ignore(name: str, done: int, total: int) -> None:
    pass


@pytest.fixture
def report(request_) -> ghost_confidence.ConfidenceReport:
    return ghost_confidence.evaluate(named("reads"), request_, ignore)


def test_the_halves_share_no_package_and_what_is_held_out_is_never_fitted():
    stroke = Keystroke("x", 0.5, 0.5, True, "", 0.1, 1)
    seen = [Seen("go", package, stroke) for package in ("d", "a", "c", "b", "a", "e")]
    first, second = halves(seen, {"a"})
    assert {each.package for each in first} == {"b", "d"}
    assert {each.package for each in second} == {"a", "c", "e"}


def test_a_reading_that_knows_better_is_told_from_the_networks_own_confidence(report):
    rows = {row.name: row for row in report.rows}
    assert list(rows) == [ALL, "go", "python", "prose", "code", OWN]
    assert rows[OWN].floor
    assert rows[ALL].figures["auroc"].value > rows[OWN].figures["auroc"].value + 0.1
    assert rows[ALL].figures["ece"].value < rows[OWN].figures["ece"].value
    assert report.calibration.weights["read"] > 0.5
    assert report.calibration.languages["python"] > report.calibration.languages["go"]


def test_one_threshold_serves_all_languages_but_one_where_it_shows_too_much_that_is_wrong(report):
    told = report.to_json()["thresholds"]
    one = told["python"]["threshold"]
    assert one is not None
    assert told["go"]["tried"] >= one
    assert told["go"]["threshold"] is None or told["go"]["exact"]["share"] >= 0.6
    (note,) = (note for note in report.notes if note.startswith("threshold, one for all"))
    assert f"{one:.3f}" in note


def test_what_a_share_of_exact_lines_costs_is_told_with_thresholds_of_the_other_half(report):
    row = report.rows[0].to_json()["figures"]
    shown = [row[f"at{aim}"]["shown"]["share"] for aim in (65, 75, 90)]
    assert shown == sorted(shown, reverse=True)
    assert row["at90"]["exact"]["share"] > row["at65"]["exact"]["share"] > 0.5


def test_told_and_found_of_each_row_are_in_the_json_and_in_the_picture(report, tmp_path):
    content = json.loads(json.dumps(report.to_json()))
    assert set(content["reliability"]) == {ALL, "go", "python", "prose", "code", OWN}
    assert sum(each["items"] for each in content["reliability"][ALL]) == len(
        [1 for each in report.rows[0].outcomes if each["confidence"] > 0]
    )
    figure = plot(content, tmp_path / "told.png")
    assert [axes.get_title() for axes in figure.axes] == list(content["reliability"])


def test_probabilities_that_are_true_miss_by_chance_the_more_the_fewer_items_there_are():
    import numpy as np

    p = np.random.default_rng(0).random(4000)
    many, few = error_by_chance(p, 10), error_by_chance(p[:100], 10)
    assert 0.0 < many < 0.03 < few


def test_a_cursor_in_two_reports_counts_once(reports, request_, tmp_path, report):
    folder = tmp_path / "twice"
    folder.mkdir()
    for path in reports.glob("*.json"):
        for name in ("a", "b"):
            (folder / f"{name}{path.name}").write_bytes(path.read_bytes())
    twice = ghost_confidence.evaluate(named("reads"), replace(request_, data=folder), ignore)
    assert twice.title == report.title


def test_what_is_no_report_and_a_folder_without_one_are_told(request_, tmp_path):
    engine = named("reads")
    for folder, said in ((None, "no folder is named"), (tmp_path, "holds no report of reads")):
        with pytest.raises(InputError, match=said):
            ghost_confidence.evaluate(engine, replace(request_, data=folder), ignore)
    with pytest.raises(InputError, match="holds no report of another"):
        ghost_confidence.evaluate(named("another"), request_, ignore)
    folder = tmp_path / "wrong"
    folder.mkdir()
    (folder / "a.json").write_text('{"items": []}')
    with pytest.raises(InputError, match=r"a\.json is no report"):
        ghost_confidence.evaluate(engine, replace(request_, data=folder), ignore)


def test_lines_that_are_all_wrong_cannot_be_calibrated(request_):
    wrong = Seen("go", "a", Keystroke("x", 0.5, 0.5, False, "", 0.1, 1, (0.5,), (-1.0, -2.0)))
    with pytest.raises(InputError, match="too few"):
        ghost_confidence.report("reads", [wrong] * 9, [wrong], request_)


def test_the_command_keeps_calibration_and_thresholds_in_the_models_folder(
    request_, monkeypatch, tmp_path
):
    monkeypatch.setattr(command, "choose", lambda *spec: named("reads"))
    monkeypatch.setattr(command, "choose_twin", lambda *spec: None)
    model = tmp_path / "model"
    model.mkdir()
    (model / "model.safetensors").write_bytes(b"weights")
    app = typer.Typer()
    app.command()(command.evaluate)
    args = ["ghost-confidence", "--data", str(request_.data), "--model", str(model)]
    args += ["--manifest", str(request_.manifest), "--write-calibration"]
    result = CliRunner().invoke(app, args, standalone_mode=False)
    assert result.exception is None
    assert result.stderr.strip().endswith("ghost.json")
    found = ghost_calibration(str(model))
    assert isinstance(found, LineCalibration)
    assert 0 < found.floor <= 1
    assert "python" in ghost_thresholds(str(model))
