"""The project as it was at the base: a copy of it with what changed put back, so that tests can run there.

Nothing of the user's tree is touched, and git writes nothing: it only shows what files held. What it ignores, such
as a virtual environment, is there as it is now.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from editdiff.report.git import changes, gone, modes, stored
from editdiff.trials import tree

LINK, SUBMODULE, PROGRAM = 0o120000, 0o160000, 0o111


@contextmanager
def base_tree(top: Path, commit: str) -> Iterator[Path]:
    """A folder that holds the project as it was at a commit.

    Raises:
        InputError: when the project cannot be copied, or git not be asked.
    """
    with tempfile.TemporaryDirectory(prefix="editdiff-base-", ignore_cleanup_errors=True) as place:
        folder = Path(os.path.realpath(place)) / "project"
        tree.copy(top, folder)
        found = changes(top, commit)
        for change in found:
            _remove(folder, change.path)
        old = [change.before for change in found if change.before is not None]
        names = [*old, *gone(top, commit)]
        kinds = modes(top, commit, names)
        for name in names:
            data = None if kinds.get(name) in (None, SUBMODULE) else stored(top, commit, name)
            if data is not None:
                _write(folder, name, data, kinds[name])
        yield folder


def _remove(folder: Path, name: str) -> None:
    """Remove what came with the change."""
    file = folder / name
    if not _is_inside(folder, file.parent):
        return
    if file.is_dir() and not file.is_symlink():
        shutil.rmtree(file, ignore_errors=True)
    else:
        file.unlink(missing_ok=True)


def _write(folder: Path, name: str, data: bytes, kind: int) -> None:
    """Put back what was there; never through a link that leads elsewhere."""
    file = folder / name
    for parent in reversed(file.relative_to(folder).parents[:-1]):
        if (folder / parent).is_symlink() or (folder / parent).is_file():
            (folder / parent).unlink()  # a folder was here
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.is_symlink() or file.is_file():
        file.unlink()
    for empty, _, _ in os.walk(file, topdown=False):  # a file was here
        with suppress(OSError):
            os.rmdir(empty)
    if file.exists() or not _is_inside(folder, file.parent):
        return
    if kind == LINK:
        file.symlink_to(os.fsdecode(data))
        return
    file.write_bytes(data)
    if kind & PROGRAM:
        file.chmod(stat.S_IMODE(file.stat().st_mode) | PROGRAM)


def _is_inside(folder: Path, place: Path) -> bool:
    return Path(os.path.realpath(place)).is_relative_to(folder)
