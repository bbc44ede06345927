"""From the names in a report to files of a folder: a report may be of another machine, a container, a folder below.

A name is tried as it stands; else the files of the folder are compared by the ends of their names, and one is taken
that agrees alone in most of it. What leads out of the folder is dropped: no edit beats one of the wrong file.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from editdiff.errors import InputError
from editdiff.report.diagnostics.base import Diagnostic
from editdiff.report.files import files_in

OTHER_PEOPLES = re.compile(
    r"(?:^|/)(?:site-packages|dist-packages|node_modules|lib/python\d[\d.]*|rustc|\.cargo|\.rustup|\.m2|gems)(?:/|$)"
    r"|^usr/(?:local/)?(?:lib\d*|include|go)(?:/|$)",
    re.ASCII,
)
"""Folders of code that is nobody's own: a file there is no file here, though it may be called the same."""
ENOUGH = 2
"""Names at the end, of file and folders, that have to agree where neither path is an end of the other."""
_SEPARATOR = re.compile(r"[/\\]+")
_DRIVE = re.compile(r"[A-Za-z]:")


def resolve(diagnostics: Iterable[Diagnostic], root: Path) -> list[tuple[Path, Diagnostic]]:
    """The diagnostics of files inside a folder, in their order, each with its file below `root`.

    Dropped are files that do not exist, lie outside or behind a link that leads outside, and names that several
    files answer to equally well. Two names of one file give one path.
    """
    files = _Files(root)
    located = ((files.of(told.path), told) for told in diagnostics)
    return [(file, told) for file, told in located if file is not None]


class _Files:
    """The files of a folder, by name; listed only when a name asks for it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._real = os.path.realpath(root)
        self._known: dict[str, Path | None] = {}
        self._by_name: dict[str, list[tuple[str, ...]]] | None = None

    def of(self, name: str) -> Path | None:
        """The file that a report means by a name."""
        if name not in self._known:
            try:
                self._known[name] = self._found(name)
            except ValueError:  # NUL, or characters that no file name can have
                self._known[name] = None
        return self._known[name]

    def _found(self, name: str) -> Path | None:
        parts = tuple(_SEPARATOR.split(name))
        for spelling in dict.fromkeys((name, "/".join(parts))):
            path = os.path.join(self._real, spelling)
            if os.path.lexists(path):
                return self._inside(path)
        parts = tuple(
            part for part in parts if part not in ("", ".") and not _DRIVE.fullmatch(part)
        )
        return None if ".." in parts else self._by_end(parts)

    def _inside(self, path: str) -> Path | None:
        """A file, links followed, if it lies in the folder."""
        real = os.path.realpath(path)
        if os.path.commonpath([real, self._real]) != self._real or not os.path.isfile(real):
            return None
        return self._root / os.path.relpath(real, self._real)

    def _by_end(self, parts: tuple[str, ...]) -> Path | None:
        """The only file whose name agrees longest with the end of another one."""
        agreeing: dict[int, list[tuple[str, ...]]] = defaultdict(list)
        for known in self._named(parts[-1]) if parts else ():
            length = _common_end(known, parts)
            whole = length in (len(known), len(parts))
            if (whole or length >= ENOUGH) and not _is_other_peoples(parts[:-length]):
                agreeing[length].append(known)
        best = agreeing[max(agreeing)] if agreeing else []
        return self._inside(os.path.join(self._real, *best[0])) if len(best) == 1 else None

    def _named(self, name: str) -> list[tuple[str, ...]]:
        """The files of that name, as the parts of their paths."""
        if self._by_name is None:
            self._by_name = defaultdict(list)
            for file in self._listed():
                self._by_name[file.name].append(file.relative_to(self._real).parts)
        return self._by_name.get(name, [])

    def _listed(self) -> list[Path]:
        try:
            return files_in(Path(self._real))
        except InputError:  # git cannot tell what it ignores: then nothing is guessed
            return []


def _common_end(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """How many parts agree at the end."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _is_other_peoples(folders: tuple[str, ...]) -> bool:
    return OTHER_PEOPLES.search("/".join(folders)) is not None
