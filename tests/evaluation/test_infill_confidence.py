import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer
from evaluation_zoo import MODULE, write_corpus
from typer.testing import CliRunner

from editdiff.cli import evaluate as command
from editdiff.engines.base import Draft, FillOptions, FillTask
from editdiff.engines.confidence import DraftCalibration
from editdiff.engines.measured import infill_calibration
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.benchmarks import infill_confidence
from editdiff.evaluation.benchmarks.drafted import (
    INSIDE,
    KINDS,
    LINE,
    LINES,
    NOTHING,
    Hidden,
    fill,
    halves,
    hidden,
)
from editdiff.evaluation.benchmarks.infill_confidence import calibrate, figures, floor
from editdiff.evaluation.core.benchmark import Request
from editdiff.text.span import Span
from editdiff.training.corpus.sources import SourceFile
from editdiff.training.trunk.endings import Ending


def files(packages: int = 4, each: int = 5) -> list[SourceFile]:
    return [
        SourceFile(f"p{i}", f"p{i}/m{j}.py", MODULE.replace("Circle", f"Circle{i}x{j}"))
        for i in range(packages)
        for j in range(each)
    ]


class Knowing:
    """Knows what was hidden; says so with its score, and is wrong in as many gaps as its score tells."""

    name = "knowing"

    def __init__(self, gaps: list[Hidden], right: float = 0.7) -> None:
        self._truth = {
            (gap.ending.text[: gap.ending.span.start], gap.ending.text[gap.ending.span.end :]): (
                gap.truth
            )
            for gap in gaps
        }
        self._right, self.tasks = right, []

    def fill(self, task: FillTask, options: FillOptions):
        self.tasks.append(task)
        (gap,) = task.gaps
        truth = self._truth[task.text[: gap.start], task.text[gap.end :]]
        draw = random.Random(len(self.tasks))
        sure = draw.random() < self._right
        right = draw.random() < (0.95 if sure else 0.1)
        text = truth if right else truth.strip() + "  # no"
        yield Draft((text,), -0.1 - draw.random() if sure else -4 - draw.random(), 1)
        yield Draft(("0  # nor this",), -3.0, 1)


@pytest.fixture
def gaps() -> list[Hidden]:
    return hidden(files(), 240, 0)


@pytest.fixture
def request_(tmp_path) -> Request:
    manifest = write_corpus(tmp_path, {"a": "train", "b": "train", "c": "train", "kept": "heldout"})
    return Request(FillOptions(), 120, 0, manifest, tmp_path)


def ignore(name: str, done: int, total: int) -> None:
    pass


def test_the_halves_are_of_different_packages_whatever_the_order_of_the_files():
    first, second = halves(files())
    assert {file.package for file in first} == {"p0", "p2"}
    assert {file.package for file in second} == {"p1", "p3"}
    assert halves(files()[::-1]) == (first, second)


def test_the_same_seed_draws_the_same_gaps_of_every_kind(gaps):
    assert hidden(files(), 240, 0) == gaps != hidden(files(), 240, 1)
    assert {gap.kind for gap in gaps} == set(KINDS)
    assert {gap.package for gap in gaps} == {"p0", "p1", "p2", "p3"}
    assert hidden([SourceFile("p", "empty.py", "\n")], 3, 0) == []


@pytest.mark.parametrize(
    ("span", "kind"),
    [(Span(0, 5), LINE), (Span(4, 5), LINE), (Span(0, 3), INSIDE), (Span(4, 12), LINES),
     (Span(4, 4), NOTHING), (Span(5, 7), NOTHING)],
)  # fmt: skip
def test_kinds_of_gaps(span, kind):
    assert Hidden("p", Ending("a = 1\r\nb = 2\r\n", span, "a.py")).kind == kind


def test_the_engine_is_shown_nothing_of_what_is_hidden_and_a_draft_is_right_but_for_white_space():
    text = "def f(a):\n    return a\n"
    gap = Hidden("p", Ending(text, Span(text.index("return a"), len(text) - 1), "a.py"))
    engine = Knowing([gap], right=1.0)
    (found,) = fill([gap], engine, FillOptions(), [])
    assert "return" not in engine.tasks[0].text
    assert (found.right, found.draft, found.reason) == (True, "return a", "")
    assert tuple(found.features) == DraftCalibration.NAMES
    assert found.features["score"] == pytest.approx(-1, abs=1)


class Silent(Knowing):
    def fill(self, task: FillTask, options: FillOptions):
        yield Draft(("a\0",), 0.0, 1)


def test_where_nothing_is_proposed_the_reason_is_kept(gaps):
    (found,) = fill(gaps[:1], Silent(gaps), FillOptions(temperature=0.0), [])
    assert (found.right, found.features, found.draft) == (False, {}, "")
    assert "not text" in found.reason


def test_the_floor_is_the_largest_that_loses_no_more_right_drafts_than_it_may():
    p = np.arange(200) / 200
    right = np.ones(200, dtype=bool)
    right[:50] = False
    assert floor(p, right, 0.02) == p[53]  # three of 150 lie below it, a fourth would be too many
    assert floor(p, right, 0.0) == p[50]


def test_figures_of_probabilities_that_are_right_and_of_some_that_are_not():
    rng = np.random.default_rng(0)
    p = rng.random(4000)
    right = rng.random(4000) < p
    good, bad = figures(p, right, 0.1), figures(p**4, right, 0.1)
    assert good["ece"].value < 3 < bad["ece"].value
    assert good["loss"].value < bad["loss"].value
    assert good["auroc"].value == pytest.approx(bad["auroc"].value)
    assert good["declined"].hits == int((p < 0.1).sum())
    assert good["lost"].hits + good["saved"].hits == good["declined"].hits
    assert good["lost"].total == int(right.sum())
    assert "auroc" not in figures(p[right], right[right], 0.1)


def test_the_report_tells_by_kind_what_the_probabilities_are_worth(gaps, request_):
    told: list[tuple[int, int]] = []
    found = infill_confidence.report(
        Knowing(gaps), gaps[::2], gaps[1::2], request_, lambda *a: told.append(a[1:]), checkers=[]
    )
    assert told[-1] == (240, 240)
    names = [row.name for row in found.rows]
    assert names[0] == "knowing"
    assert names[1:-2] == [f"knowing, {kind}" for kind in KINDS]
    assert names[-2:] == ["score alone", "always the same"]
    by_name = {row.name: row.figures for row in found.rows}
    assert by_name["knowing"]["auroc"].value > 0.85
    assert by_name["knowing"]["loss"].value < by_name["always the same"]["loss"].value
    assert by_name["knowing"]["ece"].value < 15
    assert by_name["always the same"]["declined"].hits == 0
    content = json.loads(json.dumps(found.to_json()))
    assert DraftCalibration.of(content["calibration"]) == found.calibration
    assert content["measured"]["options"]["drafts"] == 4
    assert len(content["items"]) == 240
    assert len(content["reliability"]["knowing"]) == 10
    assert "knowing, inside a line" in found.table.plain()


def test_what_is_kept_is_fitted_on_both_halves(gaps, request_):
    found = infill_confidence.report(
        Knowing(gaps), gaps[::2], gaps[1::2], request_, ignore, checkers=[]
    )
    drafted = list(fill([*gaps[::2], *gaps[1::2]], Knowing(gaps), FillOptions(), []))
    assert found.calibration == calibrate(drafted)
    lost = [d for d in drafted if d.right]
    below = sum(found.calibration.probability(d.features) < found.calibration.floor for d in lost)
    assert below <= 0.03 * len(lost), "the floor was chosen on drafts as they are told unseen"


@pytest.mark.parametrize("right", [0.0, 1.0])
def test_a_model_that_is_always_right_or_never_cannot_be_calibrated(right, gaps, request_):
    class Same(Knowing):
        def fill(self, task, options):
            draft, *_ = super().fill(task, options)
            (gap,) = task.gaps
            truth = self._truth[task.text[: gap.start], task.text[gap.end :]]
            yield Draft((truth if right else truth + "x",), draft.score, 1)

    with pytest.raises(InputError, match="needs both kinds"):
        infill_confidence.report(Same(gaps), gaps[:9], gaps[9:18], request_, ignore, checkers=[])


def test_a_model_that_proposes_nothing_cannot_be_reported(gaps, request_):
    with pytest.raises(InputError, match="proposed nothing"):
        infill_confidence.report(Silent(gaps), gaps[:2], gaps[2:4], request_, ignore, checkers=[])


@pytest.fixture
def engine(request_) -> Knowing:
    """Knows the gaps that the benchmark draws of the corpus."""
    sources = infill_confidence.training_files(request_.manifest, request_.cache)
    return Knowing([gap for part in halves(sources) for gap in hidden(part, 60, 0)])


def test_it_takes_training_packages_alone(engine, request_):
    found = infill_confidence.evaluate(engine, request_, ignore)
    assert {item["package"] for item in found.items} == {"a", "b", "c"}
    for wheel in request_.cache.glob("b-*.whl"):
        wheel.unlink()
    with pytest.raises(InputError, match="has not all training packages"):
        infill_confidence.evaluate(engine, request_, ignore)


def test_one_package_has_no_halves(engine, tmp_path):
    folder = tmp_path / "one"
    folder.mkdir()
    manifest = write_corpus(folder, {"a": "train"})
    with pytest.raises(InputError, match="only one"):
        infill_confidence.evaluate(engine, Request(FillOptions(), 8, 0, manifest, folder), ignore)


def invoke(*args: str):
    app = typer.Typer()
    app.command()(command.evaluate)
    return CliRunner().invoke(app, list(args), standalone_mode=False)


def test_the_command_keeps_the_calibration_in_the_models_folder(
    engine, request_, monkeypatch, tmp_path
):
    monkeypatch.setattr(command, "choose", lambda *spec: engine)
    monkeypatch.setattr(command, "choose_twin", lambda *spec: None)
    model: Path = tmp_path / "model"
    model.mkdir()
    (model / "model.safetensors").write_bytes(b"weights")
    corpus = ["--manifest", str(request_.manifest), "--cache", str(request_.cache)]
    args = ["infill-confidence", *corpus, "--limit", "120", "--model", str(model)]
    assert invoke(*args).exception is None
    assert infill_calibration(str(model)) is None
    result = invoke(*args, "--write-calibration")
    assert result.exception is None
    assert result.stderr.strip().endswith("infill.json")
    found = infill_calibration(str(model))
    assert found is not None
    assert set(found.weights) == set(DraftCalibration.NAMES)
    content = json.loads((model / "infill.json").read_text(encoding="utf-8"))
    assert {"title", "options", "auroc", "ece", "lost", "saved"} <= set(content["measured"])


def test_another_benchmark_has_no_calibration_to_keep_and_those_that_have_are_named():
    result = invoke("lines", "--write-calibration")
    assert isinstance(result.exception, UsageError)
    assert "eval infill-confidence" in result.exception.hint


def test_reports_of_a_folder_are_told_together_and_nothing_is_drafted(request_, tmp_path):
    def item(number: int, package: str) -> dict[str, object]:
        right = number % 3 == 0
        named = {name: float(right) if name == "score" else 0.0 for name in DraftCalibration.NAMES}
        place = {"package": package, "path": "a.py", "offset": number, "truth": "x"}
        rest = {"kind": LINE, "features": named, "right": right, "draft": "x", "reason": ""}
        return place | rest | {"seconds": 1.0, "language": "python"}

    for number, names in enumerate(("ab", "ac")):
        told = {
            "benchmark": "infill-confidence",
            "items": [item(n, names[n % 2]) for n in range(40)],
        }
        (tmp_path / f"{number}.json").write_text(json.dumps(told), encoding="utf-8")
    lines = [item(n, "d") for n in range(20)]
    places = [{key: each[key] for key in ("package", "path", "offset", "truth")} for each in lines]
    outcomes = [
        {key: value for key, value in each.items() if key not in places[0]} | {"p": 0.5}
        for each in lines
    ]
    whole = {"benchmark": "infill-lines", "items": places, "rows": [{"outcomes": outcomes}]}
    (tmp_path / "lines.json").write_text(json.dumps(whole), encoding="utf-8")
    (tmp_path / "other.json").write_text('{"benchmark": "review"}', encoding="utf-8")
    found = infill_confidence.evaluate(Silent([]), replace(request_, data=tmp_path), ignore)
    assert (
        found.title == "infill-confidence: 100 drafts in packages, each half by a fit to the other"
    )
    assert {each["package"] for each in found.items} == {"a", "b", "c", "d"}
    (tmp_path / "other.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="cannot read"):
        infill_confidence.evaluate(Silent([]), replace(request_, data=tmp_path), ignore)
