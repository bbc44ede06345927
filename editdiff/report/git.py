"""What git knows: the files of a folder, and the lines of a file that were changed since a revision.

Git is only asked for names and for stored bytes. No program that a repository names is run: no hook, file monitor,
filter, text conversion or other diff; and nothing is fetched.
"""

from __future__ import annotations

import difflib
import os
import subprocess
from pathlib import Path

from editdiff.errors import InputError, UsageError
from editdiff.text.diff import common_ends
from editdiff.text.document import Document
from editdiff.text.lines import LINE_ENDING

SECONDS = 60.0
"""Longest that git may take for an answer."""
COMPARED = 10_000
"""Most lines that are aligned: they take 4 s, twice as many four times that."""
SAFE = (
    "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", "protocol.allow=never",
    "--no-pager", "--literal-pathspecs",
)  # fmt: skip
LISTING = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
"""Names of a folder's files that git tracks or would track, each ended by a NUL."""
REDIRECTS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE")
"""Variables that would have git look at another repository, as it sets them itself for hooks."""


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
            "leave out --diff-base, or whatever else asks for changed lines",
        )
    new = LINE_ENDING.split(document.text)
    blob = f"{_commit(file.parent, revision, seconds)}:./{file.name}"
    if git(file.parent, "cat-file", "-e", blob, seconds=seconds).returncode != 0:
        return list(range(len(new)))
    stored = git(file.parent, "cat-file", "blob", blob, seconds=seconds)
    if stored.returncode != 0:
        raise InputError(
            f"git cannot show {document.path} as it was at {revision}: {_reason(stored)}",
            "see that `git show` works there",
        )
    old = LINE_ENDING.split(stored.stdout.decode("utf-8-sig", "replace"))
    head, tail = common_ends(old, new)  # the matcher's time grows with the square of what is left
    middle = old[head : len(old) - tail], new[head : len(new) - tail]
    if max(map(len, middle)) > COMPARED:
        return list(range(head, len(new) - tail))
    matcher = difflib.SequenceMatcher(None, *middle, autojunk=False)
    changes = (range(j1, j2) for tag, _, _, j1, j2 in matcher.get_opcodes() if tag != "equal")
    return [head + line for change in changes for line in change]


def changed_files(folder: Path, revision: str) -> list[str]:
    """Names, below the repository's top, of its files that are there and were added or changed since a revision.

    Raises:
        UsageError: when the repository has no such revision.
        InputError: when the folder is in no repository, or git cannot be asked.
    """
    top = root_of(folder)
    if top is None:
        raise InputError(
            f"{folder} is not in a git repository, so nobody knows what changed",
            "leave out --diff-base, or whatever else asks for changed lines",
        )
    commit = _commit(top, revision, SECONDS)
    compared = "diff", "--name-only", "-z", "--no-ext-diff", "--no-textconv", "--diff-filter=d"
    names = list[str]()
    for asked in ((*compared, commit, "--"), ("ls-files", "-z", "--others", "--exclude-standard")):
        done = git(top, *asked)
        if done.returncode != 0:
            raise InputError(
                f"git cannot tell what changed since {revision}: {_reason(done)}",
                "see that `git diff` works there",
            )
        names += [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]
    return list(dict.fromkeys(names))


def root_of(folder: Path) -> Path | None:
    """The repository that holds a folder."""
    folder = Path(os.path.realpath(folder))
    return next((p for p in (folder, *folder.parents) if (p / ".git").exists()), None)


def _commit(folder: Path, revision: str, seconds: float) -> str:
    """Hash of a revision."""
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
