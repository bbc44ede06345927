"""The ways to mend one problem: region after region, by one standard after the other, until one is met.

Behind the best way come those that are credible beside it, for whoever may choose.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from editdiff.check.base import Checker, Problem
from editdiff.edits.fix.compete import Rivals, mend, rivals, rules_for
from editdiff.edits.fix.doubtful import doubts
from editdiff.edits.fix.regions import Region, ladder
from editdiff.edits.fix.several import Several
from editdiff.edits.fix.standards import PAST, STANDARDS, Checks, Standard, judging, standards
from editdiff.edits.infill import OnSketch
from editdiff.edits.proposal import NoEdit, Proposal, propose
from editdiff.engines.base import Engine, FillOptions, OtherFile
from editdiff.text.document import Document
from editdiff.text.edit import Edits
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

BESIDE = 4.6
"""Nats by which a further way may be less likely than the best: a hundredth as likely."""


@dataclass
class Ways:
    """One problem of a document."""

    document: Document
    window: Span
    """The part of it that is drafted in: all of a short document."""
    problem: Problem
    """Its span counts in the window, as do those of `editable`."""
    syntax: bool
    """Whether it is a problem of the syntax."""
    editable: Sequence[Span]
    engine: Engine
    others: Sequence[OtherFile]
    """Files that belong to the document."""
    checks: Checks
    knowing: tuple[Checker, ...]
    """The checkers of syntax that can judge the whole document."""
    options: FillOptions
    seconds: float
    """For each way."""
    late: Callable[[], bool] = lambda: False
    """Whether nothing of the document is to be tried any more; `why_late` says why."""
    why_late: Callable[[], str] = lambda: "not tried"
    previous: Proposal | NoEdit | None = None
    """The fix before it, if the text did not parse after that."""
    several: bool = False
    """Whether the text may be left with further faults behind this one, where no slip mends all."""
    on_sketch: OnSketch = lambda sketch: None
    """Sees every step of the model; it may raise to cancel."""
    past: bool = field(default=False, init=False)
    """Whether what was found is the first one of several."""

    def __post_init__(self) -> None:
        text = self.window.slice(self.document.text)
        self._part = Document(self.document.path, text, 0, self.document.language)
        self._regions = self._competing()

    def all(self) -> Iterator[Proposal | NoEdit]:
        """Yield the ways, the best first; else why there is none.

        The second and further ones are of the same region, by the same standard.
        """
        failed: NoEdit | None = None
        drafted: NoEdit | None = None
        known = standards(self.checks, whole=self.problem.whole) if self.syntax else STANDARDS
        self._until = time.perf_counter() + self.seconds
        if self.several and (first := self._first_of_several()) is not None:
            self.past = True
            yield first
            return
        for standard in known:
            for region, drafts in self._regions:
                if self._over():
                    why = f"the {self.seconds:g} s for a fault are over"
                    yield self._failed(self.why_late() if self.late() else why)
                    return
                outcome = self._best(region, drafts, standard)
                if isinstance(outcome, Proposal):
                    why = doubts(outcome, self.previous) if self.syntax else ""
                    yield self._failed(why) if why else outcome
                    if not why:
                        yield from self._further(region, drafts, standard, outcome)
                    return
                failed = failed or outcome
                drafted = drafted or (outcome if drafts.made else None)
        failed = drafted or failed  # of a region for which there was no draft nothing can be said
        if failed is None:
            yield NoEdit("no region around it may be edited")
        else:
            yield self._failed(failed.reason)

    def _first_of_several(self) -> Proposal | None:
        """The likeliest slip after which the parser gets past this fault and meets another one."""
        several = Several(self._part, self.problem, self.checks.syntax)
        regions = [region for region, _ in self._regions if region.one_slip or not region.accepted]
        for region in several.regions(regions):
            if self._over():
                return None
            outcome = self._best(region, self._rivals(region), PAST)
            if isinstance(outcome, Proposal) and not doubts(outcome, self.previous):
                return outcome
        return None

    def _competing(self) -> list[tuple[Region, Rivals]]:
        """Where it may be mended, and who competes for that."""
        found = list[tuple[Region, Rivals]]()
        for region in ladder(
            self._part.text, self.problem, self._part.language, syntax=self.syntax
        ):
            if any(span.contains(region.span) for span in self.editable):
                found.append((region, self._rivals(region)))
        return found

    def _rivals(self, region: Region) -> Rivals:
        rules = rules_for(region, self.problem, self.syntax)
        return rivals(
            self._part,
            region,
            self.engine,
            self.checks,
            rules,
            self.others,
            self._over,
            self.on_sketch,
        )

    def _over(self) -> bool:
        return self.late() or time.perf_counter() > self._until

    def _best(
        self, region: Region, drafts: Rivals, standard: Standard, exclude: Collection[str] = ()
    ) -> Proposal | NoEdit:
        """The best draft for a region, checked in the whole document, too."""
        outcome = mend(self._part, region, drafts, self.options, self.checks, standard, exclude)
        if isinstance(outcome, NoEdit):
            return outcome
        edits = Edits(tuple(edit.shift(self.window.start) for edit in outcome.edits))
        spans = [edit.span for edit in edits]
        checkers = judging(self.knowing, standard)
        return propose(self.document, edits, spans, checkers, outcome.effort)

    def _further(
        self, region: Region, drafts: Rivals, standard: Standard, first: Proposal
    ) -> Iterator[Proposal]:
        """Drafts of a region behind the best one that are credible beside it."""
        best = _text(first)
        left_out = [best, *drafts.far_behind(best, BESIDE)]
        while True:
            self._until = time.perf_counter() + self.seconds
            outcome = self._best(region, drafts, standard, left_out)
            if isinstance(outcome, NoEdit):
                return
            left_out.append(_text(outcome))
            if not doubts(outcome, None):
                yield outcome

    def _failed(self, reason: str) -> NoEdit:
        """That it is left: why, and what was tried for it."""
        table = LineTable(self.document.text)
        texts, places = 0, list[str]()
        for region, drafts in self._regions:
            if drafts.made:
                texts += len(drafts.made)
                span = region.span.shift(self.window.start)
                first, last = (table.position(at).line + 1 for at in (span.start, span.end))
                places.append(f"{first}" if first == last else f"{first}-{last}")
        if not texts:
            return NoEdit(f"{reason}; no text was found to try")
        lines = ", ".join(dict.fromkeys(places))
        several = "s" * (not lines.isdecimal())
        return NoEdit(f"{reason}; {texts} text{'s' * (texts > 1)} tried for line{several} {lines}")


def _text(proposal: Proposal) -> str:
    """What would stand in the only region."""
    (edit,) = proposal.edits
    return edit.text
