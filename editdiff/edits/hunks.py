"""The parts of a proposal that can each be taken or left on their own, as they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from editdiff.check.base import Checker
from editdiff.edits.proposal import Proposal, propose
from editdiff.text.diff import whole_words
from editdiff.text.edit import Edits


def apart(proposal: Proposal, checkers: Sequence[Checker]) -> tuple[Edits, ...]:
    """The hunks of a proposal; those that do not pass the checkers alone are one with each other, or else all are.

    Their edits are of whole words.
    """
    text = proposal.before.text
    hunks = [
        Edits(tuple(whole_words(edit, text) for edit in hunk.edits)) for hunk in proposal.hunks
    ]
    alone = [hunk for hunk in hunks if _passes(proposal, hunk, checkers)]
    bound = together([hunk for hunk in hunks if hunk not in alone])
    if not bound:
        return tuple(alone)
    if not _passes(proposal, bound, checkers):
        return (together(hunks),)
    return tuple(sorted((*alone, bound), key=lambda hunk: hunk.items[0].span))


def together(hunks: Iterable[Edits]) -> Edits:
    """The edits of several hunks."""
    return Edits(tuple(edit for hunk in hunks for edit in hunk))


def _passes(proposal: Proposal, hunk: Edits, checkers: Sequence[Checker]) -> bool:
    """Whether a document in which nothing but a hunk was taken is no worse than before."""
    editable = [edit.span for edit in hunk]
    taken = propose(proposal.before, hunk, editable, checkers, proposal.effort)
    return isinstance(taken, Proposal)
