"""What adapters draft for their trunk, on packages that are held out.

On the gold text: how often each place of a canvas that is masked all over names the right token. On the trunk's own
text: tokens accepted a round, which is the trunk's own token and the leading places that name what it goes on with,
over the whole vocabulary, as the loop would have it; with the sampler head, and without.

Rows are read again for each judgement, a few at once: 10 MB a row would be too much to keep of several hundred.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import count, islice
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from editdiff.tokens.base import BoolArray, FloatArray
from editdiff.training.adapter.batch import collate
from editdiff.training.adapter.canvases import CanvasRow, drafting
from editdiff.training.adapter.network import CanvasAdapter
from editdiff.training.adapter.reading import read
from editdiff.training.adapter.rows import MiddleRow, RowSource
from editdiff.training.adapter.sampler import SamplerHead
from editdiff.training.adapter.written import write_middles
from editdiff.training.trunk.frozen import FrozenTrunk

ANCHORS = 4
"""Canvases of a row, at even distances."""
AT_ONCE = 16
"""Rows that are judged, or written, at once."""
DRAWS = 4_000
"""Of the bootstrap."""


class Drafter(Protocol):
    """What is judged."""

    adapter: CanvasAdapter
    sampler: SamplerHead | None


@dataclass(frozen=True)
class Judged:
    """`R` rows, each the mean over its canvases."""

    right: FloatArray
    """[R, L] share of the canvases in which each place names the gold token."""
    right_sampled: FloatArray
    """[R, L] the same with the sampler head, which knows what was chosen before."""
    accepted: FloatArray
    """[R] tokens a round."""
    accepted_sampled: FloatArray
    """[R] the same with the sampler head."""
    trunk: FloatArray
    """[R] how often the trunk's own next token is the gold one."""

    def told(self) -> dict[str, Any]:
        """Means, and for each place how many independent trials its share is worth."""
        return {
            "rows": len(self.right),
            "trunk": float(self.trunk.mean()),
            "right": self.right.mean(axis=0).tolist(),
            "right_worth": worth(self.right).tolist(),
            "right_sampled": self.right_sampled.mean(axis=0).tolist(),
            "right_sampled_worth": worth(self.right_sampled).tolist(),
            "accepted": float(self.accepted.mean()),
            "accepted_error": error(self.accepted),
            "accepted_sampled": float(self.accepted_sampled.mean()),
            "accepted_sampled_error": error(self.accepted_sampled),
        }


def worth(shares: FloatArray) -> FloatArray:
    """[L] independent trials that would leave means of [R, L] as uncertain (Kish 1965, design effect)."""
    mean = shares.mean(axis=0)
    variance = shares.var(axis=0, ddof=1) / len(shares) if len(shares) > 1 else mean * 0
    return np.asarray(
        np.where(variance > 0, mean * (1 - mean) / np.maximum(variance, 1e-12), len(shares))
    )


def error(values: FloatArray) -> float:
    """Standard error of a mean."""
    return float(values.std(ddof=1) / len(values) ** 0.5) if len(values) > 1 else 0.0


def difference(one: Judged, other: Judged) -> dict[str, list[Any]]:
    """Of each figure the mean of `one` less that of `other` on the same rows, and the ends of its 95 % interval.

    By the bootstrap over rows (Efron 1979, percentiles); of places a list each.
    """
    rng = np.random.default_rng(0)
    draws = rng.integers(len(one.right), size=(DRAWS, len(one.right)))
    made = {}
    for name in (field.name for field in fields(Judged) if field.name != "trunk"):
        gain = getattr(one, name) - getattr(other, name)  # [R] or [R, L]
        means = np.stack([gain[draw].mean(axis=0) for draw in draws])
        low, high = np.quantile(means, (0.025, 0.975), axis=0)
        made[name] = [gain.mean(axis=0).tolist(), low.tolist(), high.tolist()]
    return made


class Judge:
    """Held-out rows with gold and with own middles."""

    def __init__(self, source: RowSource, trunk: FrozenTrunk, rows: int, block: int) -> None:
        """Draw `rows` rows; the trunk writes middles of its own when something is judged first."""
        self._trunk, self._block = trunk, block
        self._special = source.special
        drawn = map(source.draw, count())
        self._gold = list(islice((row for row in drawn if has_room(row, block)), rows))
        self._own: list[MiddleRow] = []

    @torch.no_grad()
    def __call__(self, drafters: Sequence[Drafter]) -> list[Judged]:
        """Judge several on the same rows."""
        if not self._own:
            for part in _parts(self._gold):
                written = write_middles(self._trunk, part, self._special)
                self._own += [each.row for each in written]
        gold, own = (self._hits(rows, drafters) for rows in (self._gold, self._own))
        return [_judged(*hits) for hits in zip(gold, own, strict=True)]

    def _hits(self, rows: Sequence[MiddleRow], drafters: Sequence[Drafter]) -> list[list[_Hits]]:
        """Of each drafter, for each row."""
        made: list[list[_Hits]] = [[] for _ in drafters]
        for part in _parts(rows):
            reads = [read(self._trunk, [row])[0] for row in part]
            canvases = [self._canvases(row) for row in part]
            batch = collate(reads, canvases)
            each_row = torch.arange(len(reads), device=batch.hidden.device)[:, None]
            known = batch.hidden[each_row, batch.canvases.seen - 1]  # [R, A, width]
            first = self._trunk.logits(known).argmax(dim=-1)
            for drafter, hits in zip(drafters, made, strict=True):
                states = drafter.adapter(self._trunk, batch.cache, batch.canvases)
                plain = torch.stack([self._trunk.logits(row).argmax(dim=-1) for row in states])
                sampler = drafter.sampler
                sampled = plain if sampler is None else self._sampled(states, first, sampler)
                named = [part.cpu().numpy() for part in (plain, sampled, first)]
                hits += [
                    _Hits.of(canvas, *(part[i] for part in named))
                    for i, canvas in enumerate(canvases)
                ]
        return made

    def _canvases(self, row: MiddleRow) -> CanvasRow:
        """Masked all over, at even distances."""
        last = min(row.gap - 1, len(row.middle) - self._block - 2)
        anchors = np.unique(np.linspace(0, last, ANCHORS).astype(np.int64))
        return drafting(row, anchors, self._block)

    def _sampled(self, states: Tensor, first: Tensor, sampler: SamplerHead) -> Tensor:
        """[R, A, L] tokens chosen from left to right."""
        chosen = [first]
        for place in range(states.shape[2]):
            corrected = sampler(states[:, :, place], self._trunk.embed(chosen[-1]))
            chosen.append(self._trunk.logits(corrected).argmax(dim=-1))
        return torch.stack(chosen[1:], dim=-1)


def has_room(row: MiddleRow, block: int) -> bool:
    """Whether a canvas at the head has something to name at all its places."""
    return len(row.middle) >= block + 2


@dataclass(frozen=True)
class _Hits:
    """What one drafter names right in the canvases of one row."""

    plain: BoolArray
    """[A, L]"""
    sampled: BoolArray
    """[A, L] with the sampler head."""
    trunk: BoolArray
    """[A] the trunk's own token."""

    @classmethod
    def of(
        cls, canvas: CanvasRow, plain: np.ndarray, sampled: np.ndarray, first: np.ndarray
    ) -> _Hits:
        some = slice(len(canvas.anchors))
        return cls(
            plain[some] == canvas.targets,
            sampled[some] == canvas.targets,
            first[some] == canvas.before[:, 0],
        )


def _judged(gold: Sequence[_Hits], own: Sequence[_Hits]) -> Judged:
    return Judged(
        np.array([hits.plain.mean(axis=0) for hits in gold]),
        np.array([hits.sampled.mean(axis=0) for hits in gold]),
        np.array([accepted(hits.plain).mean() for hits in own]),
        np.array([accepted(hits.sampled).mean() for hits in own]),
        np.array([hits.trunk.mean() for hits in gold]),
    )


def _parts(rows: Sequence[MiddleRow]) -> Iterator[Sequence[MiddleRow]]:
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]


def accepted(hits: BoolArray) -> FloatArray:
    """[A] tokens of a round: the trunk's own, and the leading places of [A, L] that are right."""
    return np.asarray(1.0 + np.cumprod(hits, axis=1).sum(axis=1))
