"""A text before and after a fix, and what of it differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from editdiff.text.brackets import partners
from editdiff.text.diff import common_ends
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.literals import Literal, literals
from editdiff.text.span import Span


@dataclass(frozen=True)
class Change:
    """A text before and after a fix."""

    before: Document
    after: Document

    @cached_property
    def _middle(self) -> tuple[Span, Span]:
        """What differs, in either text."""
        old, new = self.before.text, self.after.text
        head, tail = common_ends(old, new)
        return Span(head, len(old) - tail), Span(head, len(new) - tail)

    @cached_property
    def old(self) -> Span:
        """The lines before that are changed, whole."""
        return _whole_lines(self.before.text, self._middle[0])

    @cached_property
    def new(self) -> Span:
        """The lines after."""
        return _whole_lines(self.after.text, self._middle[1])

    @property
    def old_text(self) -> str:
        """The changed lines as they were."""
        return self.old.slice(self.before.text)

    @property
    def new_text(self) -> str:
        """The changed lines as they would be."""
        return self.new.slice(self.after.text)

    @property
    def with_line_above(self) -> tuple[str, str]:
        """The changed lines in either text, behind the line above: one that is gone may have stood there twice."""
        table = LineTable(self.before.text)
        line = table.position(self.old.start).line
        above = table.content(max(0, line - 1)).slice(self.before.text) if line else ""
        return f"{above}\n{self.old_text}", f"{above}\n{self.new_text}"

    @cached_property
    def pieces(self) -> list[tuple[Span, Span]]:
        """What was taken out, and what stands there now, each as small as can be."""
        old, new = self._middle
        matcher = SequenceMatcher(
            None, old.slice(self.before.text), new.slice(self.after.text), autojunk=False
        )
        return [
            (Span(i1, i2).shift(old.start), Span(j1, j2).shift(new.start))
            for tag, i1, i2, j1, j2 in matcher.get_opcodes()
            if tag != "equal"
        ]

    @cached_property
    def changed(self) -> str:
        """All characters that are taken out or put in."""
        return "".join(a.slice(self.before.text) + b.slice(self.after.text) for a, b in self.pieces)

    @cached_property
    def literals(self) -> list[Literal]:
        """Strings and comments of the text after."""
        return list(literals(self.after.text, self.after.language))

    @cached_property
    def partners(self) -> dict[int, int]:
        """Offset of each bracket of the text after to its partner's, but for those in strings and comments."""
        return partners(self.after.text, self.after.language)

    def enclosing(self, at: int) -> int | None:
        """Offset of the nearest bracket of the text after that is open at a place; None where none is."""
        opened = (start for start, end in self.partners.items() if start < at < end)
        return max(opened, default=None)

    @cached_property
    def table(self) -> LineTable:
        """The lines of the text after."""
        return LineTable(self.after.text)

    def line_around(self, at: int) -> tuple[str, str]:
        """What stands before and behind a place of the text after in its line."""
        line = self.table.content(self.table.position(at).line)
        return self.after.text[line.start : at], self.after.text[at : line.end]

    def came_from(self, at: int) -> int | None:
        """Offset before the change of a character after it; None of one that was put in."""
        growth = 0
        for taken, put in self.pieces:
            if at < put.start:
                break
            if at < put.end:
                return None
            growth += put.length - taken.length
        return at - growth


Rule = Callable[[Change], str]
"""Tells why a change may not be made; an empty text where nothing speaks against it."""


def _whole_lines(text: str, span: Span) -> Span:
    table = LineTable(text)
    first, last = table.position(span.start).line, table.position(span.end).line
    return Span(table.start(first), table.content(last).end)
