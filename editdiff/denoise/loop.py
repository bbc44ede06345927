"""THE loop: every engine, family and operation denoises here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.denoise.policy import FINISH, Policy, hold_ends
from editdiff.denoise.sample import Sampler, greedy
from editdiff.tokens.canvas import Canvas, FloatArray, IntArray

Propose = Callable[[Canvas], Guess]
"""One evaluation of the network, over the context that it holds."""


@dataclass(frozen=True)
class Step:
    """A canvas after one evaluation of the network, and how it came to be."""

    nfe: int
    """Network evaluations so far, this one included."""
    canvas: Canvas
    """[B, L]"""
    shown: IntArray
    """[B, L] ids as a viewer draws them: the current guess at masked places."""
    confidence: FloatArray
    """[B, L] probability of the id shown; for a committed one, that of the moment of commitment."""


def denoise(
    propose: Propose, canvas: Canvas, policy: Policy, steps: int, sample: Sampler = greedy
) -> Iterator[Step]:
    """Denoise a canvas in at most `steps` >= 1 evaluations; the last one leaves no place masked.

    A finished draft leaves the batch: it costs nothing more, and nothing can change it any more.
    """
    confidence = np.ones(canvas.ids.shape)
    for nfe in range(1, steps + 1):
        live = canvas.unfinished  # [B]
        if not live.any():
            return
        x = canvas.rows(live)
        guess = propose(x)
        guess = guess.only(x.admits(guess.ids), fallback=x.special.end)
        guess = sample(guess, np.flatnonzero(live))

        rule = policy if nfe < steps else FINISH
        commit = hold_ends(rule.commit(guess, x), guess, x)
        reopen = rule.reopen(guess, x)
        canvas = canvas.put(live, x.write(guess.chosen, commit).mask(reopen))

        shown, confidence = canvas.ids.copy(), confidence.copy()
        shown[live] = np.where(canvas.masked[live], guess.chosen, canvas.ids[live])
        confidence[live] = np.where(x.masked | commit, guess.confidence, confidence[live])
        yield Step(nfe, canvas, shown, confidence)
