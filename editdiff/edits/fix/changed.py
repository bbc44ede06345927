"""What is wrong in some lines of a document, mended as one edit, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from editdiff.edits.fix.credible import Trust
from editdiff.edits.fix.run import Fixing, Limits, Repair
from editdiff.edits.fix.standards import Checks
from editdiff.edits.infill import OnSketch
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.session import Session, carried
from editdiff.text.document import Document
from editdiff.text.edit import Edits
from editdiff.text.lines import LineTable
from editdiff.text.rebase import Dropped
from editdiff.text.span import Span

LIMITS = Limits(seconds=60.0)


class LeftAlone(NamedTuple):
    """A problem that was not mended."""

    line: int
    """Where it stands once all fixes are in, from 1."""
    message: str
    reason: str


@dataclass
class Changed:
    """The changed lines of one version of a document."""

    session: Session
    document: Document
    checks: Checks
    lines: Callable[[Document], Sequence[int]]
    """Tells which lines have changed, from 0, in order; called when they are to be mended."""
    limits: Limits = LIMITS
    spans: tuple[Span, ...] = ()
    """No place is named: whatever is edited meanwhile, it is the lines as they are then."""
    left: tuple[LeftAlone, ...] = ()
    """What the last draft left alone."""

    def draft(self, on_sketch: OnSketch = lambda sketch: None) -> Proposal | NoEdit:
        """Propose all fixes as one edit; `on_sketch` sees every step of the model and may raise to cancel.

        Raises:
            EditdiffError: when the lines cannot be told, the model not be loaded, or a checker refuses to judge.
        """
        lines = self.lines(self.document)
        if not lines:
            return NoEdit("no line has changed")
        session = self.session
        fixing = Fixing(
            self.document,
            lambda: session.engine,
            self.checks,
            session.options,
            self.limits,
            runs(LineTable(self.document.text), lines),
            find=session.others,
            on_sketch=on_sketch,
            trust=lambda: Trust.of(session),
        )
        for _ in fixing.run():
            pass
        fixed = fixing.result()
        table = LineTable(fixing.now.text)
        self.left = tuple(_left_alone(repair, table) for repair in fixed.left)
        if fixed.left or isinstance(fixed.outcome, Proposal):
            return fixed.outcome
        several = "s" * (len(lines) > 1)
        return NoEdit(f"nothing is wrong in the {len(lines)} line{several} that changed")

    def follow(self, user: Edits) -> Changed | Dropped:
        """Carry it over to the document as the user has edited it meanwhile.

        Raises:
            ValueError: when a span of `user` reaches past the end of the document.
        """
        moved = carried(self.document, self.spans, user)
        return moved if isinstance(moved, Dropped) else replace(self, document=moved[0])


def _left_alone(repair: Repair, table: LineTable) -> LeftAlone:
    reason = repair.outcome.reason if isinstance(repair.outcome, NoEdit) else ""
    line = table.position(repair.problem.span.start).line + 1
    return LeftAlone(line, repair.problem.message, reason)


def runs(table: LineTable, lines: Sequence[int]) -> list[Span]:
    """Lines that follow each other as spans, their endings included; `lines` are in order."""
    spans = list[Span]()
    for line in lines:
        whole = table.full(line)
        if spans and spans[-1].end == whole.start:
            spans[-1] = Span(spans[-1].start, whole.end)
        else:
            spans.append(whole)
    return spans
