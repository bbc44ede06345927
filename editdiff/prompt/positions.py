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
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from editdiff.prompt.base import Prompt
from editdiff.tokens.base import IntArray, Tokenizer
from editdiff.tokens.bpe import GAPS, MARKS, NAMES

Order = Literal["cache", "document"]
LEAST, STEP = 64, 64
"""Reserves are of LEAST … LEAST + STEP - 1 positions; the least holds the largest canvas that is trained."""


@dataclass(frozen=True)
class Marks:
    """Ids of the marks between the sections of a context, by the names of `tokens.bpe`."""

    file: int
    suf: int
    old: int
    ask: int
    pre: int
    tail: int
    fill: int
    gaps: tuple[int, ...]
    """Sentinels, which stand for the gaps before the last."""

    @classmethod
    def own(cls) -> Marks:
        """Those of every tokenizer of ours."""
        return cls(
            **{name[1:-1]: NAMES[name] for name in MARKS}, gaps=tuple(NAMES[g] for g in GAPS)
        )

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> Marks:
        """Those of a tokenizer.

        Raises:
            ModelError: when it lacks one of them.
        """
        ids = {name[1:-1]: tokenizer.id_of(name) for name in MARKS}
        return cls(**ids, gaps=tokenizer.special.gaps)


def place(context: IntArray, order: Order, marks: Marks) -> Prompt:
    """Place a context [C] as the engines do; a function of its ids alone, so that a cache stays exact.

    A context without the marks of its sections, as no document has, is placed in cache order.
    """
    sections = _sections(context, marks) if order == "document" else None
    if sections is None:
        return Prompt.in_order(context, marks.gaps)
    gaps = sum(int(token) in marks.gaps for token in context[sections.before])
    reserves = [LEAST] * (gaps + 1)
    suffix = len(sections.before) + 1 + sum(reserves) + len(sections.tail)  # where it would begin
    reserves[-1] += -suffix % STEP
    return _placed(context, sections, reserves, marks)


def place_with(context: IntArray, reserves: Sequence[int], marks: Marks) -> Prompt:
    """Place a context [C] in document order, with these reserves of its gaps.

    Raises:
        ValueError: for a context without the marks of its sections.
    """
    sections = _sections(context, marks)
    if sections is None:
        raise ValueError("the context lacks a mark of its sections")
    return _placed(context, sections, reserves, marks)


class _Sections(NamedTuple):
    """Indices of a context in document order, cut at the last gap."""

    before: IntArray
    fill: IntArray
    """Of the mark `<fill>` alone."""
    tail: IntArray
    suffix: IntArray


def _sections(context: IntArray, marks: Marks) -> _Sections | None:
    index = np.arange(len(context))
    first = {int(token): i for i, token in zip(index[::-1], context[::-1], strict=True)}
    if not {marks.suf, marks.pre, marks.tail, marks.fill} <= first.keys():
        return None
    suffix, pre, tail, fill = (
        first[mark] for mark in (marks.suf, marks.pre, marks.tail, marks.fill)
    )
    told = min([pre, *(first[mark] for mark in (marks.old, marks.ask) if mark in first)])
    before = np.concatenate((index[:suffix], index[told:tail]))
    return _Sections(before, index[fill:], index[tail:fill], index[suffix:told])


def _placed(
    context: IntArray, sections: _Sections, reserves: Sequence[int], marks: Marks
) -> Prompt:
    index = np.concatenate(sections)
    opens = np.isin(context[index], (*marks.gaps, marks.fill))  # a reserve comes after these
    width = np.ones(len(index), dtype=np.int64)
    width[opens] += np.asarray(reserves)
    places = np.cumsum(width) - width
    at = np.empty_like(places)
    at[index] = places
    starts = (places[opens] + 1).tolist()
    return Prompt(context, at, marks.gaps, tuple(starts))
