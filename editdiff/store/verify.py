"""Whether a file is the one that was released."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

CHUNK = 1 << 22
"""Bytes read at once."""


def fault(file: Path, size: int, sha256: str, progress: Callable[[float], object]) -> str:
    """What is wrong with a file of `size` bytes and this hash, to follow its name; empty when nothing is.

    Raises:
        OSError: when it cannot be read.
    """
    found = file.stat().st_size
    if found != size:
        return f"has {found:,} bytes, not {size:,}"
    digest = hashlib.sha256()
    done = 0
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            done += len(chunk)
            progress(done / size)
    if digest.hexdigest() != sha256:
        return f"has the SHA-256 {digest.hexdigest()[:16]}…, not {sha256[:16]}…"
    return ""
