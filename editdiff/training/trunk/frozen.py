"""A packed trunk in torch that is not trained: rows side by side, one description of its layers for every use.

What differs between uses is handed in: what a layer's queries attend to, and what its products are. Products are
done in `kind`, bf16 unless a test wants it exact; norms, positions and the residual stream stay in fp32.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from editdiff.families.qwen import packed
from editdiff.families.qwen.config import TrunkConfig

Attend = Callable[[int, Tensor, Tensor, Tensor], Tensor]
"""Of a layer's number and q [B, heads, S, head_dim], k, v [B, KV, S, head_dim], what the rows attend to, as q."""
Linear = Callable[[int, str, Tensor], Tensor]
"""Of a layer's number, the name of one of its matrices and [B, S, in], the product [B, S, out]."""


class KeysValues(NamedTuple):
    """Of one layer."""

    keys: Tensor
    """[B, KV, S, head_dim], turned to their positions."""
    values: Tensor
    """[B, KV, S, head_dim]"""


Cache = list[KeysValues]
"""Of all layers."""


class FrozenTrunk:
    """The weights of a folder, dequantised, and the network over them."""

    def __init__(
        self, folder: Path, device: str | None = None, kind: torch.dtype = torch.bfloat16
    ) -> None:
        """Take a folder of packed weights; `device` None is the first GPU, or else the CPU.

        Raises:
            ModelError: when it is missing or broken.
        """
        self.config = c = TrunkConfig.read(folder)
        self._weights = packed.Packed(folder / packed.FILE, c)
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.kind = kind
        self.layers = [
            {
                **{name: self._matrix(f"{i}.{name}") for name in packed.matrices(c)},
                **{name: self._vector(f"{i}.{name}") for name in ("bias", "norm1", "norm2")},
            }
            for i in range(c.layers)
        ]
        self.tied, self._norm = self._matrix("tied"), self._vector("norm")
        self._weights.forget()
        half = np.arange(0, c.head_dim, 2) / c.head_dim
        turns = np.tile(c.rope_base**-half, 2)  # [head_dim] radians a position
        self._turns = torch.tensor(turns, dtype=torch.float32, device=self.device)

    def embed(self, ids: Tensor) -> Tensor:
        """[…, width] in fp32 of ids […]."""
        return self.tied[ids].float()

    def linear(self, layer: int, name: str, x: Tensor) -> Tensor:
        """The trunk's own product."""
        return F.linear(x.to(self.kind), self.layers[layer][name])

    def run(self, x: Tensor, at: Tensor, attend: Attend, linear: Linear | None = None) -> Tensor:
        """Hidden states [B, S, width] behind the last norm, of rows x [B, S, width] at positions [B, S]."""
        c, linear = self.config, linear or self.linear
        batch, size = at.shape
        angle = (at[..., None] * self._turns)[:, None]  # [B, 1, S, head_dim]
        cos, sin = angle.cos(), angle.sin()
        for i, layer in enumerate(self.layers):
            h = norm(x, layer["norm1"], c.norm_eps)
            qkv = linear(i, "qkv", h).float() + layer["bias"]
            heads = qkv.view(batch, size, -1, c.head_dim).transpose(1, 2)
            q, k, v = torch.split(heads, [c.heads, c.kv_heads, c.kv_heads], dim=1)
            mixed = attend(i, rotated(q, cos, sin), rotated(k, cos, sin), v)
            x = x + linear(i, "out", mixed.transpose(1, 2).reshape(batch, size, -1)).float()
            h = norm(x, layer["norm2"], c.norm_eps)
            gate, up = linear(i, "up", h).chunk(2, -1)
            x = x + linear(i, "down", F.silu(gate) * up).float()
        return norm(x, self._norm, c.norm_eps)

    @torch.no_grad()
    def encode(self, ids: Tensor) -> tuple[Tensor, Cache]:
        """Read ids [B, S] causally from position 0: hidden states [B, S, width], keys and values."""
        cache: Cache = []

        def attend(layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            cache.append(KeysValues(k.to(self.kind), v.to(self.kind)))
            return F.scaled_dot_product_attention(
                q.to(self.kind), *cache[-1], is_causal=True, enable_gqa=True
            )

        at = torch.arange(ids.shape[1], device=self.device).expand(ids.shape)
        return self.run(self.embed(ids), at, attend), cache

    def logits(self, hidden: Tensor, rows: Tensor | None = None) -> Tensor:
        """[…, V] in fp32 of hidden states […, width]; `rows` [V, width] are other than all of the output matrix."""
        return F.linear(hidden.to(self.kind), self.tied if rows is None else rows).float()

    def _matrix(self, name: str) -> Tensor:
        matrix = self._weights.matrix(name)
        whole = matrix.integers.astype(np.float32) * matrix.scale[:, None]
        return torch.from_numpy(whole).to(self.device, self.kind)

    def _vector(self, name: str) -> Tensor:
        return torch.from_numpy(np.array(self._weights[name])).to(self.device)


def norm(x: Tensor, gain: Tensor, eps: float) -> Tensor:
    """RMSNorm over the last axis."""
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * gain


def rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions, halves of a head together (Su et al. 2021, arXiv 2104.09864)."""
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-second, first), dim=-1) * sin
