import pytest

from editdiff.check.base import Problem
from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.critic import critic, of_problems
from editdiff.edits.infill import fill_task, infill
from editdiff.edits.proposal import Proposal
from editdiff.engines.base import Fault, FillOptions, FillTask
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.text.document import Document
from editdiff.text.span import Span

GAPS = (Span(2, 4), Span(8, 8))
TEXTS = ("abcd", "xyz")
# ..abcd....xyz..: the texts stand at 2-6 and 10-13


def at(start: int, end: int) -> list[tuple[int, Span]]:
    problems = [Problem(Span(start, end), "bad", "test")]
    return [(fault.gap, fault.span) for fault in of_problems(problems, GAPS, TEXTS)]


@pytest.mark.parametrize(
    ("problem", "faults"),
    [
        ((3, 5), [(0, Span(1, 3))]),
        ((11, 12), [(1, Span(1, 2))]),
        ((0, 3), [(0, Span(0, 1))]),
        ((5, 11), [(0, Span(3, 4)), (1, Span(0, 1))]),
        ((6, 6), [(0, Span(4, 4))]),
        ((10, 10), [(1, Span(0, 0))]),
        ((0, 20), [(0, Span(0, 4)), (1, Span(0, 3))]),
    ],
)
def test_a_problem_is_a_fault_of_the_part_of_each_gap_that_it_touches(problem, faults):
    assert at(*problem) == faults


@pytest.mark.parametrize(
    ("problem", "fault"),
    [
        ((0, 1), (0, Span(0, 0))),
        ((7, 8), (0, Span(4, 4))),
        ((9, 10), (1, Span(0, 0))),
        ((14, 20), (1, Span(3, 3))),
    ],
)
def test_a_problem_outside_the_gaps_is_a_fault_at_the_nearest_border(problem, fault):
    assert at(*problem) == [fault]


def test_problems_that_say_where_silence_those_that_cover_a_gap():
    problems = [Problem(Span(0, 20), "error", "test"), Problem(Span(4, 4), "missing )", "test")]
    assert of_problems(problems, GAPS, TEXTS) == [Fault(0, Span(2, 2), "test: missing )")]


def test_a_draft_that_brings_no_new_problem_passes_and_one_that_does_is_faulted():
    document = Document("a.py", "x = f(1)\ny = 2\n", language="python")
    task = fill_task(document, [Span(4, 8)])
    asked = critic(document, task, [SyntaxChecker()])
    assert asked(("g(2)",)) == []
    (fault,) = asked(("g(2",))
    assert fault == Fault(0, Span(2, 3), "syntax: syntax error")


def test_what_was_broken_before_is_no_fault_of_the_draft():
    document = Document("a.py", "x = 1\ny = (\n", language="python")
    asked = critic(document, fill_task(document, [Span(4, 5)]), [SyntaxChecker()])
    assert asked(("2",)) == []


def test_a_draft_that_is_not_text_is_at_fault_as_a_whole():
    document = Document("a.py", "x = 1\n", language="python")
    asked = critic(document, fill_task(document, [Span(4, 5)]), [SyntaxChecker()])
    assert [fault.span for fault in asked(("\0b",))] == [Span(0, 2)]


def test_a_language_that_no_checker_knows_has_no_faults():
    document = Document("a.txt", "x = (\n")
    asked = critic(document, fill_task(document, [Span(4, 5)]), [SyntaxChecker()])
    assert asked((")))",)) == []


def test_positions_are_those_of_the_text_that_the_model_was_shown():
    document = Document("a.py", "a = 1\r\nb = 2\r\n", language="python")
    task = fill_task(document, [Span(11, 12)])
    assert task.text == "a = 1\nb = 2\n"
    (fault,) = critic(document, task, [SyntaxChecker()])(("f(\n1",))
    assert fault.span.end <= len("f(\n1")


@pytest.mark.parametrize("rounds", [0, 2])
def test_infill_hands_its_checkers_to_the_engine_where_rounds_are_allowed(rounds):
    document = Document("a.py", "x = 1\n", language="python")
    engine = ScriptedEngine(["2"])
    options = FillOptions(critic_rounds=rounds)
    outcome = infill(document, [Span(4, 5)], engine, options, [SyntaxChecker()])
    assert isinstance(outcome, Proposal)
    asked = engine.tasks[0].critic
    assert (asked is not None) == bool(rounds)
    if asked is not None:
        assert asked(("(",))


def test_a_critic_is_no_part_of_what_makes_two_tasks_the_same():
    task = FillTask("x", (Span(0, 1),))
    other = FillTask("x", (Span(0, 1),), critic=lambda texts: [])
    assert task == other
    assert hash(task) == hash(other)
