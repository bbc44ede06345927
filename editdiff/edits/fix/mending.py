"""A problem that somebody reported in a document that is being edited, and fixes of it, one after the other.

Whoever reported it, a fix is judged by our own checks: one of them has to see the problem, and fewer problems with
the fix. Where none sees it, as of a type, nothing can tell whether it is gone: then a draft has to bring no problem
of ours, and a model that judges what stands there has to find the draft likelier, the slip paid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from editdiff.check.base import Problem
from editdiff.edits.fix.credible import MOST, UNTOLD, Trust
from editdiff.edits.fix.regions import BLOCK_LINES
from editdiff.edits.fix.run import Fixing, Limits
from editdiff.edits.fix.standards import Checks
from editdiff.edits.infill import OnSketch
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.session import Session, carried
from editdiff.engines.base import FillOptions, FillTask, Sketch, Update, has_canvas
from editdiff.text.document import Document
from editdiff.text.edit import Edits
from editdiff.text.lines import LineTable
from editdiff.text.rebase import Dropped
from editdiff.text.span import Span

NEAR = 1
"""Lines between a report and what does not parse: two parsers notice a fault at two places."""
LIMITS = Limits(fault_seconds=20.0)
"""Somebody chose it, sees it at work, and can cancel it."""
NO_MORE = NoEdit("there is no other fix that is as credible", "mend it by hand")
NO_JUDGE = NoEdit(
    "no check of editdiff sees this problem, and this model cannot judge what stands there",
    "choose a model that can: editdiff models get coder",
)


class NoModel:
    """An engine that drafts nothing: where a checker has texts of its own, these are left, in its order."""

    name = "no model"

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Yield nothing."""
        return iter(())


@dataclass
class Search:
    """Fixes of one problem in one text, as far as they were looked for."""

    ways: Iterator[Proposal | NoEdit] | None = None
    found: list[Proposal] = field(default_factory=list)
    """The best first."""
    why_no_more: NoEdit | None = None
    """None while there may be more."""
    on_sketch: OnSketch = lambda sketch: None
    """Of whoever wants the next one."""
    hurried: bool = False
    """Whether the first one is enough."""

    def hear(self, sketch: Sketch) -> None:
        """Take a step of the model."""
        self.on_sketch(sketch)


@dataclass
class Mending:
    """One problem of one version of a document."""

    session: Session
    document: Document
    spans: tuple[Span, ...]
    """Where it was reported: one place."""
    checks: Checks
    message: str
    """What was reported."""
    limits: Limits = LIMITS
    shown: list[str] = field(default_factory=list)
    """What each fix that was proposed so far puts in."""
    search: Search = field(default_factory=Search, repr=False)
    """What was found in this version of the document."""

    @property
    def found(self) -> list[Proposal]:
        """Fixes that were found so far, the best first."""
        return self.search.found

    @property
    def complete(self) -> bool:
        """Whether all fixes that are offered were found."""
        return self.search.why_no_more is not None or len(self.found) >= MOST

    def collect(self, on_sketch: OnSketch = lambda sketch: None) -> list[Proposal]:
        """Find all fixes that are offered, unless somebody is in a hurry; `on_sketch` may raise to cancel.

        Raises:
            EditdiffError: when the model cannot be loaded, or a checker refuses to judge.
        """
        self.search.hurried = False
        while not self.complete and not (self.found and self.search.hurried):
            self._find(on_sketch)
        return self.found

    def hurry(self) -> None:
        """Have whoever collects fixes stop at the first: somebody waits for that. Any thread may call it."""
        self.search.hurried = True

    def draft(self, on_sketch: OnSketch = lambda sketch: None) -> Proposal | NoEdit:
        """Propose the best fix; asked again, the best one that was not proposed yet.

        Raises:
            EditdiffError: as `collect`.
        """
        while True:
            for proposal in self.found:
                text = _put_in(proposal)
                if text not in self.shown:
                    self.shown.append(text)
                    return proposal
            if self.complete:
                return NO_MORE if self.shown else self.search.why_no_more or NO_MORE
            self._find(on_sketch)

    def follow(self, user: Edits) -> Mending | Dropped:
        """Carry it over to the document as the user has edited it meanwhile.

        Dropped when an edit touches the place.

        Raises:
            ValueError: when a span of `user` reaches past the end of the document.
        """
        moved = carried(self.document, self.spans, user)
        if isinstance(moved, Dropped):
            return moved
        document, spans = moved
        return replace(
            self, document=document, spans=spans, shown=list(self.shown), search=Search()
        )

    def _find(self, on_sketch: OnSketch) -> None:
        """Find the next fix."""
        search = self.search
        search.on_sketch = on_sketch
        try:
            search.ways = search.ways or self._begin()
            outcome = next(search.ways, NO_MORE)
        except BaseException:  # what was cancelled, or failed, begins anew
            search.ways, search.found = None, []
            raise
        if isinstance(outcome, Proposal):
            search.found.append(outcome)
        else:
            search.why_no_more = outcome

    def _begin(self) -> Iterator[Proposal | NoEdit]:
        # what a linter finds in a text that parses at last is another matter: it is not asked about syntax
        for checks in (Checks(self.checks.syntax), self.checks):
            fixing = self._fixing(checks)
            if (problem := self._seen(fixing)) is not None:
                return fixing.ways(problem)
        if has_canvas(self.session.engine):
            return iter((NO_JUDGE,))
        (place,) = self.spans
        table = LineTable(self.document.text)
        lines = 1 + table.position(place.end).line - table.position(place.start).line
        if lines > BLOCK_LINES:
            why = f"it covers {lines} lines, and at most {BLOCK_LINES} are rewritten at once"
            return iter((NoEdit(why, "select what is wrong, and infill that"),))
        reported = Problem(place, self.message, Reported.name)
        others = (*self.checks.others, Reported(self.document.text, reported))
        fixing = self._fixing(Checks(self.checks.syntax, others))
        fixing.trust = lambda: UNTOLD  # how likely such a fix is right was not measured
        return fixing.ways(reported)

    def _fixing(self, checks: Checks) -> Fixing:
        session = self.session
        return Fixing(
            self.document,
            lambda: session.engine,
            checks,
            session.options,
            self.limits,
            find=session.others,
            on_sketch=self.search.hear,
            trust=lambda: Trust.of(session, together=True),
        )

    def _seen(self, fixing: Fixing) -> Problem | None:
        """The problem as one of our checks sees it: what does not parse about there, or what lies at the place.

        Of several it is the one that says the same, else the nearest.
        """
        (place,) = self.spans
        table = LineTable(self.document.text)
        parsers = {checker.name for checker in self.checks.syntax}
        first, last = (table.position(at).line for at in (place.start, place.end))

        def concerns(problem: Problem) -> bool:
            start, end = problem.span.start, problem.span.end
            if problem.source not in parsers:
                return start <= place.end and place.start <= end
            return (
                table.position(start).line <= last + NEAR
                and first - NEAR <= table.position(end).line
            )

        def distance(problem: Problem) -> tuple[bool, int]:
            return problem.message != self.message, abs(problem.span.start - place.start)

        return min(filter(concerns, fixing.problems()), key=distance, default=None)


@dataclass(frozen=True)
class Reported:
    """A checker that knows of a document what was reported, and of any other text nothing."""

    text: str
    problem: Problem
    name: str = "report"

    def supports(self, language: str) -> bool:
        """Any."""
        return True

    def check(self, document: Document) -> list[Problem]:
        """The problem, as long as nothing has changed."""
        return [self.problem] if document.text == self.text else []


def _put_in(proposal: Proposal) -> str:
    return "".join(edit.text for edit in proposal.edits)
