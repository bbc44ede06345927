"""Which of the files that changed are left alone: nobody's own, written by a program, excluded, unreadable."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from editdiff.report.files import MAX_BYTES, TOO_LARGE, is_excluded
from editdiff.report.git import marked
from editdiff.text.document import Document
from editdiff.text.folders import is_skipped
from editdiff.text.generated import is_generated

ATTRIBUTES = ("linguist-generated", "linguist-vendored")
"""Marks in `.gitattributes`."""
GENERATED = "written by a program"
LINK, SUBMODULE = "a symbolic link", "a submodule"
POINTER = "the file itself is not here, but a pointer of Git LFS"
_POINTER = re.compile(r"version https://git-lfs\.github\.com/spec/v\d+\r?\n")


@dataclass(frozen=True)
class Excluded:
    """What is left out of a repository."""

    top: Path
    names: Sequence[str]
    """The files that are asked about, below the top."""
    globs: Sequence[str] = ()
    """Those of the settings."""

    def why(self, name: str) -> str:
        """Why a file is left out, unread; empty where it is not."""
        file, path = self.top / name, PurePosixPath(name)
        if name in self._marked:
            return f"marked {self._marked[name]}"
        if is_excluded(file, self.top, self.globs):
            return "excluded by the settings"
        if path.name.startswith(".") or any(self._skipped(folder) for folder in path.parents):
            return "hidden, vendored or built"
        if file.is_symlink():
            return LINK
        if file.is_dir():
            return SUBMODULE
        if is_generated(path.name, ""):
            return GENERATED
        if file.stat().st_size > MAX_BYTES:
            return TOO_LARGE
        return ""

    def _skipped(self, folder: PurePosixPath) -> bool:
        return folder != PurePosixPath(".") and is_skipped(self.top / folder)

    @cached_property
    def _marked(self) -> dict[str, str]:
        return marked(self.top, self.names, ATTRIBUTES)


def why_not(document: Document) -> str:
    """Why a file is left alone for what it says; empty where it is not."""
    if _POINTER.match(document.text):
        return POINTER
    return GENERATED if is_generated(PurePosixPath(document.path).name, document.text) else ""
