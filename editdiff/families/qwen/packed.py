"""Weights of a trunk on disk: one safetensors file, 8-bit matrices with a scale for each output row.

    NAME         I8 [out, in]    integers from -127 to 127
    NAME.scale   F32 [out]       NAME dequantised = integers * scale
    NAME         F32 […]         biases and norms

    LAYER.qkv    queries, keys and values, with LAYER.bias       LAYER.out    of the attention
    LAYER.up     gate and up of the SwiGLU                       LAYER.down   back to the width
    LAYER.norm1, LAYER.norm2, norm                               tied         embedding and output layer

The file is written tensor by tensor, so that packing needs the memory of a piece of one, and mapped when it is
read: rows of the embedding that no text uses are never loaded.
"""

from __future__ import annotations

import json
import mmap
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from editdiff.errors import ModelError
from editdiff.families.qwen.config import HINT, TrunkConfig

FILE = "weights.safetensors"
SCALE = ".scale"
ALIGNMENT = 64
"""Bytes at whose multiples tensors begin, so that they can be used where they lie."""
Float32 = NDArray[np.float32]
Int8 = NDArray[np.int8]
_TYPES: dict[str, np.dtype[Any]] = {"I8": np.dtype(np.int8), "F32": np.dtype(np.float32)}


@dataclass(frozen=True)
class Matrix:
    """A quantised matrix."""

    integers: Int8
    """[out, in]"""
    scale: Float32
    """[out]"""

    def rows(self, ids: NDArray[np.int64]) -> Float32:
        """[N, in] dequantised rows `ids` [N]."""
        return np.asarray(self.integers[ids].astype(np.float32) * self.scale[ids][:, None])


def quantise(matrix: Float32) -> Matrix:
    """Symmetric, 8 bits, a scale for each row; a row of zeros keeps the scale 1."""
    scale = np.abs(matrix).max(axis=1) / np.float32(127)
    scale[scale == 0] = 1
    return Matrix(np.rint(matrix / scale[:, None]).astype(np.int8), scale)


def matrices(config: TrunkConfig) -> dict[str, tuple[int, int]]:
    """Rows and columns of the matrices of a layer."""
    width, kv = config.width, config.kv_heads * config.head_dim
    return {
        "qkv": (width + 2 * kv, width),
        "out": (width, width),
        "up": (2 * config.ff, width),
        "down": (width, config.ff),
    }


def shapes(config: TrunkConfig) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Type and shape of every tensor, in the order of the file."""
    width, kv = config.width, config.kv_heads * config.head_dim
    told: dict[str, tuple[str, tuple[int, ...]]] = {}
    for layer in range(config.layers):
        for name, shape in matrices(config).items():
            told |= _matrix(f"{layer}.{name}", shape)
        told[f"{layer}.bias"] = "F32", (width + 2 * kv,)
        told[f"{layer}.norm1"] = told[f"{layer}.norm2"] = "F32", (width,)
    return told | _matrix("tied", (config.rows, width)) | {"norm": ("F32", (width,))}


def _matrix(name: str, shape: tuple[int, ...]) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {name: ("I8", shape), name + SCALE: ("F32", shape[:1])}


def write(path: Path, config: TrunkConfig, pieces: Iterable[tuple[str, NDArray[Any]]]) -> None:
    """Write tensors whose `pieces`, name and rows, come in any order but in order for each name.

    Raises:
        ValueError: when a tensor is not filled exactly.
        OSError: when it cannot be written.
    """
    header = _header(config)
    text = json.dumps(header).encode()
    text += b" " * (-(len(text) + 8) % ALIGNMENT)
    at = {name: 8 + len(text) + entry["data_offsets"][0] for name, entry in header.items()}
    ends = {name: 8 + len(text) + entry["data_offsets"][1] for name, entry in header.items()}
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, piece in pieces:
            data = np.ascontiguousarray(piece, dtype=_TYPES[header[name]["dtype"]])
            if at[name] + data.nbytes > ends[name]:
                raise ValueError(f"too much of {name}")
            file.seek(at[name])
            at[name] += file.write(data.data)
    if at != ends:
        raise ValueError(f"not filled: {[name for name in at if at[name] != ends[name]]}")


def _header(config: TrunkConfig) -> dict[str, Any]:
    """The file's header: of every tensor its type, its shape, and where it lies behind the header."""
    start, header = 0, {}
    for name, (kind, shape) in shapes(config).items():
        size = int(np.prod(shape)) * _TYPES[kind].itemsize
        header[name] = {
            "dtype": kind,
            "shape": list(shape),
            "data_offsets": [start, start + size],
        }
        start += size
    return header


class Packed(Mapping[str, NDArray[Any]]):
    """The tensors of a packed file, mapped."""

    def __init__(self, path: Path, config: TrunkConfig) -> None:
        """Map the file.

        Raises:
            ModelError: when it is missing, cut short, or of another shape than the configuration.
        """
        try:
            with path.open("rb") as file:
                (size,) = struct.unpack("<Q", file.read(8))
                header = json.loads(file.read(size)) if size < 1 << 24 else {}
            if header != _header(config):
                raise ValueError("its tensors are not those of its configuration")
            ends = max(entry["data_offsets"][1] for entry in header.values())
            if path.stat().st_size != 8 + size + ends:
                raise ValueError(
                    f"{path.stat().st_size} bytes where {8 + size + ends} are expected"
                )
            # copy on write: OpenVINO takes no memory that could not be written, and writes none
            with path.open("rb") as file:
                self._mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
            self._data = np.frombuffer(self._mapped, dtype=np.uint8)
        except (OSError, ValueError, LookupError, TypeError, AttributeError, struct.error) as error:
            raise ModelError(f"cannot read the weights {path}: {error}", HINT) from error
        self._start, self._header = 8 + size, header

    def __getitem__(self, name: str) -> NDArray[Any]:
        entry = self._header[name]
        begin, end = (self._start + offset for offset in entry["data_offsets"])
        flat: NDArray[Any] = self._data[begin:end].view(_TYPES[entry["dtype"]])
        return flat.reshape(entry["shape"])

    def __iter__(self) -> Iterator[str]:
        return iter(self._header)

    def forget(self) -> None:
        """Give the system back what was read, where it can take it; it is read again when it is needed."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._mapped.madvise(mmap.MADV_DONTNEED)

    def __len__(self) -> int:
        return len(self._header)

    def matrix(self, name: str) -> Matrix:
        """A quantised matrix."""
        return Matrix(self[name], self[name + SCALE])
