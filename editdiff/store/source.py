"""What is fetched, and from where: `source.json` of a model folder that comes with editdiff."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from editdiff.errors import ModelError

FILE = "source.json"
FORMAT = 1
"""What this version reads."""
_KIND = {"str": str, "int": int}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_T = TypeVar("_T", "Hub", "Part", "Source")


@dataclass(frozen=True)
class Hub:
    """A repository of the Hugging Face hub."""

    repo: str
    """`owner/name`."""
    revision: str
    """Branch, tag or commit; the hash says whether it is the right file."""


@dataclass(frozen=True)
class Part:
    """A piece of the file, inside a wheel of the package index."""

    package: str
    version: str
    member: str
    """Shell pattern of its path in the wheel; one file matches."""
    size: int
    """Bytes."""
    sha256: str


@dataclass(frozen=True)
class Source:
    """One file of weights, as its makers released it."""

    file: str
    """Its name."""
    size: int
    """Bytes."""
    sha256: str
    licence: str
    """As SPDX names it."""
    parameters: int
    memory: int
    """Bytes of memory that packing needs."""
    packed: int
    """Bytes on disk after packing, about."""
    hub: Hub
    index: tuple[Part, ...]
    """In order; together they are the file."""

    @classmethod
    def read(cls, folder: Path) -> Source:
        """Read the file of a model folder.

        Raises:
            ModelError: when it is missing, or has unknown, missing or senseless entries.
        """
        path = folder / FILE
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            version = told.pop("format")
            if version != FORMAT:
                raise ValueError(f"format {version!r}")
            hub = _of(Hub, told["hub"])
            parts = tuple(_of(Part, part) for part in told["index"])
            return _checked(_of(cls, {**told, "hub": hub, "index": parts}))
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise ModelError(
                f"cannot read where the weights of {folder.name} are to be had, {path}: {error}",
                "install editdiff anew; the file may be of a newer version",
            ) from error


def _of(kind: type[_T], told: Mapping[str, Any]) -> _T:
    """A dataclass from exactly its entries, each of its type and not empty."""
    types = {field.name: field.type for field in fields(kind)}
    wrong = sorted(types.keys() ^ told.keys())
    if wrong:
        raise ValueError(f"missing or unknown entries: {', '.join(wrong)}")
    for name, value in told.items():
        wanted = _KIND.get(str(types[name]))
        # `type`, not isinstance: True is no number of bytes
        if wanted is not None and (type(value) is not wanted or not value):
            raise ValueError(f"{name} is {value!r}")
    return kind(**told)


def _checked(source: Source) -> Source:
    """The same, when its numbers fit each other and nothing leaves its folder."""
    if Path(source.file).name != source.file:
        raise ValueError(f"file is {source.file!r}")
    hashes = [source.sha256, *(part.sha256 for part in source.index)]
    bad = [value for value in hashes if not _SHA256.fullmatch(value)]
    if bad:
        raise ValueError(f"sha256 is {bad[0]!r}")
    sizes = [source.size, source.memory, source.packed, *(part.size for part in source.index)]
    if min(sizes) < 0 or sum(part.size for part in source.index) != source.size:
        raise ValueError("the bytes do not add up")
    return source
