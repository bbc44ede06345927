import json
from dataclasses import replace
from pathlib import Path

import pytest

from editdiff.engines.base import FillOptions
from editdiff.engines.doubt import FEATURES, Calibration, Logistic
from editdiff.engines.fakes.chain import ChainDenoiser
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.twin.engine import TwinEngine
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.benchmarks import condefects
from editdiff.evaluation.benchmarks.registry import find
from editdiff.evaluation.benchmarks.review_pairs import CONDEFECTS, HUMANEVALFIX, of_condefects
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.data import faulty

PROMPT = 'def area(width, height):\n    """Area."""\n'
RIGHT = "    size = width * height\n    return size\n"
WRONG = "    size = width + height\n    return size\n"
TWO = "    size = width + height\n    return size + 1\n"
ENGINE = TwinEngine(ChainDenoiser((PROMPT + RIGHT,) * 3), "chain")
CALIBRATION = Calibration(
    Logistic(-3.0, {"better": 0.5}),
    Logistic(-3.0, {"better": 0.5}),
    least=0.2,
    lines_per_fault=40,
)


def ignore(name: str, done: int, total: int) -> None:
    pass


def record(number: int, solution: str) -> dict[str, str]:
    return {
        "task_id": f"Python/{number}",
        "prompt": PROMPT,
        "buggy_solution": solution,
        "canonical_solution": RIGHT,
        "test": "def check(f):\n    assert f(2, 3) == 6\ncheck(area)",
        "entry_point": "area",
    }


@pytest.fixture
def pairs(tmp_path) -> Request:
    told = [record(0, WRONG), record(1, WRONG), record(2, TWO), record(3, RIGHT)]
    (tmp_path / faulty.FILE).write_text("".join(json.dumps(each) + "\n" for each in told))
    return Request(FillOptions(), 10, 0, data=tmp_path, of_tokens=CALIBRATION)


def test_the_faulty_line_of_each_program_is_ranked_beside_floors(pairs):
    found = HUMANEVALFIX.evaluate(ENGINE, pairs, ignore)
    assert found.title == "review-humanevalfix: 2 programs, each wrong in one line"
    rows = {row.name: row for row in found.rows}
    assert list(rows) == ["chain", "longest line", "any line"]
    assert [row.floor for row in found.rows] == [False, True, True]
    assert rows["chain"].figures["top1"].hits == 2
    assert rows["chain"].figures["line_auroc"].value == 1.0
    assert rows["any line"].figures["top10"].hits == 2
    assert rows["chain"].figures["seconds"].value > 0
    assert any("others in 1,000 lines" in note for note in found.notes)


def test_without_a_calibration_no_threshold_is_told(pairs):
    found = HUMANEVALFIX.evaluate(ENGINE, replace(pairs, of_tokens=None), ignore)
    assert [row.name for row in found.rows] == ["chain", "longest line", "any line"]
    assert not any("others in 1,000 lines" in note for note in found.notes)
    assert found.settings["calibrated"] is False


def test_programs_that_people_wrote_are_those_with_one_replaced_line_in_its_place(tmp_path):
    right, wrong = "a = 1\nprint(a)\n", "a = 2\nprint(a)\n"

    def told(buggy: str, old: str, new: str) -> dict:
        change = {"buggy_lines": [old], "fixed_lines": [new], "buggy_start": 0}
        return {"id": buggy, "buggy": buggy, "fixed": right, "ops": [change]}

    records = [told(wrong, "a = 2", "a = 1"), told("  a = 1\nprint(a)\n", "  a = 1", "a = 1")]
    (tmp_path / condefects.FILE).write_text("".join(json.dumps(each) + "\n" for each in records))
    request = Request(FillOptions(), 10, 0, data=tmp_path)
    (program,) = of_condefects(request)
    assert program.wrong.slice(program.text) == "a = 2"
    report = CONDEFECTS.evaluate(ENGINE, request, ignore)
    assert report.title.startswith("review-condefects: 1 programs")


def test_bad_input_is_told(pairs, tmp_path):
    with pytest.raises(UsageError, match="no network"):
        HUMANEVALFIX.evaluate(ScriptedEngine([]), pairs, ignore)
    with pytest.raises(UsageError, match="needs its file"):
        HUMANEVALFIX.evaluate(ENGINE, replace(pairs, data=None), ignore)
    path: Path = tmp_path / faulty.FILE
    path.write_text(json.dumps(record(0, RIGHT)) + "\n")
    with pytest.raises(InputError, match="no program that is wrong in one line"):
        HUMANEVALFIX.evaluate(ENGINE, pairs, ignore)


def test_they_are_known_by_their_names():
    assert find("review-humanevalfix") is HUMANEVALFIX
    assert find("review-condefects") is CONDEFECTS
    assert "better" in FEATURES
