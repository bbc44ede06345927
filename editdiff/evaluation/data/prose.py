"""Where a file holds prose: comments, docstrings of Python, and Markdown outside of its code."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from editdiff.text.literals import literals
from editdiff.text.span import Span

_FENCE = re.compile(
    r"^[ \t]{0,3}(`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t]{0,3}\1[`~]*[ \t]*$|\Z)", re.M | re.S
)
_QUOTES = "\"'`"
_DOCSTRING = re.compile(r'[ \t]*[rRuU]?(?:"""|\'\'\')')


@dataclass(frozen=True)
class Prose:
    """Spans of prose of one text."""

    spans: tuple[Span, ...]
    """Disjoint, in order."""

    @classmethod
    def of(cls, text: str, language: str) -> Prose:
        """Find them by the signs of the language alone."""
        return cls(
            tuple(_of_markdown(text) if language == "markdown" else _of_code(text, language))
        )

    def holds(self, at: int) -> bool:
        """Whether what is written at an offset is prose."""
        number = bisect_right([span.start for span in self.spans], at) - 1
        return number >= 0 and self.spans[number].start <= at <= self.spans[number].end


def _of_markdown(text: str) -> Iterator[Span]:
    start = 0
    for fence in _FENCE.finditer(text):
        if start < fence.start():
            yield Span(start, fence.start() - 1)
        start = fence.end() + 1
    if start <= len(text):
        yield Span(start, len(text))


def _of_code(text: str, language: str) -> Iterator[Span]:
    """Behind the sign of each comment, and inside of each docstring."""
    for literal in literals(text, language):
        opener = text[literal.start]
        if opener not in _QUOTES:
            yield Span(literal.start + 1, literal.end)
        elif language == "python" and literal.end - literal.start >= 6:
            line = text.rfind("\n", 0, literal.start) + 1
            if _DOCSTRING.match(text, line, literal.start + 3):
                yield Span(literal.start + 3, literal.end - 3)
