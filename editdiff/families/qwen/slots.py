"""Keys and values of what was written, in arrays that grow and are shared.

A `Slots` is a value: the first `count` slots of arrays that later values may go on writing behind it. Whoever
writes at the end of what is filled writes in place; whoever goes on from an earlier place, which another has gone
on from before, gets arrays of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from editdiff.families.qwen.config import TrunkConfig
from editdiff.families.qwen.packed import Float32

STEP = 256
"""Slots by which the arrays grow."""
Zeros = Callable[[tuple[int, ...]], Any]
"""Makes an array of zeros: of numpy, or of what else a runtime computes with."""


def _zeros(shape: tuple[int, ...]) -> Float32:
    return np.zeros(shape, dtype=np.float32)


class _Arrays:
    """Keys and values of all layers, and how much of them is written."""

    def __init__(self, config: TrunkConfig, capacity: int, zeros: Zeros) -> None:
        shape = (2 * config.layers, config.kv_heads, capacity, config.head_dim)
        self.zeros, self.layers = zeros, zeros(shape)
        self.filled = 0

    @property
    def capacity(self) -> int:
        return int(self.layers.shape[2])


@dataclass(frozen=True)
class Slots:
    """The first `count` slots of some arrays."""

    arrays: _Arrays
    count: int

    @classmethod
    def empty(cls, config: TrunkConfig, zeros: Zeros = _zeros) -> Slots:
        """Nothing written."""
        return cls(_Arrays(config, STEP, zeros), 0)

    @property
    def layers(self) -> Any:
        """[2 · layers, KV, capacity, head_dim] keys and values in turn; behind `count` stand others' or zeros."""
        return self.arrays.layers

    def first(self, count: int) -> Slots:
        """The same cut after `count` slots."""
        return Slots(self.arrays, count)

    def only(self, count: int) -> Slots:
        """The same cut after `count` slots; what stands behind is given up, unless somebody went on from it."""
        if self.arrays.filled == self.count:
            self.arrays.filled = count
        return self.first(count)

    def with_room(self, config: TrunkConfig, rows: int) -> Slots:
        """The same, in arrays that hold so many rows behind them."""
        if self.count + rows <= self.arrays.capacity:
            return self
        arrays = self._own(config, self.count + rows)
        arrays.filled = self.count
        return Slots(arrays, self.count)

    @contextmanager
    def lent(self) -> Iterator[None]:
        """What is written behind these slots meanwhile is given up, and its room is free again."""
        last = self.arrays.filled == self.count
        try:
            yield
        finally:
            if last:
                self.arrays.filled = self.count

    def then(self, config: TrunkConfig, made: Sequence[Any], rows: int) -> Slots:
        """Write `rows` slots behind: for each of the layers the first rows of [KV, ≥ rows, head_dim]."""
        arrays, end = self.arrays, self.count + rows
        if arrays.filled != self.count or end > arrays.capacity:
            arrays = self._own(config, end)
        for layer, new in zip(arrays.layers, made, strict=True):
            layer[:, self.count : end] = new[:, :rows]
        arrays.filled = end
        return Slots(arrays, end)

    def _own(self, config: TrunkConfig, least: int) -> _Arrays:
        """Arrays of at least so many slots that nobody else holds."""
        arrays = _Arrays(config, -(-least // STEP) * STEP, self.arrays.zeros)
        arrays.layers[:, :, : self.count] = self.layers[:, :, : self.count]
        return arrays
