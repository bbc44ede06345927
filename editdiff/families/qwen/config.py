"""Shape of a trunk: what of a checkpoint's header its matrices and positions depend on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from editdiff.errors import ModelError

FILE = "trunk.json"
HINT = "fetch the model again: `editdiff models remove NAME`, then `editdiff models get NAME`"


@dataclass(frozen=True)
class TrunkConfig:
    """A Qwen2 decoder (Yang et al. 2024, arXiv 2407.10671): RMSNorm, grouped queries, SwiGLU, biases on q, k, v."""

    layers: int
    width: int
    heads: int
    """Of queries."""
    kv_heads: int
    """Of keys and values."""
    ff: int
    """Width of the SwiGLU's hidden layer."""
    rows: int
    """Of the embedding, which is the output matrix too; more than the tokenizer has ids."""
    rope_base: float
    norm_eps: float

    @property
    def head_dim(self) -> int:
        """Width of one attention head."""
        return self.width // self.heads

    @property
    def parameters(self) -> int:
        """Number of weights, the tied matrix once."""
        kv = self.kv_heads * self.head_dim
        qkv = (self.width + 1) * (self.width + 2 * kv)
        layer = qkv + self.width * (self.width + 3 * self.ff + 2)
        return self.layers * layer + self.rows * self.width + self.width

    @property
    def multiply_adds(self) -> int:
        """Of one place with all matrices, output layer included."""
        kv = self.kv_heads * self.head_dim
        layer = self.width * (2 * self.width + 2 * kv + 3 * self.ff)
        return self.layers * layer + self.rows * self.width

    def write(self, folder: Path) -> None:
        """Write it into a folder of packed weights."""
        (folder / FILE).write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> TrunkConfig:
        """Read it from a folder of packed weights.

        Raises:
            ModelError: when it is missing or broken.
        """
        try:
            told = json.loads((folder / FILE).read_text(encoding="utf-8"))
            return cls(**{entry.name: told.pop(entry.name) for entry in fields(cls)})
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise ModelError(f"cannot read {folder / FILE}: {error!r}", HINT) from error
