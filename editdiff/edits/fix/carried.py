"""What rests on something that is mended is carried along: a fix of an equation, and of what follows from it.

A checker tells what that is, and judges what comes of it. If any of it may not be edited, or the whole brings a
problem that was not there, the fix stays what it was: of the one place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from editdiff.check.base import Problem, following
from editdiff.edits.fix.rules import FOR_OTHERS
from editdiff.edits.fix.standards import STANDARDS, Checks, Fewer
from editdiff.edits.proposal import NoEdit, Proposal, propose
from editdiff.text.edit import Edits
from editdiff.text.span import Span


def carry_along(
    outcome: Proposal | NoEdit, problem: Problem, editable: Sequence[Span], checks: Checks
) -> Proposal | NoEdit:
    """A fix with what the checker that found the problem carries along; unchanged where that is nothing.

    Raises:
        MissingDependencyError: when a checker's package is not installed.
        InputError: when a checker refuses to judge.
    """
    if not isinstance(outcome, Proposal) or len(outcome.edits) != 1:
        return outcome
    (edit,) = outcome.edits
    checker = next((each for each in checks.others if each.name == problem.source), None)
    more = following(checker, outcome.before, edit) if checker else ()
    if not more or not all(any(e.contains(each.span) for e in editable) for each in more):
        return outcome
    edits = Edits((edit, *more))
    judge = Fewer(outcome.before, edit.span, checks, STANDARDS[0], FOR_OTHERS)
    spans = [each.span for each in edits]
    whole = propose(outcome.before, edits, spans, [judge, *checks.syntax], outcome.effort)
    return replace(whole, checked=outcome.checked) if isinstance(whole, Proposal) else outcome
