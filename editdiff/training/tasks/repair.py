"""Repair: a region with injected faults is shown as `<old>`, and the canvas is what the author wrote.

The region is the content of the faulty line, as when a line is pointed at, or a few whole lines around it, as
when a region is selected. Some regions are shown unchanged: right text must be left alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from editdiff.text.edit import Edits, TextEdit
from editdiff.text.span import Span
from editdiff.training.tasks.example import Example
from editdiff.training.tasks.faults import IN_LINE, KINDS, Injected, Source, inject, inject_at, read

LINE_SHARE = 0.6
"""Share of the examples whose region is one line's content; the others are 2 to 6 whole lines."""
UNCHANGED_SHARE = 0.15
"""Share of the examples with nothing to repair: `old` is the target."""
TWICE_SHARE = 0.15
"""Share of the faulty ones that get a second fault."""
MOST_LINES, MOST_CHARS = 6, 600
"""A region of whole lines grows no further."""


def repair(text: str, path: str, rng: np.random.Generator) -> Example | None:
    """A region of Python and the same with one or two faults; in 15 % of the examples with none."""
    source = read(text)
    if source is None:
        return None
    one_line = rng.random() < LINE_SHARE
    injected = inject(source, rng, IN_LINE if one_line else KINDS)
    if injected is None:
        return None
    region = injected.site.content if one_line else _block(source, injected.edit.span, rng)
    edits: list[TextEdit] = []
    if rng.random() >= UNCHANGED_SHARE:
        edits.append(injected.edit)
        if rng.random() < TWICE_SHARE:
            edits += _second(source, injected, region, one_line, rng)
    return Example("repair", text, (region,), path, old=faulty(text, region, edits))


def faulty(text: str, region: Span, edits: Sequence[TextEdit]) -> str:
    """The region's text after edits inside it."""
    return Edits(tuple(edit.shift(-region.start) for edit in edits)).apply(region.slice(text))


def apart(edit: TextEdit, others: Sequence[TextEdit]) -> bool:
    """Whether an edit neither meets nor touches any of the others."""
    return all(
        edit.span.end < other.span.start or other.span.end < edit.span.start for other in others
    )


def _second(
    source: Source, first: Injected, region: Span, one_line: bool, rng: np.random.Generator
) -> list[TextEdit]:
    """Another fault in the region, if there is room for one that does not meet the first."""
    line = first.site.line if one_line else source.line(int(rng.integers(region.start, region.end)))
    second = inject_at(source.site(line), rng)
    if second is None or not apart(second.edit, [first.edit]):
        return []
    differs = faulty(source.text, region, [first.edit, second.edit]) != region.slice(source.text)
    return [second.edit] if differs else []


def _block(source: Source, inside: Span, rng: np.random.Generator) -> Span:
    """Two to six whole lines that hold a span; fewer where they are long or the file has no more."""
    block = Span(source.line(inside.start).start, source.line(inside.end).end)
    wanted = int(rng.integers(2, MOST_LINES + 1))
    count = inside.slice(source.text).count("\n") + 1
    while count < wanted:
        before, after = source.before(block), source.after(Span(block.end, block.end))
        line = before if after is None or (before and rng.random() < 0.5) else after
        if line is None or max(block.end, line.end) - min(block.start, line.start) > MOST_CHARS:
            break
        block = Span(min(block.start, line.start), max(block.end, line.end))
        count += 1
    return block
