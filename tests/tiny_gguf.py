"""Tiny checkpoints of the trunk's architecture as GGUF files, and models of the family over them."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Kind
from numpy.typing import NDArray
from stand_ins import SOURCE, write_source
from tiny_models import CORPUS
from tokenizers import Tokenizer as Backend
from tokenizers import models, pre_tokenizers, trainers

from editdiff.families import qwen
from editdiff.families.manifest import Manifest
from editdiff.families.qwen.adapter import CanvasAdapter, Marks
from editdiff.families.qwen.canvas import CanvasNetwork
from editdiff.families.qwen.config import TrunkConfig
from editdiff.families.qwen.denoiser import QwenDenoiser
from editdiff.families.qwen.packed import matrices
from editdiff.families.qwen.stop import FEATURES, FILE, KINDS, Regression, Stop
from editdiff.families.qwen.trunk import Trunk
from editdiff.store import where
from editdiff.store.packed import put
from editdiff.store.source import Source

MARKS = (
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|fim_prefix|>", "<|fim_middle|>"),
    *("<|fim_suffix|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>"),
)
TEXT, CONTROL, UNUSED = 1, 3, 5
"""Types of tokens."""
HEADS, KV_HEADS = 4, 2
EPS, BASE = 1e-6, 10_000.0
TRAITS = replace(qwen.TRAITS, context=128)
SPREAD = 1.2
"""Of the logits, about, in nats."""
SURE = 4.0
"""So much likelier in logits are tokens of ASCII: of random bytes nearly no draft would be UTF-8."""


@dataclass(frozen=True)
class Checkpoint:
    """What is written; the changes make files that cannot be used."""

    rows: int = 333
    """Of the embedding; more than there are tokens, and no multiple of anything."""
    layers: int = 2
    width: int = 64
    """From 128 on OpenVINO multiplies by activations of 8 bits; below that it is as exact as fp32."""
    once: bool = False
    """Whether the tied matrix is there once, as the embedding."""
    architecture: str = "qwen2"
    without: Collection[str] = ()
    """Tensors that are left out."""
    short: Collection[str] = ()
    """Tensors that lack their last row, of which the header knows nothing."""

    @property
    def ff(self) -> int:
        """Width of the SwiGLU's hidden layer."""
        return self.width * 3 // 2

    def write(self, path: Path) -> Path:
        """Write it as a GGUF file."""
        writer = gguf.GGUFWriter(path, self.architecture)
        writer.add_block_count(self.layers)
        writer.add_context_length(4096)
        writer.add_embedding_length(self.width)
        writer.add_feed_forward_length(self.ff)
        writer.add_head_count(HEADS)
        writer.add_head_count_kv(KV_HEADS)
        writer.add_rope_freq_base(BASE)
        writer.add_layer_norm_rms_eps(EPS)
        self._add_vocabulary(writer)
        for name, (values, kind) in self.tensors().items():
            data = gguf.quantize(values, kind)
            writer.add_tensor(name, data[: len(data) - (name in self.short)], raw_dtype=kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return path

    def tensors(self) -> dict[str, tuple[NDArray[np.float32], Kind]]:
        """Random values, and how they are stored, by name."""
        width, kv = self.width, KV_HEADS * self.width // HEADS
        shapes: dict[str, tuple[tuple[int, ...], Kind]] = {}
        for layer in range(self.layers):
            shapes |= {
                f"blk.{layer}.attn_norm.weight": ((width,), Kind.F32),
                f"blk.{layer}.attn_q.weight": ((width, width), Kind.Q5_0),
                f"blk.{layer}.attn_q.bias": ((width,), Kind.F32),
                f"blk.{layer}.attn_k.weight": ((kv, width), Kind.Q8_0),
                f"blk.{layer}.attn_k.bias": ((kv,), Kind.F32),
                f"blk.{layer}.attn_v.weight": ((kv, width), Kind.F16),
                f"blk.{layer}.attn_v.bias": ((kv,), Kind.F32),
                f"blk.{layer}.attn_output.weight": ((width, width), Kind.Q5_0),
                f"blk.{layer}.ffn_norm.weight": ((width,), Kind.F32),
                f"blk.{layer}.ffn_gate.weight": ((self.ff, width), Kind.Q8_0),
                f"blk.{layer}.ffn_up.weight": ((self.ff, width), Kind.F32),
                f"blk.{layer}.ffn_down.weight": ((width, self.ff), Kind.Q5_0),
            }
        rng = np.random.default_rng(0)
        made = {name: (_random(rng, name, shape), kind) for name, (shape, kind) in shapes.items()}
        tied = rng.normal(0, SPREAD * width**-0.5, (self.rows, width)).astype(np.float32)
        tied[: len(vocabulary()[0])][_plain()] *= SURE
        made["token_embd.weight"] = tied, Kind.Q5_0
        if not self.once:
            made["output.weight"] = tied, Kind.Q8_0
        made["output_norm.weight"] = _random(rng, "norm", (width,)), Kind.F32
        return {name: entry for name, entry in made.items() if name not in self.without}

    def _add_vocabulary(self, writer: gguf.GGUFWriter) -> None:
        tokens, merges = vocabulary()
        unused = [f"[PAD{i}]" for i in range(len(tokens) + len(MARKS), self.rows)]
        kinds = [TEXT] * len(tokens) + [CONTROL] * len(MARKS) + [UNUSED] * len(unused)
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre("qwen2")
        writer.add_token_list([*tokens, *MARKS, *unused])
        writer.add_token_types(kinds)
        writer.add_token_merges(merges)


def vocabulary() -> tuple[list[str], list[str]]:
    """Tokens of text by id, and merges."""
    backend = Backend(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=300, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    backend.train_from_iterator(CORPUS, trainer)
    told = json.loads(backend.to_str())["model"]
    tokens = sorted(told["vocab"], key=told["vocab"].get)
    return tokens, [pair if isinstance(pair, str) else " ".join(pair) for pair in told["merges"]]


TINY = Checkpoint()


def pack(folder: Path, checkpoint: Checkpoint = TINY) -> Path:
    """Write a checkpoint into a folder and pack it; the folder of what is packed."""
    there = folder / "packed"
    there.mkdir(parents=True)
    qwen.pack(folder, checkpoint.write(folder / "tiny.gguf"), there, lambda share: None)
    return there


def stop(width: int, weights: str = "", seed: int = 1) -> Stop:
    """A random stop head that doubts: neither never nor always the end."""
    rng = np.random.default_rng(seed)
    kinds = {
        kind: Regression(
            -2.0, rng.normal(0, 0.4 * width**-0.5, width), rng.normal(0, 0.1, len(FEATURES))
        )
        for kind in KINDS
    }
    return Stop(kinds, weights)


def denoiser(trunk: Any, there: Path) -> QwenDenoiser:
    """A model over a trunk of the packed folder `there`."""
    return QwenDenoiser(trunk, qwen.tokenizer(there), stop(trunk.config.width), TRAITS)


def tiny_qwen(folder: Path, checkpoint: Checkpoint = TINY) -> QwenDenoiser:
    """A random model."""
    there = pack(folder, checkpoint)
    return denoiser(Trunk(there, threads=1), there)


def random_adapter(config: TrunkConfig, rank: int = 4, trunk: str = "a" * 64) -> CanvasAdapter:
    """Random branches of all matrices, marks and a sampler head."""
    rng, width = np.random.default_rng(0), config.width

    def part(*shape: int) -> NDArray[np.float32]:
        return rng.normal(0, 0.2, shape).astype(np.float32)

    told = {"targets": "12", "rank": "never mind"}
    branches = {
        f"{layer}.{name}": (part(rank, inner), part(outer, rank))
        for layer in range(config.layers)
        for name, (outer, inner) in matrices(config).items()
    }
    marks = Marks(part(width), part(width))
    return CanvasAdapter(branches, marks, trunk, (part(6, 2 * width), part(width, 6)), told)


def with_canvas(folder: Path, on_torch: bool = False) -> QwenDenoiser:
    """A random model with a random adapter."""
    there = pack(folder)
    adapter = random_adapter(TrunkConfig.read(there))
    trunk: Any = Trunk(there, 1, adapter.branches, adapter.marks)
    if on_torch:
        from editdiff.families.qwen.torch_trunk import TorchTrunk

        trunk = TorchTrunk(there, adapter.branches, "cpu", marks=adapter.marks)
    canvas = CanvasNetwork(adapter, trunk.tied)
    head = stop(trunk.config.width)
    return QwenDenoiser(trunk, qwen.tokenizer(there), head, TRAITS, canvas)


def tiny_qwen_on_torch(folder: Path) -> QwenDenoiser:
    """The same on torch."""
    from editdiff.families.qwen.torch_trunk import TorchTrunk

    there = pack(folder)
    return denoiser(TorchTrunk(there, device="cpu"), there)


def write_model(folder: Path, name: str = "tiny") -> Path:
    """A model folder whose trunk is fetched, in the folder that `store.where` names now."""
    model = folder / name
    file = TINY.write(folder / "tiny.gguf")
    sha256 = write_unfetched(model, TINY, file)
    there, made = where.place(sha256, qwen.PACKING), folder / "made"
    made.mkdir()
    qwen.pack(model, file, made, lambda share: None)
    there.parent.mkdir(parents=True)
    put(made, there, Source.read(model))
    return model


def write_unfetched(model: Path, checkpoint: Checkpoint, file: Path, **facts: Any) -> str:
    """A model folder whose trunk is to be fetched, packed from the `file` of a checkpoint; the file's SHA-256.

    The `facts` are entries of its `source.json` that are not those of the file.
    """
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    size = file.stat().st_size
    part = replace(SOURCE.index[0], size=size, sha256=sha256)
    write_source(model, replace(SOURCE, size=size, sha256=sha256, index=(part,), **facts))
    Manifest("qwen", licence="Apache-2.0", languages=("python",)).write(model)
    stop(checkpoint.width, sha256).write(model / FILE, {})
    return sha256


def _plain() -> list[int]:
    """Ids of ASCII text."""
    tokens, _ = vocabulary()
    return [i for i, token in enumerate(tokens) if token.isascii() or set(token) <= {"Ġ", "Ċ"}]


def _random(rng: np.random.Generator, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Gains about 1, biases about 0.3, matrices that keep the size of what they multiply."""
    if "norm" in name:
        values = rng.uniform(0.5, 1.5, shape)
    elif "bias" in name:
        values = rng.normal(0, 0.3, shape)
    else:
        values = rng.normal(0, shape[-1] ** -0.5, shape)
    return values.astype(np.float32)
