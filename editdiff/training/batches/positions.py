"""Positions of training rows: in document order the reserves of the gaps are drawn, for they must say nothing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from editdiff.prompt.positions import LEAST, STEP, Marks, Order, place, place_with
from editdiff.tokens.base import IntArray
from editdiff.training.batches.data import Batch


class Positions(NamedTuple):
    """Positions of a batch; of padding they mean nothing."""

    context: IntArray
    """[B, C]"""
    canvas: IntArray
    """[B, L]"""
    clean: IntArray
    """[B, M]"""


def draw_positions(batch: Batch, order: Order, seed: tuple[int, int]) -> Positions:
    """Positions of a batch of our own form of context.

    The reserves depend on `seed` alone: on the run's and on the step.
    """
    rng, marks = np.random.default_rng(seed), Marks.own()
    context, canvas = np.zeros_like(batch.context), np.zeros_like(batch.canvas)
    clean = np.zeros_like(batch.clean)
    for i, (ids, n) in enumerate(zip(batch.context, batch.context_length, strict=True)):
        if order == "document":
            gaps = int(np.isin(batch.canvas[i], marks.gaps).sum())
            reserves = rng.integers(LEAST, LEAST + STEP, size=gaps)
            placed = place_with(ids[:n], reserves.tolist(), marks)
        else:
            placed = place(ids[:n], order, marks)
        context[i, :n] = placed.at
        canvas[i] = placed.positions(batch.canvas[None, i])[0]
        clean[i] = placed.positions(batch.clean[None, i])[0]
    return Positions(context, canvas, clean)
