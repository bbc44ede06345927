"""Records of a public benchmark, read from the user's copy in its upstream format: JSON lines, also as gzip."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from editdiff.errors import InputError, UsageError

T = TypeVar("T")


def records(data: Path | None, name: str, fields: Sequence[str]) -> list[dict[str, Any]]:
    """All records of the file `data`, or of the file called `name` in the folder `data`.

    Raises:
        UsageError: when no path was given.
        InputError: when the file cannot be read, or a record is no object with all of `fields`.
    """
    if data is None:
        raise UsageError(f"this benchmark needs its file {name}", "name it, or its folder: --data")
    path = data / name if data.is_dir() else data
    try:
        content = path.read_bytes()
        lines = (gzip.decompress(content) if path.suffix == ".gz" else content).decode().split("\n")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is damaged, or not UTF-8"
        raise InputError(
            f"cannot read {path}: {reason}", f"--data takes {name} or its folder"
        ) from error
    records = [_record(path, n, line, fields) for n, line in enumerate(lines, 1) if line.strip()]
    if not records:
        raise InputError(f"{path} has no records", f"--data takes {name} or its folder")
    return records


def _record(path: Path, number: int, line: str, fields: Sequence[str]) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError:
        record = None
    if not isinstance(record, dict) or any(field not in record for field in fields):
        raise InputError(
            f"line {number} of {path} is no record with {', '.join(fields)}",
            "get the file again from where it is published",
        )
    return record


def in_random_order(items: Sequence[T], seed: int) -> list[T]:
    """Items in an order that the seed alone decides: the first n of it are the draw of n, nested by n."""
    return random.Random(seed).sample(items, len(items))
