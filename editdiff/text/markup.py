"""Marked text for tests and examples: `«editable»` stretches and `ˇ` cursors."""

from __future__ import annotations

import re
from dataclasses import dataclass

from editdiff.text.span import Span

OPEN, CLOSE, CURSOR = "«", "»", "ˇ"
_MARK = re.compile(f"[{OPEN}{CLOSE}{CURSOR}]")


@dataclass(frozen=True)
class Marked:
    """A text without its marks, and what they marked."""

    text: str
    spans: tuple[Span, ...] = ()
    """Editable stretches, in order."""
    cursors: tuple[int, ...] = ()
    """Code-point offsets, in order."""


def parse(marked: str) -> Marked:
    """Read marked text.

    Raises:
        ValueError: when `«` and `»` do not come in pairs, or one pair stands inside another.
    """
    spans: list[Span] = []
    cursors: list[int] = []
    opened: int | None = None
    for n, match in enumerate(_MARK.finditer(marked)):
        offset = match.start() - n  # n marks before this one are not part of the text
        if match[0] == CURSOR:
            cursors.append(offset)
        elif (match[0] == OPEN) != (opened is None):
            raise ValueError(f"unpaired {match[0]} at character {match.start()} of the marked text")
        elif opened is None:
            opened = offset
        else:
            spans.append(Span(opened, offset))
            opened = None
    if opened is not None:
        raise ValueError(f"{OPEN} without {CLOSE} in the marked text")
    return Marked(_MARK.sub("", marked), tuple(spans), tuple(cursors))


def show(marked: Marked) -> str:
    """Write marked text: `parse(show(m)) == m` for disjoint spans and a text without marks."""
    marks = [mark for span in marked.spans for mark in ((span.start, OPEN), (span.end, CLOSE))]
    marks += [(cursor, CURSOR) for cursor in marked.cursors]
    parts, done = [], 0
    for offset, mark in sorted(marks, key=lambda item: item[0]):
        parts += [marked.text[done:offset], mark]
        done = offset
    return "".join([*parts, marked.text[done:]])
