"""How reports name files."""

from __future__ import annotations

import os
from pathlib import Path


def relative_name(file: str | Path) -> str:
    """Name of a file seen from the current folder, `/` between folders; absolute if it lies outside of that.

    Symbolic links are not followed: a file keeps the name that it was given.
    """
    path, here = Path(os.path.abspath(file)), Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()
