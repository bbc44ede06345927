"""GenMD4's reverse process, in which every token has its own times (Shi et al., arXiv 2406.04329).

With alpha(t, v) = 1 - (1 - eps) t^w_v a masked place holds v at s < t with probability mu_v (1 - (s/t)^w_v): its
token is drawn from the network's mu first, and then becomes known at that token's own rate. A token of a large
power comes early. eps, the share visible at t = 1, plays no part: a sampler starts from masks alone.
"""

from __future__ import annotations

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.denoise.rules import Policy, State
from editdiff.papers.samplers.grid import Grid
from editdiff.tokens.base import BoolArray, FloatArray
from editdiff.tokens.canvas import Canvas


def genmd4(
    steps: int,
    power: FloatArray | None = None,
    spacing: str = "uniform",
    t_end: float = 0.0,
) -> Policy:
    """Sample on a grid of times with the powers [V] of the tokens (`PerToken.power`), by default all 1.

    `t_end` is that of `ancestral.ancestral`, which this is if all powers are 1.
    """
    grid = Grid.of(steps, spacing=spacing, t_end=t_end)

    def commit(guess: Guess, canvas: Canvas, state: State) -> BoolArray:
        t, s = grid.times[state.step - 1 : state.step + 1]
        w = 1.0 if power is None else power[guess.chosen]  # [B, L]
        return np.asarray(canvas.masked & (state.uniform() < 1.0 - (s / t) ** w))

    return Policy(commit, removes_noise=grid.removes_noise)
