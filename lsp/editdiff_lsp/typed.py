"""What somebody has typed since ghost text was given, or since the model was shown a place.

An editor that closes brackets and quotes by itself puts them behind the cursor. Nobody wrote them: the model is not
shown them, and a suggestion that closes the same is written over them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple

from editdiff.edits.balance import closers
from editdiff.text.document import Document
from editdiff.text.edit import Edits
from editdiff.text.rebase import typed_in
from editdiff.text.span import Span

LONGEST_TYPED = 800
"""Code points that are typed at one anchor: with more, a new context is worth its reading."""
CLOSERS = frozenset(")]}>\"'`")
"""What editors close by themselves."""
MOST_CLOSED = 8
"""Code points of these behind a cursor."""


class Shown(NamedTuple):
    """Ghost text."""

    text: str
    """Empty where there is none."""
    over: int = 0
    """Code points behind the cursor that stand in it again: what the editor closed by itself."""


NOTHING = Shown("")


@dataclass(frozen=True)
class Given:
    """The last suggestion of a document."""

    version: int
    before: str
    """The text it was made for."""
    offset: int
    shown: Shown

    def rest(self, user: Edits, offset: int, language: str) -> Shown:
        """What is left of it at a cursor, when the user has typed its beginning, or has taken it word by word."""
        start, over = self.offset, self.shown.over
        typed = typed_in(Span(start, start + over), user, self.before)
        if typed is None or not typed.start <= offset <= typed.start + len(typed.text):
            return NOTHING
        done, closed = typed.text[: offset - typed.start], typed.text[offset - typed.start :]
        if not self.shown.text.startswith(done) or (len(closed) > over and not done):
            return NOTHING
        return over_closed(done, self.shown.text.removeprefix(done), closed, language)


@dataclass(frozen=True)
class Anchor:
    """Where the model was shown a document: what is typed on from there is little to read."""

    text: str
    offset: int
    near: bool = False
    """Whether it was shown nothing but what stands near the place."""
    behind: str = ""
    """What the editor had closed behind the place by then."""

    def closed(self, text: str, offset: int) -> str | None:
        """What an editor has closed behind the cursor at `offset` while somebody typed at the anchor.

        None where `text` differs by more than what was typed there up to the cursor, and closed behind it.
        """
        typed, tail = offset - self.offset, self.text[self.offset :]
        closed = text[offset : len(text) - len(tail)]
        holds = (
            0 <= typed <= LONGEST_TYPED
            and len(text) == len(self.text) + typed + len(closed)
            and text.startswith(self.text[: self.offset])
            and text.endswith(tail)
            and (closed == self.behind or (typed and len(closed) <= MOST_CLOSED))
            and CLOSERS.issuperset(closed)
        )
        return closed if holds else None


def without(document: Document, offset: int, closed: str) -> Document:
    """A document without what an editor has closed at a place."""
    text = document.text
    return document.with_text(text[:offset] + text[offset + len(closed) :]) if closed else document


def over_closed(typed: str, text: str, closed: str, language: str) -> Shown:
    """A suggestion behind what was `typed`, over as much of what the editor has closed as it closes itself.

    Nothing where that does not stand in it in this order: an editor would show it in a way that nobody reads.
    """
    left = _common_end(closed, closers(typed + text, language))
    over, following = closed[: len(closed) - left], iter(text)
    closes = CLOSERS.issuperset(over) and all(sign in following for sign in over)
    return Shown(text, len(over)) if closes else NOTHING


def _common_end(one: str, other: str) -> int:
    """Characters with which both end."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
