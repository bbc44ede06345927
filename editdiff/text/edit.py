"""Edits as values: what to replace by what, applied and undone exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from editdiff.text.span import Span


@dataclass(frozen=True)
class TextEdit:
    """Replace what stands in `span` by `text`."""

    span: Span
    text: str

    @property
    def growth(self) -> int:
        """By how many code points the text becomes longer."""
        return len(self.text) - self.span.length


@dataclass(frozen=True)
class Edits:
    """Edits of one text, all spans counted in the text before any of them.

    They are kept in the order of their spans; several insertions at one place stay in the order
    given.

    Raises:
        ValueError: when two spans overlap, or one of them has an insertion strictly inside.
    """

    items: tuple[TextEdit, ...] = ()

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.items, key=lambda edit: edit.span))
        for left, right in pairwise(ordered):
            if left.span.end > right.span.start:
                raise ValueError(f"edits overlap: {left.span} and {right.span}")
        object.__setattr__(self, "items", ordered)

    def __iter__(self) -> Iterator[TextEdit]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def apply(self, text: str) -> str:
        """`text` with every span replaced; everything else is copied as it is.

        Raises:
            ValueError: when a span reaches past the end of `text`.
        """
        parts, done = [], 0
        for edit in self._within(text):
            parts += [text[done : edit.span.start], edit.text]
            done = edit.span.end
        return "".join([*parts, text[done:]])

    def invert(self, text: str) -> Edits:
        """Return the edits that undo these: `e.invert(text).apply(e.apply(text)) == text`.

        Raises:
            ValueError: when a span reaches past the end of `text`.
        """
        inverse, growth = [], 0
        for edit in self._within(text):
            start = edit.span.start + growth
            inverse.append(TextEdit(Span(start, start + len(edit.text)), edit.span.slice(text)))
            growth += edit.growth
        return Edits(tuple(inverse))

    def _within(self, text: str) -> tuple[TextEdit, ...]:
        if self.items and self.items[-1].span.end > len(text):
            raise ValueError(f"edit at {self.items[-1].span} in a text of {len(text)} code points")
        return self.items
