"""A packed trunk on torch: what `trunk.Trunk` does, for machines with a GPU, and where OpenVINO is missing.

Weights are dequantised once: to bf16 on a GPU, to fp32 on the CPU. What would suffer stays in fp32 there too: the
residual stream, the norms, and the logits, whose rounding in bf16 would be felt in every probability.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock

import numpy as np
import torch
import torch.nn.functional as F

from editdiff.denoise.guess import TOP, Guess
from editdiff.families.qwen import packed
from editdiff.families.qwen.adapter import Marks
from editdiff.families.qwen.config import TrunkConfig
from editdiff.families.qwen.graph import Adapter
from editdiff.families.qwen.packed import Float32, Matrix
from editdiff.families.qwen.slots import Slots
from editdiff.families.qwen.trunk import AT_ONCE, Rows, in_parts, told
from editdiff.tokens.base import FloatArray, IntArray

MOST = 512
"""Rows at once: of more, what each sees of the others would take more memory than the weights."""


class TorchTrunk:
    """Runs a folder of packed weights."""

    def __init__(
        self,
        folder: Path,
        adapter: Adapter | None = None,
        device: str | None = None,
        kind: torch.dtype | None = None,
        marks: Marks | None = None,
    ) -> None:
        """Load it, on the first GPU where there is one and no `device` is named; `kind` is that of the matrices.

        `marks` are the adapter's.

        Raises:
            ModelError: when a part is missing or broken.
        """
        self.config = TrunkConfig.read(folder)
        self.weights = packed.Packed(folder / packed.FILE, self.config)
        self.tied = self.weights.matrix("tied")
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        suited = torch.float32 if self.device.type == "cpu" else torch.bfloat16
        self._type = kind or suited
        self._adapter = {
            name: (self._put(a), self._put(b)) for name, (a, b) in (adapter or {}).items()
        }
        scales = (name for name in self.weights if name.endswith(packed.SCALE))
        matrices = [scale.removesuffix(packed.SCALE) for scale in scales]
        self._matrices = {name: self._dequantised(name) for name in matrices if name != "tied"}
        self._head = self._dequantised("tied", torch.float32)
        vectors = (name for name in self.weights if self.weights[name].dtype == np.float32)
        self._vectors = {name: self._put(self.weights[name], torch.float32) for name in vectors}
        self._lock, self._marks = Lock(), marks

    def empty(self) -> Slots:
        """Nothing written; the slots lie where the trunk runs."""
        return Slots.empty(
            self.config, lambda shape: torch.zeros(shape, dtype=self._type, device=self.device)
        )

    def infer(self, slots: Slots, rows: Rows) -> tuple[Slots, Float32]:
        """Write `rows`; return the longer slots and the rows' hidden states [S, width]."""
        return in_parts(self._infer, slots, rows, MOST)

    def read(self, slots: Slots, rows: Rows) -> Float32:
        """The hidden states [S, width] of `rows`; nothing is written."""
        if len(rows.ids) > MOST:  # later ones see what is written of the first
            with slots.lent():
                return self.infer(slots, rows)[1]
        return self._infer(slots, rows, keep=False)[1]

    @torch.inference_mode()
    def _infer(self, slots: Slots, rows: Rows, keep: bool = True) -> tuple[Slots, Float32]:
        c, count = self.config, len(rows.ids)
        x = self._put(rows.embedded(self.tied, self._marks), torch.float32)
        gate = self._put(np.zeros(count) if rows.gate is None else rows.gate)[:, None]
        turn = self._turn(rows.at)
        group = c.heads // c.kv_heads  # rows of a group's queries stand one below the other
        sees = torch.from_numpy(np.tile(rows.sees, (group, 1))).to(self.device)
        made = []
        with self._lock:
            for layer in range(c.layers):
                qkv = self._linear(self._norm(x, f"{layer}.norm1"), f"{layer}.qkv", gate)
                mixed, k, v = self._attention(
                    qkv + self._vectors[f"{layer}.bias"], slots, layer, turn, sees
                )
                made += [k, v]
                x = x + self._linear(mixed, f"{layer}.out", gate)
                h = self._linear(self._norm(x, f"{layer}.norm2"), f"{layer}.up", gate)
                opened, up = h.chunk(2, dim=1)
                x = x + self._linear(F.silu(opened) * up, f"{layer}.down", gate)
            if keep:
                slots = slots.then(c, made, count)
        return slots, self._norm(x, "norm").cpu().numpy()

    @torch.inference_mode()
    def follows(self, hidden: Float32, asked: IntArray) -> tuple[Guess, FloatArray]:
        """What follows each of [S, width]: a guess [1, S], and the log-probabilities of the ids `asked` [S, K]."""
        parts = []
        for start in range(0, len(hidden), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            logits = self._put(hidden[part], torch.float32) @ self._head.T  # [S, rows]
            top = logits.topk(TOP)
            ours = logits.gather(1, torch.from_numpy(asked[part]).to(self.device))
            made = (top.indices, top.values, logits.logsumexp(1, keepdim=True), ours)
            parts.append([each.cpu().numpy() for each in made])
        return told(parts)

    def _attention(
        self,
        qkv: torch.Tensor,
        slots: Slots,
        layer: int,
        turn: tuple[torch.Tensor, torch.Tensor],
        sees: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """[S, heads of q, k, v] -> what the rows attend to [S, width], and their keys, values [KV, S, head_dim]."""
        c, rows = self.config, len(qkv)
        heads = qkv.view(rows, -1, c.head_dim).transpose(0, 1)  # [heads of q, k, v, S, head_dim]
        q, k, v = torch.split(heads, [c.heads, c.kv_heads, c.kv_heads])
        q, k, v = (
            _rotated(q, turn).to(self._type),
            _rotated(k, turn).to(self._type),
            v.to(self._type),
        )
        keys, values = (
            torch.cat((slots.layers[2 * layer + i][:, : slots.count], new), dim=1)
            for i, new in enumerate((k, v))
        )
        q = q.reshape(c.kv_heads, -1, c.head_dim)  # [KV, group · S, head_dim]
        mixed = F.scaled_dot_product_attention(q[None], keys[None], values[None], sees)
        return mixed.view(c.heads, rows, -1).transpose(0, 1).reshape(rows, -1), k, v

    def _linear(self, x: torch.Tensor, name: str, gate: torch.Tensor) -> torch.Tensor:
        """[S, in] -> [S, out] in fp32; of rows with `gate` [S, 1] 1 the adapter's branch is added."""
        x = x.to(self._type)
        y = F.linear(x, self._matrices[name]).float()
        if name not in self._adapter:
            return y
        a, b = self._adapter[name]
        return y + F.linear(F.linear(x, a) * gate, b).float()

    def _norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        """RMSNorm of [S, width]."""
        mean = x.square().mean(dim=1, keepdim=True)
        return x * torch.rsqrt(mean + self.config.norm_eps) * self._vectors[name]

    def _turn(self, at: IntArray) -> tuple[torch.Tensor, torch.Tensor]:
        """Cosines and sines [S, head_dim] of positions [S]."""
        half = np.arange(0, self.config.head_dim, 2) / self.config.head_dim
        angle = at[:, None] * np.tile(self.config.rope_base**-half, 2)
        return self._put(np.cos(angle), torch.float32), self._put(np.sin(angle), torch.float32)

    def _dequantised(self, name: str, kind: torch.dtype | None = None) -> torch.Tensor:
        """A matrix [out, in]."""
        stored: Matrix = self.weights.matrix(name)
        scale = self._put(stored.scale, torch.float32)[:, None]
        return (self._put(stored.integers, torch.float32) * scale).to(kind or self._type)

    def _put(self, values: np.ndarray, kind: torch.dtype | None = None) -> torch.Tensor:
        """An array where the trunk runs, in its type."""
        return torch.from_numpy(np.ascontiguousarray(values)).to(self.device, kind or self._type)


def _rotated(x: torch.Tensor, turn: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    """Rotary positions of [heads, S, head_dim], halves of a head together."""
    first, second = x.chunk(2, dim=-1)
    cos, sin = turn
    return x * cos + torch.cat((-second, first), dim=-1) * sin
