"""The times of a sampler's steps, and the share of tokens that is known at each.

Time goes from t = 1, all noise, to 0. alpha(t) is the share of tokens that are known at t, as in
`editdiff.papers.schedule`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from editdiff.denoise.commit import require
from editdiff.denoise.rules import State
from editdiff.errors import UsageError
from editdiff.tokens.base import FloatArray
from editdiff.tokens.canvas import Canvas

if TYPE_CHECKING:
    from editdiff.papers.schedule import Schedule

Alpha = Callable[[float], float]
"""t -> alpha(t), both from 0 to 1."""
SPACINGS: dict[str, Callable[[float], float]] = {
    "uniform": lambda done: 1.0 - done,
    # MD4's grid: short steps at the beginning, where one step would decide on many places at once
    "cosine": lambda done: math.cos(math.pi / 2 * done),
}
"""The time when a share of the steps is over, by name."""


def linear(t: float) -> float:
    """Return 1 - t."""
    return 1.0 - t


def alpha_of(schedule: Schedule) -> Alpha:
    """Return the alpha of a schedule of torch, at one float64 time after the other."""
    import torch

    return lambda t: float(schedule.alpha(torch.tensor(t, dtype=torch.float64)))


@dataclass(frozen=True)
class Grid:
    """Times of N steps and alpha at each."""

    times: FloatArray
    """[N + 1], falling from 1 to 0: step n goes from times[n - 1] to times[n]."""
    alpha: Alpha
    removes_noise: bool = False
    """Whether the last step starts from where the others end, so that it has only a little left to do."""

    @classmethod
    def of(
        cls, steps: int, alpha: Alpha = linear, spacing: str = "uniform", t_end: float = 0.0
    ) -> Grid:
        """Space `steps` >= 1 steps; with `t_end` above 0 all but the last go from 1 to there, and the last to 0."""
        require(steps >= 1, "steps", "a number of steps, at least 1", steps)
        require(0.0 <= t_end < 1.0, "t_end", "a time from 0, and below 1", t_end)
        if spacing not in SPACINGS:
            raise UsageError(
                f"There is no spacing {spacing!r} of times.",
                f"Choose one of: {', '.join(SPACINGS)}.",
            )
        n = steps - (t_end > 0)
        done = np.arange(n + 1) / max(n, 1)
        times = [t_end + (1.0 - t_end) * SPACINGS[spacing](share) for share in done.tolist()]
        if t_end > 0:
            return cls(np.array([*times, 0.0]), alpha, removes_noise=True)
        return cls(np.array([*times[:-1], 0.0]), alpha)  # the cosine of pi/2 is not 0 in float64

    @cached_property
    def alphas(self) -> FloatArray:
        """[N + 1] alpha at each time."""
        return np.array([self.alpha(float(t)) for t in self.times])

    def after(self, done: float) -> float:
        """Return alpha where the share `done` of the steps is over."""
        return float(self.alphas[round(done * (len(self.times) - 1))])

    def clock(self, canvas: Canvas, state: State, before: FloatArray) -> FloatArray:
        """Return the time [B] of the step at work, at which the network is asked."""
        return np.full(len(before), self.times[state.step - 1])
