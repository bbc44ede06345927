"""What a rule of the loop is, what it is told, and the rules that everything else is made of.

A commit rule ranks places by the tokens chosen for them and gives the places to write; a reopening rule
gives the places to make unknown again. Whatever they say, the loop holds an `<end>` back until the text
before it is known (`hold_ends`): padding and ends are the easiest tokens to predict and would otherwise
fix the length before anything is written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.tokens.base import BoolArray, FloatArray, IntArray
from editdiff.tokens.canvas import Canvas

ALMOST_CERTAIN = 0.99
"""An `<end>` more probable than this may commit before the text in front of it."""
NO_ID = -1
"""Stands in `State.tried` where a place has fewer ids than another."""


@dataclass(frozen=True)
class State:
    """How far a run has come, and what it remembers of its canvas."""

    confidence: FloatArray
    """[B, L] probability of each token at the moment of its commitment; 1 where it was given."""
    past: IntArray
    """[n, B, L] ids of the canvas at the start and after each step so far; the last is the canvas itself."""
    tried: IntArray
    """[B, L, M] ids that a place may not take, NO_ID where there are fewer."""
    fallback: IntArray
    """[B, L] what a place takes when nothing at all is admitted."""
    keys: tuple[tuple[int, ...], ...]
    """Seeds of each of `B` drafts: what is drawn for one hangs on nothing else."""
    settled: IntArray
    """[B] steps so far after which nothing was masked."""
    step: int = 1
    """The step at work, from 1."""
    steps: int = 1
    """The budget N: at step n time goes from t = 1 - (n-1)/N to s = 1 - n/N."""
    together: int | None = None
    """Seed of one stream for all drafts, in place of `keys`: quick for thousands, but none can be drawn alone."""

    @classmethod
    def of(
        cls,
        canvas: Canvas,
        keys: Sequence[Sequence[int]] | None = None,
        confidence: FloatArray | None = None,
        tried: IntArray | None = None,
        fallback: IntArray | None = None,
    ) -> State:
        """Begin with a canvas; without `keys` the rows are numbered, without `fallback` it is `<end>`."""
        B, L = canvas.ids.shape
        return cls(
            np.ones((B, L)) if confidence is None else confidence,
            canvas.ids[None],
            np.zeros((B, L, 0), dtype=np.int64) if tried is None else tried,
            np.full((B, L), canvas.special.end) if fallback is None else fallback,
            tuple(map(tuple, keys)) if keys is not None else tuple((row,) for row in range(B)),
            np.zeros(B, dtype=np.int64),
        )

    def rows(self, which: BoolArray) -> State:
        """Take the drafts where `which` [B]."""
        keys = tuple(key for key, kept in zip(self.keys, which, strict=True) if kept)
        return replace(
            self,
            confidence=self.confidence[which],
            past=self.past[:, which],
            tried=self.tried[which],
            fallback=self.fallback[which],
            keys=keys,
            settled=self.settled[which],
        )

    def after(
        self, live: BoolArray, canvas: Canvas, confidence: FloatArray, excluded: BoolArray
    ) -> State:
        """Return what is known after a step of the drafts `live` [B] that led to `canvas` [B, L].

        `confidence` is theirs; where `excluded`, their places may not take again what they have held.
        """
        known, tried = self.confidence.copy(), self.tried
        known[live] = confidence
        if excluded.any():
            held = np.moveaxis(self.past[:, live], 0, -1)  # [b, L, n]
            wide = np.full((*canvas.ids.shape, len(self.past)), NO_ID)
            wide[live] = np.where(excluded[..., None] & canvas.admits(held), held, NO_ID)
            tried = np.concatenate([tried, wide], axis=2)
        return replace(
            self,
            confidence=known,
            past=np.concatenate([self.past, canvas.ids[None]]),
            tried=tried,
            settled=self.settled + ~canvas.unfinished,
        )

    def untried(self, ids: IntArray) -> BoolArray:
        """[B, L, TOP] ids that their place may take."""
        return np.asarray(~(ids[..., None] == self.tried[:, :, None, :]).any(axis=-1))

    def uniform(self, more: int = 0) -> FloatArray:
        """[B, L + more] numbers from 0 to 1, the same for the same draft and step."""
        _, B, L = self.past.shape
        if self.together is not None:
            return np.random.default_rng([self.together, self.step]).random((B, L + more))
        draws = [np.random.default_rng([*key, self.step]) for key in self.keys]
        return np.stack([rng.random(L + more) for rng in draws])


Rule = Callable[[Guess, Canvas, State], BoolArray]
"""(guess, canvas, state) -> places [B, L]."""


def nowhere(guess: Guess, canvas: Canvas, state: State) -> BoolArray:
    """No place: the reopening rule of plain masked diffusion, where a committed token stays."""
    return np.zeros_like(canvas.masked)


def everywhere(guess: Guess, canvas: Canvas, state: State) -> BoolArray:
    """Every masked place."""
    return canvas.masked


def while_unfinished(canvas: Canvas, state: State) -> BoolArray:
    """[B] drafts with something masked."""
    return canvas.unfinished


@dataclass(frozen=True)
class Policy:
    """What is committed and what is reopened at each step."""

    commit: Rule
    reopen: Rule = nowhere
    goes_on: Callable[[Canvas, State], BoolArray] = while_unfinished
    """[B] drafts that need another step; those that are unfinished are among them."""
    excludes: bool = False
    """Whether a place that is reopened may take nothing again that it held before that step."""
    time: Callable[[Canvas, State, FloatArray], FloatArray] | None = None
    """(canvas, state, the time [B] before) -> the time [B] at which the network is asked, from 1 (all noise) to 0;
    without it the network is told no time."""
    removes_noise: bool = False
    """Whether the last step writes the likeliest token of every place that is left, instead of a drawn one."""
    made_of: dict[str, Any] = field(default_factory=dict)
    """Arguments of `make_policy`, by which a record names it; empty for one made by hand."""


FINISH = Policy(commit=everywhere)
"""The last step of a budget: no mask is left behind."""


def hold_ends(commit: BoolArray, guess: Guess, canvas: Canvas) -> BoolArray:
    """Drop from `commit` every `<end>` behind something unknown, unless it is almost certain."""
    early = canvas.premature(guess.chosen, commit) & (guess.confidence <= ALMOST_CERTAIN)
    return commit & ~early


def ready(guess: Guess, canvas: Canvas) -> BoolArray:
    """Masked places [B, L] that may commit alone; every unfinished draft has one."""
    early = canvas.premature(guess.chosen, np.zeros_like(canvas.masked))
    return canvas.masked & ~(early & (guess.confidence <= ALMOST_CERTAIN))


def best(k: int | IntArray, score: FloatArray, among: BoolArray) -> BoolArray:
    """Pick the `k` (or each draft's own of `k` [B]) highest scores [B, L] `among` places; ties go to the left."""
    order = np.lexsort((-score, ~among))
    first = np.arange(among.shape[1]) < np.reshape(k, (-1, 1))  # [B or 1, L]
    chosen = np.zeros_like(among)
    np.put_along_axis(chosen, order, first, axis=1)
    return chosen & among
