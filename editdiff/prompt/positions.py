"""Positions of a context and of what is written into its gaps, for the rotation of queries and keys.

In cache order a token's position is its index: the text after a gap comes first, the canvas last. In document
order every section has the place that it has in the file, and each gap keeps a reserve of positions, because
the length of what is hidden is not known:

    path, <old>, <ask> | text before | reserve of a gap | text between | reserve of the last gap | <tail> <suf>

The order of the cache is the same in both: only the rotation differs. So that typing does not move the text
after the gap, which comes first in the cache, that text begins at a multiple of STEP: what is typed uses up the
last gap's reserve, and once in STEP tokens all moves on by STEP.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from editdiff.tokens.bpe import Special
from editdiff.tokens.canvas import IntArray

Order = Literal["cache", "document"]
LEAST, STEP = 64, 64
"""Reserves are of LEAST … LEAST + STEP - 1 positions; the least holds the largest canvas that is trained."""


@dataclass(frozen=True)
class Placement:
    """Where a context stands, and where its gaps begin; a value."""

    at: IntArray
    """[C] of the context, and of what was written after it."""
    starts: IntArray
    """[gaps] of the first place of each gap; where there are fewer than gaps, the others follow the last."""

    def of(self, ids: IntArray, special: Special) -> IntArray:
        """Positions [B, S] of `ids` [B, S] written next: a sentinel opens its gap, the rest follows one by one."""
        index = np.arange(ids.shape[1])
        first, last = special.gaps[0], special.gaps[0] + len(self.starts)
        opens = (ids >= first) & (ids < last)
        opened = np.maximum.accumulate(np.where(opens, index, -1), axis=1)
        gap = np.take_along_axis(ids, np.maximum(opened, 0), axis=1) - first
        base = self.starts[np.clip(gap, 0, len(self.starts) - 1)] - opened
        goes_on = self.at[-1] + 1 if len(self.at) else 0
        return np.asarray(np.where(opened < 0, goes_on, base) + index)

    def then(self, positions: IntArray) -> Placement:
        """The same with what was written at `positions` [S]."""
        return replace(self, at=np.concatenate((self.at, positions)))


def place(context: IntArray, order: Order, special: Special) -> Placement:
    """Place a context [C] as the engines do; a function of its ids alone, so that a cache stays exact.

    A context without the marks of its sections, as no document has, is placed in cache order.
    """
    sections = _sections(context, special) if order == "document" else None
    if sections is None:
        return Placement(np.arange(len(context)), np.array([len(context)]))
    gaps = sum(int(token) in special.gaps for token in context[sections.before])
    reserves = [LEAST] * (gaps + 1)
    suffix = len(sections.before) + 1 + sum(reserves) + len(sections.tail)  # where it would begin
    reserves[-1] += -suffix % STEP
    return _placed(context, sections, reserves, special)


def place_with(context: IntArray, reserves: Sequence[int], special: Special) -> Placement:
    """Place a context [C] in document order, with these reserves of its gaps.

    Raises:
        ValueError: for a context without the marks of its sections.
    """
    sections = _sections(context, special)
    if sections is None:
        raise ValueError("the context lacks a mark of its sections")
    return _placed(context, sections, reserves, special)


class _Sections(NamedTuple):
    """Indices of a context in document order, cut at the last gap."""

    before: IntArray
    fill: IntArray
    """Of the mark `<fill>` alone."""
    tail: IntArray
    suffix: IntArray


def _sections(context: IntArray, special: Special) -> _Sections | None:
    index = np.arange(len(context))
    first = {int(token): i for i, token in zip(index[::-1], context[::-1], strict=True)}
    if not {special.suf, special.pre, special.tail, special.fill} <= first.keys():
        return None
    suffix, pre, tail, fill = (
        first[mark] for mark in (special.suf, special.pre, special.tail, special.fill)
    )
    told = min([pre, *(first[mark] for mark in (special.old, special.ask) if mark in first)])
    before = np.concatenate((index[:suffix], index[told:tail]))
    return _Sections(before, index[fill:], index[tail:fill], index[suffix:told])


def _placed(
    context: IntArray, sections: _Sections, reserves: Sequence[int], special: Special
) -> Placement:
    index = np.concatenate(sections)
    opens = np.isin(context[index], (*special.gaps, special.fill))  # a reserve comes after these
    width = np.ones(len(index), dtype=np.int64)
    width[opens] += np.asarray(reserves)
    places = np.cumsum(width) - width
    at = np.empty_like(places)
    at[index] = places
    return Placement(at, places[opens] + 1)
