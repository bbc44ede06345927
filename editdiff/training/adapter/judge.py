"""What an adapter drafts for its trunk, on packages that are held out.

On the gold text: how often each place of a canvas that is masked all over names the right token. On the trunk's own
text: tokens accepted a round, which is the trunk's own token and the leading places that name what it goes on with,
over the whole vocabulary, as the loop would have it; with the sampler head, and without.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from editdiff.tokens.base import BoolArray, FloatArray
from editdiff.training.adapter.batch import collate
from editdiff.training.adapter.canvases import CanvasRow, drafting
from editdiff.training.adapter.network import CanvasAdapter
from editdiff.training.adapter.reading import ReadRow, read
from editdiff.training.adapter.rows import MiddleRow, Source
from editdiff.training.adapter.sampler import SamplerHead
from editdiff.training.adapter.written import write_middles
from editdiff.training.frozen_trunk import FrozenTrunk

ANCHORS = 4
"""Canvases of a row, at even distances."""
AT_ONCE = 16
"""Rows that are judged, or written, at once."""
KEPT = 128
Row = TypeVar("Row")


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
    """Held-out rows with gold and with own middles."""

    def __init__(self, source: Source, trunk: FrozenTrunk, rows: int, block: int) -> None:
        """Draw `rows` rows; they are read when something is judged first."""
        self._trunk, self._block = trunk, block
        self._special = source.tokenizer.special
        self._drawn = list(islice(filter(self._has_room, map(source.draw, count())), rows))
        self._gold: list[ReadRow | MiddleRow] = []
        self._own: list[ReadRow | MiddleRow] = []

    def _prepare(self) -> None:
        """Write own middles; of up to KEPT rows what the trunk has read is kept, 10 MB a row, else read again."""
        kept = len(self._drawn) <= KEPT
        for part in _parts(self._drawn, AT_ONCE):
            own = write_middles(self._trunk, part, self._special)
            self._own += own if kept else [each.row for each in own]
            self._gold += [read(self._trunk, [row])[0] for row in part] if kept else part

    def _has_room(self, row: MiddleRow) -> bool:
        """Whether a canvas at the head has something to name at all its places."""
        return len(row.middle) >= self._block + 2

    @torch.no_grad()
    def __call__(self, adapter: CanvasAdapter, sampler: SamplerHead | None) -> Judged:
        """Judge some weights."""
        if not self._own:
            self._prepare()
        gold, own = (
            [hits for part in _parts(rows, AT_ONCE) for hits in self._hits(part, adapter, sampler)]
            for rows in (self._gold, self._own)
        )
        plain, sampled, trunk = (
            np.array([hits[i].mean(axis=0) for hits in gold]) for i in range(3)
        )
        alone, after = (np.array([accepted(hits[i]).mean() for hits in own]) for i in range(2))
        return Judged(plain, sampled, alone, after, trunk)

    def _hits(
        self,
        rows: Sequence[ReadRow | MiddleRow],
        adapter: CanvasAdapter,
        sampler: SamplerHead | None,
    ) -> Iterator[tuple[BoolArray, BoolArray, BoolArray]]:
        """[A, L] which places of each row are right, without and with the head; [A] the trunk's own token."""
        reads = [row if isinstance(row, ReadRow) else read(self._trunk, [row])[0] for row in rows]
        canvases = [self._canvases(each.row) for each in reads]
        batch = collate(reads, canvases)
        states = adapter(self._trunk, batch.cache, batch.canvases)  # [R, A, L, width]
        each_row = torch.arange(len(reads), device=states.device)[:, None]
        known = batch.hidden[each_row, batch.canvases.seen - 1]  # [R, A, width]
        first = self._trunk.logits(known).argmax(dim=-1)
        plain = torch.stack([self._trunk.logits(row).argmax(dim=-1) for row in states])
        sampled = plain if sampler is None else self._sampled(states, first, sampler)
        for i, canvas in enumerate(canvases):
            named = (
                part[i, : len(canvas.anchors)].cpu().numpy() for part in (plain, sampled, first)
            )
            right = canvas.targets, canvas.targets, canvas.before[:, 0]
            one, two, three = (a == b for a, b in zip(named, right, strict=True))
            yield one, two, three

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


def _parts(rows: Sequence[Row], size: int) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def accepted(hits: BoolArray) -> FloatArray:
    """[A] tokens of a round: the trunk's own, and the leading places of [A, L] that are right."""
    return np.asarray(1.0 + np.cumprod(hits, axis=1).sum(axis=1))
