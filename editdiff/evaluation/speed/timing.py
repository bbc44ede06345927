"""Times measured side by side: one call of each by turns, so that what disturbs the machine disturbs all."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from editdiff.evaluation.core.table import NONE
from editdiff.tokens.base import FloatArray

RESAMPLED = 2000
"""Draws of the bootstrap over pairs."""


@dataclass(frozen=True)
class Quartiles:
    """Median, and the quartiles on both sides of it."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float] | FloatArray) -> Quartiles:
        """Compute the quartiles of at least one value, between two values linearly (numpy's `quantile`).

        Raises:
            ValueError: when there are none.
        """
        if not len(values):
            raise ValueError("quartiles of nothing")
        low, middle, high = np.quantile(np.asarray(values, dtype=np.float64), (0.25, 0.5, 0.75))
        return cls(float(low), float(middle), float(high))


@dataclass(frozen=True)
class Ratio:
    """How often one time goes into another, with its 95 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def of_sums(cls, over: Sequence[float], under: Sequence[float]) -> Ratio:
        """Sum of `over` by that of `under`, pair by pair the same work."""
        return cls._resampled(over, under, lambda x, y: x.sum(axis=-1) / y.sum(axis=-1))

    @classmethod
    def of_pairs(cls, over: Sequence[float], under: Sequence[float]) -> Ratio:
        """Median over the pairs of `over` by `under`."""
        return cls._resampled(over, under, lambda x, y: np.median(x / y, axis=-1))

    @classmethod
    def _resampled(
        cls,
        over: Sequence[float],
        under: Sequence[float],
        measure: Callable[[FloatArray, FloatArray], FloatArray],
    ) -> Ratio:
        """By the bootstrap over pairs (Efron 1979, percentiles); of one pair nothing is known but itself."""
        x, y = (np.asarray(values, dtype=np.float64) for values in (over, under))
        drawn = np.random.default_rng(0).integers(len(x), size=(RESAMPLED, len(x)))
        low, high = np.quantile(measure(x[drawn], y[drawn]), (0.025, 0.975))
        return cls(float(measure(x, y)), float(low), float(high))

    def __str__(self) -> str:
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"

    def to_json(self) -> dict[str, Any]:
        """Value and interval."""
        return {"value": self.value, "interval95": (self.low, self.high)}


@dataclass(frozen=True)
class Row:
    """One figure of the table."""

    what: str
    values: tuple[float, ...]
    """Every repetition, or every gap; none where there is nothing to claim."""
    unit: str = "×"
    """`×` for a ratio."""
    detail: str = ""
    """What was divided by what, in absolute terms."""

    @property
    def cells(self) -> tuple[str, ...]:
        """What, median with unit, quartiles, number of values, detail."""
        if not self.values:
            return self.what, NONE, "", "0", self.detail
        q = Quartiles.of(self.values)
        unit = self.unit if self.unit == "×" else f" {self.unit}".rstrip()
        spread = f"[{q.low:.3g}, {q.high:.3g}]"
        return self.what, f"{q.median:.3g}{unit}", spread, str(len(self.values)), self.detail

    def to_json(self) -> dict[str, Any]:
        """Return every value, and the quartiles."""
        quartiles = asdict(Quartiles.of(self.values)) if self.values else None
        return {**asdict(self), "quartiles": quartiles}


def interleaved(
    calls: Mapping[str, Callable[[], object]],
    repeats: int,
    clock: Callable[[], float] = time.perf_counter,
    before: Mapping[str, Callable[[], object]] = MappingProxyType({}),
) -> dict[str, FloatArray]:
    """Seconds [repeats] of each call; every round calls each once, and begins with another one.

    A round before them is not measured, nor is what `before` has ready for a call of the same name.
    """
    names = list(calls)
    seconds = {name: np.zeros(repeats) for name in names}
    for turn in range(-1, repeats):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            if name in before:
                before[name]()
            started = clock()
            calls[name]()
            if turn >= 0:
                seconds[name][turn] = clock() - started
    return seconds


def ratio(what: str, seconds: Mapping[str, FloatArray], above: str, below: str) -> Row:
    """How often `below` goes into `above`, round by round."""
    over, under = seconds[above], seconds[below]
    detail = f"{_milliseconds(over)} / {_milliseconds(under)}"
    return Row(what, tuple((over / under).tolist()), detail=detail)


def milliseconds(what: str, seconds: FloatArray) -> Row:
    """What one call takes: absolute, so to be compared within a run alone."""
    return Row(what, tuple((1000 * seconds).tolist()), "ms")


def _milliseconds(seconds: FloatArray) -> str:
    return f"{1000 * np.median(seconds):.3g} ms"
