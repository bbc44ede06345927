"""Weights on disk: one safetensors file, 8-bit matrices with a scale for each output row.

    NAME         U8 [out, in]    integers from -127 to 127, stored with ZERO added
    NAME.scale   F32 [out, 1]    NAME dequantised = (integers - ZERO) * scale
    NAME         F32 […]         vectors, and matrices of few rows

Stored once: torch dequantises them, the ONNX graph points into the same file and multiplies the bytes as they are;
they are unsigned because onnxruntime's unsigned kernel is the one that is exact on every processor. `load` also
reads the older I8 matrices (integers about 0). Numpy only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from editdiff.errors import ModelError

FloatTensor = NDArray[np.float32]
SCALE = ".scale"
"""Suffix of a quantised matrix's scales."""
ZERO = 128
"""The stored byte that means nought."""
LAYOUT = "weights.layout"
"""Key of a graph's metadata: the `layout_digest` of the weights that it was written over."""
_MIN_ROWS = 8
"""Matrices with fewer output rows stay fp32: nothing to gain."""


@dataclass(frozen=True)
class Stored:
    """Where a tensor lies in the file."""

    dtype: str
    """safetensors name: U8 or F32; I8 in older files."""
    shape: tuple[int, ...]
    offset: int
    """Bytes from the start of the file."""
    length: int
    """Bytes."""


def quantise(matrix: FloatTensor) -> tuple[NDArray[np.int8], FloatTensor]:
    """Symmetric int8 [out, in] and scales [out, 1]; a row of zeros keeps the scale 1."""
    scale = np.abs(matrix).max(axis=1, keepdims=True) / 127.0
    scale = np.where(scale == 0, 1.0, scale).astype(np.float32)
    return np.round(matrix / scale).astype(np.int8), scale


def save_int8(path: Path, weights: Mapping[str, FloatTensor], metadata: Mapping[str, str]) -> None:
    """Write `weights` (fp32 by parameter name), matrices as 8-bit integers."""
    from safetensors.numpy import save_file

    tensors: dict[str, NDArray[np.generic]] = {}
    for name, value in weights.items():
        if value.ndim == 2 and value.shape[0] >= _MIN_ROWS:
            integers, tensors[name + SCALE] = quantise(value)
            tensors[name] = integers.view(np.uint8) ^ np.uint8(ZERO)  # modulo 256: + ZERO
        else:
            tensors[name] = value.astype(np.float32)
    save_file(tensors, path, metadata=dict(metadata))
    path.chmod(
        0o644
    )  # the library writes for the owner alone; a model folder is there to be shared


def load(path: Path) -> dict[str, FloatTensor]:
    """Read the weights back as fp32 by parameter name.

    Raises:
        ModelError: when the file is missing, cut short or not safetensors.
    """
    from safetensors.numpy import load_file

    try:
        tensors = load_file(path)
    except Exception as error:  # the library has a type of its own for a broken header
        raise _unreadable(path, error) from error
    return {
        name: _dequantise(value, tensors[name + SCALE])
        if name + SCALE in tensors
        else value.astype(np.float32)
        for name, value in tensors.items()
        if not name.endswith(SCALE)
    }


def _dequantise(stored: NDArray[np.generic], scale: FloatTensor) -> FloatTensor:
    zero = ZERO if stored.dtype == np.uint8 else 0
    return (stored.astype(np.float32) - np.float32(zero)) * scale


def layout(path: Path) -> dict[str, Stored]:
    """Where each tensor lies, from the file's header alone.

    Raises:
        ModelError: when the file is missing, cut short or not safetensors.
    """
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            if size > 10_000_000:
                raise ValueError("no safetensors header")
            table = json.loads(file.read(size))
        found = {}
        for name, entry in table.items():
            if name != "__metadata__":
                begin, end = entry["data_offsets"]
                shape = tuple(entry["shape"])
                found[name] = Stored(entry["dtype"], shape, 8 + size + begin, end - begin)
        longest = max(s.offset + s.length for s in found.values())
        if longest != path.stat().st_size:
            raise ValueError(f"{path.stat().st_size} bytes where {longest} are expected")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(path, error) from error
    return found


def layout_digest(stored: Mapping[str, Stored]) -> str:
    """Hex digest of where all tensors lie: a graph that points into the file fits no other layout."""
    lines = [f"{name} {s.dtype} {s.shape} {s.offset}" for name, s in sorted(stored.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def sha256(path: Path) -> str:
    """Hex digest of a file.

    Raises:
        ModelError: when it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> ModelError:
    return ModelError(
        f"cannot read the weights {path}: {error}",
        "restore the file (it may be cut short), or name another model folder with --model",
    )
