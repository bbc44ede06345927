"""Repairs that were made one after the other, each as an edit of the text before all of them.

A repair belongs to the text as those before it have left it. Where it meets what one of them wrote, nobody can make
it without that one: these stay together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from editdiff.edits.fix.run import Repair
from editdiff.edits.proposal import Proposal
from editdiff.text.edit import Edits, TextEdit, compose


class Group(NamedTuple):
    """Repairs that only go together."""

    repairs: tuple[Repair, ...]
    """In the order in which they were made."""
    edits: Edits
    """Of the text before any repair."""


class _Owned(NamedTuple):
    """An edit of the text before any repair, and the numbers of the repairs that it is made of."""

    edit: TextEdit
    repairs: frozenset[int]


def separate(repairs: Sequence[Repair]) -> list[Group]:
    """Groups of repairs, each made in the text as the last one left it, in the order of the text."""
    owned = list[_Owned]()
    for number, repair in enumerate(repairs):
        if isinstance(repair.outcome, Proposal):
            owned = _with(owned, repair.outcome.edits, number)
    return [
        Group(
            tuple(repairs[number] for number in sorted(numbers)),
            Edits(tuple(each.edit for each in owned if each.repairs & numbers)),
        )
        for numbers in _connected([each.repairs for each in owned])
    ]


def _with(owned: Sequence[_Owned], step: Edits, number: int) -> list[_Owned]:
    """The same edits with those of one more repair."""
    known = {each.edit: each.repairs for each in owned}
    now = []
    for edit in compose(Edits(tuple(known)), step):
        inside = [each.repairs for each in owned if edit.span.contains(each.edit.span)]
        now.append(_Owned(edit, known.get(edit) or frozenset({number}).union(*inside)))
    return now


def _connected(sets: Sequence[frozenset[int]]) -> list[frozenset[int]]:
    """Sets of numbers with all those joined that share one, in the order of the first of each."""
    found = list[frozenset[int]]()
    for each in sets:
        meeting = [other for other in found if other & each]
        joined = each.union(*meeting)
        at = found.index(meeting[0]) if meeting else len(found)
        found = [other for other in found if not other & each]
        found.insert(min(at, len(found)), joined)
    return found
