"""Proposals from the time they are made until they are accepted, rejected or dropped."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from editdiff.check.anatomy import NamesChecker
from editdiff.edits.fix.changed import Changed, LeftAlone
from editdiff.edits.fix.mending import Mending
from editdiff.edits.groups import AnyFilling
from editdiff.edits.hunks import apart
from editdiff.edits.long_rewriting import LongRewriting
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.revision import Revision
from editdiff.edits.rewriting import AnyRewriting, Rewriting, notes
from editdiff.text.edit import Edits
from editdiff.text.rebase import TOUCHED, Dropped, rebase
from editdiff.text.span import Span
from editdiff_lsp.store import Opened

KEPT = 32
"""Offers that are remembered; the oldest is forgotten first."""
FORGOTTEN = "the proposal is not known any more"
NOT_OPEN = NoEdit("the document is not open", "open it first")
CANCELLED = NoEdit("it was cancelled")
STALE = NoEdit("the document has changed since the ranges were named", "try again")
TOO_OLD = "the document was changed too often since"
Drafting = AnyFilling | Mending | Changed | Revision | AnyRewriting
"""What is drafted once and again, and carried over to later versions of its document."""
Left = Mapping[int, Edits]
"""The hunks of a proposal that are still proposed, by their numbers, in the text of some version."""


@dataclass
class Offer:
    """What came of one filling: proposed, or put in the document."""

    id: str
    uri: str
    filling: Drafting
    """What is proposed for the version that `document.version` says."""
    proposal: Proposal | None = None
    """None when the last draft was none, and once it is accepted."""
    hunks: tuple[Edits, ...] = ()
    """What of the proposal is taken or rejected as a whole; its number is its place here."""
    rejected: set[int] = field(default_factory=set)
    """Numbers of hunks."""
    left: Left | None = None
    """What the client was told last of the proposal, in the text of the version it was told for."""
    accepted: bool = False
    applying: int = 0
    """How often it is on its way to the client."""

    @property
    def mends(self) -> bool:
        """Whether it mends problems or doubts, or does what was asked: when it is taken there is no other draft."""
        return isinstance(self.filling, Mending | Changed | Revision | AnyRewriting)

    @property
    def left_alone(self) -> tuple[LeftAlone, ...]:
        """Problems that the last draft did not mend, of what changed."""
        return self.filling.left if isinstance(self.filling, Changed) else ()

    @property
    def notes(self) -> list[str]:
        """What the user has to know beside a proposal of what was asked for in words."""
        if self.proposal is None or not isinstance(self.filling, AnyRewriting):
            return []
        return notes(self.filling, self.proposal)

    def propose(self, proposal: Proposal, hunks: tuple[Edits, ...]) -> None:
        """Take what was drafted, in place of what was proposed before."""
        self.proposal, self.hunks, self.rejected, self.left = proposal, hunks, set(), None

    def current(self, opened: Opened) -> Left | Dropped:
        """What is left of the proposal in the document as it is now; a hunk that is edited is dropped alone."""
        if self.proposal is None:
            return Dropped(FORGOTTEN)
        before = self.proposal.before
        user = opened.since(before.version)
        if user is None:
            return Dropped(TOO_OLD)
        left, dropped = dict[int, Edits](), Dropped(TOUCHED)
        for number, edits in enumerate(self.hunks):
            if number not in self.rejected:
                rest = rebase(edits, user, before.text)
                if not isinstance(rest, Dropped):
                    left[number] = rest
                elif self.left is None or number in self.left:  # it was still there
                    dropped = rest
        return left or dropped

    def followed(self, opened: Opened) -> Drafting | Dropped:
        """The filling, in the document as it is now."""
        user = opened.since(self.filling.document.version)
        if user is None:
            return Dropped(TOO_OLD)
        moved = self.filling.follow(user) if user else self.filling
        if isinstance(moved, Dropped):
            return moved
        return replace(moved, document=opened.document())

    def settle(self, opened: Opened) -> None:
        """What was proposed stands in the document: from now on another draft replaces its text."""
        if self.proposal is None:
            return
        user = opened.since(self.proposal.before.version) or Edits()
        spans = []
        for edit in self.proposal.edits:
            moved = sum(each.growth for each in user if each.span.end < edit.span.start)
            spans.append(Span(edit.span.start + moved, edit.span.start + moved + len(edit.text)))
        self.filling = replace(self.filling, document=opened.document(), spans=tuple(spans))
        self.proposal, self.left, self.accepted = None, None, True


def hunks_of(filling: Drafting, proposal: Proposal) -> tuple[Edits, ...]:
    """What of a proposal is taken or rejected as a whole: all, unless a selection was revised or rewritten."""
    if isinstance(filling, LongRewriting):  # a name that is changed in two places is one hunk
        return apart(proposal, (*filling.session.checkers, NamesChecker()))
    if isinstance(filling, Revision | Rewriting):
        return apart(proposal, filling.session.checkers)
    return (proposal.edits,)


def drawn_at(filling: Drafting) -> tuple[Span, ...]:
    """Where the gaps of the last sketch of a drafting are."""
    return filling.drawn if isinstance(filling, Revision) else filling.spans


@dataclass
class Offers:
    """The offers that are open, by their names."""

    _offers: dict[str, Offer] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def add(self, uri: str, filling: Drafting) -> Offer:
        """Begin an offer; the oldest is forgotten when there are too many."""
        offer = Offer(f"offer-{next(self._numbers)}", uri, filling)
        self._offers[offer.id] = offer
        for old in list(self._offers)[:-KEPT]:
            del self._offers[old]
        return offer

    def get(self, name: str) -> Offer | None:
        """Return an offer that is still known."""
        return self._offers.get(name)

    def forget(self, name: str) -> None:
        """Forget one; nothing happens if it is not known."""
        self._offers.pop(name, None)

    def of(self, uri: str) -> Sequence[Offer]:
        """Open offers of a document, the oldest first."""
        return [offer for offer in self._offers.values() if offer.uri == uri]

    def at(self, opened: Opened, span: Span) -> Offer | None:
        """The last offer that was accepted where `span` is, its filling as it is now."""
        for offer in reversed(self.of(opened.uri)):
            if not offer.accepted:
                continue
            filling = offer.followed(opened)
            if not isinstance(filling, Dropped) and any(
                there.start <= span.end and span.start <= there.end for there in filling.spans
            ):
                return offer
        return None
