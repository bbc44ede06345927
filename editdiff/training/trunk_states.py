"""A packed trunk in torch, rows side by side in bf16: quicker than the engine where only states are wanted.

What is fitted on them is used beside the engine, which rounds otherwise: 8-bit activations instead of bf16. How
well it does there is measured there.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from editdiff.denoise.guess import TOP, Guess
from editdiff.families.qwen import packed
from editdiff.families.qwen.config import TrunkConfig
from editdiff.families.qwen.packed import Float32
from editdiff.families.qwen.stop import Around
from editdiff.tokens.base import FloatArray, Tokenizer
from editdiff.training.endings import Row

STEP = 32
"""Rows are padded to a multiple of so many tokens."""


class TrunkStates:
    """Reads rows of tokens, several at once."""

    def __init__(self, folder: Path, tokenizer: Tokenizer) -> None:
        """Take a folder of packed weights.

        Raises:
            ModelError: when it is missing or broken.
        """
        self._tokenizer = tokenizer
        self._reader = ThreadPoolExecutor(1)
        self._config = c = TrunkConfig.read(folder)
        self._weights = packed.Packed(folder / packed.FILE, c)
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._layers = [
            {
                **{name: self._matrix(f"{i}.{name}") for name in ("qkv", "out", "up", "down")},
                **{name: self._vector(f"{i}.{name}") for name in ("bias", "norm1", "norm2")},
            }
            for i in range(c.layers)
        ]
        self._tied, self._norm = self._matrix("tied"), self._vector("norm")
        half = np.arange(0, c.head_dim, 2) / c.head_dim
        turns = np.tile(c.rope_base**-half, 2)  # [head_dim] radians a position
        self._turns = torch.tensor(turns, dtype=torch.float32, device=self._device)

    def __call__(self, rows: Sequence[Row]) -> list[tuple[Float32, Guess, FloatArray]]:
        """Of what fills each gap: hidden states, what follows, and how likely that is the text after the gap.

        It is read in a thread of its own: one that has used a processor's matrix tiles (AMX) needs a larger frame
        for every signal, and was seen to be killed where a child's end is signalled to it.
        """
        return self._reader.submit(self._read, rows).result()

    @torch.no_grad()
    def _read(self, rows: Sequence[Row]) -> list[tuple[Float32, Guess, FloatArray]]:
        longest = max(len(row.prompt.ids) + len(row.ids) for row in rows)
        ids = torch.zeros(len(rows), -(-longest // STEP) * STEP, dtype=torch.long)
        for i, row in enumerate(rows):
            whole = np.concatenate((row.prompt.ids, row.ids))
            ids[i, : len(whole)] = torch.from_numpy(whole)
        hidden = self._hidden(ids.to(self._device))
        starts = [len(row.prompt.ids) for row in rows]
        return [
            self._seen(state[start : start + len(row.ids)], row)
            for state, start, row in zip(hidden, starts, rows, strict=True)
        ]

    def _seen(self, hidden: Tensor, row: Row) -> tuple[Float32, Guess, FloatArray]:
        logits = _product(hidden, self._tied)
        logp = logits - logits.logsumexp(-1, keepdim=True)
        top = logp.topk(min(TOP, logp.shape[-1]), dim=-1)
        guess = Guess(top.indices.cpu().numpy()[None], top.values.double().cpu().numpy()[None])
        follows = Around.of(row.prompt, self._tokenizer).next
        return hidden.cpu().numpy(), guess, logp[:, follows].double().cpu().numpy()

    def _hidden(self, ids: Tensor) -> Tensor:
        """[B, S] -> [B, S, width], causal."""
        c, (batch, size) = self._config, ids.shape
        angle = torch.arange(size, device=self._device)[:, None] * self._turns
        cos, sin = angle.cos(), angle.sin()
        x = self._tied[ids].float()
        for layer in self._layers:
            qkv = _product(_norm(x, layer["norm1"], c.norm_eps), layer["qkv"]) + layer["bias"]
            heads = qkv.view(batch, size, -1, c.head_dim).transpose(1, 2)
            q, k, v = torch.split(heads, [c.heads, c.kv_heads, c.kv_heads], dim=1)
            q, k = (_rotated(part, cos, sin).bfloat16() for part in (q, k))
            mixed = F.scaled_dot_product_attention(
                q, k, v.bfloat16(), is_causal=True, enable_gqa=True
            )
            x = x + _product(mixed.transpose(1, 2).reshape(batch, size, -1), layer["out"])
            gate, up = _product(_norm(x, layer["norm2"], c.norm_eps), layer["up"]).chunk(2, -1)
            x = x + _product(F.silu(gate) * up, layer["down"])
        return _norm(x, self._norm, c.norm_eps)

    def _matrix(self, name: str) -> Tensor:
        matrix = self._weights.matrix(name)
        whole = matrix.integers.astype(np.float32) * matrix.scale[:, None]
        return torch.from_numpy(whole).bfloat16().to(self._device)

    def _vector(self, name: str) -> Tensor:
        return torch.from_numpy(np.array(self._weights[name])).to(self._device)


def _product(x: Tensor, matrix: Tensor) -> Tensor:
    return (x.bfloat16() @ matrix.T).float()


def _norm(x: Tensor, gain: Tensor, eps: float) -> Tensor:
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * gain


def _rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-second, first), dim=-1) * sin
