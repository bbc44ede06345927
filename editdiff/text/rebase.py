"""Proposed edits carried over to the text as the user has changed it meanwhile.

A proposal was made, and checked, for its result. It is kept only while that result can still be
reached: accepting what is left of it gives the text that accepting all of it would have given, with
the user's edits elsewhere in it.

    the user's edit                                         the proposal
    ------------------------------------------------------  ------------------------------
    lies elsewhere, one kept character or more away         moves along
    within a proposed span: removes some of the old text    has less to remove
    within a proposed span: types what is proposed there    shrinks to the rest
    anything else that overlaps or touches a proposed span  is dropped, all of it

"What is proposed there": the proposed text begins with all that stands in the span up to the last
character typed. An insertion at the border of a proposed span touches it; so does a removal that
ends there, as what the proposal continues is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from editdiff.text.diff import common_ends
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.span import Span

TAKEN = "the user typed all that was proposed"
TOUCHED = "the user changed the text that the proposal would change"


@dataclass(frozen=True)
class Dropped:
    """The named outcome of a rebase that leaves nothing to propose."""

    reason: str
    """One sentence without a full stop: `TAKEN` or `TOUCHED`."""


def rebase(proposed: Edits, user: Edits, text: str) -> Edits | Dropped:
    """Return what is left of `proposed`, for `user.apply(text)`; both were made for `text`.

    Keep the proposal as it was made, and give as `user` all of the user's edits since, put
    together by `compose`: a proposal that was dropped or shrunk then comes back with an undo.
    To keep the untouched half of a proposal, rebase its hunks one by one.

    Raises:
        ValueError: when a span reaches past the end of `text`.
    """
    changes = [edit for edit in (_trimmed(edit, text) for edit in user) if not _is_empty(edit)]
    left: list[TextEdit] = []
    for run in _runs(proposed):
        hull = Span(run[0].span.start, run[-1].span.end)
        met = [edit for edit in changes if _touch(edit.span, hull)]
        growth = sum(edit.growth for edit in changes if edit.span.end < hull.start)
        if not met:
            left += [edit.shift(growth) for edit in run]
            continue
        whole = TextEdit(hull, "".join(edit.text for edit in run))
        if not _leads_to(whole, met, text):
            return Dropped(TOUCHED)
        left += [edit.shift(growth) for edit in _rest(whole, met, text)]
    return Edits(tuple(left)) if left or not proposed else Dropped(TAKEN)


class Typed(NamedTuple):
    """What a user's edits have made of one place."""

    start: int
    """Where it begins in the text after them."""
    text: str
    """What stands there now; may be empty."""


def typed_in(span: Span, user: Edits, text: str) -> Typed | None:
    """What stands where `span` of `text` stood, after the user's edits; None where they took more away."""
    changes = [edit for edit in (_trimmed(edit, text) for edit in user) if not _is_empty(edit)]
    met = [edit for edit in changes if _touch(edit.span, span)]
    if not all(span.contains(edit.span) for edit in met):
        return None
    growth = sum(edit.growth for edit in changes if edit.span.end < span.start)
    return Typed(span.start + growth, _now(span, met, text)[0])


def _leads_to(whole: TextEdit, met: list[TextEdit], text: str) -> bool:
    """Whether the user's edits do a part of the proposed one, and nothing else."""
    if not all(whole.span.contains(edit.span) for edit in met):
        return False
    now, typed = _now(whole.span, met, text)
    return whole.text.startswith(now[:typed])


def _rest(whole: TextEdit, met: list[TextEdit], text: str) -> Edits:
    """Return what is left to do, counted as if nothing before the span had changed."""
    now, typed = _now(whole.span, met, text)
    if now == whole.text:
        return Edits()
    start = whole.span.start
    return Edits((TextEdit(Span(start + typed, start + len(now)), whole.text[typed:]),))


def _now(span: Span, met: list[TextEdit], text: str) -> tuple[str, int]:
    """What stands in the span after the user's edits, and where in it the last typed text ends."""
    edits = Edits(tuple(edit.shift(-span.start) for edit in met))
    old = span.slice(text)
    typed = [edit.span.end for edit in edits.invert(old) if edit.span.length]
    return edits.apply(old), max(typed, default=0)


def _runs(edits: Edits) -> Iterator[list[TextEdit]]:
    """Join the edits that touch each other."""
    run: list[TextEdit] = []
    for edit in edits:
        if run and edit.span.start > run[-1].span.end:
            yield run
            run = []
        run.append(edit)
    if run:
        yield run


def _touch(a: Span, b: Span) -> bool:
    return a.start <= b.end and b.start <= a.end


def _trimmed(edit: TextEdit, text: str) -> TextEdit:
    """Leave out what the edit repeats: editors write a whole word to complete it."""
    head, tail = common_ends(edit.span.slice(text), edit.text)
    span = Span(edit.span.start + head, edit.span.end - tail)
    return TextEdit(span, edit.text[head : len(edit.text) - tail])


def _is_empty(edit: TextEdit) -> bool:
    return not edit.text and not edit.span.length
