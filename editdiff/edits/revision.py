"""Revision of a selection: what the model doubts there is done again, the rest stays.

Who doubts reads the selection once (`edits.review`). The most doubtful places are written anew, each in view of all
that stands around it, its own line too (`edits.revise`). What came of it is then read in its line from left to
right, in view of both sides of that, beside the line as it stands: only what is likelier by a margin, and ahead of
all else, is proposed, for a slip is rare, and a model that knows less than the author writes what is usual. What
does not parse as well as before is withheld, as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from editdiff.edits.doubts import alike, by_line, doubted_places, other_names
from editdiff.edits.drawing import Drawing
from editdiff.edits.hunks import together
from editdiff.edits.infill import OnSketch, infill
from editdiff.edits.proposal import Effort, NoEdit, Proposal, propose
from editdiff.edits.review import Review, doubted
from editdiff.edits.revise import in_place
from editdiff.edits.session import Session
from editdiff.edits.weighed import Weighed
from editdiff.engines.base import (
    Doubt,
    Doubter,
    Draft,
    FillOptions,
    FillTask,
    Reader,
    Scorer,
    Sketch,
    Update,
    Weigher,
)
from editdiff.errors import UsageError
from editdiff.text.document import Document
from editdiff.text.edit import Edits
from editdiff.text.rebase import TOUCHED, Dropped, typed_in
from editdiff.text.shown import unix
from editdiff.text.span import Span

MARGIN = 10.0
"""Nats by which a line has to be likelier than the one that stands there."""
LEAD = 2.0
"""Nats by which the best has to be ahead of the next: a model that doubts and knows several answers knows none."""
MOST_LINES = 400
"""Lines of a selection; reading more takes minutes."""
CONTEXT = 512
"""Most tokens around a place that are read for it."""
MOST_TOKENS = 24
"""Of what is written for one place."""
NOTHING = NoEdit("there is nothing in the selection", "select the text that is to be revised")
NO_JUDGE = NoEdit(
    "this model cannot judge a revision", "choose a model that can: editdiff models get coder"
)
NO_DOUBT = NoEdit("the model doubts nothing in the selection", "infill what is wrong")
NO_BETTER = NoEdit(
    "of what the model doubts in the selection it knows nothing that is clearly better",
    "infill what is wrong",
)
NO_OTHER = NoEdit("the model has no other revision that is clearly better", "infill what is wrong")


def begin(session: Session, document: Document, selection: Span) -> Revision | NoEdit:
    """Begin to revise a selection, or say why it cannot be; nothing is read yet."""
    text = unix(selection.slice(document.text))
    if not text.strip():
        return NOTHING
    if (lines := 1 + text.count("\n")) > MOST_LINES:
        why = f"the selection has {lines} lines, and at most {MOST_LINES} are revised at once"
        return NoEdit(why, "select less")
    return Revision(session, document, (selection,))


@dataclass
class Revision:
    """A selection of one version of a document, whose doubtful places are done again."""

    session: Session
    document: Document
    spans: tuple[Span, ...]
    """The selection: one."""
    shown: list[str] = field(default_factory=list)
    """Every line that was proposed so far."""
    rounds: int = 0
    """How often it was drafted."""
    drawn: tuple[Span, ...] = ()
    """Where the last sketch stands: places that turn out to stay as they are leave it."""

    def draft(self, on_sketch: OnSketch = lambda sketch: None) -> Proposal | NoEdit:
        """Propose what is better for the doubted places; asked again, what was not proposed yet.

        `on_sketch` sees every step, whose gaps are those that are `drawn` then; it may raise to cancel.

        Raises:
            EditdiffError: when the model cannot be loaded.
        """
        self.drawn = ()
        doubter, judge = self.session.doubter, self.session.engine
        if doubter is None or not isinstance(judge, Scorer):
            return NO_JUDGE
        if isinstance(doubter, Weigher):
            drawing = Drawing(self, on_sketch)
            weighed = Weighed(self.document, self.spans[0], doubter, self.session.checkers, drawing)
            return self._settled(weighed.outcomes(self.shown))
        places = self._places(doubter, on_sketch)
        return self._revised(places, on_sketch) if places else NO_DOUBT

    def follow(self, user: Edits) -> Revision | Dropped:
        """Carry it over to the document as the user has edited it meanwhile, inside the selection too.

        Dropped when an edit reaches over its border.

        Raises:
            ValueError: when a span of `user` reaches past the end of the document.
        """
        (selection,) = self.spans
        now = typed_in(selection, user, self.document.text)
        if now is None:
            return Dropped(TOUCHED)
        document = self.document.with_text(user.apply(self.document.text))
        span = Span(now.start, now.start + len(now.text))
        return replace(self, document=document, spans=(span,), shown=list(self.shown), drawn=())

    def _places(self, doubter: Doubter, on_sketch: OnSketch) -> list[Span]:
        """Read the selection; what of it is to be done again."""
        doubts = list[Doubt]()
        for part in doubted(self.document, doubter, self.spans):
            doubts += part
            on_sketch(Sketch(0, ()))
        review = Review(self.document, tuple(doubts), doubter.calibrated)
        return doubted_places(review, self.spans[0])

    def _revised(self, places: Sequence[Span], on_sketch: OnSketch) -> Proposal | NoEdit:
        """Do the places of one line after the other again, and propose all that is better."""
        text = self.document.text
        drawing = Drawing(self, on_sketch)
        drawing.begin(places, text)
        outcomes = list[Proposal | NoEdit]()
        for line, spans in by_line(text, places):
            outcomes.append(self._line(line, spans, drawing))
            drawing.settle(spans, outcomes[-1])
        return self._settled(outcomes)

    def _settled(self, outcomes: Sequence[Proposal | NoEdit]) -> Proposal | NoEdit:
        """All that is better, of the outcomes of lines; there are none where nothing is doubted."""
        if not outcomes:
            return NO_DOUBT
        self.rounds += 1
        better = [outcome for outcome in outcomes if isinstance(outcome, Proposal)]
        if not better:
            return NO_OTHER if self.shown else NO_BETTER
        self.shown += [unix(edit.text) for proposal in better for edit in proposal.edits]
        return self._together(better)

    def _line(self, line: Span, spans: Sequence[Span], drawing: Drawing) -> Proposal | NoEdit:
        """Propose one place of a line otherwise, where that is better than the line as it is."""
        session, told = self.session, self.session.options
        options = replace(
            told, context=min(told.context, CONTEXT), seed=told.seed + 2 * self.rounds
        )
        rivals = Rivals(session, self.document, self.spans[0], line, spans, drawing)
        exclude = {(text,) for text in self.shown}
        return infill(
            self.document, [line], rivals, options, session.checkers, retries=0, exclude=exclude
        )

    def _together(self, better: Sequence[Proposal]) -> Proposal | NoEdit:
        """All that is better as one edit; what breaks a check beside the others is left out."""
        outcome: Proposal | NoEdit = NO_BETTER
        kept = list[Proposal]()
        for proposal in better:
            both = [*kept, proposal]
            edits = together(each.edits for each in both)
            joined = propose(
                self.document,
                edits,
                [edit.span for edit in edits],
                self.session.checkers,
                Effort.total([each.effort for each in both]),
            )
            if isinstance(joined, Proposal):
                outcome, kept = joined, both
        return outcome


@dataclass
class Rivals:
    """An engine whose drafts for a line are that line, and the same with one of its doubted places done again."""

    session: Session
    document: Document
    selection: Span
    line: Span
    spans: Sequence[Span]
    """The doubted places."""
    drawing: Drawing
    name: str = "revision"

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Yield the drafts, the best first; the line as it is comes before what is not clearly better."""
        (line,) = task.gaps
        old = line.slice(task.text)
        texts, nfe = [old], 0
        for span in self.spans:
            head, tail = old[: span.start - self.line.start], old[span.end - self.line.start :]
            doubtful, written = span.slice(self.document.text), list[str]()
            for draft in self._drafts(span, options):
                nfe = max(nfe, draft.nfe)
                written += draft.texts if draft.ended else ()
            written += other_names(self.document.text, self.selection, span)
            texts += [head + text + tail for text in written if alike(doubtful, text)]
        texts = list(dict.fromkeys(texts))
        there, *scores = self._scores(task, texts, options)
        ranked = sorted(zip(scores, texts[1:], strict=True), key=lambda pair: -pair[0])
        better = sum(score > there + MARGIN for score, _ in ranked)
        if len(ranked) > 1 and ranked[0][0] < ranked[1][0] + LEAD:
            better = 0
        ranked.insert(better, (there, old))
        yield from (Draft((text,), score, nfe) for score, text in ranked)

    def _drafts(self, span: Span, options: FillOptions) -> Iterator[Draft]:
        """What the model writes in place of a span; nothing where its canvas does not hold the line."""
        task = in_place(self.document, [span], self.line, wrong=False)
        most = replace(options, max_tokens=min(options.max_tokens, MOST_TOKENS))
        try:
            for update in self.session.engine.fill(task, most):
                if isinstance(update, Draft):
                    yield update
                else:
                    self.drawing.step(span, update)
        except UsageError:
            return

    def _scores(self, task: FillTask, texts: Sequence[str], options: FillOptions) -> list[float]:
        """Log-probability of each text of the line, and that what follows it follows, in nats."""
        judge, filled = self.session.engine, [(text,) for text in texts]
        if isinstance(judge, Reader):
            return judge.score_with(task, filled, options)
        assert isinstance(judge, Scorer)  # the revision has looked
        return judge.score(task, filled)
