"""Files and folders that a user names, to files: every command that takes several lists them here."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from editdiff.cli.target import STDIN
from editdiff.edits.repository import files_in
from editdiff.errors import InputError


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
