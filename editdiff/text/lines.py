r"""Lines of a text, and code-point offsets to `(line, column)` and back.

Lines end at `\n`, `\r\n` and `\r` only, as in the Language Server Protocol; Python's strings
would also split at form feed, U+2028 and others. A text that ends in a line ending has one more
line after it, an empty one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Literal, NamedTuple

from editdiff.text.span import Span

Unit = Literal["utf-8", "utf-16", "utf-32"]
"""What a column counts: bytes, 16-bit code units (LSP's default) or code points."""

LINE_ENDING = re.compile(r"\r\n|\n|\r")


class Position(NamedTuple):
    """A place between two characters; both numbers start at 0, the column in some `Unit`."""

    line: int
    column: int


class LineTable:
    """Where the lines of one text begin and end."""

    def __init__(self, text: str) -> None:
        self._text = text
        endings = [match.span() for match in LINE_ENDING.finditer(text)]
        self._starts = [0, *(end for _, end in endings)]
        self._content_ends = [*(start for start, _ in endings), len(text)]

    def __len__(self) -> int:
        """Count of lines, at least 1."""
        return len(self._starts)

    def start(self, line: int) -> int:
        """Offset of the first code point of `line`.

        Raises:
            IndexError: when there is no such line (also for a negative number).
        """
        return self._starts[self._known(line)]

    def content(self, line: int) -> Span:
        """Span of `line` without its ending.

        Raises:
            IndexError: when there is no such line.
        """
        return Span(self.start(line), self._content_ends[line])

    def full(self, line: int) -> Span:
        """Span of `line` with its ending, if it has one.

        Raises:
            IndexError: when there is no such line.
        """
        is_last = self._known(line) == len(self) - 1
        return Span(self.start(line), len(self._text) if is_last else self._starts[line + 1])

    def position(self, offset: int, unit: Unit = "utf-32") -> Position:
        r"""Line and column of a code-point offset.

        Clamped: before the text is its start, after it its end; between `\r` and `\n` is the end
        of the line.
        """
        offset = min(max(offset, 0), len(self._text))
        line = bisect_right(self._starts, offset) - 1
        content = self.content(line)
        return Position(line, units(self._text[content.start : min(offset, content.end)], unit))

    def offset(self, line: int, column: int, unit: Unit = "utf-32") -> int:
        """Code-point offset of a line and column.

        Clamped: a line before the first is the start of the text, one after the last its end; a
        column past the end of the line is that end (before the line ending), one inside a
        character the start of that character.
        """
        if line < 0:
            return 0
        if line >= len(self):
            return len(self._text)
        content = self.content(line)
        return content.start + _code_points(content.slice(self._text), column, unit)

    def _known(self, line: int) -> int:
        if not 0 <= line < len(self):
            raise IndexError(f"line {line} of a text with {len(self)} lines (the first is 0)")
        return line


def units(text: str, unit: Unit) -> int:
    """Length of `text` in `unit`."""
    if unit == "utf-32" or text.isascii():
        return len(text)
    if unit == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _code_points(content: str, column: int, unit: Unit) -> int:
    """Count the whole characters of `content` before `column`."""
    if unit == "utf-32" or content.isascii():
        return min(max(column, 0), len(content))
    used = 0
    for i, character in enumerate(content):
        used += units(character, unit)
        if used > column:
            return i
    return len(content)
