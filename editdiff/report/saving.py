"""Proposals, written to their files."""

from __future__ import annotations

from pathlib import Path

from editdiff.edits.proposal import Proposal
from editdiff.text import document


def save(file: Path, proposal: Proposal) -> tuple[str, ...]:
    """Write the proposal's text, all or nothing, if the file still is what the proposal was made for.

    Return a sentence for each thing of the old file that could not be kept.

    Raises:
        InputError: when the file changed, is read-only, or cannot be written. It is then as it was.
    """
    return document.write(file, proposal.after, expected=proposal.before.to_bytes())
