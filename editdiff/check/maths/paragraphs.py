"""Paragraphs of prose: lines that belong together, the marks at their beginnings covered by spaces.

An equation may be wrapped over lines, so a line is never read without the ones around it. A sign at the beginning
of a line may be a bullet or an operator; where that is in doubt it is covered by `plain.DOUBT`, which no
expression may stand beside. Positions do not move.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from editdiff.check.maths.blocks import lines
from editdiff.check.maths.plain import DOUBT

MAX_CODE_POINTS = 8000
"""Of a paragraph, from which on it ends with the present line."""
_MARKS = re.compile(
    r"[ \t]*(?:>[ \t]?)*(?:(?:#{1,6}|//[/!]*|/?\*+!?|[-+•]|--+|;+|<!--|%+|\"{3}|'{3})(?=[ \t])[ \t]*)*"
)
_BULLET = re.compile(r"(?:^|[ \t>])([-+*•])[ \t]*$")
_WORD = re.compile(r"[^\W\d_]{2}|[*`_\"'\[]")
_OPEN_END = re.compile(r"(?:[0-9)\]%!½¼¾²³=≈<>(+*/^×·÷−–-]|(?<![^\W\d])[^\W\d])[ \t]*$")
"""The end of a line behind which a sign may well be an operator: an operand, an operator, a relation."""


@dataclass
class Paragraph:
    """Lines without an empty one between them."""

    start: int
    """In code points of the text."""
    bullet: str
    """The sign that marks it as an item of a list; empty where none does."""
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its lines, marks covered."""
        return "".join(self.parts)


def paragraphs(text: str) -> Iterator[Paragraph]:
    """Paragraphs in the order of the text; time linear in it."""
    present, end, size = None, 0, 0
    for span in lines(text):
        marks = _MARKS.match(text, span.start, span.end)
        begin = marks.end() if marks else span.start
        content = text[begin : span.end]
        if not content.strip("\0 \t"):
            if present:
                yield present
            present = None
            continue
        cover = " " * (begin - span.start)
        sign = _BULLET.search(text[span.start : begin])
        bullet = sign[1] if sign else ""
        if present and _begins(present, bullet, content):
            yield present
            present = None
        if present is None:
            present, size = Paragraph(begin, bullet), 0
        else:
            if sign:
                cover = cover[: sign.start(1)] + DOUBT + cover[sign.end(1) :]
            present.parts += [text[end : span.start], cover]
        present.parts.append(content)
        end, size = span.end, size + span.length
        if size > MAX_CODE_POINTS:
            yield present
            present = None
    if present:
        yield present


def _begins(present: Paragraph, bullet: str, content: str) -> bool:
    """Whether a line begins a paragraph of its own though no empty line stands before it."""
    if content.startswith("|"):
        return True
    if not bullet:
        return False
    if present.bullet == bullet or _WORD.match(content):
        return True
    return not _OPEN_END.search(present.parts[-1])
