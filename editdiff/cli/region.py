"""The region a user names on the command line.

Lines and columns start at 1; columns count code points. `--lines 12-14` is from the first character
of line 12 to the end of line 14, its line ending not included; `--lines 12` is `--lines 12-12`.
Behind a file, `a.py:12-14` and `a.py:12:5-14:9` say the same of that file.
`--span 12:5-14:9` is from before column 5 of line 12 to before column 9 of line 14, so that
`--span 12:5-12:5` is empty, and the column after a line's last character is the end of the line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from editdiff.errors import InputError, UsageError
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

EXAMPLE = "for example --lines 12-14, or --span 12:5-12:20"
TARGETS = "with several files write FILE:LINES for each, as a.py:12-14 b.py:3"

_LINES = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?")
_SPAN = re.compile(r"([0-9]{1,9}):([0-9]{1,9})-([0-9]{1,9}):([0-9]{1,9})")
_TARGET = re.compile(rf"(.+?):(?:({_SPAN.pattern})|({_LINES.pattern}))", re.DOTALL)


@dataclass(frozen=True)
class Region:
    """A region as it was named; all numbers start at 1."""

    flag: str
    """How errors name it."""
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
            InputError: when the document is empty, or ends before the region does.
        """
        if not document.text:
            raise InputError(
                f"{document.path} is empty", "infill needs text around the region: write some first"
            )
        table = LineTable(document.text)
        for line in (self.first, self.last):
            if not 1 <= line <= len(table):
                raise InputError(
                    f"{self.flag}: line {line} is not in {document.path}, "
                    f"which has {_count(table)}",
                    "lines are counted from 1",
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
                f"{self.flag}: column {column} is not in line {line}, "
                f"which has {content.length} characters",
                "columns are counted from 1; the end of the line is one past its last character",
            )
        return content.start + column - 1


def parse_region(lines: str | None, span: str | None) -> Region:
    """Read the values of `--lines` and `--span`.

    Raises:
        UsageError: unless exactly one is given and well formed.
    """
    if lines is not None and span is not None:
        raise UsageError("--lines and --span exclude each other", f"name one region: {EXAMPLE}")
    if lines is not None:
        return _lines(lines, "--lines", " ")
    if span is not None:
        return _span(span, "--span", " ")
    raise UsageError("no region to fill", f"name one: {EXAMPLE}")


def parse_target(argument: str) -> tuple[str, Region]:
    """Read `FILE:LINES` or `FILE:L:C-L:C`; a file's name may hold colons itself.

    Raises:
        UsageError: unless there is a file and a well-formed region.
    """
    match = _TARGET.fullmatch(argument)
    if not match:
        raise UsageError(f"no region to fill in {argument}", f"name one: {EXAMPLE}; {TARGETS}")
    file, span = match[1], match[2]
    value = argument[len(file) + 1 :]
    region = _span(value, file, ":") if span else _lines(value, file, ":")
    return file, replace(region, flag=argument)


def _lines(value: str, flag: str, sign: str) -> Region:
    match = _LINES.fullmatch(value.strip())
    if not match:
        raise UsageError(f"{flag} must be a line or two as 12-14, not {value!r}", EXAMPLE)
    first, last = int(match[1]), int(match[2] or match[1])
    if first > last:
        raise UsageError(f"{flag}{sign}{value} runs backwards", f"write {flag}{sign}{last}-{first}")
    return Region(flag, first, last)


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
    return Region(flag, first, last, start, end)


def _count(table: LineTable) -> str:
    """Count the lines as people count them: none after the last line ending."""
    count = len(table) - (table.content(len(table) - 1).length == 0)
    return f"{count} line{'s' * (count != 1)}"
