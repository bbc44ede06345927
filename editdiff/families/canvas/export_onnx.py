"""The network as an ONNX graph, written operator by operator; the weights stay in the safetensors file.

One graph serves every call of a `Denoiser`, so that the weights are in memory once:

    inputs   ids [B, S] · positions [B, S] · canvas [1] (1 in denoise mode, else 0)
             mask [S, S] (0 or -inf, new places among themselves; all see the whole past)
             past_k.i, past_v.i [1, KV, P, head_dim] · copy_keys [1, C, n_copy] · copy_ids [C]
             targets [B, S] · want_head [1] (bool: false skips the output layer while encoding)
    outputs  k.i, v.i [B, KV, S, head_dim] · keys [B, S, n_copy]
             top_ids, top_logp [B, S, TOP] · target_logp [B, S]

Products with matrices are integer: activations become bytes with a step of their own for each row, so a row
gives the same whatever else is in its batch or chunk; weights are bytes with a scale for each output; the sum
is exact. Both are unsigned, about 128: without VNNI the signed kernel saturates (2 to 3 % error), the unsigned
one does not, and with VNNI it is the same kernel.

The past is read, never copied: attention over past and new tokens shares one softmax, and the drafts of a
batch share one past. Queries of a group stand as rows of one matrix over their key-value head.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from editdiff.denoise.guess import TOP
from editdiff.errors import ModelError
from editdiff.families.canvas import files
from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.canvas.weights import (
    LAYOUT,
    SCALE,
    ZERO,
    FloatTensor,
    layout,
    layout_digest,
    save_int8,
)
from editdiff.families.manifest import Manifest

OPSET = 18
CONTRIB = "com.microsoft"
"""Domain of onnxruntime's fused operators."""
MAX_POSITIONS = 2048
"""Rows of the rotary table; more context than any rung is trained with."""
_DTYPES = {"U8": TensorProto.UINT8, "F32": TensorProto.FLOAT}


class _Graph:
    """Nodes and initializers under construction; every method returns the name of its result."""

    def __init__(self, config: NetworkConfig, weights: Path) -> None:
        self.config, self.file = config, weights.name
        self.stored = layout(weights)
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self._constants: dict[tuple[str, bytes, tuple[int, ...]], str] = {}
        self._numbers = count()
        self._weights: set[str] = set()
        self._rows: dict[str, tuple[str, str]] = {}

    def op(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """Add a node of one result."""
        return self.ops(kind, *inputs, names=(name,), **attributes)[0]

    def ops(
        self, kind: str, *inputs: str, names: Sequence[str | None] = ("", ""), **attributes: Any
    ) -> list[str]:
        """Add a node of several results; an empty name gets a number, None leaves the result out."""
        results = [
            "" if name is None else name or f"{kind.lower()}_{next(self._numbers)}"
            for name in names
        ]
        self.nodes.append(helper.make_node(kind, list(inputs), results, **attributes))
        return results

    def const(self, value: Any, dtype: Any = np.int64) -> str:
        """A small constant, stored once."""
        array: NDArray[Any] = np.asarray(value, dtype=dtype)
        key = (array.dtype.str, array.tobytes(), array.shape)
        if key not in self._constants:
            name = f"const_{len(self._constants)}"
            self._constants[key] = name
            self.initializers.append(numpy_helper.from_array(array, name))
        return self._constants[key]

    def weight(self, name: str) -> str:
        """A tensor of the weights file, as it lies there."""
        if name in self._weights:
            return name
        self._weights.add(name)
        where = self.stored[name]
        if where.dtype not in _DTYPES:
            raise ModelError(
                f"the graph is written over U8 and F32, but {name} in {self.file} is {where.dtype}",
                "read the weights with `weights.load` and write them again with `save_int8`",
            )
        tensor = TensorProto(name=name, data_type=_DTYPES[where.dtype], dims=where.shape)
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (
            ("location", self.file),
            ("offset", where.offset),
            ("length", where.length),
        ):
            tensor.external_data.add(key=key, value=str(value))
        self.initializers.append(tensor)
        return name

    def linear(self, x: str, *names: str, bias: str = "") -> str:
        """`x` [N, in] times the transposes of matrices [out, in], side by side, plus a bias [sum of out]."""
        if names[0] + SCALE not in self.stored:
            (name,) = names
            return self.op("Gemm", x, self.weight(name), *([bias] if bias else []), transB=1)
        rows, step = self._bytes(x)
        matrix, scales = self._columns(names)
        one, zero = self.const(1, np.float32), self.const(ZERO, np.uint8)
        y = self.op("MatMulIntegerToFloat", rows, matrix, one, scales, zero, zero, domain=CONTRIB)
        y = self.op("Mul", y, step)
        return self.op("Add", y, bias) if bias else y

    def _bytes(self, x: str) -> tuple[str, str]:
        """`x` [N, D] as bytes, and the step of each row [N, 1]; computed once for all that multiply it."""
        if x not in self._rows:
            peak = self.op("ReduceMax", self.op("Abs", x), self.const([-1]), keepdims=1)
            # a row of zeros becomes arbitrary bytes times a step of 0: zeros again
            step = self.op("Mul", peak, self.const(1 / 127, np.float32))
            flat = self.op("Squeeze", step, self.const([1]))
            rows = self.op("QuantizeLinear", x, flat, "zeros", axis=0)
            self._rows[x] = rows, step
        return self._rows[x]

    def _columns(self, names: Sequence[str]) -> tuple[str, str]:
        """Matrices [out, in] as one of bytes [in, sum of out], and its scales [sum of out].

        onnxruntime computes this once, when it loads the graph, and keeps its own packing of the result.
        """
        matrix = self.joined([self.weight(name) for name in names])
        matrix = self.op("Transpose", matrix, perm=[1, 0])
        scales = self.joined([self.weight(name + SCALE) for name in names])
        return matrix, self.op("Squeeze", scales, self.const([1]))

    def joined(self, parts: Sequence[str]) -> str:
        """Concatenate along the first axis."""
        return parts[0] if len(parts) == 1 else self.op("Concat", *parts, axis=0)

    def reshape(self, x: str, *shape: int | str) -> str:
        """Reshape to numbers and runtime scalars [1] by name; 0 keeps, -1 infers."""
        parts = [s if isinstance(s, str) else self.const([s]) for s in shape]
        return self.op("Reshape", x, self.op("Concat", *parts, axis=0))

    def add_norm(self, x: str, y: str, gain: str) -> tuple[str, str]:
        """RMSNorm of `x` + `y` [N, D], and the sum itself."""
        normed, _, _, total = self.ops(
            "SkipSimplifiedLayerNormalization",
            *(x, y, gain),
            names=("", None, None, ""),  # the two in the middle serve training
            domain=CONTRIB,
            epsilon=self.config.norm_eps,
        )
        return normed, total

    def rotate(self, x: str) -> str:
        """Rotary positions on `x` [B, H, S, head_dim]; the two halves form the pairs."""
        cos, sin = (self.const(table, np.float32) for table in _rotary(self.config))
        return self.op("RotaryEmbedding", x, "positions", cos, sin, domain=CONTRIB)


def export(config: NetworkConfig, weights: Path, path: Path) -> None:
    """Write the graph `path` beside the int8 `weights` it points into, and have onnx check it.

    Raises:
        ModelError: when the weights are stored in another way than `save_int8` does.
    """
    g = _Graph(config, weights)
    shape = g.op("Shape", "ids")
    batch, length = g.op("Gather", shape, g.const([0])), g.op("Gather", shape, g.const([1]))
    g.op("Shape", "past_k.0", start=2, end=3, name="past")
    zeros = numpy_helper.from_array(np.array([ZERO], np.uint8))
    g.op("ConstantOfShape", g.op("Mul", batch, length), name="zeros", value=zeros)
    groups = config.n_head // config.n_kv_head
    g.op("Concat", *["mask"] * groups, axis=0, name="group_mask")  # [G S, S]
    x, y = _input(g)
    for i in range(config.n_layer):
        x, y = _block(g, i, x, y, batch, length)
    h, _ = g.add_norm(x, y, _final_gain(g))
    _keys(g, h, batch, length)
    _head(g, h, batch, length)
    model = _model(g)
    model.metadata_props.add(key=LAYOUT, value=layout_digest(g.stored))
    onnx.save(model, str(path))
    onnx.checker.check_model(str(path))


def _input(g: _Graph) -> tuple[str, str]:
    """Embeddings [B S, D], and what a canvas adds: the mode vector and the neighbours' embeddings."""
    rows = g.op("Cast", g.op("Gather", g.weight("embed.weight"), "ids"), to=TensorProto.FLOAT)
    scale = g.op("Gather", g.weight("embed.weight" + SCALE), "ids")  # [B, S, 1]
    x = g.op("Mul", g.op("Sub", rows, g.const(ZERO, np.float32)), scale)  # [B, S, D]

    def cut(values: str, begin: int, end: int) -> str:
        return g.op("Slice", values, g.const([begin]), g.const([end]), g.const([1]))

    # where a gap ends and the next begins, places beside each other are no neighbours
    ahead = g.op("Sub", cut("positions", 1, 1 << 30), cut("positions", 0, -1))
    follows = g.op("Cast", g.op("Equal", ahead, g.const(1)), to=TensorProto.FLOAT)
    follows = g.op("Unsqueeze", follows, g.const([-1]))  # [B, S - 1, 1]

    def shifted(name: str, before: int, begin: int, end: int) -> str:
        pads = g.const([0, before, 0, 0, 1 - before, 0])
        kept = g.op("Mul", cut(x, begin, end), follows)
        return g.op("Mul", g.op("Pad", kept, pads), g.weight(name))

    left, right = shifted("left", 1, 0, -1), shifted("right", 0, 1, 1 << 30)
    extra = g.op("Add", g.weight("mode"), g.op("Add", left, right))
    extra = g.op("Mul", extra, "canvas")
    return g.reshape(x, -1, g.config.n_embd), g.reshape(extra, -1, g.config.n_embd)


def _rotary(config: NetworkConfig) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    half = config.head_dim // 2
    frequency = np.float32(config.rope_base) ** -(
        np.arange(half, dtype=np.float32) / np.float32(half)
    )
    angle = np.arange(MAX_POSITIONS, dtype=np.float32)[:, None] * frequency.astype(np.float32)
    return np.cos(angle), np.sin(angle)


def _block(g: _Graph, i: int, x: str, y: str, batch: str, length: str) -> tuple[str, str]:
    """One layer over the stream `x` + `y`, both [B S, D]; what it adds comes apart, for the next norm."""
    p = f"blocks.{i}."
    normed, x = g.add_norm(x, y, g.weight(p + "norm_attn"))
    y = g.linear(_attention(g, i, normed, batch, length), p + "o.weight")
    normed, x = g.add_norm(x, y, g.weight(p + "norm_ff"))
    both = g.linear(normed, p + "gate.weight", p + "up.weight")
    gate, up = g.ops("Split", both, g.const([g.config.n_ff] * 2), axis=-1)
    silu = g.op("QuickGelu", gate, alpha=1.0, domain=CONTRIB)  # x sigmoid(alpha x)
    return x, g.linear(g.op("Mul", silu, up), p + "down.weight")


def _attention(g: _Graph, i: int, y: str, batch: str, length: str) -> str:
    """Attention output [B S, D] over past and new tokens."""
    c, p = g.config, f"blocks.{i}."
    no_bias = g.const(np.zeros(c.n_kv_head * c.head_dim), np.float32)
    bias = g.joined([g.weight(p + "q.bias"), g.weight(p + "k.bias"), no_bias])
    qkv = g.linear(y, p + "q.weight", p + "k.weight", p + "v.weight", bias=bias)
    qkv = g.reshape(qkv, batch, length, c.n_head + 2 * c.n_kv_head, c.head_dim)
    qkv = g.op("Transpose", qkv, perm=[0, 2, 1, 3])  # [B, H + 2 KV, S, hd]
    sizes = g.const([c.n_head + c.n_kv_head, c.n_kv_head])
    qk, v = g.ops("Split", qkv, sizes, names=("", f"v.{i}"), axis=1)
    sizes = g.const([c.n_head, c.n_kv_head])
    q, k = g.ops("Split", g.rotate(qk), sizes, names=("", f"k.{i}"), axis=1)
    rows = g.reshape(q, batch, c.n_kv_head, -1, c.head_dim)  # [B, KV, G S, hd]

    def scores(keys: str) -> str:
        scale = c.head_dim**-0.5
        return g.op("FusedMatMul", rows, keys, transB=1, alpha=scale, domain=CONTRIB)

    over_new = g.op("Add", scores(k), "group_mask")
    weights = g.op("Concat", scores(f"past_k.{i}"), over_new, axis=-1)  # [B, KV, G S, P + S]
    weights = g.op("Softmax", weights, axis=-1)
    at_past, at_new = g.ops("Split", weights, g.op("Concat", "past", length, axis=0), axis=-1)
    out = g.op("Add", g.op("MatMul", at_past, f"past_v.{i}"), g.op("MatMul", at_new, v))
    out = g.reshape(out, batch, c.n_head, length, c.head_dim)
    return g.reshape(g.op("Transpose", out, perm=[0, 2, 1, 3]), -1, c.n_embd)


def _final_gain(g: _Graph) -> str:
    encode, denoise = g.weight("norm_encode"), g.weight("norm_denoise")
    return g.op("Add", encode, g.op("Mul", g.op("Sub", denoise, encode), "canvas"))


def _keys(g: _Graph, h: str, batch: str, length: str) -> None:
    """Copy keys of the new tokens."""
    if g.config.n_copy:
        keys = g.reshape(g.linear(h, "copy_k.weight"), batch, length, g.config.n_copy)
    else:
        keys = g.op("Slice", g.reshape(h, batch, length, -1), *map(g.const, ([0], [0], [2])))
    g.op("Identity", keys, name="keys")


def _head(g: _Graph, h: str, batch: str, length: str) -> None:
    """Top ids and log-probabilities of the mixed distribution, inside an `If` on `want_head`."""
    g.nodes, outer = [], g.nodes
    p = g.op("Softmax", g.linear(h, "embed.weight"), axis=-1)  # [B S, V]
    p = g.reshape(p, batch, length, -1)
    share = g.const(0.0, np.float32)
    if g.config.n_copy:
        p, share = _copied(g, h, p, batch, length)

    def log(x: str) -> str:
        return g.op("Add", g.op("Log", g.op("Clip", x, g.const(1e-37, np.float32))), share)

    top, ids = g.ops("TopK", p, g.const([TOP]), axis=-1)
    at = g.op("Unsqueeze", "targets", g.const([-1]))
    target = log(g.op("GatherElements", p, at, axis=-1))
    results = [ids, log(top), g.op("Squeeze", target, g.const([-1]))]
    yes = _branch("with_head", g.nodes, results)
    g.nodes = []
    empty_ids = g.op("ConstantOfShape", g.const([0, 0, TOP]), value=_zero(np.int64))
    empty = g.op("ConstantOfShape", g.const([0, 0, TOP]), value=_zero(np.float32))
    no = _branch(
        "without_head", g.nodes, [empty_ids, empty, g.op("Reshape", empty, g.const([0, 0]))]
    )
    g.nodes = outer
    outputs = ["top_ids", "top_logp", "target_logp"]
    g.nodes.append(helper.make_node("If", ["want_head"], outputs, then_branch=yes, else_branch=no))


def _copied(g: _Graph, h: str, p: str, batch: str, length: str) -> tuple[str, str]:
    """`p` [B, S, V] with copying at copy_ids, over the share of the vocabulary, and that share's logarithm.

    (1 - gate) p + gate a = (1 - gate) (p + odds a): so nothing but the scattering passes over the vocabulary.
    """
    c = g.config
    q = g.reshape(g.linear(h, "copy_q.weight"), batch, length, c.n_copy)
    scale = c.n_copy**-0.5
    scores = g.op("FusedMatMul", q, "copy_keys", transB=1, alpha=scale, domain=CONTRIB)  # [B, S, C]
    logit = g.linear(h, "copy_gate.weight", bias=g.weight("copy_gate.bias"))
    logit = g.op("Clip", logit, "", g.const(40.0, np.float32))  # odds stay finite
    logit = g.reshape(logit, batch, length, 1)
    attention = g.op("Mul", g.op("Softmax", scores, axis=-1), g.op("Exp", logit))
    index = g.op("Expand", "copy_ids", g.op("Shape", attention))
    p = g.op("ScatterElements", p, index, attention, axis=-1, reduction="add")
    return p, g.op("Log", g.op("Sigmoid", g.op("Neg", logit)))


def _zero(dtype: Any) -> Any:
    return numpy_helper.from_array(np.zeros(1, dtype))


def _branch(name: str, nodes: list[Any], results: list[str]) -> Any:
    kinds = [TensorProto.INT64, TensorProto.FLOAT, TensorProto.FLOAT]
    ranks = [3, 3, 2]
    values = [
        helper.make_tensor_value_info(result, kind, [None] * rank)
        for result, kind, rank in zip(results, kinds, ranks, strict=True)
    ]
    return helper.make_graph(nodes, name, [], values)


def _model(g: _Graph) -> Any:
    c = g.config
    f, i64 = TensorProto.FLOAT, TensorProto.INT64

    def value(name: str, kind: int, *shape: int | str) -> Any:
        return helper.make_tensor_value_info(name, kind, shape)

    past = (1, c.n_kv_head, "P", c.head_dim)
    inputs = [
        value("ids", i64, "B", "S"),
        value("positions", i64, "B", "S"),
        value("canvas", f, 1),
        value("mask", f, "S", "S"),
        *(value(f"past_{kv}.{i}", f, *past) for i in range(c.n_layer) for kv in "kv"),
        value("copy_keys", f, 1, "C", c.n_copy),
        value("copy_ids", i64, "C"),
        value("targets", i64, "B", "S"),
        value("want_head", TensorProto.BOOL, 1),
    ]
    new = ("B", c.n_kv_head, "S", c.head_dim)
    outputs = [
        *(value(f"{kv}.{i}", f, *new) for i in range(c.n_layer) for kv in "kv"),
        value("keys", f, "B", "S", c.n_copy),
        value("top_ids", i64, None, None, TOP),  # type: ignore[arg-type]
        value("top_logp", f, None, None, TOP),  # type: ignore[arg-type]
        value("target_logp", f, None, None),  # type: ignore[arg-type]
    ]
    graph = helper.make_graph(g.nodes, "editdiff", inputs, outputs, g.initializers)
    return helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)],
        ir_version=9,
        producer_name="editdiff",
    )


def write_model(
    folder: Path, config: NetworkConfig, parameters: Mapping[str, FloatTensor], tokenizer: Path
) -> None:
    """Write a model folder that `--model` accepts: manifest, config, tokenizer, int8 weights, graph."""
    folder.mkdir(parents=True, exist_ok=True)
    config.save(folder / files.CONFIG)
    (folder / files.TOKENIZER).write_bytes(tokenizer.read_bytes())
    save_int8(folder / files.WEIGHTS, parameters, {"format": "editdiff-int8-2"})
    export(config, folder / files.WEIGHTS, folder / files.GRAPH)
    Manifest(family="canvas").write(folder)
