"""Which number was meant: every change is judged, the likeliest is offered if it is likely enough."""

import pytest

from editdiff.check.maths.checker import MathsChecker
from editdiff.check.registry import guards
from editdiff.edits.fix.credible import Trust
from editdiff.edits.fix.meant import OWN, SHARP, Meant, choose, meant, probabilities
from editdiff.edits.fix.mending import NoModel
from editdiff.edits.fix.run import Fixing, Limits, fix
from editdiff.edits.fix.standards import Checks
from editdiff.edits.infill import DEFAULTS
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.engines.fakes.words import Words
from editdiff.text.document import Document
from editdiff.text.span import Span

CHECKS = Checks(guards(), (MathsChecker(),))
TEXT = "# Bags\n\nThere were 50 bags.\n\n48/2 = 25\n25 + 3 = 28\n"

CARRIED = TEXT.replace("= 25\n25 + 3 = 28", "= 24\n24 + 3 = 27")
"""With another result, and with what rests on it."""
LAST = TEXT.replace("25 + 3 = 28\n", "")
SUM = "2 + 2 = 5\n"


def document(text: str) -> Document:
    return Document("bags.md", text, language="markdown")


def found(text: str, engine: Words, editable: Span | None = None) -> list[Meant]:
    (problem,) = CHECKS.problems(document(text))
    spans = [editable or Span(0, len(text))]
    return meant(document(text), problem, spans, CHECKS, engine)


def texts(told: list[Meant]) -> list[str]:
    return [each.proposal.after.text for each in told]


def test_the_result_and_what_it_is_worked_out_from_are_read_and_none_that_breaks_another_line():
    told = found(TEXT, Words())
    assert texts(told) == [CARRIED, TEXT.replace("48/2", "50/2")]
    assert [each.own for each in told] == [False, False]  # what follows would have to change, too
    assert [each.own for each in found(LAST, Words())] == [True, False]


def test_a_change_that_mends_nothing_is_left_out():
    text = "17 = 12 + 6\nso 17 = 10 + 7\n"
    (problem,) = CHECKS.problems(document(text))
    assert [edit.text for edit in problem.instead] == ["18", "11 + 6", "12 + 5"]
    assert len(found(text, Words())) == 3
    # with another 17 in the same chain the first would make a second one wrong
    chain = "10 + 7 = 17 = 12 + 6\n"
    assert texts(found(chain, Words())) == [
        chain.replace("12 + 6", "11 + 6"), chain.replace("12 + 6", "12 + 5"),
    ]  # fmt: skip


def test_only_what_may_be_edited_is_changed():
    at = TEXT.index("= 25") + 2
    assert texts(found(TEXT, Words(), Span(at, at + 2))) == [TEXT.replace("= 25", "= 24")]


def test_the_likelier_number_is_offered_and_says_how_likely_it_is():
    operand = TEXT.replace("48/2", "50/2")
    fixed = fix(document(TEXT), Words({operand: -10.0}), CHECKS)
    assert isinstance(fixed.outcome, Proposal)
    assert fixed.outcome.after.text == operand
    assert fixed.outcome.effort.confidence == pytest.approx(1, abs=1e-4)


def test_nothing_is_offered_where_the_network_cannot_tell():
    fixed = fix(document(SUM), Words(), CHECKS)
    (left,) = fixed.left
    assert isinstance(left.outcome, NoEdit)
    assert left.outcome.reason.startswith("any of 3 numbers may be the wrong one (0.691 of 0.750)")
    assert "--confidence" in left.outcome.hint


def test_who_asks_for_less_gets_the_likeliest():
    fixed = fix(document(SUM), Words(), CHECKS, trust=Trust(named=0.5))
    assert isinstance(fixed.outcome, Proposal)
    assert fixed.outcome.after.text == "2 + 2 = 4\n"


def test_who_chooses_gets_as_many_as_are_likely_together():
    fixing = Fixing(
        document(SUM), Words, CHECKS, DEFAULTS, Limits(), trust=lambda: Trust(together=True)
    )
    (problem,) = fixing.waiting()
    ways = [way.after.text for way in fixing.ways(problem) if isinstance(way, Proposal)]
    assert ways == ["2 + 2 = 4\n", "3 + 2 = 5\n"]


def test_without_a_network_that_reads_the_result_is_worked_out_anew():
    fixed = fix(document(TEXT), NoModel(), CHECKS)
    assert isinstance(fixed.outcome, Proposal)
    assert fixed.outcome.after.text == CARRIED
    assert fixed.outcome.effort.confidence is None


def test_probabilities_are_of_scores_and_of_whose_change_it_is():
    told = found(LAST, Words({LAST.replace("48/2", "50/2"): -50 + OWN / SHARP}))
    assert probabilities(told) == pytest.approx([0.5, 0.5])
    assert probabilities([]) == []


def test_a_number_among_other_line_endings_and_emoji_is_changed_alone():
    text = TEXT.replace("\n", "\r\n").replace("# Bags", "# 😀 Bags")
    operand = text.replace("48/2", "50/2")
    fixed = fix(document(text), Words({operand.replace("\r\n", "\n"): 0.0}), CHECKS)
    assert isinstance(fixed.outcome, Proposal)
    assert fixed.outcome.after.text == operand


def test_of_several_for_variables_the_likeliest_is_offered():
    text = "(x + 1)(x + 3) = x^2 + 4x + 4\n"
    problems = CHECKS.problems(document(text))
    for problem in problems:
        assert problem.candidates or problem.instead
        told = list(choose(found(text, Words()), Trust(named=0.0)))
        assert isinstance(told[0], Proposal)
    assert problems
