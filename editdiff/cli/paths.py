"""Files and folders that a user names, to files: a folder is walked as git would, its ignored files left out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from editdiff.edits.repository import LISTING, git
from editdiff.errors import InputError
from editdiff.text.language import language_of

VENDORED = frozenset({
    "__pycache__", "bower_components", "build", "dist", "node_modules", "site-packages", "target", "vendor", "venv",
})  # fmt: skip
"""Folders that hold others' or made files, left out where no git says what to ignore; so are hidden ones."""


def files_of(paths: Sequence[str | Path]) -> list[Path]:
    """The files that are named, and those of a known language in the folders that are; each once, in order.

    A named file is taken whatever it is, also where there is none: reading it says so. Of a folder, links and
    what is no regular file are left out.
    """
    found: dict[str, Path] = {}
    for path in map(Path, paths):
        for file in _known(path) if path.is_dir() else [path]:
            found.setdefault(os.path.realpath(file), file)
    return list(found.values())


def _known(folder: Path) -> Iterator[Path]:
    """Files of a folder, in order, whose name tells a language."""
    listed = _listed(folder)
    for file in sorted(_walked(folder) if listed is None else listed):
        if language_of(file) and file.is_file() and not file.is_symlink():
            yield file


def _listed(folder: Path) -> list[Path] | None:
    """What git would track in a folder; None where it is not git's, or there is no git."""
    try:
        done = git(folder, *LISTING)
    except InputError:
        return None
    if done.returncode:
        return None
    return [folder / os.fsdecode(name) for name in done.stdout.split(b"\0") if name]


def _walked(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = [n for n in folders if not n.startswith(".") and n not in VENDORED]
        yield from (Path(root, name) for name in files)
