"""A user's folder: which files are trained on, and which are kept out to stop and to measure by.

In a git repository only files that git tracks are read, so that nothing is learnt which `.gitignore` hides.
Symbolic links are never followed. What is kept out is chosen by its path, so that it stays out in later runs.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from editdiff.errors import InputError
from editdiff.text.language import language_of
from editdiff.text.shown import unix
from editdiff.training.corpus.quality import MAX_CHARS, Kind, fault
from editdiff.training.corpus.sources import SourceFile, Statistics

LEAST_CHARS, LEAST_FILES = 20_000, 5
"""Code points, and files of code, without which there is nothing to learn or to measure."""
WATCHED_SHARE, HELD_OUT_SHARE = 0.04, 0.12
"""Shares of the files of code: those that say when to stop; these and those that are measured on."""
PROGRAMS = {
    "c", "cpp", "go", "java", "javascript", "javascriptreact", "python", "rust", "shellscript", "typescript",
    "typescriptreact",
}  # fmt: skip
"""Languages whose files may be kept out; text and data are only trained on."""
PROSE = {"markdown", "latex"}
SKIPPED = {"node_modules", "site-packages", "venv", "env", "build", "dist", "target", "__pycache__"}
"""Folders that are not entered without git, beside hidden ones and virtual environments."""
GIT_SECONDS = 60
REDIRECTS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
"""Variables that would have git look at another repository, as it sets them itself for hooks."""


@dataclass(frozen=True)
class UserFiles:
    """The files of a user's folder that can be learnt from, each text once."""

    train: tuple[SourceFile, ...]
    watched: tuple[SourceFile, ...]
    """Never trained on; they say when to stop."""
    measured: tuple[SourceFile, ...]
    """Never trained on nor chosen by; what comes of the training is measured on them."""
    tracked: bool
    """Whether git named them."""
    left_out: Mapping[str, int]
    """Reason to number of files, of those in a known language."""

    @property
    def characters(self) -> int:
        """Code points that are trained on."""
        return sum(len(file.text) for file in self.train)


def read_user_files(folder: Path) -> UserFiles:
    """Read what is to be learnt from a folder.

    Raises:
        InputError: when it is no folder, git cannot list it, or it holds too little.
    """
    if not folder.is_dir():
        raise InputError(
            f"{folder} is not a folder", "name the folder of a repository: --on PATH takes no file"
        )
    root, statistics = folder.resolve(), Statistics()
    names = tracked_names(root)
    files = list(_read_all(root, _walk(root) if names is None else names, statistics))
    _refuse_too_little(folder, files, names is not None)
    watched, measured = held_out([file for file in files if _is_program(file)])
    kept_out = {file.path for file in (*watched, *measured)}
    train = tuple(file for file in files if file.path not in kept_out)
    return UserFiles(train, watched, measured, names is not None, statistics.left_out)


def tracked_names(root: Path) -> list[str] | None:
    """Paths that git tracks below a folder, sorted; None outside of any repository.

    No program that the repository names is run: neither hooks nor a file monitor.

    Raises:
        InputError: when git cannot list a repository: then it is unknown what `.gitignore` hides.
    """
    if not any((parent / ".git").exists() for parent in (root, *root.parents)):
        return None
    safe = ["-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}"]
    environment = {name: value for name, value in os.environ.items() if name not in REDIRECTS}
    try:
        done = subprocess.run(
            ["git", *safe, "-C", str(root), "ls-files", "-z"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment | {"GIT_OPTIONAL_LOCKS": "0"},
            timeout=GIT_SECONDS,
        )
        reason = done.stderr.decode(errors="replace").strip().split("\n")[0]
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = str(error)
    else:
        if done.returncode == 0:
            return sorted({os.fsdecode(name) for name in done.stdout.split(b"\0") if name})
    raise InputError(
        f"git cannot list the files of {root}: {reason}",
        "see that `git ls-files` works there; without it nobody knows what .gitignore hides",
    )


def held_out(programs: Sequence[SourceFile]) -> tuple[tuple[SourceFile, ...], ...]:
    """Files watched and files measured on: by their paths' numbers, but one to a quarter of all, each."""
    order = sorted(programs, key=lambda file: fraction(file.path))
    numbers, most = [fraction(file.path) for file in order], max(1, len(order) // 4)
    first = max(1, min(most, bisect_left(numbers, WATCHED_SHARE)))
    last = max(first + 1, min(first + most, bisect_left(numbers, HELD_OUT_SHARE)))
    return tuple(order[:first]), tuple(order[first:last])


def fraction(path: str) -> float:
    """A number from 0 to 1 that depends on the path alone."""
    return int.from_bytes(hashlib.sha256(path.encode()).digest()[:8], "big") / 2**64


def _walk(root: Path) -> Iterator[str]:
    """Paths below a folder, in a fixed order, without what is hidden, installed or built."""
    for where, folders, names in os.walk(root):
        here = Path(where)
        folders[:] = sorted(name for name in folders if _is_entered(here / name))
        for name in sorted(names):
            if not name.startswith("."):
                yield (here / name).relative_to(root).as_posix()


def _is_entered(folder: Path) -> bool:
    hidden = folder.name.startswith(".") or folder.name in SKIPPED
    return not hidden and not (folder / "pyvenv.cfg").exists()


def _read_all(root: Path, names: Iterator[str] | list[str], s: Statistics) -> Iterator[SourceFile]:
    seen: set[str] = set()
    for name in names:
        text = _read(root, root / name, s)
        if text is None:
            continue
        language = language_of(name, text)
        if not language:
            continue
        kind: Kind = "prose" if language in PROSE else "code"
        digest = hashlib.sha256("".join(text.split()).encode()).hexdigest()
        reason = "duplicate" if digest in seen else fault(text, kind)
        if reason is not None:
            s.skip(reason)
            continue
        seen.add(digest)
        printable = name.encode(errors="replace").decode()  # a file name need not be UTF-8
        yield SourceFile(root.name, printable, text, kind)


def _read(root: Path, path: Path, s: Statistics) -> str | None:
    r"""Text of a file, lines ending in `\n`; None for what is no text of a known language."""
    known = bool(language_of(path))
    if path.resolve() != path or not path.is_file():
        return None  # a link, itself or a folder above it; a submodule; deleted since
    if path.stat().st_size > 4 * MAX_CHARS:
        if known:
            s.skip("too short or too long")
        return None
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        text = "\0"
    if "\0" in text:
        if known:
            s.skip("not UTF-8 text")
        return None
    return unix(text)


def _is_program(file: SourceFile) -> bool:
    return language_of(file.path, file.text) in PROGRAMS


def _refuse_too_little(folder: Path, files: Sequence[SourceFile], tracked: bool) -> None:
    """Raise InputError unless there is enough to learn from and to keep out."""
    characters, programs = sum(len(file.text) for file in files), sum(map(_is_program, files))
    if characters >= LEAST_CHARS and programs >= LEAST_FILES:
        return
    raise InputError(
        f"{folder} holds {programs} files of code and {characters:,} characters that can be learnt from; "
        f"it takes {LEAST_FILES} files and {LEAST_CHARS:,} characters",
        "only files that git tracks are read: `git add` what is missing, or name a larger folder"
        if tracked
        else "name a larger folder",
    )
