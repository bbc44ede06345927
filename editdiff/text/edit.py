"""Edits as values: what to replace by what, applied and undone exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

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

    def shift(self, by: int) -> TextEdit:
        """Return the same edit `by` code points further right (left when negative)."""
        return TextEdit(self.span.shift(by), self.text)


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


def compose(first: Edits, second: Edits) -> Edits:
    """One step for two: `compose(a, b).apply(t) == b.apply(a.apply(t))`.

    The spans of `second` count in the text after `first`. Where one of `second` meets one of `first`
    (they overlap, or share a border) both become one edit, so that keystrokes in a row add up to
    what was typed; all others stay as they are.
    """
    composed, growth = [], 0
    for cluster in _clusters(_placed(first, second)):
        grown = growth + sum(item.edit.growth for item in cluster if not item.later)
        composed.append(_joined(cluster, growth, grown))
        growth = grown
    return Edits(tuple(composed))


class _Placed(NamedTuple):
    """An edit of either step, and where it stands in the text between the two."""

    span: Span
    later: bool
    edit: TextEdit


def _placed(first: Edits, second: Edits) -> list[_Placed]:
    placed, growth = [], 0
    for edit in first:
        start = edit.span.start + growth
        placed.append(_Placed(Span(start, start + len(edit.text)), False, edit))
        growth += edit.growth
    placed += [_Placed(edit.span, True, edit) for edit in second]
    return sorted(placed, key=lambda item: item.span)


def _clusters(placed: list[_Placed]) -> Iterator[list[_Placed]]:
    """Join the edits of one step that meet edits of the other; two of one step never overlap."""
    cluster: list[_Placed] = []
    reach = {False: -1, True: -1}
    for item in placed:
        if cluster and item.span.start > reach[not item.later]:
            yield cluster
            cluster, reach = [], {False: -1, True: -1}
        cluster.append(item)
        reach[item.later] = item.span.end
    if cluster:
        yield cluster


def _joined(cluster: list[_Placed], growth: int, grown: int) -> TextEdit:
    """Return the one edit for a cluster; `growth` and `grown` are `first`'s before and after it."""
    start, end = cluster[0].span.start, max(item.span.end for item in cluster)
    old = Span(start - growth, end - grown)
    earlier = [item.edit.shift(-old.start) for item in cluster if not item.later]
    later = [item.edit.shift(-start) for item in cluster if item.later]
    # a cluster has no holes: what `first` did not write in it, `second` removes, so any filler does
    between = Edits(tuple(earlier)).apply("\0" * old.length)
    return TextEdit(old, Edits(tuple(later)).apply(between))
