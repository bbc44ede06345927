"""What counts as a fix of an equation: one that the checker still judges, and finds right."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from editdiff.check.base import Problem, affirmed
from editdiff.check.maths.checker import MathsChecker
from editdiff.check.remember import Remembering
from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.fix.run import fix
from editdiff.edits.fix.standards import Checks, NoMore
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.engines.base import Draft
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.text.document import Document
from editdiff.text.span import Span

MATHS = Checks((), (MathsChecker(),))


def engine(*drafts: str) -> ScriptedEngine:
    """Gives the same drafts for every gap."""
    return ScriptedEngine([[Draft((text,), 0.0, 1) for text in drafts]] * 20)


def after(outcome: Proposal | NoEdit) -> str:
    assert isinstance(outcome, Proposal), outcome
    return outcome.after.text


def sums(text: str, *drafts: str) -> Proposal | NoEdit:
    """The outcome for a text of which the whole line is drafted, the checker's own candidates left out."""
    checks = Checks((), (WithoutCandidates(MathsChecker()),))
    return fix(Document("a.txt", text), engine(*drafts), checks).outcome


@dataclass
class WithoutCandidates:
    """The mathematics checker, as if it knew nothing better: all drafts are the model's."""

    checker: MathsChecker
    name: str = "math"

    def supports(self, language: str) -> bool:
        return self.checker.supports(language)

    def check(self, document: Document) -> list[Problem]:
        found = self.checker.check(document)
        return [Problem(problem.span, problem.message, problem.source) for problem in found]

    def affirmed(self, document: Document) -> Sequence[Span] | None:
        return affirmed(self.checker, document)


@pytest.mark.parametrize(
    "dodge",
    ["2 + 2 = 5 apples", "2 + 2 is 5", "x = 5", "2 + 2 = 9**9**9", "if 2 + 2 = 5", "`2 + 2 = 5`", "2 + 2 ="],
)  # fmt: skip
def test_a_draft_that_the_checker_cannot_judge_any_more_mends_no_equation(dodge):
    assert isinstance(sums("2 + 2 = 5\n", dodge), NoEdit)
    assert after(sums("2 + 2 = 5\n", dodge, "2 + 2 = 4")) == "2 + 2 = 4\n"


def test_a_draft_that_hides_another_equation_is_no_fix():
    text = "2 + 2 = 5, 1 + 1 = 2\n"
    assert isinstance(sums(text, "2 + 2 = 4, 1 + 1 is 2"), NoEdit)
    assert after(sums(text, "2 + 2 = 4, 1 + 1 = 2")) == "2 + 2 = 4, 1 + 1 = 2\n"


def test_what_wraps_a_checker_tells_what_it_finds_right_if_the_checker_can():
    right, wrong = Document("a.txt", "1 + 1 = 2\n"), Document("a.txt", "1 + 1 = 3\n")
    for wrapped in (Remembering(MathsChecker()), NoMore(MathsChecker(), wrong)):
        assert affirmed(wrapped, right) == (Span(8, 9),)
        assert affirmed(wrapped, wrong) == ()
    for wrapped in (Remembering(SyntaxChecker()), NoMore(SyntaxChecker(), wrong)):
        assert affirmed(wrapped, right) is None


def test_a_candidate_for_one_side_of_a_chain_is_taken_without_asking_the_model():
    asked = engine("x")
    text = "(5 + 7) * 3 = 13 * 3 = 36, so (x + 1)^2 = x^2 + 3x + 1.\n"
    fixed = fix(Document("a.txt", text), asked, MATHS)
    assert after(fixed.outcome) == text.replace("13", "12").replace("3x", "2x")
    assert asked.tasks == []
