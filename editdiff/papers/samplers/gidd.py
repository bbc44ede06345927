"""GIDD's reverse process: a token that is known may become another one or unknown again, at every step.

From z at t a place goes to v at s < t with probability q(z | v) q_s(v | x_theta) / q_t(z | x_theta), where q_t is
the marginal of `Mixture` and x_theta what the network says of the place (von Rütte et al., arXiv 2503.04482). What
noise does from s to t is q(z | v) = a [z = v] + n_t(z) - a n_s(z), a = alpha_t / alpha_s, n the noise's part of the
marginal. v may be the mask. The network is asked about known places too, and must be free to doubt them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.denoise.loop import Propose, TimedPropose
from editdiff.denoise.remask import whole_budget
from editdiff.denoise.rules import Policy, State
from editdiff.papers.samplers.grid import Grid
from editdiff.tokens.base import BoolArray, FloatArray
from editdiff.tokens.canvas import Canvas

if TYPE_CHECKING:
    from editdiff.papers.mixture import Mixture

T_END = 1e-4
"""Where all steps but the last lead; the last one draws the places that are still masked."""

TINY = np.finfo(np.float64).tiny


def gidd(steps: int, spacing: str = "uniform", t_end: float = T_END) -> Policy:
    """Sample a network that is asked through `posterior`, with the same steps, spacing and t_end."""
    grid = Grid.of(steps, spacing=spacing, t_end=t_end)

    def commit(guess: Guess, canvas: Canvas, state: State) -> BoolArray:
        token = np.exp(guess.logp).sum(axis=-1)  # [B, L], the rest is the mask's
        return np.asarray(canvas.free & (state.uniform() < token))

    def reopen(guess: Guess, canvas: Canvas, state: State) -> BoolArray:
        return np.asarray(canvas.free & ~canvas.masked & ~commit(guess, canvas, state))

    return Policy(commit, reopen, whole_budget, time=grid.clock)


def posterior(
    propose: Propose,
    noise: Mixture,
    steps: int,
    spacing: str = "uniform",
    t_end: float = T_END,
) -> TimedPropose:
    """Make a network of x_theta, which tells of the whole vocabulary, one of the law of each place a step later.

    `Guess.logp` are the tokens' log-probabilities; what is missing from 1 is the mask's.
    """
    times = Grid.of(steps, spacing=spacing, t_end=t_end).times

    def ask(canvas: Canvas, t: FloatArray) -> Guess:
        guess = propose(canvas)
        following = times[np.searchsorted(-times, -t, side="right")]  # [B]
        at_t, at_s = (_Marginal.at(noise, time[:, None]) for time in (t, following))  # [B, 1]
        a = at_t.alpha / at_s.alpha
        n_t, n_s = (
            np.where(canvas.masked, at.on_mask, at.on_token) for at in (at_t, at_s)
        )  # [B, L]
        x_theta = np.exp(guess.logp)  # [B, L, V]
        of_z = np.exp(guess.logp_of(canvas.ids))  # [B, L], 0 at masks
        same = (guess.ids == canvas.ids[..., None]) & ~canvas.masked[..., None]
        forth = a[..., None] * same + (n_t - a * n_s)[..., None]  # q(z | v)
        before = at_s.alpha[..., None] * x_theta + at_s.on_token[..., None]  # q_s(v | x_theta)
        # noise leaves nothing known at t = 1: what is, is locked, and whatever is said of it does not matter
        of_all = np.maximum(at_t.alpha * of_z + n_t, TINY)  # q_t(z | x_theta)
        p = forth * before / of_all[..., None]
        p = np.where(np.isfinite(guess.logp), p, 0.0)  # the mask's column, and what is excluded
        order = np.argsort(-p, axis=-1, kind="stable")
        with np.errstate(divide="ignore"):
            logp = np.log(np.take_along_axis(p, order, axis=-1))
        return Guess(np.take_along_axis(guess.ids, order, axis=-1), logp)

    return ask


@dataclass(frozen=True)
class _Marginal:
    """q_t(z | x) = alpha [z = x] + n(z), n being on_mask at the mask and on_token at every token."""

    alpha: FloatArray
    on_mask: FloatArray
    on_token: FloatArray

    @classmethod
    def at(cls, noise: Mixture, t: FloatArray) -> _Marginal:
        import torch

        c = noise.c(torch.from_numpy(t)).numpy()
        return cls((1 - t) / (1 + c), t / (1 + c), c / ((noise.vocab_size - 1) * (1 + c)))
