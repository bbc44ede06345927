"""Which number was meant, where any of several makes an equation hold.

A checker knows that `48 / 2 = 25` is wrong, and not which of the three numbers is. A network that reads on from
left to right can tell: with each of the changes it reads the lines from the equation on, in view of all that stands
before. Results are wrong more often than what they are worked out from, so a checker's own change is likelier; but
not where later lines agree with the result that stands there, and would have to change with it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from editdiff.check.base import Problem
from editdiff.edits.fix.carried import carry_along
from editdiff.edits.fix.credible import MOST, Trust
from editdiff.edits.fix.rules import FOR_OTHERS
from editdiff.edits.fix.standards import STANDARDS, Checks, Fewer
from editdiff.edits.infill import fill_task
from editdiff.edits.proposal import Effort, NoEdit, Proposal, propose
from editdiff.edits.sure import SEE_IT
from editdiff.engines.base import Engine, OtherFile, Scorer, has_canvas
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.lines import LineTable
from editdiff.text.shown import unix
from editdiff.text.span import Span

REACH = 600
"""Code points behind the changes that are read with each of them, to the end of a line: what rests on a number."""
OWN = 1.5
"""Log-odds by which a checker's own change is likelier before anything is read."""
SHARP = 0.3
"""What a nat of the network counts: it is surer than it should be."""
LEAST = 0.75
"""Least probability of what is offered, where neither the user nor the model's folder names one."""


@dataclass(frozen=True)
class Meant:
    """One of the changes, checked, and what is known of it."""

    proposal: Proposal
    own: bool
    """Whether it is the checker's own, and nothing rests on it: else what follows speaks for the number."""
    score: float
    """Log-probability of the lines with it, in nats."""


def tells_apart(engine: Engine) -> bool:
    """Whether a network can be asked which number was meant: one that reads whole texts, without a canvas."""
    return isinstance(engine, Scorer) and not has_canvas(engine)


def meant(
    document: Document,
    problem: Problem,
    editable: Sequence[Span],
    checks: Checks,
    engine: Engine,
    others: Sequence[OtherFile] = (),
) -> list[Meant]:
    """All changes that a problem names and that mend it, each with its log-probability.

    Raises:
        MissingDependencyError: when a checker's package is not installed.
        InputError: when a checker refuses to judge.
    """
    assert isinstance(engine, Scorer)
    started = time.perf_counter()
    own = [TextEdit(problem.span, text) for text in problem.candidates[:1]]
    edits = [*own, *(edit for edit in problem.instead if edit not in own)]
    edits = [edit for edit in edits if any(span.contains(edit.span) for span in editable)]
    judged = list[tuple[Proposal, bool]]()
    for edit in edits:
        judge = Fewer(document, edit.span, checks, STANDARDS[0], FOR_OTHERS)
        checkers = [judge, *checks.syntax]
        effort = Effort(0.0, 0, time.perf_counter() - started, len(edits))
        outcome = propose(document, Edits((edit,)), [edit.span], checkers, effort)
        outcome = carry_along(outcome, problem, editable, checks)
        if isinstance(outcome, Proposal):
            judged.append((outcome, edit in own and len(outcome.edits) == 1))
    if not judged:
        return []
    read = _lines(document.text, [edit for proposal, _ in judged for edit in proposal.edits])
    texts = [unix(_inside(proposal, read)) for proposal, _ in judged]
    scores = engine.score(fill_task(document, [read], others), [(text,) for text in texts])
    return [Meant(*each, score) for each, score in zip(judged, scores, strict=True)]


def probabilities(found: Sequence[Meant]) -> list[float]:
    """That each of them is the one that was meant, if one of them was."""
    weights = [SHARP * each.score + OWN * each.own for each in found]
    most = max(weights, default=0.0)
    parts = [math.exp(weight - most) for weight in weights]
    return [part / sum(parts) for part in parts]


def choose(found: Sequence[Meant], trust: Trust) -> Iterator[Proposal | NoEdit]:
    """Of some changes the one that is likely enough, or those that are so together; else why there is none."""
    told = sorted(zip(probabilities(found), found, strict=True), key=lambda each: -each[0])
    least = trust.least if trust.assessor is not None or trust.named is not None else LEAST
    offered = list[tuple[float, Meant]]()
    for each in told[: MOST if trust.together else 1]:
        offered.append(each)
        if sum(p for p, _ in offered) >= least:
            break
    else:
        known = f"{told[0][0]:.3f} of {least:.3f}"
        yield NoEdit(f"any of {len(told)} numbers may be the wrong one ({known})", SEE_IT)
        return
    for p, change in offered:
        effort = replace(change.proposal.effort, score=change.score, confidence=p)
        yield replace(change.proposal, effort=effort)


def _lines(text: str, edits: Sequence[TextEdit]) -> Span:
    """What is read with each of some changes: from the first of them on, and so far behind the last."""
    start, end = min(edit.span.start for edit in edits), max(edit.span.end for edit in edits)
    table = LineTable(text)
    last = table.position(min(len(text), end + REACH)).line
    return Span(start, max(end, table.content(last).end))


def _inside(proposal: Proposal, read: Span) -> str:
    """What stands in a stretch of the text before, with the change in it."""
    growth = sum(edit.growth for edit in proposal.edits)
    return proposal.after.text[read.start : read.end + growth]
