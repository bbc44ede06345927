"""A large file carried in pieces: compressed, cut, hashed; put together again where all of them have arrived.

    NAME.pieces.json    name, bytes and SHA-256 of the file, compression, counts, and of each piece the same
    NAME.000, …         one xz stream (or the bytes as they are), cut into pieces of at most the size asked for

The standard library alone, so that a machine for training needs nothing for it. Packed rows shrink most under xz:
their tokens are two bytes wide and aligned (lp = pb = 1), and many rows are cut from one file, far apart. Of 20 MB
of rows with a vocabulary of 8,192, on one busy core: zlib at level 6 leaves 0.576 (15 MB/s in), xz as it comes at
preset 1 0.459 (2.9 MB/s), at 6 0.329 (0.8 MB/s); aligned and with this dictionary at 1 0.368 (2.2 MB/s), at 4 0.314
(0.8 MB/s, 40 MB/s out), at 6 0.306.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from editdiff.errors import InputError

PIECE_BYTES = 60 * 2**20
PRESET = 4
"""Compression preset of xz, 0 to 9."""
DICTIONARY = 64 * 2**20
"""Bytes that a repetition may lie back, at most; no more than the file has."""
_CHUNK = 2**20
"""Bytes read at once."""


@dataclass(frozen=True)
class Piece:
    """One piece as the manifest knows it."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Pieces:
    """The manifest of one file."""

    name: str
    bytes: int
    sha256: str
    """Hash of the whole file, uncompressed, in hex."""
    compression: str
    """`xz` or `none`."""
    pieces: tuple[Piece, ...]
    counts: Mapping[str, int] = field(default_factory=dict)
    """Whatever the sender counted, such as rows and tokens."""


def split(
    file: Path,
    folder: Path,
    piece_bytes: int = PIECE_BYTES,
    compress: bool = True,
    counts: Mapping[str, int] | None = None,
) -> Pieces:
    """Write the pieces of `file` and their manifest into `folder`; the same file gives the same pieces.

    Raises:
        InputError: when the file cannot be read.
    """
    if piece_bytes < 1:
        raise InputError(f"a piece cannot have {piece_bytes} bytes", "give it at least one")
    folder.mkdir(parents=True, exist_ok=True)
    whole = _Digest()
    try:
        stream = _read(file, whole)
        pieces = tuple(
            _cut(
                _compressed(stream, file.stat().st_size) if compress else stream,
                file.name,
                folder,
                piece_bytes,
            )
        )
    except OSError as error:
        raise InputError(
            f"cannot split {file}: {error}", "is there such a file, and room?"
        ) from error
    compression = "xz" if compress else "none"
    made = Pieces(file.name, whole.bytes, whole.hex, compression, pieces, dict(counts or {}))
    for stale in set(folder.glob(f"{file.name}.[0-9][0-9][0-9]")) - {
        folder / p.name for p in pieces
    }:
        stale.unlink()
    manifest_of(folder, file.name).write_text(json.dumps(asdict(made), indent=1) + "\n")
    return made


def join(folder: Path, file: Path) -> Pieces:
    """Put the pieces of `file` together, when all of them are there and whole.

    Raises:
        InputError: with the names of all pieces that are missing or damaged; nothing is written then.
    """
    manifest = read_pieces(folder, file.name)
    _check(manifest, folder)
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    whole = _Digest()
    try:
        with beside.open("wb") as to:
            for data in _expanded(manifest, folder):
                whole.add(data)
                to.write(data)
        if (whole.bytes, whole.hex) != (manifest.bytes, manifest.sha256):
            raise InputError(
                f"the pieces in {folder} do not give the {file.name} that was split",
                "split it again, and carry all pieces of one split",
            )
        beside.replace(file)
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise InputError(f"cannot join {file}: {error}", "carry the pieces again") from error
    finally:
        beside.unlink(missing_ok=True)
    return manifest


def manifest_of(folder: Path, name: str) -> Path:
    """Where the manifest of a file's pieces lies."""
    return folder / f"{name}.pieces.json"


def read_pieces(folder: Path, name: str) -> Pieces:
    """Read the manifest of a file's pieces.

    Raises:
        InputError: when it is missing or damaged.
    """
    path = manifest_of(folder, name)
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        pieces = tuple(Piece(**piece) for piece in table.pop("pieces"))
        if any(Path(piece.name).name != piece.name for piece in pieces):
            raise ValueError("a piece has to lie in the same folder")
        return Pieces(**table, pieces=pieces)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"cannot read {path}: {error}", f"carry it with the pieces of {name}"
        ) from error


def _check(manifest: Pieces, folder: Path) -> None:
    """Raise InputError unless every piece is there and has its hash."""
    wrong = []
    for piece in manifest.pieces:
        path = folder / piece.name
        if not path.is_file():
            wrong.append(f"{piece.name} is missing")
        elif path.stat().st_size != piece.bytes or _hash(path) != piece.sha256:
            wrong.append(f"{piece.name} is damaged")
    if wrong:
        raise InputError(
            f"{len(wrong)} of the {len(manifest.pieces)} pieces of {manifest.name} cannot be used: "
            f"{', '.join(wrong)}",
            f"put them into {folder} and join again; the others are good",
        )


class _Digest:
    """Bytes and hash of what went through."""

    def __init__(self) -> None:
        self.bytes = 0
        self._hash = hashlib.sha256()

    def add(self, data: bytes) -> None:
        self.bytes += len(data)
        self._hash.update(data)

    @property
    def hex(self) -> str:
        return self._hash.hexdigest()


def _hash(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _read(file: Path, whole: _Digest) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while data := opened.read(_CHUNK):
            whole.add(data)
            yield data


def _compressed(stream: Iterator[bytes], size: int) -> Iterator[bytes]:
    """One xz stream of `size` bytes; the pieces' own hashes stand for xz's."""
    reach = min(DICTIONARY, max(size, 4096))
    lzma2 = {
        "id": lzma.FILTER_LZMA2, "preset": PRESET, "dict_size": reach, "lc": 0, "lp": 1, "pb": 1
    }  # fmt: skip
    compressor = lzma.LZMACompressor(lzma.FORMAT_XZ, lzma.CHECK_NONE, filters=[lzma2])
    for data in stream:
        yield compressor.compress(data)
    yield compressor.flush()


def _cut(stream: Iterator[bytes], name: str, folder: Path, piece_bytes: int) -> Iterator[Piece]:
    """Write the stream into pieces, all but the last of `piece_bytes`; at least one."""
    held, number = bytearray(), 0
    for data in stream:
        held += data
        while len(held) > piece_bytes:
            yield _write(bytes(held[:piece_bytes]), f"{name}.{number:03d}", folder)
            del held[:piece_bytes]
            number += 1
    yield _write(bytes(held), f"{name}.{number:03d}", folder)


def _write(data: bytes, name: str, folder: Path) -> Piece:
    (folder / name).write_bytes(data)
    return Piece(name, len(data), hashlib.sha256(data).hexdigest())


def _expanded(manifest: Pieces, folder: Path) -> Iterator[bytes]:
    expand = (
        lzma.LZMADecompressor(lzma.FORMAT_XZ).decompress if manifest.compression == "xz" else bytes
    )
    for piece in manifest.pieces:
        with (folder / piece.name).open("rb") as opened:
            while data := opened.read(_CHUNK):
                yield expand(data)
