"""One request to rewrite: regions of one version of a document, and what is to become of them.

Regions are rewritten one after the other, each in view of what became of those before it. It is one edit all the
same: where one cannot be rewritten, the document stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from editdiff.check.remember import remembering
from editdiff.edits.infill import OnSketch
from editdiff.edits.long_rewriting import LongRewriting, is_long, parts_of, summary
from editdiff.edits.outside import Outside, note, outside, refused
from editdiff.edits.proposal import Effort, NoEdit, Proposal, propose
from editdiff.edits.rewrite import UNMEASURED, refusal, rewrite, without_blank_ends
from editdiff.edits.session import Session, carried
from editdiff.engines.base import OtherFile, Place, Sketch
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.lines import LineTable
from editdiff.text.rebase import Dropped
from editdiff.text.span import Span


def begin(
    session: Session, document: Document, selections: Sequence[Span], ask: str
) -> AnyRewriting | NoEdit:
    """Begin to rewrite selections, disjoint and in order, or say why it cannot be; nothing is read yet.

    Where one is longer than what is rewritten at once, all are cut into parts.
    """
    anatomist = session.anatomist
    long = anatomist is not None
    for span in selections:
        if why := refusal(document, span, ask, long=long):
            return why
    if why := refused(tuple(outside(document, selections, ask))):
        return why
    if anatomist is None or not any(is_long(document, span) for span in selections):
        return Rewriting(session, document, tuple(selections), ask)
    parts = parts_of(document, selections, anatomist)
    if isinstance(parts, NoEdit):
        return parts
    return LongRewriting(session, document, parts, ask, tuple(selections), anatomist)


@dataclass
class Rewriting:
    """Regions of one version of a document: disjoint, in order, at least one."""

    session: Session
    document: Document
    spans: tuple[Span, ...]
    ask: str
    """What is to become of them, in words."""
    shown: dict[int, list[str]] = field(default_factory=dict)
    """Texts of each region, counted from 0, in what was proposed so far."""
    rounds: int = 0
    """How often the engine was asked."""
    others: tuple[OtherFile, ...] | None = None
    """No other files are told."""

    def __post_init__(self) -> None:
        self.spans = tuple(without_blank_ends(self.document, span) for span in self.spans)

    @property
    def outside(self) -> tuple[Outside, ...]:
        """What the instruction names that lies outside of the regions."""
        return tuple(outside(self.document, self.spans, self.ask))

    def draft(self, on_sketch: OnSketch = lambda sketch: None) -> Proposal | NoEdit:
        """Propose the likeliest answer; asked again, one that was not proposed yet.

        Raises:
            EditdiffError: when the model cannot be loaded, or cannot be told what to do.
        """
        session, now, edits, efforts = self.session, self.document, list[TextEdit](), list[Effort]()
        if session.of_rewrites is None and session.least != 0:
            return UNMEASURED
        named_outside = self.outside
        options = replace(session.options, seed=session.options.seed + self.rounds)
        self.rounds += 1
        checkers = remembering(session.checkers)
        for number, span in enumerate(self.spans):
            growth, steps = sum(edit.growth for edit in edits), sum(e.nfe for e in efforts)
            outcome = rewrite(
                now,
                span.shift(growth),
                self.ask,
                session.engine,
                options,
                checkers,
                exclude=self.shown.get(number, ()),
                on_sketch=self._among(number, edits, steps, on_sketch),
                calibration=session.of_rewrites,
                least=session.least,
                named_outside=named_outside,
            )
            if isinstance(outcome, NoEdit):
                return self._where(outcome, span)
            edits += [edit.shift(-growth) for edit in outcome.edits]
            now = outcome.after
            efforts.append(outcome.effort)
        for number, edit in enumerate(edits):
            self.shown.setdefault(number, []).append(edit.text)
        if len(self.spans) == 1:
            return outcome
        told = [each.confidence for each in efforts if each.confidence is not None]
        effort = replace(Effort.total(efforts), confidence=min(told, default=None))
        return propose(self.document, Edits(tuple(edits)), self.spans, checkers, effort)

    def follow(self, user: Edits) -> Rewriting | Dropped:
        """Carry it over to the document as the user has edited it meanwhile; dropped when an edit touches a region.

        Raises:
            ValueError: when a span of `user` reaches past the end of the document.
        """
        moved = carried(self.document, self.spans, user)
        if isinstance(moved, Dropped):
            return moved
        document, spans = moved
        shown = {number: list(texts) for number, texts in self.shown.items()}
        return replace(self, document=document, spans=spans, shown=shown)

    def _among(
        self, number: int, edits: Sequence[TextEdit], steps: int, on_sketch: OnSketch
    ) -> OnSketch:
        """Show a sketch of one region among the others, after so many steps."""
        text = self.document.text
        done = [(Place(edit.text, True, 1.0),) for edit in edits]
        waiting = [(Place(span.slice(text), False, 1.0),) for span in self.spans[number + 1 :]]

        def shown(sketch: Sketch) -> None:
            on_sketch(Sketch(steps + sketch.step, (*done, *sketch.gaps, *waiting)))

        return shown

    def _where(self, outcome: NoEdit, span: Span) -> NoEdit:
        """Say which of several regions it is about."""
        if len(self.spans) == 1:
            return outcome
        line = LineTable(self.document.text).position(span.start).line + 1
        return NoEdit(f"the region of line {line}: {outcome.reason}", outcome.hint)


AnyRewriting = Rewriting | LongRewriting
"""However long the regions are."""


def notes(rewriting: AnyRewriting, outcome: Proposal | NoEdit) -> list[str]:
    """What a person has to know beside an outcome: what lies outside of the regions, what became of the parts."""
    spans = rewriting.regions if isinstance(rewriting, LongRewriting) else rewriting.spans
    reason = outcome.reason if isinstance(outcome, NoEdit) else ""
    found = [each for each in rewriting.outside if each.told not in reason]
    told = note(found, rewriting.document, () if reason else spans)
    parts = (
        summary(rewriting.parts, rewriting.document.text)
        if isinstance(rewriting, LongRewriting)
        else ""
    )
    return [each for each in (told, parts) if each]
