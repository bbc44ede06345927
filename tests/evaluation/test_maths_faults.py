"""Solutions with one wrong number: a result or an operand, and what becomes of each is counted."""

import json
from pathlib import Path

import pytest
from worked_solutions import request, written

from editdiff.check.registry import choose_checkers, guards
from editdiff.edits.fix.standards import Checks
from editdiff.engines.fakes.words import Words
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks import maths_faults

ANSWERS = [
    ("Ann has 48 clips and sells half of them.", "She sells 48/2 = <<48/2=24>>24 clips."),
    ("Bob has 17 and finds 25 more.", "He has 17+25 = <<17+25=42>>42 now."),
    ("A box holds 12; there are 7.", "They hold 12*7 = <<12*7=84>>84."),
    ("A rope of 63 feet and one of 18.", "Together 63+18 = <<63+18=81>>81 feet."),
    ("Of 95 trees 36 fell.", "There are 95-36 = <<95-36=59>>59 left."),
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return written(tmp_path, ANSWERS)


def test_one_number_is_wrong_in_each_and_every_other_one_has_its_question(data):
    checks = Checks(guards(), choose_checkers(["math"]))
    items = maths_faults.draw(request(data), checks)
    assert len(items) == 4
    for number, item in enumerate(items):
        assert len(item.right) == len(item.wrong)
        assert sum(a != b for a, b in zip(item.right, item.wrong, strict=True)) == 1
        assert ("\n\n## Solution\n\n" in item.right) == (number % 2 == 0)
        assert item.kind.endswith("below the question" if number % 2 == 0 else "alone")
    assert {item.kind.split(",")[0] for item in items} == {"result", "operand"}


def test_who_knows_what_was_meant_restores_all_and_without_a_model_operands_go_wrong(data):
    checks = Checks(guards(), choose_checkers(["math"]))
    items = maths_faults.draw(request(data), checks)
    report = maths_faults.evaluate(
        Words({item.right: 0.0 for item in items}), request(data), lambda *told: None
    )
    rows = {row.name: row.to_json()["figures"] for row in report.rows}
    assert (rows["all"]["restored"], rows["all"]["wrong"]) == (4, 0)
    operands = sum(item.kind.startswith("operand") for item in items)
    floor = rows["no model"]
    assert (floor["restored"], floor["wrong"]) == (4 - operands, operands)


def test_a_file_without_equations_is_told(tmp_path):
    file = tmp_path / "train.jsonl"
    file.write_text(json.dumps({"question": "Why?", "answer": "So."}) + "\n", encoding="utf-8")
    with pytest.raises(InputError):
        maths_faults.evaluate(Words(), request(file), lambda *told: None)
