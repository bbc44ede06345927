"""What the network says about a canvas, reduced to what the loop needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from editdiff.tokens.base import BoolArray, FloatArray, IntArray

TOP = 32
"""Ids kept per place; the graph's reduction."""

LEAST = 1e-12
"""Least probability that is shared."""


@dataclass(frozen=True)
class Guess:
    """The likeliest ids of every place, most likely first, and which of them is chosen."""

    ids: IntArray
    """[B, L, TOP]"""
    logp: FloatArray
    """[B, L, TOP] natural log-probabilities under the full vocabulary; −inf where excluded."""
    column: IntArray | None = None
    """[B, L] the chosen column; None is greedy: column 0 everywhere."""
    log_normaliser: FloatArray | None = None
    """[B, L] logarithm of the sum of the exponentials of all logits; None where the answer is no logits."""
    asked: FloatArray | None = None
    """[B, L] log-probability of the id that was asked for at each place, in nats; None where nothing was."""

    @classmethod
    def of_logits(
        cls,
        ids: IntArray,
        logits: FloatArray,
        log_normaliser: FloatArray,
        asked: FloatArray | None = None,
    ) -> Guess:
        """From what a graph gives for each place of [B, L]: its TOP logits, log-normaliser, and one asked logit."""
        logp = logits.astype(np.float64) - log_normaliser[..., None]
        of_asked = None if asked is None else asked.astype(np.float64) - log_normaliser
        return cls(ids, logp, log_normaliser=log_normaliser, asked=of_asked)

    @property
    def chosen(self) -> IntArray:
        """[B, L] ids that a commit would write."""
        return _pick(self.ids, self.column)

    @property
    def confidence(self) -> FloatArray:
        """[B, L] probability of the chosen id, 0 to 1."""
        return np.exp(_pick(self.logp, self.column))

    def logp_of(self, ids: IntArray) -> FloatArray:
        """[B, L] log-probability of `ids` [B, L]; −inf where they are not among the kept ones."""
        return np.asarray(np.where(self.ids == ids[..., None], self.logp, -np.inf).max(axis=-1))

    @property
    def entropy(self) -> FloatArray:
        """[B, L] entropy in nats; infinite where nothing is admitted.

        What lies outside the kept ids has no probability above the least of them, so its share of
        the entropy is at least its mass times that log-probability: the sum is a lower bound, and
        exact where the kept ids are the whole vocabulary.
        """
        kept = np.isfinite(self.logp)  # [B, L, TOP]
        logp = np.where(kept, self.logp, 0.0)
        p = np.where(kept, np.exp(logp), 0.0)
        tail = np.clip(1.0 - p.sum(axis=-1), 0.0, 1.0)  # [B, L]
        entropy = -(p * logp).sum(axis=-1) - tail * logp.min(axis=-1)
        return np.where(kept.any(axis=-1), entropy, np.inf)

    def only(self, admitted: BoolArray, fallback: IntArray | int) -> Guess:
        """Exclude what is not `admitted` [B, L, TOP]; the mass is not given to the others.

        A place that wanted a special token is thereby a doubtful one. Where nothing is left the
        guess is `fallback` [B, L] with probability 0.
        """
        logp = np.where(admitted, self.logp, -np.inf)
        order = np.argsort(-logp, axis=-1, kind="stable")
        ids = np.take_along_axis(self.ids, order, axis=-1)
        ids[..., 0] = np.where(admitted.any(axis=-1), ids[..., 0], fallback)
        return replace(self, ids=ids, logp=np.take_along_axis(logp, order, axis=-1))

    def at(self, place: int) -> Guess:
        """What it says of one place alone, [B, 1]; nothing is chosen there yet."""
        return self.part(slice(place, place + 1))

    def part(self, which: slice) -> Guess:
        """What it says of some places; nothing is chosen there yet."""
        return Guess(self.ids[:, which], self.logp[:, which])

    def given(self, token: int, logp: float) -> Guess:
        """The same where `token`, which is kept everywhere, has another log-probability, in nats.

        The others keep their shares of what is left.
        """
        here = self.ids == token
        before = np.where(here, self.logp, -np.inf).max(axis=-1, keepdims=True)
        left = _left(np.array(logp)) - _left(before)
        changed = np.where(here, logp, self.logp + left)
        order = np.argsort(-changed, axis=-1, kind="stable")
        return replace(
            self,
            ids=np.take_along_axis(self.ids, order, axis=-1),
            logp=np.take_along_axis(changed, order, axis=-1),
        )


Kept = TypeVar("Kept", IntArray, FloatArray)


def _pick(kept: Kept, column: IntArray | None) -> Kept:
    """[B, L] of `kept` [B, L, TOP]."""
    if column is None:
        return kept[..., 0]
    return np.take_along_axis(kept, column[..., None], axis=-1)[..., 0]


def _left(logp: FloatArray) -> FloatArray:
    """Logarithm of what a log-probability leaves to others; of one that leaves nothing a small one."""
    return np.log(np.maximum(-np.expm1(logp), LEAST))
