"""Checkpoints as GGUF files: their header, vocabulary and dequantised tensors, read by the `gguf` library.

A file is read after its hash was verified (`store`); what is asked here is whether it is of a kind that this
family can run, so that another architecture is refused in a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from editdiff.errors import MissingDependencyError, ModelError
from editdiff.families.qwen.config import TrunkConfig
from editdiff.families.qwen.packed import Float32

ARCHITECTURE = "qwen2"
NORMAL = 1
"""Type of a token that is text; others are control tokens, user-defined or unused."""
HINT = "the models that can be fetched are listed by `editdiff models`"
PIECE = 4096
"""Rows that are dequantised at once."""


class GgufFile:
    """A checkpoint."""

    def __init__(self, path: Path) -> None:
        """Open a file.

        Raises:
            ModelError: when it is no GGUF file, or of another architecture.
            MissingDependencyError: without the `gguf` library.
        """
        self._path = path
        try:
            import gguf
        except ImportError as error:
            raise MissingDependencyError(
                f"packing a model needs the library gguf: {error}", "pip install gguf"
            ) from error
        try:
            self._reader = gguf.GGUFReader(path)
            self._dequantise = gguf.dequantize
            name = self._value("general.architecture")
        except (
            OSError,
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
            OverflowError,
        ) as error:
            raise ModelError(f"{path} is no whole GGUF file: {error}", HINT) from error
        if name != ARCHITECTURE:
            raise ModelError(f"{path} holds a model of the architecture {name!r}", HINT)
        self._tensors = {tensor.name: tensor for tensor in self._reader.tensors}

    @cached_property
    def config(self) -> TrunkConfig:
        """Shape of the trunk.

        Raises:
            ModelError: when the header lacks something.
        """
        try:
            told = {name: self._value(f"{ARCHITECTURE}.{name}") for name in _HEADER}
            return TrunkConfig(
                **{field: told[name] for name, field in _HEADER.items()},
                rows=int(self._tensors["token_embd.weight"].shape[1]),
            )
        except (LookupError, TypeError, ValueError) as error:
            raise ModelError(f"the header of {self._path} lacks {error}", HINT) from error

    def vocabulary(self) -> dict[str, Any]:
        """What `CheckpointTokenizer.from_vocabulary` takes, roles apart.

        Raises:
            ModelError: when the file holds no byte-level BPE.
        """
        try:
            kinds = self._value("tokenizer.ggml.token_type")
            return {
                "tokens": self._value("tokenizer.ggml.tokens"),
                "merges": self._value("tokenizer.ggml.merges"),
                "silent": [i for i, kind in enumerate(kinds) if kind != NORMAL],
                "pattern": self._value("tokenizer.ggml.pre"),
            }
        except (LookupError, TypeError, ValueError) as error:
            raise ModelError(
                f"the vocabulary of {self._path} cannot be read: {error}", HINT
            ) from error

    def rows(self, name: str) -> Iterator[Float32]:
        """A tensor as fp32, some rows at a time; a vector is one piece.

        Raises:
            ModelError: when there is no such tensor, or the file ends before it does.
        """
        try:
            tensor = self._tensors[name]
            pieces = range(0, len(tensor.data), PIECE) if tensor.data.ndim > 1 else [None]
            for start in pieces:
                data = tensor.data if start is None else tensor.data[start : start + PIECE]
                yield np.asarray(self._dequantise(data, tensor.tensor_type), dtype=np.float32)
        except (LookupError, ValueError, NotImplementedError) as error:
            raise ModelError(
                f"cannot read the tensor {name} of {self._path}: {error}", HINT
            ) from error

    def has(self, name: str) -> bool:
        """Whether there is a tensor of that name."""
        return name in self._tensors

    def _value(self, key: str) -> Any:
        return self._reader.fields[key].contents()


_HEADER = {
    "block_count": "layers",
    "embedding_length": "width",
    "attention.head_count": "heads",
    "attention.head_count_kv": "kv_heads",
    "feed_forward_length": "ff",
    "rope.freq_base": "rope_base",
    "attention.layer_norm_rms_epsilon": "norm_eps",
}
"""Key of the header, without the architecture, to field of the configuration."""
