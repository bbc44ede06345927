"""The regions a user names on the command line.

Lines and columns start at 1; columns count code points. `--lines 12-14` is from the first character
of line 12 to the end of line 14, its line ending not included; `--lines 12` is `--lines 12-12`.
`--span 12:5-14:9` is from before column 5 of line 12 to before column 9 of line 14, so that
`--span 12:5-12:5` is empty, and the column after a line's last character is the end of the line.
Behind a file, `a.py:12-14` and `a.py:12:5-14:9` say the same of that file, and a comma joins several,
as `a.py:3,12:5-14:9`. `--marker '???'` is every place where those very characters stand, but for those
in strings and comments, where the grammar of the language tells them; `--everywhere` takes those, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from editdiff.check.enclosing import enclosing
from editdiff.edits.markers import stands_inside
from editdiff.errors import InputError, UsageError
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

EXAMPLE = "for example --lines 12-14 --lines 30, --span 12:5-12:20, or --marker '???'"
TARGETS = "with several files write FILE:LINES for each, as a.py:12-14,30 b.py:3"

_LINES = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?")
_SPAN = re.compile(r"([0-9]{1,9}):([0-9]{1,9})-([0-9]{1,9}):([0-9]{1,9})")
_ONE = rf"(?:{_SPAN.pattern}|{_LINES.pattern})"
_TARGET = re.compile(rf"(.+?):({_ONE}(?:,{_ONE})*)", re.DOTALL)


@dataclass(frozen=True)
class Region:
    """A region as it was named; all numbers start at 1."""

    name: str
    """How errors call it, as `--lines 12-14`."""
    first: int
    """Line."""
    last: int
    """Line."""
    start_column: int | None = None
    """None for the start of the line."""
    end_column: int | None = None
    """Exclusive; None for the end of the line."""

    def resolve(self, document: Document) -> Span:
        """Return the region of this document.

        Raises:
            InputError: when the document ends before the region does.
        """
        table = LineTable(document.text)
        for line in (self.first, self.last):
            if not 1 <= line <= len(table):
                raise InputError(
                    f"{self.name}: line {line} is not in {document.path}, "
                    f"which has {_count(table)}",
                    f"lines are counted from 1, so name one up to {_last(table)}",
                )
        return Span(
            self._offset(table.content(self.first - 1), self.first, self.start_column),
            self._offset(table.content(self.last - 1), self.last, self.end_column, end=True),
        )

    def _offset(self, content: Span, line: int, column: int | None, end: bool = False) -> int:
        if column is None:
            return content.end if end else content.start
        if not 1 <= column <= content.length + 1:
            raise InputError(
                f"{self.name}: column {column} is not in line {line}, "
                f"which has {content.length} characters",
                "columns are counted from 1; the end of the line is one past its last character",
            )
        return content.start + column - 1


class Gap(NamedTuple):
    """A region of a document, and how errors call it."""

    span: Span
    name: str


class Resolved(NamedTuple):
    """What was named of a document."""

    spans: tuple[Span, ...]
    """The gaps: disjoint, in order, with text between any two."""
    inside: tuple[Gap, ...] = ()
    """Places of markers that are no gaps, as they stand in strings and comments; in order."""


@dataclass(frozen=True)
class Regions:
    """The regions of one document that are filled together."""

    named: tuple[Region, ...] = ()
    markers: tuple[str, ...] = ()
    """Every place where one of them stands."""
    everywhere: bool = False
    """Whether that is also in strings and comments."""

    def resolve(self, document: Document) -> Resolved:
        """Return the gaps of this document; there is none if all markers stand in strings and comments.

        Raises:
            InputError: when the document is empty, ends before a region does, or lacks a marker.
            UsageError: when gaps overlap or touch.
        """
        if not document.text:
            raise InputError(
                f"{document.path} is empty", "infill needs text around the region: write some first"
            )
        named = [Gap(region.resolve(document), region.name) for region in self.named]
        marked = sorted(gap for marker in self.markers for gap in _occurrences(marker, document))
        inside = {} if self.everywhere else dict.fromkeys(_inside(marked, document))
        gaps = sorted(named + [gap for gap in marked if gap not in inside])
        for left, right in pairwise(gaps):
            _check_apart(left, right, document)
        return Resolved(tuple(gap.span for gap in gaps), tuple(inside))


def parse_regions(
    lines: Sequence[str] = (),
    spans: Sequence[str] = (),
    markers: Sequence[str] = (),
    everywhere: bool = False,
) -> Regions:
    """Read the values of `--lines`, `--span`, `--marker` and `--everywhere`.

    Raises:
        UsageError: when there is none, or one is malformed.
    """
    if not (lines or spans or markers):
        raise UsageError("no region to fill", f"name one: {EXAMPLE}")
    named = [_lines(value, "--lines", " ") for value in lines]
    named += [_span(value, "--span", " ") for value in spans]
    return Regions(tuple(named), _markers(markers), everywhere)


def parse_target(
    argument: str, markers: Sequence[str] = (), everywhere: bool = False
) -> tuple[str, Regions]:
    """Read `FILE:LINES` or `FILE:L:C-L:C`, or several of them as `FILE:LINES,L:C-L:C`.

    A file's name may hold colons itself. With `markers` there may be a file alone.

    Raises:
        UsageError: unless there is a file and something to fill, all of it well formed.
    """
    match = _TARGET.fullmatch(argument)
    if match:
        file, values = match[1], match[2].split(",")
    elif markers:
        file, values = argument, []
    else:
        raise UsageError(f"no region to fill in {argument}", f"name one: {EXAMPLE}; {TARGETS}")
    named = [(_span if ":" in value else _lines)(value, file, ":") for value in values]
    return file, Regions(tuple(named), _markers(markers), everywhere)


def _markers(values: Sequence[str]) -> tuple[str, ...]:
    if not all(values):
        raise UsageError("--marker is empty", f"name text that stands in the file: {EXAMPLE}")
    return tuple(values)


def _occurrences(marker: str, document: Document) -> Iterator[Gap]:
    """Places of a marker, from left to right; one that overlaps the place before is none."""
    start = document.text.find(marker)
    if start < 0:
        raise InputError(
            f"--marker {marker!r} does not occur in {document.path}",
            "it has to stand there as it is written: it is no pattern",
        )
    while start >= 0:
        gap = Gap(Span(start, start + len(marker)), f"--marker {marker!r}")
        yield gap
        start = document.text.find(marker, gap.span.end)


def _inside(marked: Sequence[Gap], document: Document) -> Iterator[Gap]:
    """Those of some places of markers, in order, that stand in strings and comments, where a grammar tells."""
    text = document.text
    around = enclosing(text, document.language, [gap.span for gap in marked]) if marked else None
    for gap, literal in zip(marked, around, strict=True) if around else ():
        if stands_inside(gap.span, gap.span.slice(text), literal, text):
            yield gap


def _check_apart(left: Gap, right: Gap, document: Document) -> None:
    """Raise UsageError unless there is text between two gaps."""
    if left.span.end < right.span.start:
        return
    line = LineTable(document.text).position(right.span.start).line + 1
    if left == right:
        raise UsageError(f"{left.name} is named twice", "name each region once")
    pair = f"{left.name} and {right.name}" if left.name != right.name else f"two of {left.name}"
    if left.span != right.span and left.span.end == right.span.start:
        raise UsageError(
            f"{pair} touch in line {line} of {document.path}: they would be one gap",
            "name one region that holds both",
        )
    raise UsageError(
        f"{pair} overlap in line {line} of {document.path}",
        "name one region that holds both, or two that are apart",
    )


def _lines(value: str, flag: str, sign: str) -> Region:
    match = _LINES.fullmatch(value.strip())
    if not match:
        raise UsageError(f"{flag} must be a line or two as 12-14, not {value!r}", EXAMPLE)
    first, last = int(match[1]), int(match[2] or match[1])
    if first > last:
        raise UsageError(f"{flag}{sign}{value} runs backwards", f"write {flag}{sign}{last}-{first}")
    return Region(f"{flag}{sign}{value}", first, last)


def _span(value: str, flag: str, sign: str) -> Region:
    match = _SPAN.fullmatch(value.strip())
    if not match:
        raise UsageError(f"{flag} must be LINE:COLUMN-LINE:COLUMN, not {value!r}", EXAMPLE)
    first, start, last, end = map(int, match.groups())
    if (first, start) > (last, end):
        raise UsageError(
            f"{flag}{sign}{value} runs backwards",
            f"write {flag}{sign}{last}:{end}-{first}:{start}",
        )
    return Region(f"{flag}{sign}{value}", first, last, start, end)


def _count(table: LineTable) -> str:
    """Count the lines as people count them."""
    count = _last(table)
    return f"{count} line{'s' * (count != 1)}"


def _last(table: LineTable) -> int:
    """Number of the last line as people count them: none after the last line ending."""
    return len(table) - (table.content(len(table) - 1).length == 0)
