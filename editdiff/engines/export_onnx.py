"""The network as an ONNX graph, written operator by operator; the weights stay in the safetensors file.

One graph serves all three calls of a `Denoiser`, so that the weights are in memory once:

    inputs   ids [B, S] · positions [S] · canvas [1] (1 in denoise mode, else 0) · mask [S, P + S] (0 or -inf)
             past_k.i, past_v.i [1, KV, P, head_dim] · copy_keys [1, P, n_copy] · copy_ids [P]
             targets [B, S] · want_head [1] (bool: false skips the output layer while encoding)
    outputs  k.i, v.i [B, KV, S, head_dim] · keys [B, S, n_copy]
             top_ids, top_logp [B, S, TOP] · target_logp [B, S]

The past is read, never copied: attention over past and new tokens shares one softmax, and the drafts of a
batch share one past. Queries of a group stand as rows of one matrix over their key-value head.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from editdiff.denoise.guess import TOP
from editdiff.network.config import NetworkConfig
from editdiff.network.weights import SCALE, FloatTensor, layout, save_int8

OPSET = 18
MAX_POSITIONS = 2048
"""Rows of the rotary table; more context than any rung is trained with."""
_DTYPES = {"I8": TensorProto.INT8, "F32": TensorProto.FLOAT}


class _Graph:
    """Nodes and initializers under construction; every method returns the name of its result."""

    def __init__(self, config: NetworkConfig, weights: Path) -> None:
        self.config, self.file = config, weights.name
        self.stored = layout(weights)
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self._constants: dict[tuple[str, bytes, tuple[int, ...]], str] = {}

    def op(
        self, kind: str, *inputs: str, outputs: int = 1, name: str = "", **attributes: Any
    ) -> str:
        """Add a node; its first output is named after `name` or numbered."""
        first = name or f"{kind.lower()}_{len(self.nodes)}"
        names = [first, *(f"{first}_{i}" for i in range(1, outputs))]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return first

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
        """A parameter as fp32: dequantised by operators that onnxruntime folds when it loads the graph."""
        if name + SCALE in self.stored:
            integers = self.op("Cast", self._external(name), to=TensorProto.FLOAT)
            return self.op("Mul", integers, self._external(name + SCALE))
        return self._external(name)

    def _external(self, name: str) -> str:
        where = self.stored[name]
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

    def linear(self, x: str, weight: str, bias: str = "") -> str:
        """`x` [N, in] times a weight [out, in] transposed, plus a bias [out]."""
        return self.op("Gemm", x, weight, *([bias] if bias else []), transB=1)

    def reshape(self, x: str, *shape: int | str) -> str:
        """Reshape to numbers and runtime scalars [1] by name; 0 keeps, -1 infers."""
        parts = [s if isinstance(s, str) else self.const([s]) for s in shape]
        return self.op("Reshape", x, self.op("Concat", *parts, axis=0))

    def norm(self, x: str, gain: str) -> str:
        """RMSNorm of `x` [N, D]."""
        mean = self.op("ReduceMean", self.op("Mul", x, x), self.const([-1]), keepdims=1)
        root = self.op("Sqrt", self.op("Add", mean, self.const(self.config.norm_eps, np.float32)))
        return self.op("Mul", self.op("Div", x, root), gain)

    def rotate(self, x: str, cos: str, sin: str) -> str:
        """Rotary positions on `x` [B, H, S, head_dim]."""
        half = self.const([self.config.head_dim // 2] * 2)
        a = self.op("Split", x, half, outputs=2, axis=-1)
        b = f"{a}_1"
        left = self.op("Sub", self.op("Mul", a, cos), self.op("Mul", b, sin))
        right = self.op("Add", self.op("Mul", a, sin), self.op("Mul", b, cos))
        return self.op("Concat", left, right, axis=-1)


def export(config: NetworkConfig, weights: Path, path: Path) -> None:
    """Write the graph `path` beside the int8 `weights` it points into, and have onnx check it."""
    g = _Graph(config, weights)
    shape = g.op("Shape", "ids")
    batch, length = g.op("Gather", shape, g.const([0])), g.op("Gather", shape, g.const([1]))
    embedding = g.weight("embed.weight")
    x = _input(g, embedding)
    cos, sin = (g.op("Gather", g.const(t, np.float32), "positions") for t in _rotary(config))
    for i in range(config.n_layer):
        x = _block(g, i, x, batch, length, cos, sin)
    h = _final_norm(g, x)
    _keys(g, h, batch, length)
    _head(g, h, embedding, batch, length)
    onnx.save(_model(g), str(path))
    onnx.checker.check_model(str(path))


def _input(g: _Graph, embedding: str) -> str:
    """Input [B S, D]: embeddings, and on a canvas the mode vector and the neighbours' embeddings."""
    x = g.op("Gather", embedding, "ids")  # [B, S, D]

    def shifted(name: str, before: int, begin: int, end: int) -> str:
        pads = g.const([0, before, 0, 0, 1 - before, 0])
        kept = g.op("Slice", x, g.const([begin]), g.const([end]), g.const([1]))
        return g.op("Mul", g.op("Pad", kept, pads), g.weight(name))

    left, right = shifted("left", 1, 0, -1), shifted("right", 0, 1, 1 << 30)
    extra = g.op("Add", g.weight("mode"), g.op("Add", left, right))
    x = g.op("Add", x, g.op("Mul", extra, "canvas"))
    return g.reshape(x, -1, g.config.n_embd)


def _rotary(config: NetworkConfig) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    half = config.head_dim // 2
    frequency = np.float32(config.rope_base) ** -(
        np.arange(half, dtype=np.float32) / np.float32(half)
    )
    angle = np.arange(MAX_POSITIONS, dtype=np.float32)[:, None] * frequency.astype(np.float32)
    return np.cos(angle), np.sin(angle)


def _block(g: _Graph, i: int, x: str, batch: str, length: str, cos: str, sin: str) -> str:
    p = f"blocks.{i}."
    y = g.norm(x, g.weight(p + "norm_attn"))
    x = g.op(
        "Add", x, g.linear(_attention(g, i, y, batch, length, cos, sin), g.weight(p + "o.weight"))
    )
    y = g.norm(x, g.weight(p + "norm_ff"))
    gate = g.linear(y, g.weight(p + "gate.weight"))
    silu = g.op("Mul", gate, g.op("Sigmoid", gate))
    y = g.op("Mul", silu, g.linear(y, g.weight(p + "up.weight")))
    return g.op("Add", x, g.linear(y, g.weight(p + "down.weight")))


def _attention(g: _Graph, i: int, y: str, batch: str, length: str, cos: str, sin: str) -> str:
    """Attention output [B S, D] over past and new tokens."""
    c, p = g.config, f"blocks.{i}."
    groups = c.n_head // c.n_kv_head

    def heads(name: str, n: int) -> str:
        bias = "" if name == "v" else g.weight(f"{p}{name}.bias")
        flat = g.linear(y, g.weight(f"{p}{name}.weight"), bias)
        split = g.reshape(flat, batch, length, n, c.head_dim)
        return g.op("Transpose", split, perm=[0, 2, 1, 3])  # [B, n, S, hd]

    q = g.rotate(heads("q", c.n_head), cos, sin)
    k = g.op("Identity", g.rotate(heads("k", c.n_kv_head), cos, sin), name=f"k.{i}")
    v = g.op("Identity", heads("v", c.n_kv_head), name=f"v.{i}")
    q = g.op("Mul", q, g.const(c.head_dim**-0.5, np.float32))
    rows = g.reshape(q, batch, c.n_kv_head, -1, c.head_dim)  # [B, KV, G S, hd]
    over_past = g.op("MatMul", rows, g.op("Transpose", f"past_k.{i}", perm=[0, 1, 3, 2]))
    over_new = g.op("MatMul", rows, g.op("Transpose", k, perm=[0, 1, 3, 2]))
    scores = g.op("Concat", over_past, over_new, axis=-1)  # [B, KV, G S, P + S]
    scores = g.reshape(scores, batch, c.n_kv_head * groups, length, -1)
    weights = g.op("Softmax", g.op("Add", scores, "mask"), axis=-1)
    past = g.op("Sub", g.op("Shape", weights, start=3), length)
    weights = g.reshape(weights, batch, c.n_kv_head, g.op("Mul", length, g.const([groups])), -1)
    parts = g.op("Split", weights, g.op("Concat", past, length, axis=0), outputs=2, axis=-1)
    from_past = g.op("MatMul", parts, f"past_v.{i}")
    out = g.op("Add", from_past, g.op("MatMul", f"{parts}_1", v))
    out = g.reshape(out, batch, c.n_head, length, c.head_dim)
    return g.reshape(g.op("Transpose", out, perm=[0, 2, 1, 3]), -1, c.n_embd)


def _final_norm(g: _Graph, x: str) -> str:
    encode, denoise = g.weight("norm_encode"), g.weight("norm_denoise")
    gain = g.op("Add", encode, g.op("Mul", g.op("Sub", denoise, encode), "canvas"))
    return g.norm(x, gain)


def _keys(g: _Graph, h: str, batch: str, length: str) -> None:
    """Copy keys of the new tokens."""
    if g.config.n_copy:
        keys = g.reshape(g.linear(h, g.weight("copy_k.weight")), batch, length, g.config.n_copy)
    else:
        keys = g.op("Slice", g.reshape(h, batch, length, -1), *map(g.const, ([0], [0], [2])))
    g.op("Identity", keys, name="keys")


def _head(g: _Graph, h: str, embedding: str, batch: str, length: str) -> None:
    """Top ids and log-probabilities of the mixed distribution, inside an `If` on `want_head`."""
    g.nodes, outer = [], g.nodes
    p = g.op("Softmax", g.linear(h, embedding), axis=-1)  # [B S, V]
    p = g.reshape(p, batch, length, -1)
    if g.config.n_copy:
        p = _copied(g, h, p, batch, length)
    p = g.op("Clip", p, g.const(1e-37, np.float32))
    top = g.op("TopK", p, g.const([TOP]), outputs=2, axis=-1)
    at = g.op("Unsqueeze", "targets", g.const([-1]))
    target = g.op("Squeeze", g.op("GatherElements", p, at, axis=-1), g.const([-1]))
    results = [f"{top}_1", g.op("Log", top), g.op("Log", target)]
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


def _copied(g: _Graph, h: str, p: str, batch: str, length: str) -> str:
    """Mix the copy distribution into `p` [B, S, V]: (1 - gate) p, plus gate times attention at copy_ids."""
    c = g.config
    q = g.reshape(g.linear(h, g.weight("copy_q.weight")), batch, length, c.n_copy)
    q = g.op("Mul", q, g.const(c.n_copy**-0.5, np.float32))
    scores = g.op("MatMul", q, g.op("Transpose", "copy_keys", perm=[0, 2, 1]))  # [B, S, P]
    gate = g.linear(h, g.weight("copy_gate.weight"), g.weight("copy_gate.bias"))
    gate = g.reshape(g.op("Sigmoid", gate), batch, length, 1)
    attention = g.op("Mul", g.op("Softmax", scores, axis=-1), gate)
    kept = g.op("Mul", p, g.op("Sub", g.const(1.0, np.float32), gate))
    index = g.op("Expand", "copy_ids", g.op("Shape", attention))
    return g.op("ScatterElements", kept, index, attention, axis=-1, reduction="add")


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
        value("positions", i64, "S"),
        value("canvas", f, 1),
        value("mask", f, "S", "T"),
        *(value(f"past_{kv}.{i}", f, *past) for i in range(c.n_layer) for kv in "kv"),
        value("copy_keys", f, 1, "P", c.n_copy),
        value("copy_ids", i64, "P"),
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
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=9,
        producer_name="editdiff",
    )


def write_model(
    folder: Path, config: NetworkConfig, parameters: Mapping[str, FloatTensor], tokenizer: Path
) -> None:
    """Write a model folder that `--model` accepts: config, tokenizer, int8 weights, graph."""
    folder.mkdir(parents=True, exist_ok=True)
    config.save(folder / "config.json")
    (folder / "tokenizer.json").write_bytes(tokenizer.read_bytes())
    save_int8(folder / "model.safetensors", parameters, {"format": "editdiff-int8-1"})
    export(config, folder / "model.safetensors", folder / "model.onnx")
