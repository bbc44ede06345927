"""The family of nano: a transformer with a causal context and a canvas that sees both sides.

Here are the functions of `families.base.Family`; what runs a network is imported when one is loaded.
"""

from __future__ import annotations

from math import prod
from pathlib import Path

from editdiff.errors import UsageError
from editdiff.families.base import CausalDenoiser, Description, Traits
from editdiff.families.canvas import files, weights
from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.running import AUTO, TORCH, Running, prepare_torch


def load(folder: Path, running: Running) -> CausalDenoiser:
    """Load a model folder: its graph on onnxruntime, or its weights in torch.

    Raises:
        ModelError: when a part is missing, broken or does not fit the others.
        MissingDependencyError: without onnxruntime, or torch.
        UsageError: for another engine.
    """
    if running.engine == TORCH:
        prepare_torch(running)
        from editdiff.families.canvas.torch_denoiser import TorchDenoiser

        return TorchDenoiser.from_pretrained(folder)
    if running.engine != AUTO:
        raise UsageError(
            f"{folder.name} does not run on {running.engine}: this model has onnxruntime, or torch",
            f"leave out --engine (or set it to {AUTO}), or take --engine {TORCH}",
        )
    from editdiff.families.canvas.onnx_denoiser import OnnxDenoiser

    return OnnxDenoiser(folder, running.threads)


def traits(folder: Path) -> Traits:
    """What the network of a folder can do.

    Raises:
        ModelError: when its configuration is missing or broken.
    """
    return NetworkConfig.load(folder / files.CONFIG).traits


def identity(folder: Path) -> str:
    """SHA-256 of a folder's weights, in hex.

    Raises:
        ModelError: when there are none.
    """
    return weights.sha256(folder / files.WEIGHTS)


def describe(folder: Path) -> Description:
    """A model folder in facts; nothing is run.

    Raises:
        ModelError: when a part is missing or broken.
    """
    from editdiff.tokens.bpe import BpeTokenizer

    config, file = NetworkConfig.load(folder / files.CONFIG), folder / files.WEIGHTS
    counts: dict[str, int] = {}
    for name, stored in weights.layout(file).items():
        if not name.endswith(weights.SCALE):  # scales belong to how the numbers are stored
            counts[stored.dtype] = counts.get(stored.dtype, 0) + prod(stored.shape)
    c, vocab_size = config, BpeTokenizer.from_file(folder / files.TOKENIZER).vocab_size
    return Description(
        traits=config.traits,
        parameters=sum(counts.values()),
        vocab_size=vocab_size,
        identity=weights.sha256(file),
        weights_size=file.stat().st_size,
        files=(files.WEIGHTS, files.GRAPH, files.TOKENIZER),
        facts={
            "numbers": ", ".join(sorted(counts, key=lambda dtype: -counts[dtype])),
            "network": f"{c.n_layer} layers, width {c.n_embd}, {c.n_head} heads, {c.n_kv_head} of "
            "them for keys and values",
            "tokenizer": f"byte-level BPE, {vocab_size:,} ids",
        },
        multiply_adds=multiply_adds(folder),
        integer=is_integer(folder),
    )


def multiply_adds(folder: Path) -> int:
    """Multiply-adds of one place with the network's matrices, output layer included; attention is not counted.

    Raises:
        ModelError: when the weights are missing or broken.
    """
    stored = weights.layout(folder / files.WEIGHTS)
    return sum(s.shape[0] * s.shape[1] for n, s in stored.items() if _is_matrix(n, s.shape))


def is_integer(folder: Path) -> bool:
    """Whether the network multiplies bytes; else it multiplies fp32.

    Raises:
        ModelError: when the weights are missing or broken.
    """
    return any(s.dtype == "U8" for s in weights.layout(folder / files.WEIGHTS).values())


def _is_matrix(name: str, shape: tuple[int, ...]) -> bool:
    return len(shape) == 2 and not name.endswith(weights.SCALE)
