"""How sure a fix is: what is told of all that pass, what is fitted to it, and what is kept."""

import json
import random
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from editdiff.edits.fix.credible import SURE
from editdiff.engines.base import FillOptions
from editdiff.engines.confidence import FixCalibration
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.fakes.words import Words
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks import fix_candidates, fix_confidence
from editdiff.evaluation.benchmarks.fix_candidates import HALF, Broken, Told, Tried, candidates
from editdiff.evaluation.benchmarks.fix_confidence import choose, crosswise, floor, read
from editdiff.evaluation.core.benchmark import Request

PLAIN = dict.fromkeys(FixCalibration.NAMES, 0.0)


def told(right: bool, worth: float, rung: int = 0, doubts: str = "", **features: float) -> Told:
    return Told(right, rung, worth, doubts, {**PLAIN, "gain": worth, **features}, "x")


def faults(count: int, seed: int = 0) -> list[Tried]:
    """Right where it is much likelier than nothing; of the halves the rest of a line mostly is not."""
    draw, tried = random.Random(seed), []
    for n in range(count):
        gain = draw.uniform(0, 20)
        ways = [told(draw.random() < gain / 16, gain)]
        kind = HALF if n % 3 == 0 else "closing bracket left out"
        if kind == HALF:
            ways.append(told(draw.random() < 0.2, gain - 1, 1, completes=1.0, logp=-3.0))
        language = ("python", "json")[n % 2]
        tried.append(Tried(kind, language, f"p{n % 12}", tuple(ways), "", 1.0))
    return tried


@pytest.fixture
def reports(tmp_path) -> Path:
    for name, some in (("fix-candidates", faults(150)), ("half-candidates", faults(90, 1))):
        items = [asdict(each) for each in some]
        (tmp_path / f"{name}.json").write_text(json.dumps({"benchmark": name, "items": items}))
    (tmp_path / "other.json").write_text(json.dumps({"benchmark": "ghost", "items": [{}]}))
    return tmp_path


def evaluate(data: Path | None):
    return fix_confidence.evaluate(
        ScriptedEngine([]), Request(FillOptions(), data=data), lambda *done: None
    )


def test_each_half_is_told_by_a_fit_that_has_seen_the_other_alone():
    good = [replace(each, package=f"a{n % 4}") for n, each in enumerate(faults(60))]
    turned = [
        replace(
            each,
            package=f"b{n % 4}",
            ways=tuple(replace(way, right=way.features["gain"] < 8) for way in each.ways),
        )
        for n, each in enumerate(faults(60, 1))
    ]
    judged = crosswise(good, turned)
    assert len(judged) == 120
    assert all(each.by.weights["gain"] < 0 for each in judged[:60]), "by the turned ones"
    assert all(each.by.weights["gain"] > 0 for each in judged[60:])


def test_all_files_are_told_of(reports):
    report = evaluate(reports)
    rows = {row.name: row for row in report.rows}
    everything, wanted = rows["every fix"].figures, rows["scripted"].figures
    assert everything["wrong"].value > wanted["wrong"].value
    assert wanted["auroc"].value > 0.7
    assert sum(wanted[name].value for name in ("right", "wrong", "none")) == wanted["faults"].value
    assert wanted["faults"].value == 240
    assert (
        rows["everyday faults"].figures["faults"].value
        > rows["half changes"].figures["faults"].value
        > 0
    )
    assert rows["the first region that has a fix"].floor
    assert report.calibration.weights["gain"] > 0
    assert {*report.calibration.languages} == {"python", "json"}
    kept = FixCalibration.of(json.loads(json.dumps(report.to_json()["calibration"])))
    assert kept == report.calibration
    assert report.to_json()["measured"]["title"] == report.title


def test_an_editor_is_told_of_lines_written_to_their_ends(reports):
    rows = {row.name: row.figures for row in evaluate(reports).rows}
    assert rows["to choose from, in an editor"]["right"].value >= rows["scripted"]["right"].value


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no report"),
        ("{", "cannot read"),
        ('{"benchmark": "fix-candidates"}', "cannot read"),
    ],
)
def test_what_is_no_report_is_refused(tmp_path, content, said):
    if content:
        (tmp_path / "a.json").write_text(content)
    with pytest.raises(InputError, match=said):
        read(tmp_path)


def test_both_outcomes_are_needed(tmp_path):
    items = [asdict(replace(each, ways=(told(True, 3.0),))) for each in faults(20)]
    (tmp_path / "a.json").write_text(json.dumps({"benchmark": "fix-candidates", "items": items}))
    with pytest.raises(InputError, match="a calibration needs both kinds"):
        evaluate(tmp_path)


def test_the_floor_is_the_least_above_which_enough_is_right_by_weight():
    p, even = np.array([0.9, 0.8, 0.7, 0.6]), np.ones(4)
    assert floor(p, np.array([True, True, False, True]), even, 0.75) == 0.6
    assert floor(p, np.array([True, True, False, False]), even, 0.75) == 0.8
    assert floor(p, np.array([False, True, True, True]), even, 0.9) == 1.0
    assert floor(p, np.array([True, False, True, True]), np.array([1, 0.1, 1, 1]), 0.95) == 0.6


def test_regions_are_looked_at_until_one_is_sure():
    always, never = (FixCalibration(bias, {"gain": 0.1}, 0.5) for bias in (10.0, -10.0))
    ways = (told(True, 9.0, rung=4), told(False, 3.0, rung=1))
    tried = Tried("k", "python", "p", ways, "", 1.0)
    first, p = choose(tried, always)
    assert (first, p > SURE) == (ways[1], True)
    assert choose(tried, never)[0] == ways[0]
    assert choose(replace(tried, ways=()), always) is None


def test_all_fixes_of_a_file_are_told_with_what_speaks_for_them():
    right = "x = (1 + 2)\nprint(x)\n"
    wrong = right.replace("2)", "2")
    file = Broken("k", "p", "a.py", "python", wrong, (right,))
    tried = candidates(
        file, Words({right: -1.0, right.replace("2)", "2,)"): -2.0}), Request(FillOptions())
    )
    assert tried.ways[0].right
    assert {*tried.ways[0].features} == {*FixCalibration.NAMES}
    assert tried.ways[0].lines == "x = (1 + 2)"
    none = candidates(file, ScriptedEngine([]), Request(FillOptions()))
    assert none.ways == ()
    rows = [fix_candidates._row("all", [tried, none], fix_candidates.likeliest)]
    assert rows[0].figures["right"].value >= 1
