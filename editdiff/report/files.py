"""The files that an operation is asked about: those a user names, and those of the folders that are named.

Every command that takes several lists them here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from editdiff.errors import InputError
from editdiff.report.git import listed, root_of
from editdiff.text.folders import VENDORED, is_skipped
from editdiff.text.generated import HEAD, is_generated
from editdiff.text.language import language_of

STDIN = "-"
"""Name of standard input among files."""
MAX_BYTES = 1_000_000
"""Of a file in a folder; one that is named is read whatever its size."""
TOO_LARGE = f"above {MAX_BYTES // 1_000_000} MB"
NAME_IT = "name such a file itself to have it read"
"""What helps against that."""


@dataclass
class LeftOut:
    """How much of the folders that were named is left out of a listing."""

    generated: int = 0
    """Files that a program wrote."""
    vendored: int = 0
    """Folders of other people's code, and of what was built."""
    excluded: int = 0
    """Files that the settings exclude."""
    large: list[str] = field(default_factory=list)
    """Names of files that would have been taken, and are of more than MAX_BYTES."""

    @property
    def told(self) -> str:
        """All that in one line, the large ones apart, which are named; empty where there is nothing."""
        counts = {
            "generated file": self.generated,
            "vendored folder": self.vendored,
            "excluded file": self.excluded,
        }
        each = [f"{n} {what}{'s' * (n > 1)}" for what, n in counts.items() if n]
        return f"left out: {', '.join(each)}" if each else ""


def files_of(
    names: Sequence[str],
    refuse: Callable[[InputError], None],
    exclude: Sequence[str] = (),
    left_out: LeftOut | None = None,
) -> list[str]:
    """The files that are named, and those of the folders that are (`files_in`); each once, in order.

    A named file is taken whatever it is, also where there is none: reading it says so. Of standard input stays
    its name. What cannot be listed is told to `refuse`, and left out. Of folders, files that a program wrote, those
    that the globs `exclude` match and large ones are left out, and told in `left_out`.
    """
    left_out = LeftOut() if left_out is None else left_out
    found: dict[str, str] = {}  # by what it is, whatever its names
    for name in names:
        try:
            is_folder = name != STDIN and os.path.isdir(name)
            files = [name]
            if is_folder:
                folder = Path(name)
                files = [
                    str(file)
                    for file in _of_any_size(folder, left_out)
                    if _is_own(file, folder, exclude, left_out) and not _is_large(file, left_out)
                ]
        except InputError as error:
            refuse(error)
            continue
        for file in files:
            found.setdefault(os.path.realpath(file), file)
    large = {os.path.realpath(file): file for file in left_out.large}  # one may be named besides
    left_out.large = [file for real, file in large.items() if real not in found]
    return list(found.values())


def files_in(folder: Path) -> list[Path]:
    """Files of known languages in a folder, sorted: in a git repository those that it tracks or does not ignore.

    Left out are hidden files, symbolic links, files of more than MAX_BYTES, and what lies in folders that are
    skipped (`text.folders.is_skipped`). None of that is asked of the folder itself: who names it means it,
    also where git ignores it.

    Raises:
        InputError: when git cannot list a repository: then it is unknown what `.gitignore` hides.
    """
    unheard = LeftOut()
    return [file for file in _of_any_size(folder, unheard) if not _is_large(file, unheard)]


def _of_any_size(folder: Path, left_out: LeftOut) -> list[Path]:
    """The files of `files_in`, and large ones."""
    known = [] if root_of(folder) is None else listed(folder)
    # git lists nothing: it ignores all
    names = _kept(folder, known, left_out) if known else _walked(folder, left_out)
    return sorted(folder / name for name in names if _is_wanted(folder / name))


def _is_large(file: Path, left_out: LeftOut) -> bool:
    """Whether a file has too many bytes; it is named then."""
    large = file.stat().st_size > MAX_BYTES
    if large:
        left_out.large.append(str(file))
    return large


def _is_own(file: Path, folder: Path, exclude: Sequence[str], left_out: LeftOut) -> bool:
    """Whether a file of a folder is neither excluded nor written by a program; else it is counted."""
    if is_excluded(file, folder, exclude):
        left_out.excluded += 1
        return False
    try:
        with file.open(encoding="utf-8", errors="replace") as stream:
            head = stream.read(HEAD)
    except OSError:  # reading it says so
        return True
    if is_generated(file.name, head):
        left_out.generated += 1
        return False
    return True


def is_excluded(file: Path, folder: Path, exclude: Sequence[str]) -> bool:
    """Whether a glob matches a file, or a folder that holds it, below the folder that was named.

    One without `/` is compared with names, any other with whole paths.
    """
    below = file.relative_to(folder)
    whole = Path(os.path.abspath(file))
    paths = [path.as_posix() for path in (whole, *whole.parents[: len(below.parts) - 1])]
    return any(
        fnmatchcase(name, glob)
        for glob in exclude
        for name in (paths if "/" in glob else below.parts)
    )


def _walked(folder: Path, left_out: LeftOut) -> Iterator[Path]:
    """Files below a folder, as paths in it."""
    for where, folders, names in os.walk(folder):
        here = Path(where)
        left_out.vendored += sum(name in VENDORED for name in folders)
        folders[:] = [name for name in folders if not is_skipped(here / name)]
        yield from ((here / name).relative_to(folder) for name in names)


def _kept(folder: Path, names: Iterable[str], left_out: LeftOut) -> Iterator[Path]:
    """Of names below a folder those that no skipped folder holds, each once."""
    skipped = {Path(): False}  # many files share a few folders
    for name in map(Path, dict.fromkeys(names)):
        for parent in reversed(name.parents[:-1]):
            if parent not in skipped:
                inside = skipped[parent.parent]
                skipped[parent] = inside or is_skipped(folder / parent)
                left_out.vendored += not inside and parent.name in VENDORED
        if not skipped[name.parent]:
            yield name


def _is_wanted(file: Path) -> bool:
    if not language_of(file) or file.name.startswith(".") or file.is_symlink():
        return False
    return file.is_file()
