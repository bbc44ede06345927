"""A folder with all that lies in it: copied, so that something may be tried in the copy, and told by its content.

What a version control system, an interpreter or a linter keeps for itself is left out of both: no test is about it,
and it would change between two looks. Symbolic links stay links; one that leads into the folder by its whole path
leads into the copy there, and one that leads out of it leads where it did.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from editdiff.errors import InputError

LEFT_OUT = frozenset(
    {".git", ".hg", ".svn", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"}
)  # fmt: skip
"""Names of what is left out, wherever it lies."""
MOST_BYTES = 4 << 30
MOST_FILES = 200_000
PIECE = 1 << 20
"""Bytes that are read at once."""

Snapshot = Mapping[str, str]
"""Path below the folder, `/` between folders, to what the file holds: kind, mode and SHA-256."""


class Entry(NamedTuple):
    """A file, link or folder."""

    path: Path
    name: str
    """Its path below the folder, `/` between folders."""
    mode: int
    """As `lstat` tells it."""
    size: int
    """Bytes; 0 for what is no file."""


def entries(root: Path) -> Iterator[Entry]:
    """What lies below a folder, folders before what they hold; neither pipes, sockets nor devices.

    Raises:
        InputError: when a folder cannot be listed.
    """
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            found = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            raise InputError(
                f"cannot list {folder}: {error.strerror}", "allow reading it, or move it elsewhere"
            ) from error
        for each in found:
            if each.name in LEFT_OUT:
                continue
            path = Path(each.path)
            about = each.stat(follow_symlinks=False)
            kind = about.st_mode
            if stat.S_ISDIR(kind):
                waiting.append(path)
            if stat.S_ISDIR(kind) or stat.S_ISREG(kind) or stat.S_ISLNK(kind):
                size = about.st_size if stat.S_ISREG(kind) else 0
                yield Entry(path, path.relative_to(root).as_posix(), kind, size)


def snapshot(root: Path) -> Snapshot:
    """What every file and link of a folder holds.

    Raises:
        InputError: when something cannot be read.
    """
    return {entry.name: _content(entry) for entry in entries(root) if not stat.S_ISDIR(entry.mode)}


def digest(held: Snapshot) -> str:
    """SHA-256 of a whole folder, in hex: equal for folders with equal files."""
    told = hashlib.sha256()
    for name in sorted(held):
        told.update(f"{name}\0{held[name]}\n".encode("utf-8", "surrogateescape"))
    return told.hexdigest()


def differences(before: Snapshot, after: Snapshot) -> list[str]:
    """Names of files that are other ones, came or went."""
    names = sorted({*before, *after})
    return [name for name in names if before.get(name) != after.get(name)]


def copy(root: Path, to: Path) -> None:
    """Copy a folder with times and modes into a new one.

    Raises:
        InputError: when it holds too much to be copied, something cannot be read, or there is no room.
    """
    known = list(entries(root))
    size = sum(entry.size for entry in known)
    if size > MOST_BYTES or len(known) > MOST_FILES:
        raise InputError(
            f"{root} holds {len(known):,} files of {size / 2**30:.1f} GiB in all, too much to be copied for a test",
            "run it in a smaller folder, such as the package that is tested",
        )
    to.mkdir(parents=True)
    try:
        for entry in known:
            _copy(entry, to / entry.name, root, to)
    except OSError as error:
        raise InputError(
            f"cannot copy {entry.path} for a test: {error.strerror}",
            "see that it can be read, and that the folder for temporary files has room (TMPDIR names another)",
        ) from error


def _copy(entry: Entry, to: Path, root: Path, top: Path) -> None:
    if stat.S_ISDIR(entry.mode):
        to.mkdir()
        to.chmod(stat.S_IMODE(entry.mode) | stat.S_IRWXU)
    elif stat.S_ISLNK(entry.mode):
        to.symlink_to(_target(entry.path, root, top))
    else:
        shutil.copy2(entry.path, to, follow_symlinks=False)


def _target(link: Path, root: Path, top: Path) -> Path:
    """Where the copy of a link leads: below the folder to what is in the copy, elsewhere to where it led before."""
    told = Path(os.readlink(link))
    whole = Path(os.path.normpath(link.parent / told))
    inside = whole.is_relative_to(root)
    if told.is_absolute() == inside:
        return top / whole.relative_to(root) if inside else whole
    return told


def _content(entry: Entry) -> str:
    """Kind, mode and SHA-256 of a file, or where a link leads."""
    mode = f"{entry.mode:o}"
    try:
        if stat.S_ISLNK(entry.mode):
            return f"{mode} {os.readlink(entry.path)}"
        told = hashlib.sha256()
        with entry.path.open("rb") as file:
            while piece := file.read(PIECE):
                told.update(piece)
    except FileNotFoundError:
        return "gone"
    except OSError as error:
        raise InputError(
            f"cannot read {entry.path}: {error.strerror}", "allow reading it, or move it elsewhere"
        ) from error
    return f"{mode} {told.hexdigest()}"
