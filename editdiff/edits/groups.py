"""More gaps than a model fills at once: one group after the other, each in view of what was filled before it.

It is one edit all the same: a group that cannot be filled leaves the document as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from editdiff.edits.infill import OnSketch
from editdiff.edits.proposal import UNCHANGED, Effort, NoEdit, Proposal, propose
from editdiff.edits.session import Filling, Session, carried
from editdiff.engines.base import OtherFile, Place, Sketch
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.lines import LineTable
from editdiff.text.rebase import Dropped
from editdiff.text.span import Span


def begin(
    session: Session, document: Document, spans: Sequence[Span], most: Callable[[], int]
) -> AnyFilling:
    """Start a filling of any number of gaps; of several, `most` tells how many the model fills at once."""
    if len(spans) <= 1 or len(spans) <= (limit := most()):
        return session.begin(document, spans)
    return GroupedFilling(session, document, tuple(spans), limit)


def groups(spans: Sequence[Span], most: int) -> Iterator[tuple[Span, ...]]:
    """Cut gaps into as few groups as hold at most `most` each, of about one size: none is left alone."""
    count = -(-len(spans) // most)
    bounds = [len(spans) * i // count for i in range(count + 1)]
    for first, end in pairwise(bounds):
        yield tuple(spans[first:end])


@dataclass
class GroupedFilling:
    """Gaps of one version of a document, disjoint and in order, that are filled group by group."""

    session: Session
    document: Document
    spans: tuple[Span, ...]
    most: int
    """Gaps of a group."""
    others: tuple[OtherFile, ...] | None = None
    """Files that belong to the document, once they were looked for."""
    rounds: int = 0
    """How often all gaps were drafted."""
    shown: dict[int, list[tuple[str, ...]]] = field(default_factory=dict)
    """Texts of each group, counted from 0, in the drafts that were proposed so far."""

    @property
    def groups(self) -> list[tuple[Span, ...]]:
        """The gaps that are filled together, one group after the other."""
        return list(groups(self.spans, self.most))

    def draft(self, on_sketch: OnSketch = lambda sketch: None) -> Proposal | NoEdit:
        """Propose a draft of all gaps; asked again, one that was not proposed yet."""
        now, growth, edits = self.document, 0, list[TextEdit]()
        efforts = list[Effort]()
        for number, group in enumerate(self.groups):
            filling = Filling(
                self.session,
                now,
                tuple(span.shift(growth) for span in group),
                list(self.shown.get(number, ())),
                self.rounds,
                self.others,
            )
            steps = sum(effort.nfe for effort in efforts)
            outcome = filling.draft(_behind(edits, steps, on_sketch))
            self.others = filling.others
            if isinstance(outcome, Proposal):
                edits += [edit.shift(-growth) for edit in outcome.edits]
                now, growth = outcome.after, sum(edit.growth for edit in edits)
                efforts.append(outcome.effort)
            elif outcome.reason == UNCHANGED:
                edits += [TextEdit(span, span.slice(self.document.text)) for span in group]
            else:
                return replace(outcome, reason=f"{self._lines(group)}: {outcome.reason}")
        proposal = propose(
            self.document,
            Edits(tuple(edits)),
            self.spans,
            self.session.checkers,
            Effort.total(efforts),
        )
        if isinstance(proposal, Proposal):
            self._remember(edits)
        return proposal

    def follow(self, user: Edits) -> GroupedFilling | Dropped:
        """Carry the filling over to the document as the user has edited it meanwhile, as `Filling.follow`."""
        moved = carried(self.document, self.spans, user)
        if isinstance(moved, Dropped):
            return moved
        document, spans = moved
        shown = {number: list(texts) for number, texts in self.shown.items()}
        return replace(self, document=document, spans=spans, shown=shown)

    def _remember(self, edits: Sequence[TextEdit]) -> None:
        """Keep what was proposed, so that another draft is another one of each group."""
        self.rounds += 1
        texts = (edit.text for edit in edits)
        for number, group in enumerate(self.groups):
            self.shown.setdefault(number, []).append(tuple(next(texts) for _ in group))

    def _lines(self, group: Sequence[Span]) -> str:
        table = LineTable(self.document.text)
        first, last = (table.position(at).line + 1 for at in (group[0].start, group[-1].end))
        where = f"line {first}" if first == last else f"lines {first}-{last}"
        return f"{len(group)} of {len(self.spans)} gaps, in {where}"


AnyFilling = Filling | GroupedFilling
"""However many gaps there are."""


def _behind(edits: Sequence[TextEdit], steps: int, on_sketch: OnSketch) -> OnSketch:
    """Show a group's steps with what was filled before it."""
    filled = tuple((Place(edit.text, committed=True, confidence=1.0),) for edit in edits)
    return lambda sketch: on_sketch(Sketch(steps + sketch.step, (*filled, *sketch.gaps)))
