"""Merges in conflict: the stretches between the markers that git leaves in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from editdiff.text.edit import TextEdit
from editdiff.text.literals import literals
from editdiff.text.span import Span

_MARKER = re.compile(
    r"^(?P<sign><{7}|\|{7}|={7}|>{7})(?: [^\r\n]*)?(?P<ending>\r?\n|\r?\Z)", re.MULTILINE
)

Side = Literal["ours", "theirs", "both"]
"""What may stay of a conflict."""
SIDES: tuple[Side, ...] = get_args(Side)


@dataclass(frozen=True)
class Conflict:
    """One stretch, and what either side of the merge has there, line endings included."""

    span: Span
    """From the first marker to the end of the last, without its line ending."""
    ending: int
    """Length of that ending, code points."""
    ours: str
    theirs: str
    clear: bool = True
    """Whether one line alone can be what parts the sides: else nobody can tell which text is whose."""

    @property
    def lines(self) -> Span:
        """What a side takes the place of."""
        return Span(self.span.start, self.span.end + self.ending)

    @property
    def both(self) -> str:
        """Ours, then theirs."""
        return self.ours + self.theirs

    def taking(self, side: Side) -> TextEdit:
        """The edit that leaves one side of it, or both."""
        return TextEdit(self.lines, getattr(self, side))


def conflicts(text: str) -> Iterator[Conflict]:
    """Those of a text, in its order; markers that do not belong together are none.

    The common ancestor that git may show between the sides belongs to neither.
    """
    start = ours_end = theirs_start = None
    clear = True
    for found in _MARKER.finditer(text) if "<<<<<<<" in text else ():
        sign = found["sign"][0]
        if sign == "<":
            start, ours_end, theirs_start, clear = found, None, None, True
        elif start is None:
            continue
        elif sign in "|=" and theirs_start is None:
            ours_end = found.start() if ours_end is None else ours_end
            theirs_start = found.end() if sign == "=" else None
        elif sign == "=":
            clear = False
        elif sign == ">":
            if ours_end is not None and theirs_start is not None:
                ours, theirs = text[start.end() : ours_end], text[theirs_start : found.start()]
                span = Span(start.start(), found.start("ending"))
                yield Conflict(span, len(found["ending"]), ours, theirs, clear)
            start = None


def has_markers(text: str) -> bool:
    """Whether a line of a text looks like a marker of git."""
    return _MARKER.search(text) is not None


def lone_markers(text: str) -> Iterator[Span]:
    """Lines of a text, without their endings, that look like markers of git and belong to no conflict."""
    whole = conflicts(text)
    conflict = next(whole, None)
    for found in _MARKER.finditer(text):
        marker = Span(found.start(), found.start("ending"))
        while conflict is not None and conflict.span.end < marker.end:
            conflict = next(whole, None)
        if conflict is None or not conflict.span.contains(marker):
            yield marker


def conflicts_of_code(text: str, language: str) -> list[Conflict]:
    """Those that begin in no string or comment, where markers may be what the text is about."""
    found = list(conflicts(text))
    hidden = list(literals(text, language)) if found else ()
    return [c for c in found if not any(literal.covers(c.span.start) for literal in hidden)]
