"""Canvases of several rows side by side as tensors, on what the trunk has read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from editdiff.training.adapter.canvases import NO_TARGET, CanvasRow
from editdiff.training.adapter.network import Canvases
from editdiff.training.adapter.reading import ReadRow, stacked
from editdiff.training.trunk.frozen import Cache


@dataclass(frozen=True)
class Batch:
    """`R` rows of up to `N` tokens, with up to `A` canvases of `L` places each."""

    hidden: Tensor
    """[R, N, width] the trunk's."""
    cache: Cache
    """Of each layer [R, KV, N, head_dim]."""
    canvases: Canvases
    targets: Tensor
    """[R, A, L] see `CanvasRow`; NO_TARGET in rows with fewer canvases."""
    before: Tensor
    """[R, A, L]"""
    blind: Tensor
    """[R, A, L]"""
    named_at: Tensor
    """[R, A, L] which of the N tokens has the trunk's own guess of what each place names."""


def collate(reads: Sequence[ReadRow], rows: Sequence[CanvasRow]) -> Batch:
    """Put rows and their canvases side by side."""
    hidden, cache = stacked(reads)
    most, size = max(len(row.anchors) for row in rows), rows[0].ids.shape[1]

    def put(values: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values)).to(hidden.device)

    def padded(name: str, filler: int) -> np.ndarray:
        parts = [getattr(row, name) for row in rows]
        made = np.full((len(rows), most, *parts[0].shape[1:]), filler, dtype=parts[0].dtype)
        for number, part in enumerate(parts):
            made[number, : len(part)] = part
        return made

    starts = np.array([len(each.row.prompt) for each in reads])
    seen = starts[:, None] + padded("anchors", 0) + 1  # [R, A]
    at = seen[..., None] + np.arange(size)  # [R, A, L]
    canvases = Canvases(
        put(padded("ids", 0)),
        put(padded("masked", True)),
        put(padded("given", False)),
        put(at),
        put(seen),
    )
    return Batch(
        hidden,
        cache,
        canvases,
        put(padded("targets", NO_TARGET)),
        put(padded("before", 0)),
        put(padded("blind", False)),
        put(np.minimum(at, hidden.shape[1] - 1)),
    )
