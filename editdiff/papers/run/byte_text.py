"""Any text as bytes, for the papers' objectives: ids, what is held out, and the rows of each step.

Ids 0 to 255 are bytes, BEGIN stands before each text, and MASK is in no text. All texts stand in one stream.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from editdiff.errors import InputError
from editdiff.report.files import files_in

BEGIN, MASK = 256, 257
VOCAB = 258
"""Ids, the mask among them."""
ROW = 256
"""Ids of a row."""
HELD_OUT = 10
"""One part of so many is held out."""

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class ByteText:
    """A stream of texts in two parts."""

    train: Ids
    """[n]"""
    held_out: Ids
    """[n]"""

    @property
    def sha256(self) -> str:
        """Hex digest of both parts: by it a model knows the text that it was trained on."""
        digest = hashlib.sha256(self.train.astype("<u2").tobytes())
        digest.update(b"|" + self.held_out.astype("<u2").tobytes())
        return digest.hexdigest()

    @property
    def whole(self) -> Ids:
        """Ids [n] of the training part and the held-out part, end to end."""
        return np.concatenate([self.train, self.held_out])


def read(path: Path, row: int = ROW) -> ByteText:
    """Read a UTF-8 file, or the text files of a folder, those of it that are not UTF-8 left out.

    Of one file the last tenth is held out, of a folder whole files, by the hashes of their paths in it.

    Raises:
        InputError: when there is nothing to read, a named file is not UTF-8, or a part is shorter than `row` ids.
    """
    parts = _split_folder(path) if path.is_dir() else _split(encode(_read(path)))
    text = ByteText(*parts)
    for name, part in (("train on", text.train), ("hold out", text.held_out)):
        if len(part) < row:
            raise InputError(
                f"{path} has too little text: {len(part)} bytes to {name}, where {row} are needed",
                "name a longer file, or a folder of text files",
            )
    return text


def encode(text: bytes) -> Ids:
    """Ids [n + 1] of one text."""
    return np.concatenate([[BEGIN], np.frombuffer(text, np.uint8)]).astype(np.int64)


def decode(ids: Sequence[int] | Ids) -> bytes:
    """The bytes among `ids`."""
    return bytes(i for i in np.asarray(ids).tolist() if i < BEGIN)


def n_bytes(ids: Ids) -> Ids:
    """Number of bytes of each row [B] of `ids` [B, L]."""
    return np.asarray((ids < BEGIN).sum(axis=-1))


def batch(stream: Ids, seed: int, step: int, rows: int, length: int = ROW) -> Ids:
    """Rows [rows, length] from anywhere in `stream`: a function of seed and step."""
    starts = np.random.default_rng([seed, step]).integers(len(stream) - length + 1, size=rows)
    return np.asarray(stream[starts[:, None] + np.arange(length)])


def spread_rows(stream: Ids, most: int, length: int = ROW) -> Ids:
    """Rows [n <= most, length] that do not overlap, spread evenly over `stream`."""
    rows = stream[: len(stream) // length * length].reshape(-1, length)
    which = np.linspace(0, len(rows) - 1, min(most, len(rows))).round().astype(np.int64)
    return rows[which]


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", "name a text file") from error
    if not _is_utf8(content):
        raise InputError(f"{path} is not UTF-8", "convert it, or name another file")
    if not content:
        raise InputError(f"{path} is empty", "name a file with text in it")
    return content


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _split(ids: Ids) -> tuple[Ids, Ids]:
    """The first nine tenths and the last."""
    cut = len(ids) - len(ids) // HELD_OUT
    return ids[:cut], ids[cut:]


def _split_folder(folder: Path) -> tuple[Ids, Ids]:
    """A tenth of the files, at least one, is held out; one file alone is split itself."""
    texts = {
        file.relative_to(folder).as_posix(): encode(content)
        for file in files_in(folder)
        if (content := file.read_bytes()) and _is_utf8(content)
    }
    if not texts:
        raise InputError(f"{folder} has no text files", "name a folder with text files in it")
    if len(texts) == 1:
        return _split(*texts.values())
    by_hash = sorted(texts, key=lambda name: hashlib.sha256(name.encode()).digest())
    kept_out = set(by_hash[: max(1, len(texts) // HELD_OUT)])
    train, held_out = (
        np.concatenate([ids for name, ids in texts.items() if (name in kept_out) == out])
        for out in (False, True)
    )
    return train, held_out
