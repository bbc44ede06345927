"""Where a fix may reach: a ladder of regions around a problem, the smallest first.

A checker says where it noticed a fault, and that need not be where the fault is: an unclosed bracket is noticed
a line later, and tree-sitter's ERROR may cover half of a file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from editdiff.check.base import Problem
from editdiff.edits.fix.blocks import lost_at_end, missing_closing
from editdiff.edits.fix.habits import habits, joined
from editdiff.edits.fix.slips import closings, level, once, reindented, slips, spelled, swapped
from editdiff.text.keywords import keywords
from editdiff.text.lines import LineTable
from editdiff.text.shown import unix
from editdiff.text.span import Span

BLOCK_LINES, BLOCK_CHARS = 12, 600
"""Most of a block that is masked at once: more than a model's canvases hold is not worth asking for."""
OF_ONE_LINE = 2
"""Regions of one line that are tried before what would be the rest of a line."""
OFTEN = 2
"""How often a keyword counts as standing in a text, beside where it does: what is misspelt stands there once."""
_WORD = re.compile(r"[^\W\d]\w*")
_REMARK = ("#", "//", "/*", "*")
"""What a line begins with that is all comment."""
_FIRST_WORD = re.compile(r"[^\W\d]\w*(?=[ \t:])")


@dataclass(frozen=True)
class Region:
    """A stretch of the text in which the drafts for a problem compete."""

    span: Span
    """Whole lines without the last one's ending, or a checker's own span."""
    gaps: tuple[Span, ...] = ()
    """What is hidden from the model in turn: inside of `span`."""
    texts: tuple[str, ...] = ()
    """Drafts that are there without a model."""
    accepted: bool = False
    """Whether these are taken whatever they change: a checker's own, or lines that are kept as they are."""
    one_slip: bool = False
    """Whether each of them is one slip away, however much of the region it changes."""
    completes: bool = False
    """Whether it is a line that may have been broken off: a model writes the rest of it, and all of it stays."""


class _Habits(NamedTuple):
    """What a text is written like; told for a problem of syntax only."""

    words: Mapping[str, int]
    """How often each word stands there; keywords more often."""
    level: str
    """White space of one level of indentation."""


def ladder(text: str, problem: Problem, language: str = "", *, syntax: bool) -> list[Region]:
    """Regions to try for a problem, one after the other.

    What the checker itself would accept comes first, and is all there is where it says so; then a line that closes
    a block and is missing; whole lines, one of them gone, two swapped, joined, or one indented otherwise; lines in
    the habit of another language; the line that it points at, the line above; the rest of a line that was broken
    off; the last line of a problem of several lines, the header of the block around, the first two together, the
    block.
    """
    table = LineTable(text)
    regions = (
        [Region(problem.span, (), problem.candidates, accepted=True)] if problem.candidates else []
    )
    if problem.own_only:
        return regions
    deeper = level(unix(text)) if syntax else ""
    line = table.position(problem.span.start).line
    if syntax:
        if closing := missing_closing(text, language):
            regions += [
                Region(closing.span, (), (lines,), accepted=True, one_slip=True)
                for lines in closing.texts
            ]
        elif closing := lost_at_end(text, language):
            # how likely a text is to end where it does nobody knows: here a parser alone decides
            regions.append(Region(closing.span, (), closing.texts, accepted=True))
        regions += _whole_lines(text, table, line, deeper)
        regions += _of_habit(text, table, line, language)
    words = Counter(_WORD.findall(text))
    words.update({word: OFTEN for word in keywords(language)})
    habits = _Habits(words, deeper) if syntax else None
    known = len(regions)
    for first, last in _rungs(text, table, problem.span, syntax):
        region = _region(text, table, first, last, problem.span, habits)
        if region.span not in [other.span for other in regions[known:]]:
            regions.append(region)
    if syntax:
        regions[known + OF_ONE_LINE : known + OF_ONE_LINE] = _broken_off(text, table, line)
    return regions


def _whole_lines(text: str, table: LineTable, line: int, deeper: str) -> list[Region]:
    """Lines around a problem without one of two equal neighbours; two swapped, or one indented otherwise.

    Such a text parses by accident less often than one with a line changed, so these come first. Where two lines
    swapped are the likeliest, the fault is left: see `doubtful`.
    """
    first, last = max(0, line - 1), min(len(table) - 1, line + 1)
    span = Span(table.start(first), table.content(last).end)
    if span.length > BLOCK_CHARS:
        return []
    inside = unix(span.slice(text))
    ways = [
        (*once(inside), *joined(inside)),
        (*swapped(inside), *reindented(inside, deeper)),
    ]
    return [Region(span, (), texts, accepted=True, one_slip=True) for texts in ways if texts]


def _of_habit(text: str, table: LineTable, line: int, language: str) -> list[Region]:
    """The line of a problem and the one above, without what belongs to another language."""
    regions = []
    for at in dict.fromkeys((line, _filled_above(text, table, line))):
        span = table.content(at)
        texts = habits(span.slice(text), language) if span.length <= BLOCK_CHARS else []
        if texts:
            regions.append(Region(span, (), tuple(texts), accepted=True, one_slip=True))
    return regions


def _broken_off(text: str, table: LineTable, line: int) -> list[Region]:
    """Lines with a gap at the end, where somebody may have stopped typing: of the problem, above, of the block."""
    regions = []
    head, _ = block(text, table, line)
    for at in dict.fromkeys((line, _code_above(text, table, line), head)):
        content = table.content(at)
        end = content.start + len(content.slice(text).rstrip())
        if content.start < end and content.length <= BLOCK_CHARS:
            span = Span(content.start, end)
            gap = Span(end, end)
            regions.append(Region(span, (gap,), (), accepted=True, one_slip=True, completes=True))
    return regions


def _rungs(text: str, table: LineTable, span: Span, syntax: bool) -> list[tuple[int, int]]:
    """First and last line of each rung."""
    start, end = table.position(span.start).line, table.position(span.end).line
    if end > start and span.end == table.start(end):  # it ends with the line before
        end -= 1
    if not syntax:
        return [(start, end)]
    above = _filled_above(text, table, start)
    rungs = [(start, start), (above, above)]
    if end > start:
        over = _filled_above(text, table, end)
        rungs += [(end, end), (over, over)]
    first, last = block(text, table, start)
    return [*rungs, (first, first), (above, start), (first, last)]


def block(text: str, table: LineTable, line: int) -> tuple[int, int]:
    """First and last line of the lines that belong together by their indentation, `line` among them.

    From the nearest line above that is indented less, its header, down to the last one that is indented more
    than that. Of a long block, the lines nearest to `line`.
    """
    own = _indentation(text, table, line)
    first = line
    while first > 0 and line - first < BLOCK_LINES // 2:
        first -= 1
        indent = _indentation(text, table, first)
        if indent is not None and (own is None or indent < own):
            break
    header = _indentation(text, table, first) or 0
    last = line
    while last + 1 < len(table) and last + 1 - first < BLOCK_LINES:
        indent = _indentation(text, table, last + 1)
        if indent is not None and indent <= header:
            break
        last += 1
    while last > line and _indentation(text, table, last) is None:
        last -= 1
    while table.content(last).end - table.start(first) > BLOCK_CHARS and first < last:
        first, last = (first + 1, last) if line - first > last - line else (first, last - 1)
    return first, last


def _region(
    text: str,
    table: LineTable,
    first: int,
    last: int,
    place: Span,
    habits: _Habits | None,
) -> Region:
    span = _clipped(Span(table.start(first), table.content(last).end), place)
    inside = span.slice(text)
    gaps = _gaps(text, span, place)
    if habits is None:
        return Region(span, gaps)
    if first < last:  # between its first two lines one may be lost; of more lines too much would be
        lost = table.content(first).end
        return Region(span, (Span(lost, lost),), tuple(closings(inside)))
    word = _FIRST_WORD.match(text, span.end - len(inside.lstrip()), span.end)
    words = (
        (Span(*word.span()),) if word else ()
    )  # where most keywords stand, and those that are none
    gaps = (*gaps[:-1], *words, *gaps[-1:]) if span.contains(place) else words
    at = min(max(place.start - span.start, 0), span.length)
    above = table.content(_filled_above(text, table, first)).slice(text) if first else ""
    texts = [*slips(inside, at, above, habits.level), *spelled(inside, habits.words)]
    return Region(span, tuple(dict.fromkeys(gaps)), tuple(texts))


def _gaps(text: str, span: Span, place: Span) -> tuple[Span, ...]:
    """The place, where it is a part of the region, and the region behind its indentation."""
    content = Span(span.end - len(span.slice(text).lstrip()), span.end)
    inside = span.contains(place) and place.length < content.length
    return (place, content) if inside else (content,)


def _clipped(span: Span, place: Span) -> Span:
    """The span, or where it is too long the part of it around a place."""
    if span.length <= BLOCK_CHARS:
        return span
    middle = min(max(place.start, span.start), span.end)
    half = BLOCK_CHARS // 2
    return Span(max(span.start, middle - half), min(span.end, middle + half))


def _filled_above(text: str, table: LineTable, line: int) -> int:
    """The nearest line above that is not blank; the line itself where there is none."""
    return next(
        (i for i in range(line - 1, -1, -1) if table.content(i).slice(text).strip()),
        line,
    )


def _code_above(text: str, table: LineTable, line: int) -> int:
    """The nearest line above that is neither blank nor all comment; the line itself where there is none."""
    return next(
        (
            i
            for i in range(line - 1, -1, -1)
            if (inside := table.content(i).slice(text).strip()) and not inside.startswith(_REMARK)
        ),
        line,
    )


def _indentation(text: str, table: LineTable, line: int) -> int | None:
    """Columns of white space before a line's first character; None of a blank line."""
    content = table.content(line).slice(text)
    return len(content) - len(content.lstrip()) if content.strip() else None
