"""Which guesses are committed at a step: pure functions of a guess and a canvas.

A commit rule ranks places by the tokens chosen for them and gives the places to write. Whatever it
says, the loop holds an `<end>` back until the text before it is known (`hold_ends`): padding and
ends are the easiest tokens to predict and would otherwise fix the length before anything is
written.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.errors import UsageError
from editdiff.tokens.canvas import BoolArray, Canvas, FloatArray

ALMOST_CERTAIN = 0.99
"""An `<end>` more probable than this may commit before the text in front of it."""

Rule = Callable[[Guess, Canvas], BoolArray]
"""(guess, canvas) -> places [B, L]."""


def nowhere(guess: Guess, canvas: Canvas) -> BoolArray:
    """No place: the reopening rule of plain masked diffusion, where a committed token stays."""
    return np.zeros_like(canvas.masked)


def everywhere(guess: Guess, canvas: Canvas) -> BoolArray:
    """Every masked place."""
    return canvas.masked


@dataclass(frozen=True)
class Policy:
    """What is committed and what is reopened at each step."""

    commit: Rule
    reopen: Rule = nowhere


FINISH = Policy(commit=everywhere)
"""The last step of a budget: no mask is left behind."""


def hold_ends(commit: BoolArray, guess: Guess, canvas: Canvas) -> BoolArray:
    """Drop from `commit` every `<end>` behind something unknown, unless it is almost certain."""
    early = canvas.premature(guess.chosen, commit) & (guess.confidence <= ALMOST_CERTAIN)
    return commit & ~early


def ready(guess: Guess, canvas: Canvas) -> BoolArray:
    """Masked places [B, L] that may commit alone; every unfinished draft has one."""
    early = canvas.premature(guess.chosen, nowhere(guess, canvas))
    return canvas.masked & ~(early & (guess.confidence <= ALMOST_CERTAIN))


def best(k: int, score: FloatArray, among: BoolArray) -> BoolArray:
    """Pick the `k` highest scores [B, L] of each draft `among` places; ties go to the left."""
    order = np.lexsort((-score, ~among))
    chosen = np.zeros_like(among)
    np.put_along_axis(chosen, order[:, :k], True, axis=1)
    return chosen & among


def threshold(tau: float) -> Policy:
    """Commit tokens more probable than `tau`, at least one (Fast-dLLM, arXiv 2505.22618)."""
    _check(0.0 <= tau <= 1.0, "tau", "a probability from 0 to 1", tau)

    def commit(guess: Guess, canvas: Canvas) -> BoolArray:
        sure = canvas.masked & (guess.confidence > tau)
        return sure | best(1, guess.confidence, ready(guess, canvas))

    return Policy(commit)


def entropy_bound(bound: float) -> Policy:
    """Commit in order of entropy while the sum over those before is at most `bound` nats.

    The entropies' sum less the largest bounds the mutual information of the places committed
    together (EB-Sampler, arXiv 2505.24857; DiffusionGemma uses 0.1).
    """
    _check(bound >= 0.0, "bound", "an entropy in nats, at least 0", bound)

    def commit(guess: Guess, canvas: Canvas) -> BoolArray:
        entropy = np.where(canvas.masked, guess.entropy, np.inf)  # [B, L]
        order = np.argsort(entropy, axis=1, kind="stable")
        total = np.cumsum(np.take_along_axis(entropy, order, axis=1), axis=1)
        earlier = np.concatenate([np.zeros_like(total[:, :1]), total[:, :-1]], axis=1)
        accepted = np.zeros_like(canvas.masked)
        np.put_along_axis(accepted, order, earlier <= bound, axis=1)
        accepted &= np.isfinite(entropy)
        accepted = hold_ends(accepted, guess, canvas)
        idle = ~accepted.any(axis=1, keepdims=True)  # only an end was accepted, and held back
        return accepted | (idle & best(1, -entropy, ready(guess, canvas)))

    return Policy(commit)


def top_k(k: int) -> Policy:
    """Commit the `k` most probable tokens (MaskGIT, arXiv 2202.04200; LLaDA, arXiv 2502.09992)."""
    _check(k >= 1, "k", "a number of places, at least 1", k)
    return Policy(lambda guess, canvas: best(k, guess.confidence, ready(guess, canvas)))


def random_order(k: int, seed: int = 0) -> Policy:
    """Commit `k` places in an order drawn beforehand (any-order decoding, arXiv 2110.02037)."""
    _check(k >= 1, "k", "a number of places, at least 1", k)

    def commit(guess: Guess, canvas: Canvas) -> BoolArray:
        B, L = canvas.masked.shape
        order = np.random.default_rng(seed).random(L)  # the same at every step and for every draft
        return best(k, np.tile(order, (B, 1)), ready(guess, canvas))

    return Policy(commit)


POLICIES: dict[str, Callable[..., Policy]] = {
    "entropy_bound": entropy_bound,
    "random_order": random_order,
    "threshold": threshold,
    "top_k": top_k,
}
"""Every policy by name."""


def make_policy(name: str, **params: float) -> Policy:
    """Make the named policy; raise UsageError for a name or a parameter that does not exist."""
    if name not in POLICIES:
        raise UsageError(
            f"There is no denoising policy {name!r}.", f"Choose one of: {', '.join(POLICIES)}."
        )
    try:
        return POLICIES[name](**params)
    except TypeError as error:
        raise UsageError(
            f"The policy {name!r} cannot take {', '.join(params) or 'no parameters'}.",
            f"Its signature: {inspect.signature(POLICIES[name])}.",
        ) from error


def _check(holds: bool, name: str, rule: str, value: float) -> None:
    if not holds:
        raise UsageError(f"{name} has to be {rule}, but is {value}.", f"Change {name}.")
