"""Where fetched models lie. Asking creates nothing.

    CACHE/1d9614638d18024d-v1/          a packed model: the hash of the file it was made of, the packing's number
    CACHE/1d9614638d18024d-v1.packing/  being packed, or left by a process that was killed
    CACHE/1d9614638d18024d.partial/     what has arrived of the file; the next fetch goes on there
    CACHE/1d9614638d18024d.lock         held by who fetches or removes

The hash in the name keeps altered weights apart, the number two versions of editdiff side by side.
"""

from __future__ import annotations

import os
from pathlib import Path

MODELS = "EDITDIFF_MODELS"
"""Environment variable that names another folder."""
DIGITS = 16
"""Of the hash, in the name of a folder."""


def cache() -> Path:
    """The folder of all fetched models."""
    named = os.environ.get(MODELS)
    if named:
        return Path(named).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_cache_dir("editdiff", appauthor=False)) / "models"


def place(sha256: str, packing: int) -> Path:
    """Where the model lies that packing number `packing` makes of the file with this hash."""
    return cache() / f"{sha256[:DIGITS]}-v{packing}"


def packing_place(there: Path) -> Path:
    """Where `there` is made, before it is put in place."""
    return there.with_name(f"{there.name}.packing")


def partial(sha256: str) -> Path:
    """Where the file with this hash arrives."""
    return cache() / f"{sha256[:DIGITS]}.partial"


def lock(sha256: str) -> Path:
    """The file that is locked while something happens to what is made of the file with this hash."""
    return cache() / f"{sha256[:DIGITS]}.lock"
