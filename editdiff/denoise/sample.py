"""Which of the guessed tokens is chosen: the likeliest, or a seeded draw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.tokens.base import IntArray

Sampler = Callable[[Guess, IntArray], Guess]
"""(guess, drafts [B]) -> the guess with its chosen column; `drafts` says whose rows these are."""


def greedy(guess: Guess, drafts: IntArray) -> Guess:
    """Choose the likeliest token everywhere."""
    return guess


def streams(seed: int, drafts: Sequence[int], block: int = 0) -> list[np.random.Generator | None]:
    """Give one generator to each draft, None for draft 0, which is always greedy.

    A stream hangs on the draft's own number, not on its row, so a draft is the same whoever runs
    beside it.
    """
    return [np.random.default_rng([seed, draft, block]) if draft else None for draft in drafts]


def gumbel_max(
    temperature: float, rngs: Sequence[np.random.Generator | None] | np.random.Generator
) -> Sampler:
    """Draw from p^(1/temperature) over the kept ids; None among `rngs` [B] keeps its draft greedy.

    One generator alone draws for all drafts together: quick for thousands, but none of them can be drawn alone.

    Float64 throughout: float32 cuts the Gumbel tail off and thereby lowers the temperature (Zheng
    et al., "Masked diffusion models are secretly time-agnostic masked models", arXiv 2409.02908).
    """
    if temperature == 0:
        return greedy

    def sample(guess: Guess, drafts: IntArray) -> Guess:
        if isinstance(rngs, np.random.Generator):
            noise = rngs.gumbel(size=guess.logp.shape)  # [B, L, TOP]
            return replace(guess, column=np.argmax(guess.logp / temperature + noise, axis=-1))
        column = np.zeros(guess.ids.shape[:2], dtype=np.int64)  # [B, L]
        for row, draft in enumerate(drafts):
            rng = rngs[draft]
            if rng is not None:
                noise = rng.gumbel(size=guess.logp.shape[1:])  # [L, TOP]
                column[row] = np.argmax(guess.logp[row] / temperature + noise, axis=-1)
        return replace(guess, column=column)

    return sample


def nucleus(p: float, sample: Sampler) -> Sampler:
    """Draw by `sample` among the likeliest ids that hold at most the share `p` of the mass, the first one always.

    That is the rule of BD3-LM's code (arXiv 2503.09573), where the token that crosses `p` is left out; Holtzman et
    al. (arXiv 1904.09751) keep it. The guess's own probabilities stay as they are.
    """
    if p == 1:
        return sample

    def within(guess: Guess, drafts: IntArray) -> Guess:
        mass = np.cumsum(np.exp(guess.logp), axis=-1)  # [B, L, TOP]
        kept = mass <= p * mass[..., -1:]
        kept[..., 0] = True
        drawn = sample(replace(guess, logp=np.where(kept, guess.logp, -np.inf)), drafts)
        return replace(guess, column=drawn.column)

    return within
