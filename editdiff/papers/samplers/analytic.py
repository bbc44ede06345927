"""SEDD's analytic sampler, "Tweedie tau-leaping", for absorbing noise (Lou et al., arXiv 2310.16834, and its code).

The network gives scores s(y), estimates of p_t(y) / p_t(m) at a masked place, whose own score s(m) is 1. With
sigma = -log alpha and d = sigma_t - sigma_s, the staggered score is e^d s(y) for every y, and for the mask
(1 - e^d) (s(m) + sum of all s(y)) more. It is multiplied by the row of the transition matrix: 1 - e^-d for a token,
1 for the mask. A place thereby takes the token y with probability s(y) (e^d - 1) and stays masked with the rest;
the two are drawn one after the other here. Where the scores are p(y) / (e^sigma - 1) it is the ancestral sampler.
Scores that are too large leave the mask a negative mass: it then has none, as in SEDD's code.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.denoise.loop import Propose, TimedPropose
from editdiff.denoise.remask import whole_budget
from editdiff.denoise.rules import Policy, State, nowhere
from editdiff.errors import UsageError
from editdiff.papers.samplers.grid import Alpha, Grid
from editdiff.tokens.base import BoolArray, FloatArray
from editdiff.tokens.canvas import Canvas


def analytic(steps: int, alpha: Alpha, spacing: str = "uniform", t_end: float = 1e-5) -> Policy:
    """Sample from scores: `Guess.logp` are log-scores of the whole vocabulary, and the network is told the time.

    All steps but the last lead from t = 1 to `t_end`; the last draws the places that are left, without the mask.
    """
    if alpha(1.0) <= 0:
        raise UsageError(
            "The analytic sampler needs some of the text at t = 1, but there alpha is 0.",
            "Choose a schedule that ends above 0, such as log-linear.",
        )
    grid = Grid.of(steps, alpha, spacing, t_end)

    def commit(guess: Guess, canvas: Canvas, state: State) -> BoolArray:
        alpha_t, alpha_s = grid.alphas[state.step - 1 : state.step + 1]
        d = np.log(alpha_s) - np.log(alpha_t)  # sigma_t - sigma_s
        total = np.exp(guess.logp).sum(axis=-1)  # [B, L]
        return np.asarray(canvas.masked & (state.uniform() < total * np.expm1(d)))

    return Policy(commit, nowhere, whole_budget, time=grid.clock)


def as_scores(propose: Propose, alpha: Alpha) -> TimedPropose:
    """Make a network of probabilities p(y) one of scores p(y) / (e^sigma - 1) = p(y) alpha / (1 - alpha)."""

    def scores(canvas: Canvas, t: FloatArray) -> Guess:
        guess = propose(canvas)
        a = np.array([alpha(float(time)) for time in t])  # [B]
        return replace(guess, logp=guess.logp + np.log(a / (1.0 - a))[:, None, None])

    return scores
