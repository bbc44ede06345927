"""What git knows: the files of a folder, and what was changed in them since a revision.

Git is only asked for names and for stored bytes. No program that a repository names is run: no hook, file monitor,
filter, text conversion or other diff; and nothing is fetched.
"""

from __future__ import annotations

import difflib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from editdiff.errors import InputError, UsageError
from editdiff.text.diff import common_ends
from editdiff.text.document import Document
from editdiff.text.lines import LINE_ENDING

SECONDS = 60.0
"""Longest that git may take for an answer."""
COMPARED = 10_000
"""Most lines that are aligned: they take 4 s, twice as many four times that."""
AT_ONCE = 200
"""Names that git is asked about at once: a command line has its limits."""
SAFE = (
    "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", "protocol.allow=never",
    "--no-pager", "--literal-pathspecs",
)  # fmt: skip
LISTING = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
"""Names of a folder's files that git tracks or would track, each ended by a NUL."""
REDIRECTS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE")
"""Variables that would have git look at another repository, as it sets them itself for hooks."""


class Change(NamedTuple):
    """A file that is there, and was added or changed since a revision."""

    path: str
    """Below the repository's top, `/` between folders."""
    before: str | None
    """What it was called at the revision; None if it was not there, or git is not asked to keep it yet."""


def changed_lines(
    document: Document, file: Path, revision: str, seconds: float = SECONDS
) -> list[int]:
    """Lines of a file, from 0, that were added or changed since a revision; all of one that it does not have.

    `document` is what the file holds now. Lines are compared without their endings. Where more than COMPARED lines
    lie between the first change and the last one, all of them count as changed. Git may take `seconds`
    for each answer.

    Raises:
        UsageError: when the repository has no such revision.
        InputError: when the file is in no repository, or git cannot be asked.
    """
    file = Path(os.path.realpath(file))
    if root_of(file.parent) is None:
        raise InputError(
            f"{document.path} is not in a git repository, so nobody knows what changed",
            "run it in a git repository, or leave out what asks for changed lines, such as --diff-base",
        )
    commit = commit_of(file.parent, revision, seconds)
    old = stored(file.parent, commit, f"./{file.name}", seconds)
    if old is None:
        return list(range(len(LINE_ENDING.split(document.text))))
    changes = compared(old.decode("utf-8-sig", "replace"), document.text)
    return [line for change in changes for line in change]


def compared(before: str, after: str) -> list[range]:
    """Lines of a text, from 0, that are others than those of another one; an empty range where lines went.

    Lines are compared without their endings. Where more than COMPARED of them lie between the first change and the
    last one, all of them count as changed.
    """
    old, new = LINE_ENDING.split(before), LINE_ENDING.split(after)
    head, tail = common_ends(old, new)  # the matcher's time grows with the square of what is left
    middle = old[head : len(old) - tail], new[head : len(new) - tail]
    if max(map(len, middle)) > COMPARED:
        return [range(head, len(new) - tail)]
    matcher = difflib.SequenceMatcher(None, *middle, autojunk=False)
    changes = (range(j1, j2) for tag, _, _, j1, j2 in matcher.get_opcodes() if tag != "equal")
    return [range(head + change.start, head + change.stop) for change in changes]


def stored(folder: Path, commit: str, name: str, seconds: float = SECONDS) -> bytes | None:
    """What a file held in a commit, by its name from the top, or from the folder if it begins with `./`.

    None where the commit has no such file.

    Raises:
        InputError: when git cannot show it, or be asked.
    """
    blob = f"{commit}:{name}"
    if git(folder, "cat-file", "-e", blob, seconds=seconds).returncode != 0:
        return None
    shown = git(folder, "cat-file", "blob", blob, seconds=seconds)
    if shown.returncode != 0:
        raise InputError(
            f"git cannot show {name.removeprefix('./')} as it was at {commit}: {_reason(shown)}",
            "see that `git show` works there",
        )
    return shown.stdout


def changed_files(folder: Path, revision: str) -> list[str]:
    """Names, below the repository's top, of its files that are there and were added or changed since a revision.

    Raises:
        UsageError: when the repository has no such revision.
        InputError: when the folder is in no repository, or git cannot be asked.
    """
    top = repository_of(folder)
    commit = commit_of(top, revision)
    return [change.path for change in changes(top, commit)]


def changes(top: Path, commit: str) -> list[Change]:
    """The files of a repository that are there and were added or changed since a commit, each with its old name.

    Those come last that git does not know yet, and does not ignore.

    Raises:
        InputError: when git cannot be asked.
    """
    compare = (
        "diff",
        "--name-status",
        "-z",
        "-M",
        "--no-ext-diff",
        "--no-textconv",
        "--diff-filter=d",
    )
    told = _names(git(top, *compare, "--ignore-submodules=dirty", commit, "--"), commit)
    found = dict[str, Change]()
    while told:
        kind, *rest = told[:3]
        moved = kind[0] in "RC"
        found[rest[moved]] = Change(rest[moved], None if kind[0] == "A" else rest[0])
        told = told[2 + moved :]
    others = _names(git(top, "ls-files", "-z", "--others", "--exclude-standard"), commit)
    return [*found.values(), *(Change(name, None) for name in others if name not in found)]


def gone(top: Path, commit: str) -> list[str]:
    """Names of the files that a commit has, and that are there no longer.

    Raises:
        InputError: when git cannot be asked.
    """
    compare = "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--diff-filter=D"
    return _names(git(top, *compare, commit, "--"), commit)


def modes(top: Path, commit: str, names: Sequence[str]) -> dict[str, int]:
    """Names of files to what a commit says they are: 0o100644, 0o100755, 0o120000 a link, 0o160000 a submodule.

    Raises:
        InputError: when git cannot be asked.
    """
    found = dict[str, int]()
    for first in range(0, len(names), AT_ONCE):
        asked = "ls-tree", "-z", "--full-tree", commit, "--", *names[first : first + AT_ONCE]
        for told in _names(git(top, *asked), commit):
            about, _, name = told.partition("\t")
            found[name] = int(about.partition(" ")[0], 8)
    return found


def _names(done: subprocess.CompletedProcess[bytes], commit: str) -> list[str]:
    """What git has told, each ended by a NUL."""
    if done.returncode != 0:
        raise InputError(
            f"git cannot tell what changed since {commit}: {_reason(done)}",
            "see that `git diff` works there",
        )
    return [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]


def repository_of(folder: Path) -> Path:
    """The top of the repository that holds a folder.

    Raises:
        InputError: when none does.
    """
    top = root_of(folder)
    if top is None:
        raise InputError(
            f"{folder} is not in a git repository, so nobody knows what changed",
            "run it in a git repository, or leave out what asks for changed lines, such as --diff-base",
        )
    return top


def merge_base(top: Path, revision: str) -> str:
    """The commit at which the history of HEAD and that of a revision part.

    Raises:
        UsageError: when there is no such revision, or they have nothing in common.
        InputError: when so little of the history is there that nobody can tell; or git cannot be asked.
    """
    try:
        commit = commit_of(top, revision)
    except UsageError:
        _refuse_shallow(top, f"has no revision {revision!r}")
        raise
    if git(top, "rev-parse", "--verify", "--quiet", "HEAD^{commit}").returncode != 0:
        raise UsageError(f"nothing is committed yet in {top}", "commit what is to be looked at")
    asked = git(top, "merge-base", commit, "HEAD")
    found = asked.stdout.decode("ascii", "replace").split()
    if asked.returncode == 0 and found:
        return found[0]
    _refuse_shallow(top, f"has not the history that HEAD and {revision} have in common")
    raise UsageError(
        f"HEAD and {revision} have no commit in common", "name the branch that HEAD comes from"
    )


def _refuse_shallow(top: Path, lacks: str) -> None:
    """Raise InputError where the history is cut off."""
    asked = git(top, "rev-parse", "--is-shallow-repository")
    if asked.stdout.strip() == b"true":
        raise InputError(
            f"{top} is a shallow clone and {lacks}",
            "fetch it all: `fetch-depth: 0` for actions/checkout, `GIT_DEPTH: 0` in GitLab, else "
            "`git fetch --unshallow`",
        )


def marked(top: Path, names: Sequence[str], attributes: Sequence[str]) -> dict[str, str]:
    """Names of files to the first of some attributes that is set for them; git reads these in `.gitattributes`.

    Raises:
        InputError: when git cannot be asked.
    """
    found = dict[str, str]()
    for first in range(0, len(names), AT_ONCE):
        done = git(top, "check-attr", "-z", *attributes, "--", *names[first : first + AT_ONCE])
        told = _names(done, "")  # there are three for each: name, attribute, value
        for name, attribute, value in zip(told[::3], told[1::3], told[2::3], strict=True):
            if value in ("set", "true"):
                found.setdefault(name, attribute)
    return found


def root_of(folder: Path) -> Path | None:
    """The repository that holds a folder."""
    folder = Path(os.path.realpath(folder))
    return next((p for p in (folder, *folder.parents) if (p / ".git").exists()), None)


def commit_of(folder: Path, revision: str, seconds: float = SECONDS) -> str:
    """Hash of a revision.

    Raises:
        UsageError: when the repository has no such revision.
        InputError: when git cannot be asked.
    """
    question = "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
    asked = git(folder, *question, seconds=seconds)
    name = asked.stdout.decode("ascii", "replace").strip().split("\n")[-1]
    if asked.returncode != 0 or not name:
        why = f": {reason}" if (reason := _reason(asked)) else ""
        raise UsageError(
            f"the repository of {folder} has no revision {revision!r}{why}",
            "name a commit, branch or tag, such as HEAD or main",
        )
    return name


def listed(folder: Path) -> list[str]:
    """Names of the files of a folder that git tracks or would track.

    Raises:
        InputError: when git cannot list them.
    """
    done = git(folder, *LISTING)
    if done.returncode != 0:
        raise InputError(
            f"git cannot list the files of {folder}: {_reason(done)}",
            "see that `git ls-files` works there; without it nobody knows what .gitignore hides",
        )
    return [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]


def git(
    folder: Path, *arguments: str, seconds: float = SECONDS
) -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder, with nothing of a repository's own configuration started.

    Raises:
        InputError: when it cannot be started, or takes too long.
    """
    environment = {name: value for name, value in os.environ.items() if name not in REDIRECTS}
    try:
        return subprocess.run(
            ["git", *SAFE, "-C", str(folder), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment | {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"},
            timeout=seconds,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError(
            f"git cannot be asked: {error}",
            "install git, or try `git status` there; without it name files, and ask for no changed lines",
        ) from error


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stderr.decode(errors="replace").strip().split("\n")[0]
