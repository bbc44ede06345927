"""The files that an operation is asked about: those a user names, and those of the folders that are named.

Every command that takes several lists them here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from editdiff.errors import InputError
from editdiff.report.git import listed, root_of
from editdiff.text.folders import is_skipped
from editdiff.text.language import language_of

STDIN = "-"
"""Name of standard input among files."""
MAX_BYTES = 1_000_000
"""Of a file in a folder; one that is named is read whatever its size."""


def files_of(names: Sequence[str], refuse: Callable[[InputError], None]) -> list[str]:
    """The files that are named, and those of the folders that are (`files_in`); each once, in order.

    A named file is taken whatever it is, also where there is none: reading it says so. Of standard input stays
    its name. What cannot be listed is told to `refuse`, and left out.
    """
    found: dict[str, str] = {}  # by what it is, whatever its names
    for name in names:
        try:
            is_folder = name != STDIN and os.path.isdir(name)
            files = map(str, files_in(Path(name))) if is_folder else [name]
        except InputError as error:
            refuse(error)
            continue
        for file in files:
            found.setdefault(os.path.realpath(file), file)
    return list(found.values())


def files_in(folder: Path) -> list[Path]:
    """Files of known languages in a folder, sorted: in a git repository those that it tracks or does not ignore.

    Left out are hidden files, symbolic links, files of more than MAX_BYTES, and what lies in folders that are
    skipped (`text.folders.is_skipped`). None of that is asked of the folder itself: who names it means it,
    also where git ignores it.

    Raises:
        InputError: when git cannot list a repository: then it is unknown what `.gitignore` hides.
    """
    known = [] if root_of(folder) is None else listed(folder)
    names = _kept(folder, known) if known else _walked(folder)  # git lists nothing: it ignores all
    return sorted(folder / name for name in names if _is_wanted(folder / name))


def _walked(folder: Path) -> Iterator[Path]:
    """Files below a folder, as paths in it."""
    for where, folders, names in os.walk(folder):
        here = Path(where)
        folders[:] = [name for name in folders if not is_skipped(here / name)]
        yield from ((here / name).relative_to(folder) for name in names)


def _kept(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    """Of names below a folder those that no skipped folder holds, each once."""
    skipped = {Path(): False}  # many files share a few folders
    for name in map(Path, dict.fromkeys(names)):
        for parent in reversed(name.parents[:-1]):
            if parent not in skipped:
                skipped[parent] = skipped[parent.parent] or is_skipped(folder / parent)
        if not skipped[name.parent]:
            yield name


def _is_wanted(file: Path) -> bool:
    if not language_of(file) or file.name.startswith(".") or file.is_symlink():
        return False
    return file.is_file() and file.stat().st_size <= MAX_BYTES
