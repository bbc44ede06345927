"""ReMDM: committed places are made unknown again at random (Wang et al., arXiv 2503.00307).

Between the times t and s < t of a step alpha rises from alpha_t to alpha_s, the share of places that are known.
A known place is remasked with probability sigma; a masked one is committed with
(alpha_s - (1 - sigma) alpha_t) / (1 - alpha_t), so that alpha_s is kept, whatever sigma is from 0 to
sigma_max = min(1, (1 - alpha_s) / alpha_t). With sigma = 0 it is the ancestral sampler of MDLM.

The paper's values of eta are for a thousand places and steps; sigma at step n of N hangs on n / N alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from editdiff.denoise.commit import require
from editdiff.denoise.guess import Guess
from editdiff.denoise.rules import Policy, Rule, State
from editdiff.tokens.base import BoolArray, FloatArray
from editdiff.tokens.canvas import Canvas


def linear(done: float) -> float:
    """Alpha, where `done` is the share of steps that are over, 0 to 1."""
    return done


@dataclass(frozen=True)
class Remask:
    """One of the paper's schedules."""

    sigma: Callable[[Canvas, State, float], FloatArray]
    """(canvas, state, sigma_max) -> probability of remasking [B, L]."""
    alpha: Callable[[float], float] = linear

    def at(self, canvas: Canvas, state: State) -> tuple[FloatArray, float, float]:
        """Sigma [B, L], alpha_t and alpha_s of the step at work."""
        alpha_t, alpha_s = (self.alpha((state.step - i) / state.steps) for i in (1, 0))
        return self.sigma(canvas, state, sigma_max(alpha_t, alpha_s)), alpha_t, alpha_s


def sigma_max(alpha_t: float, alpha_s: float) -> float:
    """Largest probability of remasking that keeps both masses of a masked place at 0 or more."""
    return min(1.0, (1.0 - alpha_s) / alpha_t) if alpha_t > 0 else 1.0


def masses(sigma: FloatArray, alpha_t: float, alpha_s: float) -> tuple[FloatArray, FloatArray]:
    """Probabilities [B, L] that a masked place commits, and that it stays masked."""
    commits = (alpha_s - (1.0 - sigma) * alpha_t) / (1.0 - alpha_t)
    stays = (1.0 - alpha_s - sigma * alpha_t) / (1.0 - alpha_t)
    return commits, stays


def never() -> Remask:
    """Sigma = 0."""
    return Remask(lambda canvas, state, most: np.zeros(canvas.ids.shape))


def cap(eta: float = 0.008) -> Remask:
    """Sigma is at most `eta`."""
    require(0.0 <= eta <= 1.0, "eta", "a probability from 0 to 1", eta)
    return Remask(lambda canvas, state, most: np.full(canvas.ids.shape, min(eta, most)))


def rescale(eta: float = 0.015) -> Remask:
    """Sigma is the share `eta` of the largest."""
    require(0.0 <= eta <= 1.0, "eta", "a share from 0 to 1", eta)
    return Remask(lambda canvas, state, most: np.full(canvas.ids.shape, eta * most))


def conf() -> Remask:
    """The largest sigma, spread over the known places by softmax(-p), p as they were committed."""

    def sigma(canvas: Canvas, state: State, most: float) -> FloatArray:
        known = canvas.free & ~canvas.masked
        weight = np.where(known, np.exp(-state.confidence), 0.0)  # [B, L]
        total = weight.sum(axis=1, keepdims=True)
        return np.asarray(most * weight / np.where(total > 0, total, 1.0))

    return Remask(sigma)


def loop(
    eta: float = 0.02, t_on: float = 0.55, t_off: float = 0.05, alpha_on: float = 0.9
) -> Remask:
    """Plain steps to `alpha_on`, then remasking at that alpha from `t_on` to `t_off`, then plain steps."""
    require(0.0 <= eta <= 1.0, "eta", "a probability from 0 to 1", eta)
    require(0.0 < t_off < t_on < 1.0, "t_on", "between t_off and 1, which is above 0", t_on)
    require(0.0 < alpha_on < 1.0, "alpha_on", "a share between 0 and 1", alpha_on)

    def alpha(done: float) -> float:
        t = 1.0 - done
        if t > t_on:
            return alpha_on * done / (1.0 - t_on)
        return alpha_on if t > t_off else 1.0 - (1.0 - alpha_on) * t / t_off

    def sigma(canvas: Canvas, state: State, most: float) -> FloatArray:
        t = 1.0 - (state.step - 1) / state.steps
        inside = t_off < t <= t_on
        return np.full(canvas.ids.shape, min(eta, most) if inside else 0.0)

    return Remask(sigma, alpha)


def ancestral(remask: Remask) -> Policy:
    """Commit and remask at random with the paper's probabilities: its sampler."""

    def commit(guess: Guess, canvas: Canvas, state: State) -> BoolArray:
        commits, _ = masses(*remask.at(canvas, state))
        return np.asarray(canvas.masked & (state.uniform() < commits))

    return Policy(commit, _remasked(remask), whole_budget)


def remasking(policy: Policy, remask: Remask) -> Policy:
    """Keep a policy's own commits, and remask at random the drafts in which nothing is masked.

    Such commits do not keep to alpha: early in its budget, where sigma is largest, a draft has few known places,
    and would lose them again as fast as they come, to be written at one stroke in the last step. So a draft is
    written first, and what is left of the budget goes into looking at it again.
    """
    remasked = _remasked(remask)

    def reopen(guess: Guess, canvas: Canvas, state: State) -> BoolArray:
        return np.asarray(remasked(guess, canvas, state) & ~canvas.unfinished[:, None])

    return replace(policy, reopen=reopen, goes_on=whole_budget)


def whole_budget(canvas: Canvas, state: State) -> BoolArray:
    """[B] drafts that may change at all: what is whole now may be reopened at a later step."""
    return np.asarray(canvas.free.any(axis=1))


def _remasked(remask: Remask) -> Rule:
    def reopen(guess: Guess, canvas: Canvas, state: State) -> BoolArray:
        sigma, _, _ = remask.at(canvas, state)
        # one number serves both: a place is masked or it is not
        return np.asarray(canvas.free & ~canvas.masked & (state.uniform() < sigma))

    return reopen
