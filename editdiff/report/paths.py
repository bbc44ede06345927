"""How reports name files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

MOST_NAMED = 3
"""Files named; the others are counted."""


def relative_name(file: str | Path) -> str:
    """Name of a file seen from the current folder, `/` between folders; absolute if it lies outside of that.

    Symbolic links are not followed: a file keeps the name that it was given.
    """
    path, here = Path(os.path.abspath(file)), Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


def first_names(names: Sequence[str]) -> str:
    """The first of many names, and how many more there are."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
