"""In-place revision: only doubted places of a text are denoised again, everything around them is a lock.

The canvas starts from the text that stands there, so the model sees the rest of the line while it rewrites a place,
and the number of tokens stays. Where the length has to change, a revision finds nothing or breaks its checks: the
region is then to be filled or repaired as a whole.

A network without a canvas writes the doubted places anew, each in view of what stands before and after it: any
length may come there, something may be put where nothing stands, and the old text has to be less likely.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from editdiff.check.base import Checker
from editdiff.check.remember import remembering
from editdiff.edits.infill import DEFAULTS, RETRIES, OnSketch, draft, task_of
from editdiff.edits.proposal import UNCHANGED, NoEdit, Proposal
from editdiff.engines.base import Engine, FillOptions, FillTask, has_canvas
from editdiff.errors import UsageError
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.shown import Shown
from editdiff.text.span import Span

LENGTH = "a revision in place keeps the number of tokens: fill or repair the region instead"
"""The hint of every `NoEdit` whose reason may be that the length has to change."""


def revise(
    document: Document,
    doubted: Sequence[Span],
    engine: Engine,
    options: FillOptions = DEFAULTS,
    checkers: Sequence[Checker] = (),
    *,
    region: Span | None = None,
    wrong: bool = False,
    retries: int = RETRIES,
    on_sketch: OnSketch = lambda sketch: None,
) -> Proposal | NoEdit:
    """Propose other text for the `doubted` spans, on a canvas as many tokens as there are; nothing else changes.

    The canvas holds the `region`, by default the whole lines of the doubted spans. When the model would write
    again what stands there, nothing is proposed; what is known to be `wrong` it may not write again, where that is
    one token. `on_sketch` sees every step; it may raise to cancel.

    Raises:
        ValueError: for a span that reaches past the end of the text.
    """
    if not doubted:
        return NoEdit("nothing is doubted")
    spans, keeps = _merged(doubted), has_canvas(engine)
    for span in spans:
        if span.start == span.end and keeps:
            line = LineTable(document.text).position(span.start).line + 1
            return NoEdit(f"line {line}: something may be missing, not wrong", LENGTH)
    region = region or _lines(document.text, spans)
    if not all(region.contains(span) for span in spans):
        return NoEdit("a doubted place lies outside the region", "give a region that holds it")
    task, checkers = in_place(document, spans, region, wrong=wrong), remembering(checkers)
    if not keeps:
        options = replace(options, lines=options.lines or task.lines)
    try:
        outcome = draft(document, spans, task, engine, options, checkers, retries, (), on_sketch)
    except UsageError as error:  # how many tokens a canvas holds, the engine knows alone
        return NoEdit(error.message.rstrip("."), error.hint.rstrip("."))
    if isinstance(outcome, Proposal) or outcome.reason == UNCHANGED or not keeps:
        return outcome
    return replace(outcome, hint=LENGTH)


def in_place(document: Document, spans: Sequence[Span], region: Span, *, wrong: bool) -> FillTask:
    """Return the task of revising `spans` in a `region` that contains them, as an engine is given it.

    Raises:
        ValueError: unless the spans are disjoint, in order and inside the text.
    """
    shown = Shown.of(document.text, spans)
    task = task_of(document, shown, spans)
    return replace(task, region=shown.span_to_shown(region), wrong=wrong)


def _merged(spans: Sequence[Span]) -> list[Span]:
    """Sort the spans, and join those that overlap or touch."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def _lines(text: str, spans: Sequence[Span]) -> Span:
    """Whole lines of the spans, the last one without its line break."""
    table = LineTable(text)
    first, last = table.position(spans[0].start).line, table.position(spans[-1].end).line
    return Span(table.start(first), max(spans[-1].end, table.content(last).end))
