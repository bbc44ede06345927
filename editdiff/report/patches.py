"""Proposals as patches, for `git apply`; those of several files one after the other are one patch."""

from __future__ import annotations

from pathlib import Path

from editdiff.edits.proposal import Proposal
from editdiff.report.paths import relative_name


def patch_bytes(proposal: Proposal, file: Path) -> bytes:
    r"""The patch of a file, to be applied in the current folder; as bytes: a `\r` of the file must stay one."""
    return proposal.patch(relative_name(file)).encode()
