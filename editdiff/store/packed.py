"""A packed model's folder: what makes it whole, and how it comes into its place."""

from __future__ import annotations

import json
import os
from pathlib import Path

from editdiff.store.source import Source

CONTENTS = "contents.json"
"""Written last: hash of the file it was made of, and the size of everything beside."""


def is_whole(folder: Path, sha256: str) -> bool:
    """Whether it was made of the file with this hash, and everything is there and of its size."""
    try:
        told = json.loads((folder / CONTENTS).read_text(encoding="utf-8"))
        return bool(told["sha256"] == sha256 and told["files"] == sizes(folder))
    except (OSError, ValueError, LookupError, TypeError):
        return False


def sizes(folder: Path) -> dict[str, int]:
    """Bytes of the files below a folder, by their path in it; CONTENTS is not among them."""
    files = (path for path in folder.rglob("*") if path.is_file())
    told = {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}
    told.pop(CONTENTS, None)
    return dict(sorted(told.items()))


def put(made: Path, there: Path, source: Source) -> None:
    """Write down what a folder holds, let it reach the disk, then put it in its place in one step.

    Raises:
        OSError: when the system refuses; then nothing is in its place.
    """
    told = {"file": source.file, "sha256": source.sha256, "licence": source.licence}
    content = json.dumps({**told, "files": sizes(made)}, indent=1) + "\n"
    (made / CONTENTS).write_text(content, encoding="utf-8")
    for path in made.rglob("*"):
        _to_disk(path)
    _to_disk(made)
    made.rename(there)
    _to_disk(there.parent)


def _to_disk(path: Path) -> None:
    """Let a file's bytes, or a folder's names, survive a loss of power."""
    if os.name == "nt" and path.is_dir():
        return  # it knows no such thing of folders
    opened = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
