"""LLaDA's sampler: as many commits at each step as at the others, block by block (Nie et al., arXiv 2502.09992).

All masks are shown to the network, but only those of the first unfinished block commit. Its n places are shared out
evenly over its steps; what does not divide goes to the first steps, one each (`generate.py` of the authors).
"""

from __future__ import annotations

import numpy as np

from editdiff.denoise.commit import require
from editdiff.denoise.guess import Guess
from editdiff.denoise.rules import Policy, State, best, ready
from editdiff.errors import UsageError
from editdiff.tokens.base import BoolArray, IntArray
from editdiff.tokens.canvas import Canvas


def llada(block: int | None = None, at_random: bool = False) -> Policy:
    """Commit the surest places of a block of `block` places (all of them without it), or any `at_random`.

    The steps are shared out over the blocks.

    Raises:
        UsageError: while it runs, if the blocks do not share the steps evenly.
    """
    require(block is None or block >= 1, "block", "a number of places, at least 1", block or 0)

    def commit(guess: Guess, canvas: Canvas, state: State) -> BoolArray:
        places = int(canvas.free.sum(axis=1).max())
        size = block or places
        per_block = _steps_per_block(state.steps, -(-places // size))
        current, step = divmod(state.step - 1, per_block)
        here = canvas.free & ((np.cumsum(canvas.free, axis=1) - 1) // size == current)  # [B, L]
        score = state.uniform() if at_random else guess.confidence
        k = shares(here.sum(axis=1), per_block)[:, step]
        return best(k, score, ready(guess, canvas) & here)

    return Policy(commit)


def shares(places: IntArray, steps: int) -> IntArray:
    """[B, steps] numbers of the `places` [B] of a block that commit at each of its steps."""
    base, remainder = np.divmod(places[:, None], steps)
    return np.asarray(base + (np.arange(steps) < remainder))


def _steps_per_block(steps: int, blocks: int) -> int:
    if steps % blocks:
        raise UsageError(
            f"{steps} steps cannot be shared out evenly over {blocks} blocks.",
            "Choose a multiple of the blocks for steps.",
        )
    return steps // blocks
