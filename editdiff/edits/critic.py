"""Checkers as a critic: the new problems of a draft, as faults of the texts in its gaps.

An engine that can take back what it wrote reopens what is at fault (`FillOptions.critic_rounds`).
"""

from __future__ import annotations

from collections.abc import Sequence

from editdiff.check.base import Checker, Problem, new_problems
from editdiff.edits.plain import filled_plainly
from editdiff.engines.base import Critic, Fault, FillTask
from editdiff.errors import InputError
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.span import Span

NO_TEXT = "the draft is not text"


def critic(document: Document, task: FillTask, checkers: Sequence[Checker]) -> Critic:
    r"""Ask the checkers that know the document's language, in order, until one finds new problems.

    Drafts are judged in the text that the engine was shown, whose lines end in `\n`.
    """
    before = document.with_text(task.text)
    able = [checker for checker in checkers if checker.supports(document.language)]

    def faults(texts: tuple[str, ...]) -> list[Fault]:
        edits = [TextEdit(gap, text) for gap, text in zip(task.gaps, texts, strict=True)]
        try:
            after = before.with_text(Edits(tuple(edits)).apply(task.text))
        except InputError:
            return [
                Fault(gap, Span(0, len(text)), NO_TEXT) for gap, text in enumerate(texts) if text
            ]
        for checker in able:
            plain = filled_plainly(before, task.gaps)
            if problems := new_problems(checker, before, after, plain):
                return of_problems(problems, task.gaps, texts)
        return []

    return faults


def of_problems(
    problems: Sequence[Problem], gaps: Sequence[Span], texts: Sequence[str]
) -> list[Fault]:
    """Map problems of the filled text to the gaps; those that say where count alone, if there are any.

    A problem that covers a gap whole says nothing of where in it; one outside all gaps is a fault at the border
    that is nearest to it.
    """
    filled = places(gaps, texts)
    faults = [fault for problem in problems for fault in _faults(problem, filled)]
    exact = [fault for fault in faults if fault.span != Span(0, len(texts[fault.gap]))]
    return list(dict.fromkeys(exact or faults))


def places(gaps: Sequence[Span], texts: Sequence[str]) -> list[Span]:
    """Where the texts stand once all gaps are filled."""
    filled, grown = [], 0
    for gap, text in zip(gaps, texts, strict=True):
        filled.append(Span(gap.start + grown, gap.start + grown + len(text)))
        grown += len(text) - gap.length
    return filled


def _faults(problem: Problem, places: Sequence[Span]) -> list[Fault]:
    start, end = problem.span.start, problem.span.end
    why = f"{problem.source}: {problem.message}"
    inside = [
        Fault(gap, Span(max(start, at.start), min(end, at.end)).shift(-at.start), why)
        for gap, at in enumerate(places)
        if problem.span.overlaps(at) or (start == end and at.start <= start <= at.end)
    ]
    if inside:
        return inside
    gap = min(range(len(places)), key=lambda i: max(places[i].start - end, start - places[i].end))
    before = end <= places[gap].start
    border = 0 if before else places[gap].length
    return [Fault(gap, Span(border, border), why)]
