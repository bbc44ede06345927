"""Proposals as patches, for `git apply`; those of several files one after the other are one patch.

Git reads a patch with its own line `diff --git` from the top of a repository, and one without it from the folder in
which `git apply` runs: below the top the first kind alone leads to the file from wherever it is applied.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from editdiff.edits.proposal import Proposal
from editdiff.report.git import root_of
from editdiff.report.paths import relative_name


class PatchName(NamedTuple):
    """How a patch names its file."""

    path: str
    """With `/` between folders."""
    top: Path | None = None
    """The repository at whose top `path` begins, where that is not the current folder."""


def patch_bytes(proposal: Proposal, file: Path) -> bytes:
    r"""The patch of a file, to be applied in the current folder; as bytes: a `\r` of the file must stay one."""
    return patch_text(proposal, file).encode()


def patch_text(proposal: Proposal, file: str | Path) -> str:
    """The patch of a file, to be applied in the current folder or at the top of its repository."""
    name = patch_name(file)
    return proposal.patch(name.path, from_top=name.top is not None)


def patch_name(file: str | Path) -> PatchName:
    """How `git apply`, run in the current folder, finds a file.

    In the repository that holds the current folder a file is named from its top, as `git diff` names it, links
    followed: git does not. Else it is named from the current folder; outside of that, from the top of its own
    repository; where it has none its whole path is all that there is, and no `git apply` takes that.
    """
    path, here = Path(os.path.realpath(file)), Path.cwd().resolve()
    top = root_of(here)
    if top is None or not path.is_relative_to(top):
        top = None if path.is_relative_to(here) else root_of(path.parent)
    if top is None:
        return PatchName(relative_name(file))
    return PatchName(path.relative_to(top).as_posix(), None if top == here else top)


def passed_over(file: str | Path) -> Path | None:
    """Where the patch of a file has to be applied, if `git apply` in the current folder would silently skip it."""
    top = patch_name(file).top
    below = Path(os.path.realpath(file)).is_relative_to(Path.cwd().resolve())
    return None if below else top
