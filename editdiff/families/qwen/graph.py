"""The trunk as two OpenVINO graphs: `body`, from embedded rows to hidden states, and `head`, from these to logits.

A row is one token at one position. What it sees is given by a mask, so one graph encodes a context, writes several
drafts at once, and scores them: the drafts are rows that do not see each other. Keys and values of what was written
before come in, those of the rows come out; who keeps them is not the graph's business (`slots`).

    body   x [S, width], cos, sin [S, 1, head_dim], slot [S], mask [S, C], for each layer k.i, v.i [KV, C, head_dim]
           -> hidden [S, width] behind the last norm, and for each layer new k.i, v.i [KV, S, head_dim]
    head   hidden [S, width], asked [S, K] -> the TOP ids and logits, the log-normaliser, and the logits of `asked`

Keys and values of the rows take their slots among the others' before anything is summed over them. So a sum has
the same order whether a token came with this call or an earlier one, and with 8-bit products what comes of a row
is the same to the last bit however the rows before it were cut into calls. Put behind all slots they would be
summed in another order in each call: sums part in their last bit, 8-bit activations round some of them to another
step, and 24 layers make tenths of a logit of it.

With an `Adapter` every matrix has a low-rank branch that a gate switches on row by row (gated LoRA, Samragh et al.
2025, arXiv 2507.11851): W x + g · B (A x), g 0 or 1. Rows with g = 0 are exactly the trunk's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from editdiff.denoise.guess import TOP
from editdiff.families.qwen import runtime
from editdiff.families.qwen.config import TrunkConfig
from editdiff.families.qwen.packed import Float32, Matrix, Packed

GROUP = 128
"""Logits whose greatest is found first: the TOP greatest of all lie in the TOP groups with the greatest."""
Adapter = Mapping[str, tuple[Float32, Float32]]
"""Name of a matrix, as `3.qkv`, to A [rank, in] and B [out, rank]."""


@dataclass(frozen=True)
class Graph:
    """Builds both graphs."""

    config: TrunkConfig
    weights: Packed
    adapter: Adapter | None = None

    def body(self) -> Any:
        """The `openvino.Model` of the layers."""
        ov, c = runtime.load(), self.config
        build = _Build(ov.opset15, self.adapter)
        x = build.input("x", [-1, c.width])
        cos, sin = (build.input(name, [-1, 1, c.head_dim]) for name in ("cos", "sin"))
        slot, mask = build.input("slot", [-1], np.int64), build.input("mask", [-1, -1])
        if self.adapter is not None:
            build.gate = build.input("gate", [-1, 1])
        group = c.heads // c.kv_heads  # rows of a group's queries stand one below the other
        mask = build.unsqueeze(build.op.concat([mask] * group, 0), 0, 1)
        made = []
        for layer in range(c.layers):
            name = f"{layer}."
            qkv = build.linear(
                build.norm(x, self.weights[name + "norm1"], c.norm_eps),
                name + "qkv",
                self.weights.matrix(name + "qkv"),
                self.weights[name + "bias"],
            )
            mixed, k, v = build.attention(qkv, layer, cos, sin, slot, mask, c)
            made += [k, v]
            x = build.op.add(
                x, build.linear(mixed, name + "out", self.weights.matrix(name + "out"))
            )
            h = build.norm(x, self.weights[name + "norm2"], c.norm_eps)
            h = build.swiglu(build.linear(h, name + "up", self.weights.matrix(name + "up")))
            x = build.op.add(x, build.linear(h, name + "down", self.weights.matrix(name + "down")))
        hidden = build.norm(x, self.weights["norm"], c.norm_eps)
        results = [build.op.result(each) for each in (hidden, *made)]
        return ov.Model(results, build.inputs, "body")

    def head(self) -> Any:
        """The `openvino.Model` of the output layer and its reduction."""
        ov = runtime.load()
        build = _Build(ov.opset15, None)
        hidden = build.input("hidden", [-1, self.config.width])
        asked = build.input("asked", [-1, -1], np.int64)
        logits = build.linear(hidden, "tied", self.weights.matrix("tied"))
        ids, top = build.top(logits, self.config.rows)
        results = (
            ids,
            top,
            build.log_normaliser(logits, top),
            build.op.gather_elements(logits, asked, 1),
        )
        return ov.Model([build.op.result(each) for each in results], build.inputs, "head")


class _Build:
    """The operations of the trunk, over OpenVINO's."""

    def __init__(self, op: Any, adapter: Adapter | None) -> None:
        self.op, self.adapter, self.gate = op, adapter, None
        self.inputs: list[Any] = []

    def input(self, name: str, shape: list[int], kind: Any = np.float32) -> Any:
        """A named input; -1 is any size."""
        made = self.op.parameter(shape, kind, name=name)
        made.output(0).set_names({name})
        self.inputs.append(made)
        return made

    def whole(self, *numbers: int) -> Any:
        """A constant vector of integers."""
        return self.op.constant(np.array(numbers, dtype=np.int64))

    def real(self, numbers: NDArray[Any] | float) -> Any:
        """A constant of fp32."""
        return self.op.constant(np.asarray(numbers, dtype=np.float32))

    def unsqueeze(self, x: Any, *axes: int) -> Any:
        """`x` with new axes of size 1."""
        return self.op.unsqueeze(x, self.whole(*axes))

    def linear(self, x: Any, name: str, matrix: Matrix, bias: Float32 | None = None) -> Any:
        """[S, in] -> [S, out]; the product is done in 8 bits where the processor can."""
        op = self.op
        integers = op.convert(op.constant(matrix.integers, shared_memory=True), np.float32)
        whole = op.multiply(integers, self.real(matrix.scale[:, None]))
        y = op.matmul(x, whole, False, True)
        if bias is not None:
            y = op.add(y, self.real(bias[None]))
        if self.adapter is None or name not in self.adapter:
            return y
        a, b = self.adapter[name]
        low = op.matmul(
            op.multiply(op.matmul(x, self.real(a), False, True), self.gate),
            self.real(b),
            False,
            True,
        )
        return op.add(y, low)

    def norm(self, x: Any, gain: Float32, eps: float) -> Any:
        """RMSNorm of [S, width]."""
        op = self.op
        mean = op.reduce_mean(op.multiply(x, x), self.whole(-1), True)
        scale = op.divide(self.real(1.0), op.sqrt(op.add(mean, self.real(eps))))
        return op.multiply(op.multiply(x, scale), self.real(gain[None]))

    def swiglu(self, x: Any) -> Any:
        """[S, 2 · ff], gate and up -> [S, ff]."""
        halves = self.op.split(x, self.op.constant(np.int64(1)), 2)
        return self.op.multiply(self.op.swish(halves.output(0)), halves.output(1))

    def attention(
        self, qkv: Any, layer: int, cos: Any, sin: Any, slot: Any, mask: Any, c: TrunkConfig
    ) -> tuple[Any, Any, Any]:
        """[S, heads of q, k, v] -> what the rows attend to [S, width], and their keys, values [KV, S, head_dim]."""
        op = self.op
        both = c.heads + c.kv_heads
        qkv = op.reshape(qkv, self.whole(0, both + c.kv_heads, c.head_dim), True)
        parts = op.variadic_split(qkv, op.constant(np.int64(1)), self.whole(both, c.kv_heads))
        turned = self._rotated(parts.output(0), cos, sin)
        turned, v = (op.transpose(part, self.whole(1, 0, 2)) for part in (turned, parts.output(1)))
        parts = op.variadic_split(turned, op.constant(np.int64(0)), self.whole(c.heads, c.kv_heads))
        q, k = parts.output(0), parts.output(1)
        q = op.reshape(
            q, self.whole(1, c.kv_heads, -1, c.head_dim), False
        )  # [1, KV, group · S, head_dim]
        before = [self.input(f"{part}.{layer}", [c.kv_heads, -1, c.head_dim]) for part in "kv"]
        keys, values = (
            self.unsqueeze(op.scatter_update(old, slot, new, op.constant(np.int64(1))), 0)
            for old, new in zip(before, (k, v), strict=True)
        )
        mixed = op.scaled_dot_product_attention(q, keys, values, mask)
        mixed = op.reshape(mixed, self.whole(c.heads, -1, c.head_dim), False)
        mixed = op.transpose(mixed, self.whole(1, 0, 2))
        return op.reshape(mixed, self.whole(0, c.width), True), k, v

    def _rotated(self, x: Any, cos: Any, sin: Any) -> Any:
        """Rotary positions, halves of a head together (Su et al. 2021, arXiv 2104.09864)."""
        op = self.op
        halves = op.split(x, op.constant(np.int64(2)), 2)
        across = op.concat([op.negative(halves.output(1)), halves.output(0)], 2)
        return op.add(op.multiply(x, cos), op.multiply(across, sin))

    def top(self, logits: Any, rows: int) -> tuple[Any, Any]:
        """[S, rows] -> the TOP greatest, ids and logits [S, TOP], the greatest first."""
        op, k = self.op, self.op.constant(np.int64(TOP))
        if rows % GROUP or rows <= TOP * GROUP:
            best = op.topk(logits, k, 1, "max", "value", index_element_type="i64")
            return best.output(1), best.output(0)
        groups = op.reduce_max(
            op.reshape(logits, self.whole(0, rows // GROUP, GROUP), True), self.whole(2), False
        )
        best = op.topk(groups, k, 1, "max", "none", index_element_type="i64")
        first = op.multiply(self.unsqueeze(best.output(1), 2), self.whole(GROUP))
        within = op.constant(np.arange(GROUP, dtype=np.int64)[None, None])
        ids = op.reshape(op.add(first, within), self.whole(0, TOP * GROUP), True)
        best = op.topk(
            op.gather_elements(logits, ids, 1), k, 1, "max", "value", index_element_type="i64"
        )
        return op.gather_elements(ids, best.output(1), 1), best.output(0)

    def log_normaliser(self, logits: Any, top: Any) -> Any:
        """[S, 1] logarithm of the sum of the exponentials of all logits."""
        op = self.op
        zero, one = self.whole(0), self.whole(1)
        greatest = op.slice(top, zero, one, one, one)
        total = op.reduce_sum(op.exp(op.subtract(logits, greatest)), one, True)
        return op.add(op.log(total), greatest)
