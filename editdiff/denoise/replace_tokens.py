"""Token-to-token: a committed token gives way to one that the network is sure of (LLaDA2.1, arXiv 2602.08676).

At each step a committed place whose likeliest token is another one, more probable than `tau_edit`, is written
over, beside the commits of the masked places. When no mask is left the loop goes on until nothing changes,
for MOST_AFTER steps at most. Two places that follow each other may change for ever: where a canvas was seen
before, the least sure of the places changed last is made unknown instead, without what it has held (the rule of
LLaDA2.2's sampler).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from editdiff.denoise.commit import require
from editdiff.denoise.guess import Guess
from editdiff.denoise.rules import Policy, State, best
from editdiff.tokens.base import BoolArray
from editdiff.tokens.canvas import Canvas

MOST_AFTER = 16
"""Most steps after the last mask is gone."""


def token_to_token(policy: Policy, tau_edit: float = 0.9) -> Policy:
    """Keep a policy's own commits, and replace committed tokens."""
    require(0.0 <= tau_edit <= 1.0, "tau_edit", "a probability from 0 to 1", tau_edit)

    def commit(guess: Guess, canvas: Canvas, state: State) -> BoolArray:
        other = (guess.chosen != canvas.ids) & (guess.chosen == guess.ids[..., 0])
        edits = canvas.free & ~canvas.masked & other & (guess.confidence > tau_edit)
        edits &= ~repeated(state)[:, None]
        return np.asarray(policy.commit(guess, canvas, state) | edits)

    def reopen(guess: Guess, canvas: Canvas, state: State) -> BoolArray:
        again = repeated(state)[:, None]  # [B, 1]
        changed = (state.past[-1] != state.past[max(-2, -len(state.past))]) & canvas.free
        return again & best(1, -state.confidence, changed & ~canvas.masked)

    return replace(policy, commit=commit, reopen=reopen, goes_on=_goes_on, excludes=True)


def repeated(state: State) -> BoolArray:
    """[B] drafts that have come back to a canvas which they had left."""
    now = state.past[-1]
    if len(state.past) < 3:
        return np.zeros(len(now), dtype=np.bool_)
    moved = (state.past[-2] != now).any(axis=1)
    return np.asarray(moved & (state.past[:-1] == now).all(axis=2).any(axis=0))


def _goes_on(canvas: Canvas, state: State) -> BoolArray:
    """[B] drafts that have masks, or changed at the last step and have not gone on for too long."""
    if len(state.past) < 2:
        return np.asarray(canvas.free.any(axis=1))
    changed = (state.past[-1] != state.past[-2]).any(axis=1)
    return np.asarray(canvas.unfinished | (changed & (state.settled <= MOST_AFTER)))
