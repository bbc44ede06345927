"""What the file of a repository says that only its user may say: it is told, and nothing else is read of it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from editdiff.errors import EditdiffError
from editdiff.settings import project_file, project_refusal

MOST_BYTES = 1_000_000
"""Of a file that is looked at."""


def refusals(folders: Iterable[Path]) -> list[str]:
    """A sentence for each `pyproject.toml` of some folders that names a model, an engine or an endpoint."""
    files = {file: None for folder in folders if (file := project_file(folder)) is not None}
    return [sentence for file in files if (sentence := _refusal(file))]


def _refusal(file: Path) -> str:
    """What is told of a file; empty where there is nothing to tell, or it cannot be read."""
    with suppress(EditdiffError, OSError, RecursionError):  # the commands tell of a broken one
        if file.stat().st_size <= MOST_BYTES and (refused := project_refusal(file)):
            return f"{refused.message}; it is ignored"
    return ""
