"""The adapter: a low-rank branch of every matrix that only places of a canvas take, a mask vector, and a mark.

    y = W x + B (A x)      A random, B zero: before training a canvas place is an ordinary row of the trunk

(Gated LoRA, Samragh et al. 2025, arXiv 2507.11851; LoRA, Hu et al. 2021, arXiv 2106.09685.) Here all rows are
places of canvases; those of the context have been read by the trunk alone: their keys and values are what is seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from editdiff.families.qwen.config import TrunkConfig
from editdiff.families.qwen.packed import matrices
from editdiff.training.trunk.frozen import Cache, FrozenTrunk, Linear

HIDDEN = -1e30
"""Added to the score of what is not seen."""


@dataclass(frozen=True)
class Canvases:
    """`R` rows of `A` canvases of `L` places."""

    ids: Tensor
    """[R, A, L] what stands there."""
    masked: Tensor
    """[R, A, L] which hold the mask vector instead."""
    given: Tensor
    """[R, A, L] which bear the mark of what is known to be right."""
    at: Tensor
    """[R, A, L] positions."""
    seen: Tensor
    """[R, A] slots of the cache that a canvas sees: the first so many."""


class CanvasAdapter(nn.Module):
    """Branches of every matrix of every layer, the mask vector, and the mark of what is given."""

    def __init__(self, config: TrunkConfig, rank: int, seed: int = 0) -> None:
        super().__init__()
        self.config, self.rank = config, rank
        rng = torch.Generator().manual_seed(seed)
        self.branches = nn.ParameterDict()
        for layer in range(config.layers):
            for name, (outer, inner) in matrices(config).items():
                a = torch.randn(rank, inner, generator=rng) * inner**-0.5
                self.branches[f"{layer}_{name}_a"] = nn.Parameter(a)
                self.branches[f"{layer}_{name}_b"] = nn.Parameter(torch.zeros(outer, rank))
        self.mask = nn.Parameter(torch.randn(config.width, generator=rng) * 0.02)
        self.given = nn.Parameter(torch.zeros(config.width))
        """Tells text that is given from drafts, which may be wrong."""

    def forward(self, trunk: FrozenTrunk, cache: Cache, canvases: Canvases) -> Tensor:
        """Hidden states [R, A, L, width] of all places."""
        rows, count, size = canvases.ids.shape
        visible = trunk.embed(canvases.ids) + canvases.given[..., None] * self.given
        x = torch.where(canvases.masked[..., None], self.mask, visible)
        slots = torch.arange(cache[0].keys.shape[2], device=x.device)
        unseen = slots >= canvases.seen[..., None]  # [R, A, N]
        hidden = torch.zeros(unseen.shape, device=x.device).masked_fill_(unseen, HIDDEN)
        bias = hidden[:, None, :, None]  # [R, 1, A, 1, N]

        def attend(layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            return attention(q, k, v, cache[layer].keys, cache[layer].values, bias)

        x = x.reshape(rows, count * size, -1)
        made = trunk.run(x, canvases.at.reshape(rows, -1), attend, self._linear(trunk))
        return made.view(rows, count, size, -1)

    def _linear(self, trunk: FrozenTrunk) -> Linear:
        """The trunk's product with the branch added."""
        branches = {name: p.to(trunk.kind) for name, p in self.branches.items()}

        def linear(layer: int, name: str, x: Tensor) -> Tensor:
            flat = x.to(trunk.kind).flatten(0, -2)
            low = F.linear(flat, branches[f"{layer}_{name}_a"])
            own = trunk.linear(layer, name, flat)
            # added within the product: on a CPU a sum of its own costs as much as half the matrix
            return torch.addmm(own, low, branches[f"{layer}_{name}_b"].T).view(*x.shape[:-1], -1)

        return linear


@contextmanager
def products_in_bf16() -> Iterator[None]:
    """Let fp32 products round their factors to bf16, and sum in fp32: four times as quick with matrix tiles.

    Scores of attention are too large for bf16 results; their factors are bf16 in the cache anyway.
    """
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def attention(
    q: Tensor, k: Tensor, v: Tensor, keys: Tensor, values: Tensor, bias: Tensor
) -> Tensor:
    """What canvas places attend to, in fp32: slots of the cache, and all places of their own canvas.

    q [R, heads, A · L, head_dim], k, v [R, KV, A · L, head_dim], keys, values [R, KV, N, head_dim], and `bias`
    [R, 1, A, 1, N] of the slots' scores; as q. One product with the slots serves all canvases of a row.
    """
    rows, heads, places, head_dim = q.shape
    kv, canvases, slots = keys.shape[1], bias.shape[2], keys.shape[2]
    size = places // canvases
    q = q.view(rows, kv, heads // kv, canvases, size, head_dim).transpose(2, 3) * head_dim**-0.5
    q = q.reshape(rows, kv, canvases, -1, head_dim)  # [R, KV, A, group · L, head_dim]
    k, v = (part.reshape(rows, kv, canvases, size, head_dim) for part in (k, v))
    of_slots = q.reshape(rows, kv, -1, head_dim) @ keys.float().transpose(-1, -2)
    of_slots = of_slots.view(rows, kv, canvases, -1, slots) + bias
    scores = torch.cat((of_slots, q @ k.transpose(-1, -2)), dim=-1).softmax(dim=-1)
    to_slots, to_own = scores[..., :slots], scores[..., slots:]
    mixed = to_slots.reshape(rows, kv, -1, slots) @ values.float()
    mixed = mixed.view(rows, kv, canvases, -1, head_dim) + to_own @ v
    mixed = mixed.view(rows, kv, canvases, heads // kv, size, head_dim).transpose(2, 3)
    return mixed.reshape(rows, heads, places, head_dim)
