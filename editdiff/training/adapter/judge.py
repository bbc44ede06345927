"""What an adapter drafts for its trunk, on packages that are held out.

On the gold text: how often each place of a canvas that is masked all over names the right token. On the trunk's own
text: tokens accepted a round, which is the trunk's own token and the leading places that name what it goes on with,
over the whole vocabulary, as the loop would have it; with the sampler head, and without.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, islice

import numpy as np
import torch
from torch import Tensor

from editdiff.tokens.base import BoolArray, FloatArray
from editdiff.training.adapter.batch import Batch, collate
from editdiff.training.adapter.canvases import drafting
from editdiff.training.adapter.network import CanvasAdapter
from editdiff.training.adapter.reading import ReadRow, read
from editdiff.training.adapter.rows import MiddleRow, Source
from editdiff.training.adapter.sampler import SamplerHead
from editdiff.training.adapter.written import write_middles
from editdiff.training.frozen_trunk import FrozenTrunk

ANCHORS = 4
"""Canvases of a row, at even distances."""
AT_ONCE = 16
"""Rows that the trunk writes or reads at once."""


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

    def told(self) -> dict[str, list[float] | float]:
        """Means, and for each place how many independent trials its share is worth."""
        return {
            "rows": len(self.right),
            "trunk": float(self.trunk.mean()),
            "right": self.right.mean(axis=0).tolist(),
            "right_worth": worth(self.right).tolist(),
            "right_sampled": self.right_sampled.mean(axis=0).tolist(),
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


class Judge:
    """Held-out rows with gold and with own middles; what the trunk has read of them is kept: 10 MB a row."""

    def __init__(self, source: Source, trunk: FrozenTrunk, rows: int, block: int) -> None:
        self._trunk, self._block = trunk, block
        drawn = list(islice(filter(self._has_room, map(source.draw, count())), rows))
        self._gold: list[ReadRow] = []
        self._own: list[ReadRow] = []
        for start in range(0, rows, AT_ONCE):
            part = drawn[start : start + AT_ONCE]
            self._gold += [each for row in part for each in read(trunk, [row])]
            self._own += write_middles(trunk, part, source.tokenizer.special)

    def _has_room(self, row: MiddleRow) -> bool:
        """Whether a canvas at the head has something to name at all its places."""
        return len(row.middle) >= self._block + 2

    @torch.no_grad()
    def __call__(self, adapter: CanvasAdapter, sampler: SamplerHead | None) -> Judged:
        """Judge some weights."""
        gold = [self._hits(row, adapter, sampler) for row in self._gold]
        own = [self._hits(row, adapter, sampler) for row in self._own]
        plain, sampled, trunk = (
            np.array([hits[i].mean(axis=0) for hits in gold]) for i in range(3)
        )
        alone, after = (np.array([accepted(hits[i]).mean() for hits in own]) for i in range(2))
        return Judged(plain, sampled, alone, after, trunk)

    def _hits(
        self, read_row: ReadRow, adapter: CanvasAdapter, sampler: SamplerHead | None
    ) -> tuple[BoolArray, BoolArray, BoolArray]:
        """[A, L] which places are right, without and with the sampler head; [A] whether the trunk's token is."""
        row = read_row.row
        last = min(row.gap - 1, len(row.middle) - self._block - 2)
        anchors = np.unique(np.linspace(0, last, ANCHORS).astype(np.int64))
        canvases = drafting(row, anchors, self._block)
        batch = collate([read_row], [canvases])
        states = adapter(self._trunk, batch.cache, batch.canvases)[0]  # [A, L, width]
        first = self._first(batch)
        plain = self._trunk.logits(states).argmax(dim=-1)
        sampled = plain if sampler is None else self._sampled(states, first, sampler)
        targets, right = canvases.targets, canvases.before[:, 0]
        return (
            plain.cpu().numpy() == targets,
            sampled.cpu().numpy() == targets,
            first.cpu().numpy() == right,
        )

    def _first(self, batch: Batch) -> Tensor:
        """[A] the trunk's own token behind each anchor."""
        return self._trunk.logits(batch.hidden[0, batch.canvases.seen[0] - 1]).argmax(dim=-1)

    def _sampled(self, states: Tensor, first: Tensor, sampler: SamplerHead) -> Tensor:
        """[A, L] tokens chosen from left to right."""
        chosen = [first]
        for place in range(states.shape[1]):
            corrected = sampler(states[:, place], self._trunk.embed(chosen[-1]))
            chosen.append(self._trunk.logits(corrected).argmax(dim=-1))
        return torch.stack(chosen[1:], dim=1)


def accepted(hits: BoolArray) -> FloatArray:
    """[A] tokens of a round: the trunk's own, and the leading places of [A, L] that are right."""
    return np.asarray(1.0 + np.cumprod(hits, axis=1).sum(axis=1))
