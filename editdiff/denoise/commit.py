"""Which guesses are committed at a step: one function a rule, from its parameters to a policy."""

from __future__ import annotations

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.denoise.rules import Policy, State, best, hold_ends, ready
from editdiff.errors import UsageError
from editdiff.tokens.base import BoolArray
from editdiff.tokens.canvas import Canvas


def threshold(tau: float) -> Policy:
    """Commit tokens more probable than `tau`, at least one (Fast-dLLM, arXiv 2505.22618)."""
    require(0.0 <= tau <= 1.0, "tau", "a probability from 0 to 1", tau)

    def commit(guess: Guess, canvas: Canvas, state: State) -> BoolArray:
        sure = canvas.masked & (guess.confidence > tau)
        return sure | best(1, guess.confidence, ready(guess, canvas))

    return Policy(commit)


def entropy_bound(bound: float) -> Policy:
    """Commit in order of entropy while the sum over those before is at most `bound` nats.

    The entropies' sum less the largest bounds the mutual information of the places committed
    together (EB-Sampler, arXiv 2505.24857; DiffusionGemma uses 0.1).
    """
    require(bound >= 0.0, "bound", "an entropy in nats, at least 0", bound)

    def commit(guess: Guess, canvas: Canvas, state: State) -> BoolArray:
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
    require(k >= 1, "k", "a number of places, at least 1", k)
    return Policy(lambda guess, canvas, state: best(k, guess.confidence, ready(guess, canvas)))


def left_to_right(k: int = 1) -> Policy:
    """Commit the `k` leftmost places: with one of them, autoregressive decoding as a run of the loop."""
    require(k >= 1, "k", "a number of places, at least 1", k)
    return Policy(lambda guess, canvas, state: best(k, np.zeros(canvas.ids.shape), canvas.masked))


def random_order(k: int, seed: int = 0) -> Policy:
    """Commit `k` places in an order drawn beforehand (any-order decoding, arXiv 2110.02037)."""
    require(k >= 1, "k", "a number of places, at least 1", k)

    def commit(guess: Guess, canvas: Canvas, state: State) -> BoolArray:
        B, L = canvas.masked.shape
        order = np.random.default_rng(seed).random(L)  # the same at every step and for every draft
        return best(k, np.tile(order, (B, 1)), ready(guess, canvas))

    return Policy(commit)


def first_hitting() -> Policy:
    """Commit one place a step, drawn evenly from those that are ready.

    The ancestral sampler of many steps without its idle ones: with n masks left the next hit comes at
    t·u^(1/n), u uniform, and every place is equally likely to be hit (arXiv 2409.02908). The network knows no
    time, so the times themselves are not drawn.
    """
    return Policy(lambda guess, canvas, state: best(1, state.uniform(), ready(guess, canvas)))


def require(holds: bool, name: str, rule: str, value: float) -> None:
    """Raise UsageError unless a parameter keeps its rule."""
    if not holds:
        raise UsageError(
            f"{name} has to be {rule}, but is {value}.", f"Leave {name} out for its default."
        )
