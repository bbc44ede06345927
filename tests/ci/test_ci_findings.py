import pytest
from proposed_runs import BEFORE, HOSTILE, NOWHERE, fix, left, run

from editdiff.ci.base import Problem
from editdiff.ci.outputs.findings import ended, findings
from editdiff.ci.outputs.formats import FORMATS
from editdiff.text.document import Document

TWICE = "a = 1\nb = 2\n", "a = 1\nb = 3\n"


def test_what_is_proposed_comes_before_what_is_left():
    found = findings(run(fix(*TWICE), left=(left("x"), left("y"))))
    assert [bool(each.fix) for each in found] == [True, False, False]


def test_names_are_unique_and_stay_when_lines_move():
    made = run(fix(*TWICE), fix(*TWICE), left=(left("x", line=3), left("x", line=9)))
    names = [each.name for each in findings(made)]
    assert len(set(names)) == 4
    moved = run(
        *(fix(f"new\n{TWICE[0]}", f"new\n{TWICE[1]}") for _ in "ab"),
        left=(left("x", line=4), left("x", line=10)),
    )
    assert [each.name for each in findings(moved)] == names


def test_what_keeps_something_from_working_is_an_error():
    levels = {
        source: findings(run(left=(left("x", source=source),)))[0].level
        for source in ("syntax", "conflict", "tests", "ruff", "math", "sarif")
    }
    assert {source for source, level in levels.items() if level == "error"} == {
        "syntax",
        "conflict",
        "tests",
    }


def test_a_message_tells_all_problems_and_who_judged():
    problems = (Problem("a.py", 1, "one", "ruff", "F1"), Problem("a.py", 2, "two!", "ruff", "F2"))
    (found,) = findings(run(fix(*TWICE, problems=problems, confidence=0.934)))
    assert found.message == (
        "one. two! A fix is proposed, judged by python and ruff, 93 % likely right."
    )
    assert found.rule == "ruff/F1"
    (unsaid,) = findings(run(fix(*TWICE)))
    assert "likely" not in unsaid.message


def test_a_message_of_what_is_left_tells_why():
    (found,) = findings(run(left=(left("x"),)))
    assert found.message == "x. Nothing is proposed: nothing is likely enough."


@pytest.mark.parametrize(
    ("line", "last", "expected"), [(0, 0, (1, 1)), (3, 0, (3, 3)), (3, 5, (3, 5)), (3, 1, (3, 3))]
)
def test_lines_are_such_as_there_may_be(line, last, expected):
    (found,) = findings(run(left=(left("x", line=line, last=last),)))
    assert (found.first, found.last) == expected


def test_lines_are_those_of_git_where_a_carriage_return_alone_ends_ours():
    document = Document("a.py", "a\rb\rc\nd\r\ne\n")
    made = run(left=(left("x", line=3), left("y", line=5), left("z", line=99)))
    assert [each.first for each in findings(made)] == [3, 5, 99]
    known = run(left=made.left, documents=(document,))
    assert [each.first for each in findings(known)] == [1, 3, 4]


def test_a_sentence_ends_once():
    assert [ended(said) for said in ("a", "a.", "a? ", "")] == ["a.", "a.", "a?", "."]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_every_format_takes_every_text_and_can_be_written(name, hostile):
    path = hostile.replace("\ud800", "\udc80") or "a.py"
    problem = Problem(path, 1, hostile, hostile, hostile)
    before, after = "x = 1\n", "y = 1\n" + hostile.replace("\ud800", "").replace("\udcff", "")
    made = run(
        fix(before, after, path, (problem,)),
        left=(left(hostile, path, source=hostile, rule=hostile),),
        notes=(hostile,),
        finished=False,
    )
    assert FORMATS[name](made).encode()


@pytest.mark.parametrize("name", FORMATS)
def test_a_run_that_found_nothing_can_be_told(name):
    FORMATS[name](run()).encode()


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_run_is_told_by_the_same_text(name):
    def told() -> str:
        return FORMATS[name](run(fix(*TWICE), left=(left("x"),), notes=("n",)))

    assert told() == told()


def test_what_the_change_is_not_to_blame_for_is_only_noted():
    assert [each.level for each in findings(run(left=(BEFORE, NOWHERE)))] == ["note", "error"]


def test_what_has_no_place_says_so():
    assert [each.has_place for each in findings(run(left=(BEFORE, NOWHERE)))] == [True, False]
