"""Rows as the trunk has read them: hidden states, keys and values, without gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from editdiff.training.adapter.rows import MiddleRow
from editdiff.training.trunk.frozen import Cache, FrozenTrunk, KeysValues


class ReadRow(NamedTuple):
    """A row of `N` tokens, prompt and middle."""

    row: MiddleRow
    hidden: Tensor
    """[N, width] of each token, behind the last norm: what names the next."""
    cache: Cache
    """Of each layer [KV, N, head_dim]."""


def padded(wholes: Sequence[np.ndarray], device: torch.device) -> Tensor:
    """Ids [R, N] of rows of different lengths, zeros behind the shorter ones."""
    ids = torch.zeros(len(wholes), max(map(len, wholes)), dtype=torch.long)
    for number, whole in enumerate(wholes):
        ids[number, : len(whole)] = torch.from_numpy(whole)
    return ids.to(device)


def read(trunk: FrozenTrunk, rows: Sequence[MiddleRow]) -> list[ReadRow]:
    """Read rows side by side."""
    wholes = [np.concatenate((row.prompt, row.middle)) for row in rows]
    hidden, cache = trunk.encode(padded(wholes, trunk.device))
    return parted(rows, hidden, cache)


def parted(rows: Sequence[MiddleRow], hidden: Tensor, cache: Cache) -> list[ReadRow]:
    """Each row alone, of hidden states [R, ≥ N, width] and a cache of them all."""
    lengths = [len(row.prompt) + len(row.middle) for row in rows]
    return [
        ReadRow(
            row,
            hidden[i, :length].clone(),
            [KeysValues(k[i, :, :length].clone(), v[i, :, :length].clone()) for k, v in cache],
        )
        for i, (row, length) in enumerate(zip(rows, lengths, strict=True))
    ]


def stacked(rows: Sequence[ReadRow]) -> tuple[Tensor, Cache]:
    """Hidden states [R, N, width] and the cache of rows side by side; zeros behind shorter ones."""
    longest = max(len(row.hidden) for row in rows)

    def together(parts: Sequence[Tensor]) -> Tensor:
        return torch.stack([F.pad(p, (0, 0, 0, longest - p.shape[-2])) for p in parts])

    layers = zip(*(row.cache for row in rows), strict=True)
    cache = [KeysValues(*map(together, zip(*layer, strict=True))) for layer in layers]
    return together([row.hidden for row in rows]), cache
