"""What the command line, the language server and the bot share: one engine, and fillings that go on.

A session keeps its engine, so that what was encoded for one request serves the next ones on the same
documents (`engines.local.caches`). A filling is one request of a user: the gaps of one version of a document,
drafted once and again, and carried over to later versions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from editdiff.check.base import Anatomist, Checker
from editdiff.check.remember import remembering
from editdiff.edits.infill import DEFAULTS, RETRIES, OnSketch, infill
from editdiff.edits.others import Find, nothing
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.engines.base import (
    Assessor,
    Doubter,
    Engine,
    FillOptions,
    FixAssessor,
    OtherFile,
    takes_others,
)
from editdiff.text.document import Document
from editdiff.text.edit import Edits
from editdiff.text.rebase import TOUCHED, Dropped
from editdiff.text.span import Span


@dataclass
class Session:
    """One engine for any number of documents."""

    load: Callable[[], Engine]
    """Called once, when the first draft is wanted: loading a model takes its time."""
    options: FillOptions = DEFAULTS
    checkers: Sequence[Checker] = ()
    find: Find = nothing
    """Finds the files that belong to a document."""
    calibrate: Callable[[], Assessor | None] = lambda: None
    """Called once, when the first draft is wanted: says how sure the engine is of a draft, where that is known."""
    least: float | None = None
    """Least confidence of a draft that is proposed, 0 to 1; None for the model's own."""
    doubt: Callable[[], Doubter | None] = lambda: None
    """Called once, when something is to be revised: says what of a text the same model doubts."""
    calibrate_fixes: Callable[[], FixAssessor | None] = lambda: None
    """Called once, when something is to be mended: says how likely a fix is right, where that is known."""
    calibrate_rewrites: Callable[[], Assessor | None] = lambda: None
    """Called once, when something is to be rewritten: says how likely an answer is right, where that is known."""
    anatomist: Anatomist | None = None
    """Knows what texts are made of: without it nothing long is rewritten, and nobody sees whether gaps agree."""

    @cached_property
    def calibration(self) -> Assessor | None:
        """Who says how sure the engine is of a draft; None where nobody can."""
        return self.calibrate()

    @cached_property
    def of_fixes(self) -> FixAssessor | None:
        """Who says how likely a fix is right; None where nobody can."""
        return self.calibrate_fixes()

    @cached_property
    def of_rewrites(self) -> Assessor | None:
        """Who says how likely an answer to an instruction is right; None where nobody can."""
        return self.calibrate_rewrites()

    @cached_property
    def doubter(self) -> Doubter | None:
        """Who says what the model doubts; None where nobody can."""
        return self.doubt()

    @cached_property
    def engine(self) -> Engine:
        """The engine; loaded when it is first asked for."""
        return self.load()

    @property
    def loaded(self) -> Engine | None:
        """The engine, if it is loaded."""
        engine: Engine | None = self.__dict__.get("engine")
        return engine

    def exchange(self, engine: Engine | None) -> None:
        """Go on with another engine, also in fillings that are open; None for one that the next draft loads."""
        for kept in ("engine", "calibration", "doubter", "of_fixes", "of_rewrites"):
            self.__dict__.pop(kept, None)
        if engine is not None:
            self.__dict__["engine"] = engine

    def others(self, document: Document, spans: Sequence[Span] = ()) -> tuple[OtherFile, ...]:
        """Files that belong to a document with gaps at the `spans`; none for a model that has no place for them."""
        if not takes_others(self.engine):
            return ()
        return self.find(document, spans, self.options.others)

    def begin(self, document: Document, spans: Sequence[Span]) -> Filling:
        """Start a filling; nothing is drafted yet."""
        return Filling(self, document, tuple(spans))


@dataclass
class Filling:
    """Gaps of one version of a document: disjoint, in order."""

    session: Session
    document: Document
    spans: tuple[Span, ...]
    shown: list[tuple[str, ...]] = field(default_factory=list)
    """Texts of the drafts that were proposed so far, one text per gap."""
    rounds: int = 0
    """How often the engine was asked."""
    others: tuple[OtherFile, ...] | None = None
    """Files that belong to the document, once they were looked for: further drafts are made beside the same."""
    checkers: tuple[Checker, ...] = field(init=False, repr=False, compare=False)
    """The session's, with a memory for this version of the document."""

    def __post_init__(self) -> None:
        self.checkers = remembering(self.session.checkers)

    def draft(self, on_sketch: OnSketch = lambda sketch: None) -> Proposal | NoEdit:
        """Propose the best draft; asked again, the best one that was not proposed yet."""
        hidden = tuple(span.slice(self.document.text) for span in self.spans)
        exclude = {hidden, *self.shown} if self.shown else set()
        options = self.session.options
        options = replace(options, seed=options.seed + self.rounds * (1 + RETRIES))
        self.rounds += 1
        if self.others is None:
            self.others = self.session.others(self.document, self.spans)
        outcome = infill(
            self.document,
            self.spans,
            self.session.engine,
            options,
            self.checkers,
            others=self.others,
            exclude=exclude,
            on_sketch=on_sketch,
            calibration=self.session.calibration,
            least=self.session.least,
            anatomist=self.session.anatomist,
        )
        if isinstance(outcome, Proposal):
            self.shown.append(tuple(edit.text for edit in outcome.edits))
        return outcome

    def follow(self, user: Edits) -> Filling | Dropped:
        """Carry the filling over to the document as the user has edited it meanwhile.

        What was shown is remembered: another draft is still another one. Dropped when an edit
        touches a gap, for then nobody knows what the user wants there.

        Raises:
            ValueError: when a span of `user` reaches past the end of the document.
        """
        moved = carried(self.document, self.spans, user)
        if isinstance(moved, Dropped):
            return moved
        document, spans = moved
        return replace(self, document=document, spans=spans, shown=list(self.shown))


def carried(
    document: Document, spans: Sequence[Span], user: Edits
) -> tuple[Document, tuple[Span, ...]] | Dropped:
    """A document as the user has edited it, and its gaps there; dropped when an edit touches one.

    Raises:
        ValueError: when a span of `user` reaches past the end of the document.
    """
    if any(_touch(edit.span, span) for span in spans for edit in user):
        return Dropped(TOUCHED)
    moved = (s.shift(sum(e.growth for e in user if e.span.end < s.start)) for s in spans)
    return document.with_text(user.apply(document.text)), tuple(moved)


def _touch(a: Span, b: Span) -> bool:
    return a.start <= b.end and b.start <= a.end
