"""Canvases: blocks of places behind known tokens of a middle, and what is masked, visible or wrong in them.

A canvas is anchored at a token of the middle: it sees the trunk's keys up to that token, and all its own places.
Place i (from 1) stands for the i-th token behind the anchor and, by the trunk's shift, names the one after it; the
token right behind the anchor is named by the trunk itself.

    middle      … a  x1 x2 x3 x4 …       canvas of 3 places behind a:  [m  m  m ]
    named by          a  m  m  m          x1 by the trunk, x2 x3 x4 by the canvas
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from editdiff.tokens.base import BoolArray, IntArray
from editdiff.training.adapter.rows import MiddleRow

NO_TARGET = -1


@dataclass(frozen=True)
class Noise:
    """How canvases are noised."""

    drafting: float = 0.6
    """Share of those whose places are all masked."""
    faulty: float = 0.5
    """Share of the others in which a visible token may be wrong."""
    wrong: float = 0.1
    """Share of the visible tokens that are wrong there."""


@dataclass(frozen=True)
class CanvasRow:
    """The `A` canvases of one row, of `L` places each."""

    anchors: IntArray
    """[A] indices into the middle."""
    ids: IntArray
    """[A, L] what stands at each place; of masked ones the right token, which the network is not shown."""
    masked: BoolArray
    """[A, L]"""
    targets: IntArray
    """[A, L] what each place should name; NO_TARGET where nothing is asked."""
    before: IntArray
    """[A, L] the right token before the one that is named: what a sampler has chosen just before."""
    given: BoolArray
    """[A, L] which visible tokens are known to be right: text between and behind several gaps."""
    blind: BoolArray
    """[A, L] whether nothing behind what is named is visible: there the trunk's own distribution is as informed."""


def anchors_of(row: MiddleRow, count: int, rng: np.random.Generator) -> IntArray:
    """[A] up to `count` places of the middle, rising: the head, or tokens of the gap but the last."""
    return np.sort(rng.permutation(row.gap)[:count])


def drafting(row: MiddleRow, anchors: IntArray, size: int) -> CanvasRow:
    """Canvases [A, size] that are masked all over."""
    return made(row, anchors, np.ones((len(anchors), size), dtype=np.bool_))


def noised(
    row: MiddleRow,
    count: int,
    size: int,
    noise: Noise,
    others: IntArray,
    rng: np.random.Generator,
) -> CanvasRow:
    """Canvases at up to `count` places, masked all over or in parts; `others` are ids for wrong tokens."""
    anchors = anchors_of(row, count, rng)
    masked = np.stack([_mask(size, noise.drafting, rng) for _ in anchors])
    faulty = rng.random(len(anchors)) < noise.faulty
    wrong = ~masked & faulty[:, None] & (rng.random(masked.shape) < noise.wrong)
    from_row = rng.choice(row.middle, masked.shape)
    anywhere = rng.choice(others, masked.shape)
    lies = np.where(rng.random(masked.shape) < 0.5, from_row, anywhere)
    return made(row, anchors, masked, np.where(wrong, lies, NO_TARGET))


def made(
    row: MiddleRow, anchors: IntArray, masked: BoolArray, lies: IntArray | None = None
) -> CanvasRow:
    """Canvases of some masks [A, L]; `lies` are tokens that stand there instead of the right ones.

    What is given is neither masked nor a lie.
    """
    count, size = masked.shape
    padded = np.concatenate((row.middle, np.full(size + 2, NO_TARGET)))
    places = anchors[:, None] + 1 + np.arange(size)  # [A, L] indices into the middle
    right, targets = padded[places], padded[places + 1]
    exists = right != NO_TARGET
    of_row = np.zeros(len(padded), dtype=np.bool_)
    if row.given is not None:
        of_row[: len(row.given)] = row.given
    given = of_row[places]
    masked = (masked & ~given) | ~exists
    ids = np.where(exists, right, row.middle[0])
    shown = ids if lies is None else np.where((lies != NO_TARGET) & ~masked & ~given, lies, ids)
    asks = masked | (shown != ids)  # of the place itself; what names it is the place before
    asked = np.concatenate((asks[:, 1:], np.ones((count, 1), dtype=np.bool_)), axis=1)
    seen = ~masked[:, ::-1]
    behind = np.maximum.accumulate(seen, axis=1)[:, ::-1]  # a visible token at or behind the place
    later = np.concatenate((behind[:, 2:], np.zeros((count, 2), dtype=np.bool_)), axis=1)[:, :size]
    targets = np.where(asked & ~of_row[places + 1], targets, NO_TARGET)
    return CanvasRow(anchors, shown, masked, targets, ids, given, ~later)


def _mask(size: int, drafting: float, rng: np.random.Generator) -> BoolArray:
    """[size] all masked; or each with a random rate; or a stretch, what is before and behind it visible."""
    if rng.random() < drafting:
        return np.ones(size, dtype=np.bool_)
    if rng.random() < 0.5:
        return np.asarray(rng.random(size) < rng.random())
    start, end = np.sort(rng.integers(0, size + 1, 2))
    index = np.arange(size)
    return np.asarray((index >= start) & (index < end))
