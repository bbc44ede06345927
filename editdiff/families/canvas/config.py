"""Shape of a network: one dataclass, stored as `config.json` beside the weights."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal

from editdiff.errors import ModelError
from editdiff.families.base import Traits
from editdiff.families.canvas import files
from editdiff.tokens.bpe import N_GAPS

CANVASES = (8, 16, 32, 64)
"""Sizes of a canvas, in places, that networks of this family are trained with."""


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

    @property
    def traits(self) -> Traits:
        """What such a network can do."""
        return Traits(
            context=self.max_context,
            canvases=CANVASES,
            gaps=N_GAPS,
            takes_old=True,
            takes_ask=True,
        )

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
                f"a model folder holds {', '.join(files.ALL[:-1])} and {files.ALL[-1]}",
            ) from error
        if unknown:
            raise ModelError(
                f"{path} has unknown fields: {', '.join(sorted(unknown))}",
                "the model may need a newer editdiff",
            )
        return cls(**table)
