"""Slips that are carried on: how they are made, and what becomes of each is counted."""

import json
import random
from pathlib import Path

import pytest
from worked_solutions import request, written

from editdiff.check.registry import choose_checkers, guards
from editdiff.edits.fix.standards import Checks
from editdiff.engines.fakes.words import Words
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks import maths_derivations
from editdiff.evaluation.data.carried_on import slips
from editdiff.evaluation.data.equations import equations

ANSWERS = [
    (
        "Ann has 48 clips and sells half of them.",
        "She sells 48/2 = <<48/2=24>>24 clips.\nIn all 48+24 = <<48+24=72>>72 clips.\n#### 72",
    ),
    (
        "Bob has 17 nuts and finds 26 more, and gets as many again.",
        "He has 17+26 = <<17+26=43>>43 nuts.\nThen he has 43*2 = <<43*2=86>>86 nuts.\n#### 86",
    ),
    (
        "A box holds 31; there are 7 of them, 50 are broken.",
        "They hold 31*7 = <<31*7=217>>217.\nSo 217-50 = <<217-50=167>>167 are whole.\n#### 167",
    ),
    (
        "A rope of 63 feet and one of 18, and 300 more of these.",
        "Together 63+18 = <<63+18=81>>81 ropes.\nSo it is 81*300 = <<81*300=24300>>24,300.\n#### 24300",
    ),
]
CHECKS = Checks(guards(), choose_checkers(["math"]))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return written(tmp_path, ANSWERS)


def slip(at: int, seed: int = 1):
    question, answer = ANSWERS[at]
    found = slips(f"{question}\n\n{answer}\n", random.Random(seed))
    assert found is not None
    return found


@pytest.mark.parametrize("at", range(len(ANSWERS)))
@pytest.mark.parametrize("seed", range(5))
def test_one_equation_is_wrong_and_every_other_one_holds(at, seed):
    found = slip(at, seed)
    assert [each.holds for each in equations(found.wrong)].count(False) == 1
    assert all(each.holds for each in equations(found.text))
    said = [text.split("#### ")[1] for text in (found.text, found.wrong)]
    assert said[0] != said[1]


def test_the_same_slip_alone_leaves_the_rest():
    found = slip(0).alone
    changed = [a != b for a, b in zip(found.text.split("\n"), found.wrong.split("\n"), strict=True)]
    assert sum(changed) == 1
    assert len(found.sites) == 2


def test_a_number_with_separators_keeps_them():
    found = next(it for it in (slip(3, seed) for seed in range(9)) if "300=24300" not in it.wrong)
    assert any("," in site.right and "," in site.wrong for site in found.sites)


@pytest.mark.parametrize(
    "text",
    [
        "Two.\n\nIt is 2+2 = <<2+2=5>>5.\nThen 5+1 = <<5+1=6>>6.\n#### 6\n",
        "There are 43.\n\nHe has 17+26 = <<17+26=43>>43.\nThen 43+1 = <<43+1=44>>44.\n#### 44\n",
        "A.\n\nHe has 17+26 = <<17+26=43>>43.\nAlso 40+3 = <<40+3=43>>43.\nIn all <<43+43=86>>86.\n#### 9\n",
        "A.\n\nHe has 17+26 = <<17+26=43>>43.\nThen 43+1 = <<43+1=44>>44.\n#### 5\n",
        "No equation.\n\n#### 5\n",
    ],
)
def test_a_solution_of_which_it_is_not_certain_what_follows_is_passed_over(text):
    for seed in range(9):
        found = slips(text, random.Random(seed))
        assert found is None or "43" not in [site.right for site in found.sites]


def test_documents_come_in_four_forms_and_what_was_in_between_is_told_apart():
    found = slip(1)
    alone = found.plain(told=False, annotated=False)
    assert "<<" not in alone.text + alone.wrong and "Bob" not in alone.text
    told = found.plain(told=True, annotated=True)
    assert (told.text, told.wrong) == (found.text, found.wrong)
    for form in (alone, told):
        assert form.is_between(form.text) and form.is_between(form.wrong)
        assert form.is_between(form.alone.wrong)
        assert not form.is_between(form.text + "more")
        assert not form.is_between(form.wrong.replace(form.sites[0].wrong, "777", 1))


def test_each_has_its_right_solution_and_the_checker_sees_the_slip_alone(data):
    cases = maths_derivations.draw(request(data), CHECKS)
    kinds = [case.item.kind.split(",")[0] for case in cases]
    assert kinds.count("carried on") == kinds.count("right") == len(ANSWERS)
    assert kinds.count("not carried on") == 2
    for case in cases:
        assert (case.item.right == case.item.wrong) == case.item.kind.startswith("right")
    assert len({case.item.kind for case in cases}) > 4


def test_without_a_model_what_follows_is_mended_too_and_right_solutions_stay(data):
    report = maths_derivations.evaluate(Words(), request(data), lambda *told: None)
    rows = {row.name: row.to_json()["figures"] for row in report.rows}
    floor = rows["no model: carried on"]
    assert (floor["documents"], floor["restored"], floor["wrong"]) == (4, 4, 0)
    alone = rows["no model: not carried on"]
    assert (alone["documents"], alone["restored"]) == (2, 2)
    for who in ("", "no model: "):
        right = rows[f"{who}right"]
        assert right["declined"] == right["documents"] == 4


def test_a_file_in_which_nothing_follows_is_told(tmp_path):
    file = tmp_path / "train.jsonl"
    file.write_text(json.dumps({"question": "Why?", "answer": "So."}) + "\n", encoding="utf-8")
    with pytest.raises(InputError):
        maths_derivations.evaluate(Words(), request(file), lambda *told: None)
