r"""Blocks of Markdown, reStructuredText and docstrings that are no prose: code, doctests, displayed maths.

One pass over the lines. Markdown: fences, front matter, indented blocks; a fence named `math` holds LaTeX.
reStructuredText and docstrings: what is indented more than the line ending with `::` before it; under `..
math::` it is LaTeX. Everywhere: from `>>>` to the next empty line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from editdiff.text.lines import LINE_ENDING
from editdiff.text.span import Span

_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})[ \t]*\{?\.?([\w-]*)")
_INDENT = re.compile(r"[ \t]*")
_TAB = 4


@dataclass(frozen=True)
class Block:
    """Lines that are no prose."""

    span: Span
    """Whole lines, in code points."""
    latex: bool = False
    """Whether it is displayed maths rather than code."""


def lines(text: str) -> Iterator[Span]:
    """Lines without their endings, in code points."""
    start = 0
    for ending in LINE_ENDING.finditer(text):
        yield Span(start, ending.start())
        start = ending.end()
    yield Span(start, len(text))


def blocks(text: str, markdown: bool) -> Iterator[Block]:
    """Blocks in the order of the text; one that is not closed goes to its end."""
    scan = _Scan(markdown)
    for span in lines(text):
        yield from scan.line(span, span.slice(text))
    yield from scan.end(len(text))


class _Scan:
    """What kind of block the present line is in."""

    def __init__(self, markdown: bool) -> None:
        self.markdown = markdown
        self.begun: Span | None = None
        self.latex = False
        self.kind = ""
        self.fence = ""
        self.indent = 0
        self.literal: int | None = None
        """Indentation of a line that ends with `::`, until something else has come."""
        self.blank = True
        self.first = True
        self.last_end = 0

    def line(self, span: Span, content: str) -> Iterator[Block]:
        """Take one line; give the block that ended before or with it."""
        stripped = content.strip()
        if self.begun is not None and self._ends(content, stripped):
            if self.kind in ("fence", "front"):
                yield self._close(span.end)
                self.blank, self.first = False, False
                return
            yield self._close(self.last_end)
        if self.begun is None:
            self._begin(span, content, stripped)
        self.blank, self.first, self.last_end = not stripped, False, span.end

    def end(self, length: int) -> Iterator[Block]:
        """The block that the text ends in."""
        if self.begun is not None:
            yield self._close(length)

    def _close(self, end: int) -> Block:
        assert self.begun is not None
        block = Block(Span(self.begun.start, max(end, self.begun.start)), self.latex)
        self.begun, self.latex = None, False
        return block

    def _ends(self, content: str, stripped: str) -> bool:
        match self.kind:
            case "fence":
                return stripped.lstrip("> ").startswith(self.fence) and not stripped.strip("`~> ")
            case "front":
                return stripped in ("---", "...")
            case "doctest":
                return not stripped
            case _:
                return bool(stripped) and _width(content) <= self.indent

    def _begin(self, span: Span, content: str, stripped: str) -> None:
        """Begin a block with this line, if one begins here."""
        literal, self.literal = self.literal, self.literal if not stripped else None
        fence = _FENCE.match(content)
        if fence and not (fence[1][0] == "`" and "`" in content[fence.end() :]):
            self._open("fence", span)
            self.fence, self.latex = fence[1], fence[2] == "math"
        elif self.first and self.markdown and stripped == "---":
            self._open("front", span)
        elif stripped.startswith(">>>"):
            self._open("doctest", span)
        elif stripped and literal is not None and _width(content) > literal:
            self._open("literal", span)
            self.indent, self.latex = literal, self._math
        elif stripped and self.markdown and self.blank and _width(content) >= _TAB:
            self._open("indented", span)
            self.indent = _TAB - 1
        elif (
            not self.markdown
            and ("::" in stripped)
            and (stripped.endswith("::") or stripped.startswith(".. "))
        ):
            self.literal, self._math = _width(content), stripped.startswith(".. math::")

    _math = False

    def _open(self, kind: str, span: Span) -> None:
        self.kind, self.begun = kind, span


def _width(content: str) -> int:
    """Columns of a line's indentation."""
    indent = _INDENT.match(content)
    return len(indent[0].expandtabs(_TAB)) if indent else 0
