"""From a GGUF file to the form that the engine runs: `packed` weights, configuration and vocabulary.

The embedding and the output layer are one tied matrix. A checkpoint may hold it twice, in different precision: the
output layer's copy is the finer one in the official files (8 bits instead of 5), and is kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from editdiff.errors import ModelError
from editdiff.families.qwen import packed
from editdiff.families.qwen.config import TrunkConfig
from editdiff.families.qwen.gguf_file import HINT, GgufFile

PACKING = 1
"""Version of the packed form: another one is packed anew, beside the old one."""
VOCABULARY = "vocabulary.json"
MATRICES = {
    "qkv": ("attn_q.weight", "attn_k.weight", "attn_v.weight"),
    "out": ("attn_output.weight",),
    "up": ("ffn_gate.weight", "ffn_up.weight"),
    "down": ("ffn_down.weight",),
}
"""Packed matrix to the checkpoint's, one above the other."""
VECTORS = {
    "bias": ("attn_q.bias", "attn_k.bias", "attn_v.bias"),
    "norm1": ("attn_norm.weight",),
    "norm2": ("ffn_norm.weight",),
}


def pack(file: Path, into: Path, progress: Callable[[float], object]) -> None:
    """Pack a checkpoint into an empty folder, telling `progress` the share that is done, 0 to 1.

    Raises:
        ModelError: when the file is broken or of another kind.
        OSError: when it cannot be written.
    """
    progress(0.0)
    checkpoint = GgufFile(file)
    config, vocabulary = checkpoint.config, checkpoint.vocabulary()
    (into / VOCABULARY).write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    told = _progressing(_pieces(checkpoint, config), config, progress)
    try:
        packed.write(into / packed.FILE, config, told)
    except ValueError as error:
        raise ModelError(f"the tensors of {file} do not fit its header: {error}", HINT) from error
    config.write(into)  # last: a folder without it is none of a model


def _pieces(checkpoint: GgufFile, config: TrunkConfig) -> Iterator[tuple[str, NDArray[Any]]]:
    """Every tensor of the packed file in pieces."""
    for layer in range(config.layers):
        for name, sources in MATRICES.items():
            yield from _quantised(checkpoint, f"{layer}.{name}", _of(layer, sources))
        for name, sources in VECTORS.items():
            for source in _of(layer, sources):
                yield from ((f"{layer}.{name}", piece) for piece in checkpoint.rows(source))
    finer = "output.weight" if checkpoint.has("output.weight") else "token_embd.weight"
    yield from _quantised(checkpoint, "tied", [finer])
    yield from (("norm", piece) for piece in checkpoint.rows("output_norm.weight"))


def _of(layer: int, sources: Sequence[str]) -> list[str]:
    return [f"blk.{layer}.{source}" for source in sources]


def _quantised(
    checkpoint: GgufFile, name: str, sources: Sequence[str]
) -> Iterator[tuple[str, NDArray[Any]]]:
    for source in sources:
        for rows in checkpoint.rows(source):
            matrix = packed.quantise(rows)
            yield name, matrix.integers
            yield name + packed.SCALE, matrix.scale


def _progressing(
    pieces: Iterator[tuple[str, NDArray[Any]]],
    config: TrunkConfig,
    progress: Callable[[float], object],
) -> Iterator[tuple[str, NDArray[Any]]]:
    done = 0
    for name, piece in pieces:
        yield name, piece
        done += piece.size
        progress(min(1.0, done / config.parameters))
