"""Shape of a network: one dataclass, stored as `config.json` beside the weights."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal

from editdiff.errors import ModelError


@dataclass(frozen=True)
class NetworkConfig:
    """Everything that fixes the shape of the weights and the meaning of the positions."""

    vocab_size: int = 16384
    n_layer: int = 6
    n_embd: int = 256
    n_head: int = 8
    n_kv_head: int = 2
    n_ff: int = 640
    """Width of the SwiGLU's hidden layer."""
    n_copy: int = 64
    """Width of the copy head's queries and keys; 0 for none."""
    rope_base: float = 10_000.0
    norm_eps: float = 1e-5
    positions: Literal["cache", "document"] = "cache"
    """Order of the positions: see `prompt.positions`."""
    max_context: int = 512
    """Most context tokens seen in training (budget of `encode_context`)."""

    @property
    def head_dim(self) -> int:
        """Width of one attention head."""
        return self.n_embd // self.n_head

    def save(self, path: Path) -> None:
        """Write as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> NetworkConfig:
        """Read from JSON.

        Raises:
            ModelError: when the file is missing, not JSON, or holds an unknown field.
        """
        try:
            table = json.loads(path.read_text(encoding="utf-8"))
            unknown = table.keys() - {f.name for f in fields(cls)}
        except (OSError, ValueError, AttributeError) as error:
            raise ModelError(
                f"cannot read the model's configuration {path}: {error}",
                "a model folder holds config.json, tokenizer.json, model.safetensors and model.onnx",
            ) from error
        if unknown:
            raise ModelError(
                f"{path} has unknown fields: {', '.join(sorted(unknown))}",
                "the model may need a newer editdiff",
            )
        return cls(**table)
