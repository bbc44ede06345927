"""How a canvas is sampled, as a value; canvases of nothing but text; and a run of the loop to its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from editdiff.denoise.loop import Propose, TimedPropose, denoise
from editdiff.denoise.rules import Policy, State
from editdiff.denoise.sample import gumbel_max, nucleus
from editdiff.tokens.base import NONE, IntArray, Special
from editdiff.tokens.canvas import Canvas


@dataclass(frozen=True)
class Sampling:
    """A sampler: everything but the network and the seed that decides what becomes of a canvas."""

    policy: Policy
    steps: int
    """Evaluations of the network at most."""
    temperature: float = 1.0
    """Tokens are drawn from p^(1/temperature); 0 takes the likeliest."""
    top_p: float = 1.0
    """Share of the mass that is drawn from."""


def plain(mask: int) -> Special:
    """A vocabulary of text and a mask, to which a network has to give no probability (SUBS).

    Nothing ends or pads such a text, and every id may be written.
    """
    return Special(NONE, mask, NONE, (), (), mask + 1)


def text_canvas(special: Special, drafts: int, size: int, known: IntArray | None = None) -> Canvas:
    """Give `drafts` rows of `size` places, all unknown but the first, which hold `known` [drafts, K], locked."""
    ids = np.full((drafts, size), special.mask, dtype=np.int64)  # [B, L]
    masked = np.ones(ids.shape, dtype=np.bool_)
    given = 0 if known is None else known.shape[1]
    if known is not None:
        ids[:, :given] = known
        masked[:, :given] = False
    return Canvas(ids, np.ones_like(masked), masked, special, locks=tuple(range(given)))


def sampled(
    propose: Propose | TimedPropose,
    canvas: Canvas,
    how: Sampling,
    seed: int = 0,
    keys: Sequence[Sequence[int]] | None = None,
) -> Canvas:
    """Run the loop on a canvas [B, L] to its end, with the seed of one stream of numbers for all drafts.

    With `keys`, seeds of each of `B` drafts, one is the same whoever runs beside it, and `seed` counts for nothing.
    """
    state = State.of(canvas)
    if keys is None:
        together, tokens = np.random.SeedSequence(seed).generate_state(2, np.uint64).tolist()
        state = replace(state, together=together)
        sample = gumbel_max(how.temperature, np.random.default_rng(tokens))
    else:
        # 0 and 1 keep the two streams apart: the loop puts the step, from 1, behind the first
        state = replace(state, keys=tuple((*key, 0) for key in keys))
        rngs = [np.random.default_rng([*key, 1]) for key in keys]
        sample = gumbel_max(how.temperature, rngs)
    for step in denoise(propose, canvas, how.policy, how.steps, nucleus(how.top_p, sample), state):
        canvas = step.canvas
    return canvas
