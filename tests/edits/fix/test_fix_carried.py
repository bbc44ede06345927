"""What rests on a mended equation is one proposal with it, unless something of it may not be changed."""

import pytest

from editdiff.check.base import Problem
from editdiff.check.maths.checker import MathsChecker
from editdiff.check.registry import guards
from editdiff.edits.fix.carried import carry_along
from editdiff.edits.fix.mending import NoModel
from editdiff.edits.fix.run import Fixed, Fixing, Limits, fix
from editdiff.edits.fix.standards import Checks
from editdiff.edits.infill import DEFAULTS
from editdiff.edits.proposal import Effort, NoEdit, Proposal, propose
from editdiff.engines.fakes.words import Words
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.span import Span

CHECKS = Checks(guards(), (MathsChecker(),))
TEXT = "12 * 4 = 46\n46 + 9 = 55\n\nThe total is 55.\n"
CARRIED = "12 * 4 = 48\n48 + 9 = 57\n\nThe total is 57.\n"
ALONE = TEXT.replace("= 46", "= 48")


def document(text: str, language: str = "markdown") -> Document:
    return Document("sums.md", text, language=language)


def mended(text: str, editable: list[Span] | None = None, language: str = "markdown") -> Fixed:
    fixing = Fixing(
        document(text, language), NoModel, CHECKS, DEFAULTS, Limits(), editable=editable
    )
    for _ in fixing.run():
        pass
    return fixing.result()


def after(fixed: Fixed) -> str:
    assert isinstance(fixed.outcome, Proposal)
    return fixed.outcome.after.text


def test_the_whole_passage_agrees_and_is_one_fix():
    fixed = mended(TEXT)
    assert after(fixed) == CARRIED
    assert len(fixed.mended) == 1 and not fixed.left
    assert not CHECKS.problems(document(CARRIED))


def test_what_may_not_be_edited_leaves_the_equation_alone_mended():
    assert after(mended(TEXT, [Span(0, 11)])) == ALONE
    assert after(mended(TEXT, [Span(0, TEXT.index("The"))])) == ALONE
    assert after(mended(TEXT, [Span(0, len(TEXT))])) == CARRIED


def test_a_line_that_is_marked_to_be_left_is_left_and_so_is_what_rests_on_it():
    text = "# 12 * 4 = 46\n# editdiff: ignore\n# 46 + 9 = 55\n"
    assert after(mended(text, language="python")) == text.replace("= 46", "= 48")


def test_words_that_are_right_stay_when_the_equation_is_mended_to_agree():
    text = "12 * 4 = 46\n\nThe total is 48 apples, and 48 + 9 = 57.\n"
    assert after(mended(text)) == text.replace("= 46", "= 48")


def test_two_slips_of_one_passage_are_both_mended_and_carried_on():
    text = "12 * 4 = 46\n46 + 9 = 55\n30 * 3 = 91\n91 + 300 = 391\nThe answer is 391.\n"
    right = "12 * 4 = 48\n48 + 9 = 57\n30 * 3 = 90\n90 + 300 = 390\nThe answer is 390.\n"
    fixed = mended(text)
    assert (after(fixed), len(fixed.mended)) == (right, 2)


@pytest.mark.parametrize("text", [CARRIED, "The total is 55.\n", "46 + 9 = 55\n", ""])
def test_nothing_is_proposed_where_nothing_is_wrong(text):
    assert isinstance(mended(text).outcome, NoEdit)


def test_a_network_reads_each_number_with_what_would_rest_on_it():
    text = "There were 50 bags.\n\n48/2 = 25\n25 + 3 = 28\n"
    carried = text.replace("= 25\n25 + 3 = 28", "= 24\n24 + 3 = 27")
    operand = text.replace("48/2", "50/2")
    for likely in (carried, operand):
        outcome = fix(document(text), Words({likely: 0.0}), CHECKS).outcome
        assert isinstance(outcome, Proposal) and outcome.after.text == likely


def proposal(text: str, edits: list[TextEdit]) -> Proposal:
    found = propose(
        document(text), Edits(tuple(edits)), [e.span for e in edits], (), Effort(0, 0, 0, 1)
    )
    assert isinstance(found, Proposal)
    return found


def test_a_fix_of_something_else_is_handed_on_as_it_is():
    everywhere = [Span(0, len(TEXT))]
    of_maths = Problem(Span(9, 11), "wrong", "math")
    edit = TextEdit(Span(9, 11), "48")
    once = proposal(TEXT, [edit])
    assert carry_along(once, of_maths, everywhere, CHECKS).after.text == CARRIED
    other = Problem(Span(9, 11), "wrong", "ruff")
    assert carry_along(once, other, everywhere, CHECKS) is once
    twice = proposal(TEXT, [edit, TextEdit(Span(12, 14), "47")])
    assert carry_along(twice, of_maths, everywhere, CHECKS) is twice
    none = NoEdit("no")
    assert carry_along(none, of_maths, everywhere, CHECKS) is none


def test_what_would_bring_another_problem_is_not_carried_along():
    class Strict(MathsChecker):
        def check(self, document):
            found = super().check(document)
            bad = document.text.find("57")
            return found + ([Problem(Span(bad, bad + 2), "57", self.name)] * 2 if bad >= 0 else [])

    checks = Checks((), (Strict(),))
    once = proposal(TEXT, [TextEdit(Span(9, 11), "48")])
    problem = Problem(Span(9, 11), "wrong", "math")
    assert carry_along(once, problem, [Span(0, len(TEXT))], checks) is once
