"""The canvas adapter of a trunk on disk: one safetensors file, matrices in 8 bits with a scale for each row.

    LAYER.NAME.a  I8 [rank, in]    LAYER.NAME.b  I8 [out, rank]    the branch of the matrix LAYER.NAME (see `graph`)
    sampler.first  I8 [inner, 2 · width]    sampler.second  I8 [width, inner]     where there is a sampler head
    each with NAME.scale  F32 [rows]
    mask  F32 [width]                                               stands in a canvas where a token is unknown
    given  F32 [width]                                              is added to a token that is known to be right

The metadata bind it: `format`, the trunk's SHA-256, the rank, and a hash of what is in the file.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from editdiff.errors import ModelError
from editdiff.families.qwen.config import TrunkConfig
from editdiff.families.qwen.graph import Adapter
from editdiff.families.qwen.packed import SCALE, Float32, Matrix, matrices, quantise

FILE = "adapter.safetensors"
FORMAT = 1
MOST_BYTES = 20_000_000
"""Of a file that travels with editdiff."""
HINT = "restore the file, or train it again with `editdiff adapter`"
FIRST, SECOND, MASK, GIVEN = "sampler.first", "sampler.second", "mask", "given"


@dataclass(frozen=True)
class Marks:
    """Vectors at the places of a canvas."""

    mask: Float32
    """[width] stands where a token is unknown."""
    given: Float32
    """[width] is added to a token that is known to be right, as a draft is not."""


@dataclass(frozen=True)
class CanvasAdapter:
    """What makes rows of a trunk places of a canvas."""

    branches: Adapter
    """Of every matrix."""
    marks: Marks
    trunk: str
    """SHA-256 of the trunk's file, in hex."""
    sampler: tuple[Float32, Float32] | None = None
    """[inner, 2 · width] and [width, inner] of the sampler head."""
    told: Mapping[str, str] = field(default_factory=dict)
    """What else the file says: how it was trained."""

    @property
    def rank(self) -> int:
        """Of the branches."""
        return len(next(iter(self.branches.values()))[0])

    def write(self, path: Path) -> None:
        """Write it in one step.

        Raises:
            ModelError: when it would be too large to travel, or cannot be written.
        """
        tensors: dict[str, NDArray[Any]] = {
            MASK: self.marks.mask.astype(np.float32),
            GIVEN: self.marks.given.astype(np.float32),
        }
        for name, values in self._matrices().items():
            stored = quantise(np.asarray(values, dtype=np.float32))
            tensors |= {name: stored.integers, name + SCALE: stored.scale}
        size = sum(each.nbytes for each in tensors.values())
        if size > MOST_BYTES:
            raise ModelError(
                f"the adapter would take {size:,} bytes, more than the {MOST_BYTES:,} that may travel",
                "train one with a lower --rank",
            )
        binding = {"format": str(FORMAT), "trunk": self.trunk, "rank": str(self.rank)}
        metadata = {**self.told, **binding, "content": _content(tensors)}
        new = path.with_name(path.name + ".new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            save_file(tensors, new, metadata)
            new.chmod(0o644)  # written for its owner alone
            os.replace(new, path)
        except Exception as error:  # safetensors raises its own type for a full disk
            new.unlink(missing_ok=True)
            raise ModelError(
                f"cannot write {path}: {error}", "make room on the disk, or name another file"
            ) from error

    @classmethod
    def read(cls, path: Path, config: TrunkConfig, trunk: str, rank: int = 0) -> CanvasAdapter:
        """Read the adapter of a trunk whose file has the SHA-256 `trunk`; `rank` 0 takes any.

        Raises:
            ModelError: when it is missing, broken, or of another trunk, rank or format.
        """
        tensors, told = _stored(path)
        for what, wanted in (("format", str(FORMAT)), ("trunk", trunk), ("rank", str(rank))):
            if told.get(what) != wanted and wanted != "0":
                raise ModelError(
                    f"{path} is an adapter of another {what}: {told.get(what)}, not {wanted}", HINT
                )
        try:
            if told["content"] != _content(tensors):
                raise ValueError("its content is not what was written")
            found = {
                name: Matrix(tensors[name], tensors[name + SCALE]).rows(np.arange(len(values)))
                for name, values in tensors.items()
                if values.dtype == np.int8
            }
            names = sorted({name.rsplit(".", 1)[0] for name in found} - {"sampler"})
            branches = {name: (found[name + ".a"], found[name + ".b"]) for name in names}
            head = (found[FIRST], found[SECOND]) if FIRST in found else None
            mask = tensors[MASK]
            marks = Marks(mask, tensors.get(GIVEN, np.zeros_like(mask)))  # older files have none
            made = cls(branches, marks, told["trunk"], head, told)
            made._check(config)
        except (LookupError, ValueError) as error:
            raise ModelError(f"cannot use the adapter {path}: {error}", HINT) from error
        return made

    def _matrices(self) -> dict[str, Float32]:
        made: dict[str, Float32] = {}
        for name, (a, b) in self.branches.items():
            made |= {name + ".a": a, name + ".b": b}
        if self.sampler is not None:
            made |= dict(zip((FIRST, SECOND), self.sampler, strict=True))
        return made

    def _check(self, config: TrunkConfig) -> None:
        """Raise ValueError where a shape is not the trunk's."""
        width, sizes = config.width, matrices(config)
        wanted = {f"{i}.{name}": size for i in range(config.layers) for name, size in sizes.items()}
        if self.branches.keys() != wanted.keys():
            raise ValueError("its branches are not those of the trunk's matrices")
        for name, (outer, inner) in wanted.items():
            a, b = self.branches[name]
            if a.shape != (self.rank, inner) or b.shape != (outer, self.rank):
                raise ValueError(f"the branch {name} has another shape than its matrix")
        if not self.marks.mask.shape == self.marks.given.shape == (width,):
            raise ValueError("its marks have another width than the trunk")
        if self.sampler is not None:
            first, second = self.sampler
            if first.shape[1] != 2 * width or second.shape != (width, len(first)):
                raise ValueError("the sampler head has another width than the trunk")


def _stored(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    try:
        with safe_open(path, "numpy") as file:
            told = dict(file.metadata() or {})
            return {name: file.get_tensor(name) for name in file.keys()}, told  # noqa: SIM118
    except Exception as error:  # safetensors raises its own type for a broken file
        raise ModelError(f"cannot read the adapter {path}: {error}", HINT) from error


def _content(tensors: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 over names and numbers, in hex."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode() + b"\0" + np.ascontiguousarray(tensors[name]).tobytes())
    return digest.hexdigest()
