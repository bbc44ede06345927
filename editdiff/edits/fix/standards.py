"""What a draft has to bring about to be a fix: fewer problems than before, and none more of any kind.

Checkers judge a text by itself; a fix is judged by what it changes. So there are checkers over checkers: `Fewer` of
the drafts for one problem, `NoMore` of a document with all fixes in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from editdiff.check.base import Checker, Problem, affirmed, stops_at_first, unjudged
from editdiff.check.remember import remembering
from editdiff.edits.fix.change import Rule
from editdiff.edits.fix.rules import FOR_SYNTAX, broken
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.span import Span
from editdiff.text.suppress import ignored_lines

NEAR = 2
"""Lines on either side of a region in which a fix leaves no problem: it would be the same fault."""


@dataclass(frozen=True)
class Checks:
    """Who judges a document."""

    syntax: tuple[Checker, ...] = ()
    """They say whether it parses, and are always asked: no fix may break that."""
    others: tuple[Checker, ...] = ()
    """They may see nothing in a document that does not parse."""

    def remembering(self) -> Checks:
        """These checkers with a memory, so that each is asked only once about a text."""
        return Checks(remembering(self.syntax), remembering(self.others))

    def problems(self, document: Document) -> list[Problem]:
        """All problems: those of the syntax first, of these the checker's that names one at a time.

        Those in doubt are left out, and those that begin in a line that is marked to be ignored.
        """
        return [problem for problem in self._every(document) if not problem.doubt]

    def doubts(self, document: Document) -> list[Problem]:
        """What was found and could not be judged, so that it is neither reported as a problem nor mended."""
        return [problem for problem in self._every(document) if problem.doubt]

    def _every(self, document: Document) -> list[Problem]:
        first = sorted(self.syntax, key=lambda checker: not stops_at_first(checker))
        every = (*first, *self.others)
        found = [problem for checker in every for problem in ask(checker, document)]
        ignored = ignored_lines(document.text, document.language)
        if not ignored:
            return found
        table = LineTable(document.text)
        return [p for p in found if table.position(p.span.start).line not in ignored]


def ask(checker: Checker, document: Document) -> list[Problem]:
    """What a checker finds in a document; nothing in one of a language that it does not know."""
    return checker.check(document) if checker.supports(document.language) else []


class Standard(NamedTuple):
    """What a draft has to bring about, beside fewer problems than before and none more of any kind."""

    parses: bool = False
    """No problem of syntax is left at all."""
    strict: bool = True
    """A text that parses at last has no problem either that could not be seen before."""
    clears: bool = False
    """No problem of syntax is left near the region."""
    advances: bool = False
    """A parser that stops at its first problem gets past the region, and no other one is asked: what one that goes
    on makes of a text with further faults tells little of this one."""


STANDARDS = (Standard(),)
"""For a problem that is none of syntax."""


PAST = Standard(strict=False, advances=True)
"""For the first one of several faults."""


def standards(checks: Checks, *, whole: bool = False) -> tuple[Standard, ...]:
    """For a problem of syntax: a lower one is for want of a draft that meets those above, wherever it reaches.

    `whole` leaves out those by which the text need not parse.
    """
    lenient = (Standard(parses=True, strict=False),) if checks.others else ()
    lowest = () if whole else (Standard(strict=False, clears=True),)
    return (Standard(parses=True), *lenient, *lowest)


def judging(syntax: Sequence[Checker], standard: Standard) -> tuple[Checker, ...]:
    """The checkers of syntax that a standard asks."""
    return tuple(c for c in syntax if stops_at_first(c) or not standard.advances)


def is_past(old: Problem, new: Problem, region: Span, growth: int) -> bool:
    """Whether a parser that stops at its first fault gets past one, and meets another; `region` grew by so much.

    The next one lies behind the region and what was met before. Or before the region, where that one was met in it:
    Python looks for brackets and quotes that do not pair before it looks at anything else.
    """
    was = old.span.start + (growth if old.span.start >= region.end else 0)
    if (new.message, new.span.start) == (old.message, was):
        return False
    if new.span.start > region.end + growth:
        return new.span.start >= was
    return region.start <= old.span.start <= region.end and new.span.start < region.start


@dataclass(frozen=True)
class Fewer:
    """A checker of drafts: whether a document has fewer problems than it had, and none more of any kind."""

    before: Document
    region: Span
    """What the draft replaces."""
    checks: Checks
    standard: Standard = STANDARDS[0]
    rules: Sequence[Rule] = FOR_SYNTAX
    """What the change must not do."""
    name: str = "fix"

    def supports(self, language: str) -> bool:
        """Any language: a checker that does not know it finds nothing."""
        return True

    def check(self, document: Document) -> list[Problem]:
        """Nothing if it has, or is the document before; else the first problem that is left."""
        if document.text == self.before.text:
            return []
        if why := broken(self.before, document, self.rules):
            return [Problem(self.region, why, self.name)]
        fewer, left = False, list[Problem]()
        for checker in judging(self.checks.syntax, self.standard):
            old, new = ask(checker, self.before), ask(checker, document)
            if self.standard.advances and old and new:
                growth = len(document.text) - len(self.before.text)
                if not is_past(old[0], new[0], self.region, growth):
                    return new[:1]
                fewer = True
                continue
            if new and (self.standard.parses or len(new) > len(old)):
                return new[:1]
            if old and not new and (why := unjudged(checker, document)):  # that is no mending
                return [Problem(self.region, why, self.name)]
            if self.standard.clears and (near := self._near(old, new, document)):
                return [near]
            fewer = fewer or len(new) < len(old) or self._moved_on(checker, old, new)
            left += new
        seen_late = fewer and not left and not self.standard.strict
        for checker in self.checks.others:
            old, new = ask(checker, self.before), ask(checker, document)
            if unsure := [problem for problem in new if problem.doubt]:
                return unsure[:1]
            if len(new) > len(old) and not seen_late:
                return new[:1]
            fewer = fewer or (len(new) < len(old) and self._still_judges(checker, document))
            left += new
        still = Problem(self.region, "nothing is mended", self.name)
        return [] if fewer else [*left, still][:1]

    def _still_judges(self, checker: Checker, document: Document) -> bool:
        """Whether nothing that a checker judged before, right or wrong, has become what it does not judge.

        An equation that it can no longer read is no problem, and not mended either.
        """
        right, now = affirmed(checker, self.before), affirmed(checker, document)
        if right is None or now is None:
            return True
        judged = len(right) + len(ask(checker, self.before))
        return len(now) + len(ask(checker, document)) >= judged

    def _near(
        self, old: Sequence[Problem], new: Sequence[Problem], document: Document
    ) -> Problem | None:
        """The first problem of syntax near the region, or around it unless one began there before.

        A draft that takes one of several problems of a single fault away has mended nothing.
        """
        table, drafted = LineTable(document.text), self._drafted(document)
        first, last = (table.position(at).line for at in (drafted.start, drafted.end))
        near = Span(
            table.start(max(0, first - NEAR)), table.content(min(len(table) - 1, last + NEAR)).end
        )
        known = {problem.span.start for problem in old}
        for problem in new:
            start, stop = problem.span.start, problem.span.end
            if near.start <= start <= near.end or near.start <= stop <= near.end:
                return problem
            if start < near.start and stop > near.end and start not in known:
                return problem
        return None

    def _drafted(self, document: Document) -> Span:
        """Where the draft stands in a document."""
        return Span(self.region.start, self.region.end + len(document.text) - len(self.before.text))

    def _moved_on(self, checker: Checker, old: Sequence[Problem], new: Sequence[Problem]) -> bool:
        """Whether a checker that stops at its first problem got past the region, as `_near` has made sure."""
        if not (stops_at_first(checker) and old and new):
            return False
        return old[0].span.start <= self.region.end < new[0].span.start


@dataclass(frozen=True)
class NoMore:
    """A checker that counts: a document has nothing wrong unless it has more problems than one had before.

    `propose` also asks what a word in place of the edits would do, and a linter sees nothing in what that breaks.
    """

    checker: Checker
    before: Document

    @property
    def name(self) -> str:
        """Name of the checker that counts."""
        return self.checker.name

    def supports(self, language: str) -> bool:
        """Whether the checker can judge documents of this language."""
        return self.checker.supports(language)

    def check(self, document: Document) -> list[Problem]:
        """All problems of a document that has more of them than the one before."""
        problems = self.checker.check(document)
        return problems if len(problems) > len(self.checker.check(self.before)) else []

    def affirmed(self, document: Document) -> Sequence[Span] | None:
        """What the checker finds right, where it can tell."""
        return affirmed(self.checker, document)
