"""MaskGIT's parallel decoding: the surest places, with annealed noise (Chang et al., arXiv 2202.04200)."""

from __future__ import annotations

import math

import numpy as np

from editdiff.denoise.commit import require
from editdiff.denoise.guess import Guess
from editdiff.denoise.rules import Policy, State, best, ready
from editdiff.tokens.base import BoolArray, FloatArray
from editdiff.tokens.canvas import Canvas


def maskgit(choice_temperature: float = 4.5) -> Policy:
    """Keep floor(F cos(pi/2 n/N)) of the F places masked after step n of N, those of least confidence.

    At least one stays masked until the last step, as in the authors' code. The confidence is the log-probability of
    the drawn token plus Gumbel noise of `choice_temperature` (1 - n/N), so the places kept are drawn without
    replacement by the powers p^(1/temperature) of their probabilities.
    """
    require(
        choice_temperature >= 0,
        "choice_temperature",
        "a temperature, at least 0",
        choice_temperature,
    )

    def commit(guess: Guess, canvas: Canvas, state: State) -> BoolArray:
        done = state.step / state.steps
        masked = canvas.masked.sum(axis=1)  # [B]
        planned = np.floor(canvas.free.sum(axis=1) * math.cos(math.pi / 2 * done))
        stay = np.maximum(1, np.minimum(masked - 1, planned)).astype(np.int64)
        noise = choice_temperature * (1.0 - done) * gumbel(state.uniform())
        confidence = guess.logp_of(guess.chosen) + noise
        return best(np.maximum(masked - stay, 0), confidence, ready(guess, canvas))

    return Policy(commit)


def gumbel(u: FloatArray) -> FloatArray:
    """Make standard Gumbel numbers of uniform ones in [0, 1), in float64."""
    return np.asarray(-np.log(-np.log(np.maximum(u, np.finfo(np.float64).tiny))))
