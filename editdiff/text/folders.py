"""Folders: where a project begins, and which of them hold nobody's own code."""

from __future__ import annotations

from pathlib import Path

VENDORED = {
    "node_modules", "bower_components", "site-packages", "vendor", "_vendor", "third_party", "venv", "env", "build",
    "dist", "target", "__pycache__",
}  # fmt: skip
"""Folders of other people's code, and of what was built."""
ROOTS = (".git", "pyproject.toml", "package.json")
"""What stands in the folder where a project begins."""


def is_skipped(folder: Path) -> bool:
    """Whether a folder is left out with all that it holds: hidden, VENDORED, a link, a virtual environment."""
    hidden = folder.name.startswith(".") or folder.name in VENDORED
    return hidden or folder.is_symlink() or (folder / "pyvenv.cfg").exists()


def project_of(file: Path) -> Path:
    """The nearest folder above a file where a project begins, else the folder of the file."""
    parents = file.parents
    found = (folder for folder in parents if any((folder / mark).exists() for mark in ROOTS))
    return next(found, file.parent)
