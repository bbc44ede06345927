"""The benchmark `rewriting`: what is asked for, what counts as done, and what is kept."""

import json
import random
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import typer
from evaluation_zoo import File, write_corpus
from typer.testing import CliRunner

from editdiff.cli import evaluate as command
from editdiff.engines.base import Draft, FillOptions, FillTask, Told
from editdiff.engines.confidence import RewriteCalibration
from editdiff.engines.measured import rewrite_calibration
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks import rewriting
from editdiff.evaluation.benchmarks.rewriting import (
    Best,
    Item,
    Tried,
    attempt,
    best,
    floor,
    of_file,
)
from editdiff.evaluation.core.benchmark import Request
from editdiff.text.span import Span

MODULE = """\
def greeting(name, loud):
    if loud == None:
        loud = False
    text = "Hello, %s!" % name
    if loud:
        return text.upper()
    else:
        return text


def squares(numbers):
    found = []
    for number in numbers:
        found.append(number * number)
    return found
"""


def ignore(name: str, done: int, total: int) -> None:
    pass


def items(text: str = MODULE, seed: int = 0) -> list[Item]:
    return list(of_file(File("p", "p/a.py", text), random.Random(seed)))


class Obedient:
    """Does what is asked for a share of the time, and is the surer the more it does."""

    name = "obedient"

    def __init__(self, known: list[Item], share: float = 0.7) -> None:
        self._known = {(item.text, item.ask): item for item in known}
        self._share, self.asked = share, 0

    def fill(self, task: FillTask, options: FillOptions):
        self.asked += 1
        item = self._known[task.text, task.ask]
        (gap,) = task.gaps
        wanted = item.truth[gap.start : len(item.truth) - (len(item.text) - gap.end)]
        draw = random.Random(f"{task.text}{task.ask}")
        sure = draw.random() < self._share
        right = draw.random() < (0.95 if sure else 0.1)
        lead = 6.0 if sure else 1.0
        told = Told((lead - 9, lead - 9), -9.0, 1, (-9.0, -9.0), -1.0)
        if wanted != task.old:
            margin = task.old[: len(task.old) - len(task.old.lstrip())]
            yield Draft((wanted if right else f"{margin}pass",), lead, 1, told=told)


def test_of_a_file_something_of_every_kind_is_asked_for():
    found = items()
    assert len({item.kind for item in found}) == len(found) > 5
    for item in found:
        assert item.text != item.truth and MODULE in (item.text, item.truth)
        head, tail = item.text[: item.span.start], item.text[item.span.end :]
        assert item.truth.startswith(head) and item.truth.endswith(tail)
        assert item.ask.strip()
    assert found == items() != items(seed=1)
    assert not items("def f(:\n")


def test_what_can_be_done_well_in_many_ways_is_not_asked_for():
    documented = 'def f(a):\n    """Say what it does."""\n    return a\n'
    asked = [item for seed in range(30) for item in items(documented, seed)]
    assert {item.kind for item in asked if "docstring" in item.kind} == {"docstring"}, (
        "removed only"
    )


def test_done_is_the_same_program_and_where_that_stays_the_same_the_same_text():
    text = "x = 'a'\ny = f(1)\n"
    quotes = Item("p", "a.py", "k", text, Span(0, 7), "double quotes", text.replace("'", '"'))
    assert rewriting._right(quotes, [quotes.truth, text, 'x  = "a"\ny = f(1)\n']) == [
        True,
        False,
        False,
    ]
    call = Item("p", "a.py", "k", text, Span(8, 16), "call g", text.replace("f(", "g("))
    assert rewriting._right(call, ["x = 'a'\ny = g( 1 )\n", text, "x = ("]) == [True, False, False]


def test_all_answers_of_an_item_are_told_with_their_features():
    item = items()[0]
    tried = attempt(Obedient([item], 1.0), item, Request(FillOptions()), [])
    (answer,) = tried.answers
    assert tuple(answer["features"]) == RewriteCalibration.NAMES
    assert tried.old == item.span.slice(item.text) and tried.ask == item.ask
    silent = attempt(Silent(), item, Request(FillOptions()), [])
    assert silent.answers == []


class Silent:
    name = "silent"

    def fill(self, task, options):
        return iter(())


def test_the_floor_is_the_least_from_which_four_in_five_are_right():
    ranked = [Best(1 - i / 100, i % 5 != 4) for i in range(50)]
    assert floor([*ranked, *(Best(0.3 - i / 100, False) for i in range(20))]) == ranked[49].p
    assert floor([Best(0.9, False)] * 40) == 1.0
    assert floor([Best(0.9, True)] * 5) == 1.0, "too few to tell"


def test_the_likeliest_answer_counts():
    features = dict.fromkeys(RewriteCalibration.NAMES, 0.0)
    tried = Tried("p", "a", "k", "x", "a", "b", [
        {"text": "b", "right": False, "features": features | {"lead": 1.0}},
        {"text": "c", "right": True, "features": features | {"lead": 2.0}},
    ])  # fmt: skip
    assert best(RewriteCalibration(0.0, {"lead": 1.0}, 0.5), tried).right
    assert best(RewriteCalibration(0.0, {"lead": 1.0}, 0.5), replace(tried, answers=())) is None


@pytest.fixture
def folder(tmp_path) -> Path:
    there = tmp_path / "packages"
    for i in range(12):
        (there / f"p{i}").mkdir(parents=True)
        (there / f"p{i}" / "a.py").write_text(MODULE.replace("greeting", f"greeting{i}"))
    return there


@pytest.fixture
def engine(folder) -> Obedient:
    files = [
        File(path.parent.name, f"{path.parent.name}/a.py", path.read_text())
        for path in folder.glob("*/*.py")
    ]
    return Obedient(rewriting.spread(files, 96, 0, of_file))


def test_it_fits_on_one_half_of_the_packages_and_reports_the_other(engine, folder, tmp_path):
    request = Request(FillOptions(), 96, 0, data=folder)
    found = rewriting.evaluate(engine, request, ignore)
    first = found.rows[0].figures
    assert "in 6 packages, calibrated on" in found.title
    assert first["offered"].total == sum(row.figures["offered"].total for row in found.rows[1:])
    assert first["wrong"].hits <= 0.2 * first["wrong"].total
    assert first["any"].hits >= first["best"].hits >= first["done"].hits > 10
    assert first["auroc"].value > 0.7
    content = json.loads(json.dumps(found.to_json()))
    assert RewriteCalibration.of(content["calibration"]) == found.calibration
    assert len(content["items"]) == 96
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / "a.json").write_text(json.dumps(content))
    asked = engine.asked
    again = rewriting.evaluate(engine, replace(request, data=reports), ignore)
    assert engine.asked == asked
    assert again.calibration.floor == pytest.approx(found.calibration.floor)
    (reports / "a.json").write_text("[")
    with pytest.raises(InputError, match="cannot read"):
        rewriting.evaluate(engine, replace(request, data=reports), ignore)


def test_answers_of_one_kind_cannot_be_calibrated():
    tried = [Tried("p", "a", "k", "x", "a", "b", ())]
    with pytest.raises(InputError, match="needs both"):
        rewriting.calibrate(tried)


def test_the_held_out_packages_are_reported_with_the_models_own_calibration(tmp_path):
    manifest = write_corpus(tmp_path, {"a": "train", "kept": "heldout"}, MODULE)
    request = Request(FillOptions(), 5, 0, manifest, tmp_path)
    files = rewriting.held_out(manifest, tmp_path)
    engine = Obedient(rewriting.spread(files, 5, 0, of_file), 1.0)
    calibration = RewriteCalibration(0.0, {"lead": 1.0}, 0.9)
    found = rewriting.evaluate(engine, replace(request, of_rewrites=calibration), ignore)
    assert found.calibration is calibration
    assert {item["package"] for item in found.items} == {"kept"}
    assert found.title.endswith("in held-out packages")


def test_the_command_keeps_the_calibration(engine, folder, monkeypatch, tmp_path):
    monkeypatch.setattr(command, "choose", lambda *spec: engine)
    monkeypatch.setattr(command, "choose_twin", lambda *spec: None)
    model = tmp_path / "model"
    model.mkdir()
    (model / "model.safetensors").write_bytes(b"weights")
    app = typer.Typer()
    app.command()(command.evaluate)
    args = ["rewriting", "--data", str(folder), "--limit", "96", "--model", str(model)]
    result = CliRunner().invoke(app, [*args, "--write-calibration"], standalone_mode=False)
    assert result.exception is None
    assert result.stderr.strip().endswith("rewrite.json")
    assert rewrite_calibration(str(model)) is not None
    assert asdict(rewrite_calibration(str(model)))["floor"] > 0
