"""The trunk once more, in plain numpy and fp64, as the paper has it: what both runtimes are held to."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from editdiff.families.qwen import packed
from editdiff.families.qwen.config import TrunkConfig
from editdiff.families.qwen.graph import Adapter

Reals = NDArray[np.float64]


class Reference:
    """The network of a packed folder."""

    def __init__(self, there: Path, adapter: Adapter | None = None) -> None:
        self.config = TrunkConfig.read(there)
        self.weights = packed.Packed(there / packed.FILE, self.config)
        self.adapter = adapter or {}

    def matrix(self, name: str) -> Reals:
        """A matrix as its integers and scales say it."""
        stored = self.weights.matrix(name)
        return stored.integers.astype(np.float64) * stored.scale.astype(np.float64)[:, None]

    def hidden(self, ids, at, sees, gate=None) -> Reals:
        """[S, width] of `ids` [S] at positions `at` [S], each seeing the others as `sees` [S, S] has it."""
        c, gate = self.config, np.zeros(len(ids)) if gate is None else gate
        x = self.matrix("tied")[ids]
        for layer in range(c.layers):
            h = self._norm(x, f"{layer}.norm1")
            qkv = self._times(h, f"{layer}.qkv", gate) + self.weights[f"{layer}.bias"]
            x = x + self._times(self._mixed(qkv, at, sees), f"{layer}.out", gate)
            h = self._norm(x, f"{layer}.norm2")
            opened, up = np.split(self._times(h, f"{layer}.up", gate), 2, axis=1)
            x = x + self._times(opened / (1 + np.exp(-opened)) * up, f"{layer}.down", gate)
        return self._norm(x, "norm")

    def logits(self, hidden: Reals) -> Reals:
        """[S, rows]"""
        return hidden @ self.matrix("tied").T

    def _times(self, x: Reals, name: str, gate: Reals) -> Reals:
        y = x @ self.matrix(name).T
        if name in self.adapter:
            a, b = (part.astype(np.float64) for part in self.adapter[name])
            y = y + gate[:, None] * (x @ a.T @ b.T)
        return y

    def _norm(self, x: Reals, name: str) -> Reals:
        scale = np.sqrt((x**2).mean(axis=1, keepdims=True) + self.config.norm_eps)
        return x / scale * self.weights[name]

    def _mixed(self, qkv: Reals, at, sees) -> Reals:
        c, d = self.config, self.config.head_dim
        q, k, v = np.split(qkv, [c.width, c.width + c.kv_heads * d], axis=1)
        heads = []
        for head in range(c.heads):
            shared = slice(d * (head // (c.heads // c.kv_heads)), None)
            own_q = self._turned(q[:, d * head :][:, :d], at)
            own_k = self._turned(k[:, shared][:, :d], at)
            scores = np.where(sees, own_q @ own_k.T / np.sqrt(d), -np.inf)
            weights = np.exp(scores - scores.max(axis=1, keepdims=True))
            heads.append(weights / weights.sum(axis=1, keepdims=True) @ v[:, shared][:, :d])
        return np.hstack(heads)

    def _turned(self, x: Reals, at) -> Reals:
        """Rotary positions: the two halves of a head are real and imaginary parts."""
        half = x.shape[1] // 2
        angle = np.asarray(at)[:, None] * self.config.rope_base ** (-np.arange(half) / half)
        turned = (x[:, :half] + 1j * x[:, half:]) * np.exp(1j * angle)
        return np.hstack((turned.real, turned.imag))
