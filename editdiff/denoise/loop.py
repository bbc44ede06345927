"""THE loop: every engine, family and operation denoises here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.denoise.rules import FINISH, Policy, State, hold_ends
from editdiff.denoise.sample import Sampler, greedy
from editdiff.tokens.base import BoolArray, FloatArray, IntArray
from editdiff.tokens.canvas import Canvas

Propose = Callable[[Canvas], Guess]
"""One evaluation of the network, over the context that it holds."""
TimedPropose = Callable[[Canvas, FloatArray], Guess]
"""The same of a network that is told the time [B] of each draft."""


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
    committed: BoolArray
    """[B, L] places written at this step."""
    reopened: BoolArray
    """[B, L] places that were known before this step, or written at it, and are unknown after it."""


def denoise(
    propose: Propose | TimedPropose,
    canvas: Canvas,
    policy: Policy,
    steps: int,
    sample: Sampler = greedy,
    state: State | None = None,
) -> Iterator[Step]:
    """Denoise a canvas in at most `steps` >= 1 evaluations; the last one leaves no place masked.

    A finished draft leaves the batch: it costs nothing more, and nothing can change it any more. `state` says
    what is known of a canvas that was denoised before. A policy with a clock tells the network the time.
    """
    state = replace(state or State.of(canvas), steps=steps)
    time = np.ones(canvas.ids.shape[0])  # [B]
    for nfe in range(1, steps + 1):
        live = policy.goes_on(canvas, state)  # [B]
        if not live.any():
            return
        x, now = canvas.rows(live), replace(state.rows(live), step=nfe)
        if policy.time is not None:
            time[live] = policy.time(x, now, time[live])
        guess = propose(x, *([] if policy.time is None else [time[live]]))
        admitted = x.admits(guess.ids) & now.untried(guess.ids)
        guess = guess.only(admitted, now.fallback)
        choose = greedy if policy.removes_noise and nfe == steps else sample
        guess = choose(guess, np.flatnonzero(live))

        rule = policy if nfe < steps else FINISH
        commit = hold_ends(rule.commit(guess, x, now), guess, x) & x.free
        y = x.write(guess.chosen, commit)
        reopen = rule.reopen(guess, x, now) & y.free
        z = y.mask(reopen)

        canvas = canvas.put(live, z)
        confidence = np.where(x.masked | commit, guess.confidence, now.confidence)
        state = state.after(live, canvas, confidence, reopen & policy.excludes)
        shown = canvas.ids.copy()
        shown[live] = np.where(z.masked, guess.chosen, z.ids)
        wide = np.zeros((2, *canvas.ids.shape), dtype=np.bool_)
        wide[:, live] = commit, z.masked & (commit | ~x.masked)
        yield Step(nfe, canvas, shown, state.confidence, *wide)
