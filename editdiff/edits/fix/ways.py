"""The ways to mend one problem: region after region, by one standard after the other, until one is met.

Where it was measured how likely a fix is right (`credible`), those of all regions that meet a standard stand in one
list, until one of them is sure, and too unlikely a one is not offered. Elsewhere the first region that has a fix
decides. Behind the best way come those that are credible beside it, for whoever may choose.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from editdiff.check.base import Checker, Problem
from editdiff.edits.fix.compete import Rivals, changed, mend, rivals, rules_for
from editdiff.edits.fix.credible import (
    CHOICE,
    MOST,
    SURE,
    UNTOLD,
    Trust,
    Way,
    distinct,
    probabilities,
)
from editdiff.edits.fix.doubtful import doubts
from editdiff.edits.fix.regions import Region, ladder
from editdiff.edits.fix.several import Several
from editdiff.edits.fix.standards import PAST, STANDARDS, Checks, Standard, judging, standards
from editdiff.edits.infill import OnSketch
from editdiff.edits.proposal import NoEdit, Proposal, propose
from editdiff.edits.sure import SEE_IT
from editdiff.engines.base import Engine, FillOptions, OtherFile, has_canvas
from editdiff.text.document import Document
from editdiff.text.edit import Edits
from editdiff.text.lines import LineTable
from editdiff.text.shown import unix
from editdiff.text.span import Span

BESIDE = 4.6
"""Nats by which a further way may be less likely than the best: a hundredth as likely."""

OnWays = Callable[[Sequence[Way]], None]


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
    trust: Trust = UNTOLD
    on_ways: OnWays = lambda ways: None
    """Sees all ways, the likeliest first, where they stand in one list."""
    past: bool = field(default=False, init=False)
    """Whether what was found is the first one of several."""

    def __post_init__(self) -> None:
        text = self.window.slice(self.document.text)
        self._part = Document(self.document.path, text, 0, self.document.language)
        self._regions = self._competing()

    def all(self) -> Iterator[Proposal | NoEdit]:
        """Yield the ways, the best first; else why there is none.

        The second and further ones meet the same standard.
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
            found, waiting = list[Way](), [*self._regions]
            while waiting and not self._over():
                rung = len(self._regions) - len(waiting)
                region, drafts = waiting.pop(0)
                outcome = self._best(region, drafts, standard)
                if isinstance(outcome, NoEdit):
                    failed = failed or outcome
                    drafted = drafted or (outcome if drafts.made else None)
                elif self.trust.assessor is None or drafts.worth(_text(outcome)) is None:
                    yield from self._decided(region, drafts, standard, outcome)
                    return
                else:
                    passing = self._passing(region, drafts, standard, outcome)
                    found += [self._way(each, region, drafts, rung, standard) for each in passing]
                    if self._is_sure(found):
                        break
                    # what closes a line that was broken off has no other rival
                    waiting.sort(key=lambda each: not each[0].completes)
            alone = any(region.completes for region, _ in waiting)  # the time was over before that
            if found and (not alone or self._is_sure(found)):
                yield from self._credible(found)
                return
            if self._over():
                why = f"the {self.seconds:g} s for a fault are over"
                yield self._failed(self.why_late() if self.late() else why)
                return
        failed = drafted or failed  # of a region for which there was no draft nothing can be said
        if failed is None:
            yield NoEdit("no region around it may be edited")
        else:
            yield self._failed(failed.reason)

    def _decided(
        self, region: Region, drafts: Rivals, standard: Standard, best: Proposal
    ) -> Iterator[Proposal | NoEdit]:
        """The best draft of a region, unless there are doubts of it, and those beside it."""
        if why := self._doubts(best):
            yield self._failed(why)
            return
        yield best
        for outcome in self._further(region, drafts, standard, best):
            if not doubts(outcome, None):
                yield outcome

    def _credible(self, found: Sequence[Way]) -> Iterator[Proposal | NoEdit]:
        """Of the ways in one list those that are likely enough, unless there are doubts of the best."""
        trust, told = self.trust, self._told(found)
        self.on_ways([way for way, _ in told])
        best, p = told[0]
        if why := self._doubts(best.proposal):
            yield self._failed(why)
            return
        offered = told[:1]
        if trust.together:
            offered += [each for each in told[1:] if not doubts(each[0].proposal, None)]
            offered = [each for each in offered if each[1] >= CHOICE * trust.least]
            p = sum(each for _, each in offered[:MOST])
        if p < trust.least:
            known = f"{told[0][1]:.3f} of {trust.least:.3f}"
            why = f"the model is not sure enough of its best fix ({known})"
            yield replace(self._failed(why), hint=SEE_IT)
            return
        for way, sure in offered:
            effort = replace(way.proposal.effort, confidence=sure)
            yield replace(way.proposal, effort=effort)

    def _is_sure(self, found: Sequence[Way]) -> bool:
        """Whether another region need not be looked at."""
        return self._told(found)[0][1] >= SURE

    def _told(self, found: Sequence[Way]) -> list[tuple[Way, float]]:
        """The ways with their probabilities, the most likely first."""
        assert self.trust.assessor is not None
        ways = distinct(found)
        told = probabilities(ways, self.trust.assessor, self.document.language)
        return sorted(zip(ways, told, strict=True), key=lambda each: -each[1])

    def _way(
        self, proposal: Proposal, region: Region, drafts: Rivals, rung: int, standard: Standard
    ) -> Way:
        text = _text(proposal)
        worth, shown = drafts.worth(text), unix(text)
        assert worth is not None
        lines = 1 + unix(region.span.slice(self._part.text)).count("\n")
        return Way(
            proposal, drafts.gains[shown], worth, changed(drafts.old, shown),
            shown in drafts.written, region.completes, region.one_slip and not region.completes, rung, lines,
            standard.parses and standard.strict,
        )  # fmt: skip

    def _doubts(self, proposal: Proposal) -> str:
        return doubts(proposal, self.previous) if self.syntax else ""

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
            if region.completes and not self._may_complete:
                continue
            if any(span.contains(region.span) for span in self.editable):
                found.append((region, self._rivals(region)))
        return found

    @property
    def _may_complete(self) -> bool:
        """Whether a line is written to its end: a guess, right too seldom where nobody says how likely it is."""
        return self.trust.assessor is not None and not has_canvas(self.engine)

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
        """Drafts of a region behind the best one that are credible beside it, each in a time of its own."""
        for outcome in self._passing(region, drafts, standard, first):
            if outcome is not first:
                yield outcome
            self._until = time.perf_counter() + self.seconds

    def _passing(
        self, region: Region, drafts: Rivals, standard: Standard, first: Proposal
    ) -> Iterator[Proposal]:
        """The best draft of a region, and behind it those that are not much less likely."""
        yield first
        best = _text(first)
        left_out = [best, *drafts.far_behind(best, BESIDE)]
        while isinstance(outcome := self._best(region, drafts, standard, left_out), Proposal):
            left_out.append(_text(outcome))
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
