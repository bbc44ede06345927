"""Fix: problems are found, masked, drafted and checked, one after the other, and become one edit of a document.

Each fix moves what stands behind it, and may bring another problem to light or take one away, so after each of
them all is looked at anew. What cannot be mended is left as it is, and told.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from editdiff.check.base import Checker, Problem, stops_at_first
from editdiff.edits.fix.carried import carry_along
from editdiff.edits.fix.credible import UNTOLD, Trust
from editdiff.edits.fix.doubtful import line_missing
from editdiff.edits.fix.meant import choose, meant, tells_apart
from editdiff.edits.fix.pasted import without_paste
from editdiff.edits.fix.rules import broken, touches_ignored
from editdiff.edits.fix.standards import Checks, NoMore
from editdiff.edits.fix.ways import OnWays, Ways
from editdiff.edits.infill import DEFAULTS, OnSketch
from editdiff.edits.proposal import Effort, NoEdit, Proposal, propose
from editdiff.engines.base import Engine, FillOptions, OtherFile
from editdiff.text.document import Document
from editdiff.text.edit import Edits, compose
from editdiff.text.lines import LineTable
from editdiff.text.notebook import place
from editdiff.text.span import Span

WHOLE = 60_000
"""Code points; of a longer document only a window around a problem is parsed for each draft."""
LONGEST = 200_000
"""Code points of a window: with lines of such a length there are no small ones."""
FAULTS = 4
"""Most faults of which each is mended before the text parses: with every one more, more texts parse by accident."""
REACH = 300
"""Lines of a window on either side of the problem."""


@dataclass(frozen=True)
class Limits:
    """Where to stop."""

    problems: int = 20
    """Most problems of a document that are tried."""
    seconds: float = 120.0
    """For a document; what was mended by then stays, unless it leads nowhere."""
    fault_seconds: float = 10.0
    """For a problem, the loading of the model apart."""


@dataclass(frozen=True)
class Repair:
    """A problem and what became of it."""

    problem: Problem
    """Its span counts in the text as it was when the problem was tried."""
    line: int
    """Where it stands in the document before any fix, from 1."""
    outcome: Proposal | NoEdit
    """A proposal belongs to the text as the fixes before it have left it."""
    cell: int = 0
    """In which cell of a notebook `line` counts, from 1; 0 in other documents."""

    @property
    def where(self) -> str:
        """How people are told the place."""
        return place(self.cell, self.line)


@dataclass(frozen=True)
class Fixed:
    """What became of a document."""

    outcome: Proposal | NoEdit
    """All fixes as one edit of the document."""
    mended: tuple[Repair, ...]
    left: tuple[Repair, ...]
    """Problems of the text with all fixes in it, each with a reason."""


@dataclass
class Fixing:
    """One document in the making; whenever it is interrupted, `result` has what was mended so far."""

    document: Document
    load: Callable[[], Engine]
    """Called when the first problem is to be mended, and again for each: it should give the same engine."""
    checks: Checks
    options: FillOptions = DEFAULTS
    limits: Limits = Limits()
    editable: Sequence[Span] | None = None
    """Where edits may be; None for everywhere."""
    skip_syntax: bool = False
    """Whether to leave a document that does not parse as it is: its syntax is nobody's business here."""
    find: Callable[[Document], tuple[OtherFile, ...]] = lambda document: ()
    """Finds the files that belong to the document, when the first problem is to be mended."""
    cell: int = 0
    """Which cell of a notebook the document is, from 1; 0 for other documents."""
    on_sketch: OnSketch = lambda sketch: None
    """Sees every step of the model; it may raise to cancel."""
    trust: Callable[[], Trust] = lambda: UNTOLD
    """Called when something is to be mended: how likely right a fix has to be."""
    on_ways: OnWays = lambda ways: None
    """Sees all ways to mend a problem, where it was measured how likely they are right."""
    others: tuple[OtherFile, ...] | None = field(default=None, init=False)
    """Those files, once they were looked for."""
    now: Document = field(init=False)
    edits: Edits = field(default_factory=Edits)
    """From `document` to `now`."""
    mended: list[Repair] = field(default_factory=list)
    given_up: list[Repair] = field(default_factory=list)
    tried: int = 0
    """Problems so far."""
    began: float | None = None
    """When mending began, in seconds of `time.perf_counter`: a file may wait for others that are checked first."""
    several: bool = True
    """Whether a slip is enough after which the parser meets the next fault, as long as that leads to the end."""
    past: bool = False
    """Whether one of `half` is such a slip."""
    half: list[Repair] = field(default_factory=list)
    """The last of those mended: problems of the syntax after which the document did not parse yet."""

    def __post_init__(self) -> None:
        self.now = self.document
        self.checks = self.checks.remembering()
        self._table = LineTable(self.document.text)
        self._sound = self.now, self.edits, tuple(self.given_up)

    def run(self) -> Iterator[Repair]:
        """Mend one problem after the other, telling what became of each.

        Raises:
            MissingDependencyError: when a checker's package is not installed.
            InputError: when a checker refuses to judge.
        """
        self.began = time.perf_counter() if self.began is None else self.began
        while self.tried < self.limits.problems and not self._late():
            problem = next(iter(self.waiting()), None)
            if problem is None:
                self._take_back()
                return
            self.tried += 1
            outcome = next(self.ways(problem, self.several))
            if isinstance(outcome, NoEdit) and self._is_syntax(problem) and self._one_by_one():
                continue
            repair = Repair(problem, self.line(problem), outcome, self.cell)
            if isinstance(repair.outcome, Proposal):
                self._take(repair, repair.outcome)
            else:
                self.given_up.append(repair)
                if self._is_syntax(problem):
                    self._take_back()
            yield repair

    @property
    def parts(self) -> tuple[Fixing, ...]:
        """The documents that are mended one by one: this one alone."""
        return (self,)

    def ahead(self) -> str:
        """Which problem is tried next, and where; empty when none is left."""
        problem = next(iter(self.waiting()), None)
        return f"{place(self.cell, self.line(problem))}: {problem.message}" if problem else ""

    def waiting(self) -> list[Problem]:
        """Problems of the text as it is now that were not given up, in the order in which they are tried."""
        known = {_key(repair.problem) for repair in self.given_up}
        return [problem for problem in self.problems() if _key(problem) not in known]

    def problems(self) -> list[Problem]:
        """Problems of the text as it is now, where it may be edited."""
        problems = self.checks.problems(self.now)
        syntax = {checker.name for checker in self.checks.syntax}
        if self.skip_syntax:
            problems = [problem for problem in problems if problem.source not in syntax]
        editable = self._editable()
        return [p for p in problems if any(_meet(p.span, span) for span in editable)]

    def doubts(self) -> list[Problem]:
        """What nobody could judge of the text as it is now, so that it is left alone and no problem."""
        return self.checks.doubts(self.now)

    def result(self) -> Fixed:
        """What was mended so far, and what is left."""
        self._take_back()
        reasons = {_key(repair.problem): repair for repair in self.given_up}
        waits = NoEdit(self._why_not(), "fix these first, then run it again")
        left = [
            reasons.get(_key(problem)) or Repair(problem, self.line(problem), waits, self.cell)
            for problem in self.problems()
        ]
        return Fixed(self._whole(left), tuple(self.mended), tuple(left))

    def _whole(self, left: Sequence[Repair]) -> Proposal | NoEdit:
        if not self.edits:
            return nothing(left)
        proposals = [r.outcome for r in self.mended if isinstance(r.outcome, Proposal)]
        effort = Effort.total([p.effort for p in proposals])
        effort = replace(effort, seconds=self._seconds, confidence=together(proposals))
        spans = [edit.span for edit in self.edits]
        parsed = not Checks(self.checks.syntax).problems(self.document)
        others = self.checks.others if parsed else ()  # else they see it for the first time
        checkers = (*self._knowing(), *(NoMore(other, self.document) for other in others))
        return propose(self.document, self.edits, spans, checkers, effort)

    def ways(self, problem: Problem, several: bool = False) -> Iterator[Proposal | NoEdit]:
        """Yield ways to mend a problem of the text as it is now, the best first; else why there is none.

        It may be the first one of `several`: then the text need not parse yet.
        """
        if problem.keep:
            yield NoEdit(problem.keep)
            return
        window = self._window(problem)
        part = Document(self.now.path, window.slice(self.now.text), 0, self.now.language)
        if (unseen := self._unseen(part)) is not None:
            yield unseen
            return
        here = self._better_seen(part) or replace(problem, span=_within(problem.span, window))
        syntax = self._is_syntax(problem)
        if syntax and (mended := self._without_paste(problem)):
            yield mended
            return
        if syntax and (why := line_missing(part.text, here)):
            yield NoEdit(why, "put it back by hand: what it said cannot be known")
            return
        engine = self.load()
        if self.others is None:
            self.others = self.find(self.document)
        if problem.instead and (numbers := self._numbers(problem, engine)):
            yield from numbers
            return
        for outcome in self._drafted(problem, several, window, here, engine):
            yield carry_along(outcome, problem, self._editable(), self.checks)

    def _drafted(
        self, problem: Problem, several: bool, window: Span, here: Problem, engine: Engine
    ) -> Iterator[Proposal | NoEdit]:
        """The ways of which the regions around a problem are drafted; `here` is the problem in the window."""
        assert self.others is not None
        syntax = self._is_syntax(problem)
        ways = Ways(
            self.now,
            window,
            here,
            syntax,
            [_within(span, window) for span in self._editable() if _meet(span, window)],
            engine,
            self.others,
            self.checks,
            self._knowing(),
            self.options,
            self.limits.fault_seconds,
            self._late,
            self._why_not,
            self.half[-1].outcome if self.half else None,
            several and not problem.whole and len(self.half) + 1 < FAULTS,
            self.on_sketch,
            self.trust(),
            self.on_ways,
        )
        for outcome in ways.all():
            self.past = self.past or ways.past
            yield outcome

    def _without_paste(self, problem: Problem) -> Proposal | None:
        """The text without what was pasted along, if it parses then."""
        text = self.now.text
        line = LineTable(text).position(problem.span.start).line
        for edits in without_paste(text, line):
            spans = [edit.span for edit in edits]
            if not all(any(e.contains(span) for e in self._editable()) for span in spans):
                continue
            after = self.now.with_text(edits.apply(text))
            if Checks(self._knowing()).problems(after) or broken(
                self.now, after, (touches_ignored,)
            ):
                continue
            effort = Effort(0.0, 0, 0.0, 1)
            proposal = propose(self.now, edits, spans, self._knowing(), effort)
            if isinstance(proposal, Proposal):
                return proposal
        return None

    def _numbers(self, problem: Problem, engine: Engine) -> list[Proposal | NoEdit]:
        """The changes of single numbers that may be meant, where a network tells which; none where none mends."""
        if not tells_apart(engine):
            return []
        assert self.others is not None
        found = meant(self.now, problem, self._editable(), self.checks, engine, self.others)
        return [*choose(found, self.trust())] if found else []

    def _unseen(self, part: Document) -> NoEdit | None:
        """Why a window is not tried, if it is not."""
        if len(part.text) > LONGEST:
            return NoEdit(f"the lines around it are too long: {len(part.text)} characters")
        if len(part.text) < len(self.now.text) and not self.checks.problems(part):
            return NoEdit(
                "it is seen in the whole document only, which is too long to be drafted in"
            )
        return None

    def _better_seen(self, part: Document) -> Problem | None:
        """What a checker that says where a fault is finds in a window, if the whole is too much for it."""
        lost = {checker.name for checker in self.checks.syntax} - {c.name for c in self._knowing()}
        problems = self.checks.problems(part) if lost else []
        return next((problem for problem in problems if problem.source in lost), None)

    def _knowing(self) -> tuple[Checker, ...]:
        """The checkers of syntax, but for one that found no time to parse a long document.

        It judges the windows; of the whole it would only say again, slowly, that it does not know.
        """
        whole = Span(0, len(self.now.text))
        if whole.length <= WHOLE:
            return self.checks.syntax
        return tuple(
            checker
            for checker in self.checks.syntax
            if not stops_at_first(checker)
            or whole not in [problem.span for problem in checker.check(self.now)]
        )

    def _take(self, repair: Repair, proposal: Proposal) -> None:
        self.edits = compose(self.edits, proposal.edits)
        self.now = proposal.after
        self.mended.append(repair)
        kept = []
        for other in self.given_up:
            span = other.problem.span
            if any(_meet(span, edit.span) for edit in proposal.edits):
                continue
            growth = sum(edit.growth for edit in proposal.edits if edit.span.end <= span.start)
            kept.append(replace(other, problem=replace(other.problem, span=span.shift(growth))))
        self.given_up = kept
        self.half.append(repair)
        if not self._is_syntax(repair.problem) or not Checks(self._knowing()).problems(self.now):
            self.half, self._sound = [], (self.now, self.edits, tuple(self.given_up))
            self.past = False

    def _one_by_one(self) -> bool:
        """Begin anew where several slips did not lead to a text that parses; whether that is worth trying."""
        if not (self.past and self.half):
            return False
        self.several = self.past = False
        self.given_up, self.half = self._back_to_sound(), []
        return True

    def _back_to_sound(self) -> list[Repair]:
        """Undo what was mended of `half`; what was given up before that."""
        self.mended = self.mended[: -len(self.half)]
        self.now, self.edits, before = self._sound
        return list(before)

    def _take_back(self) -> None:
        """Undo what was mended on the way to a text that parses, now that the way has come to its end.

        One fault is often several problems, and each of these can be made to go where the fault is not.
        """
        failed = next((r for r in reversed(self.given_up) if self._is_syntax(r.problem)), None)
        if failed is None or not self.half:
            return
        first = self.half[0]
        why = f"the text would still not parse: line {failed.line} could not be mended"
        taken_back = replace(first, outcome=NoEdit(why, "mend that first, then run it again"))
        before = self._back_to_sound()
        self.given_up, self.half = [*before, *self.given_up, taken_back], []
        self._sound = self.now, self.edits, tuple(self.given_up)

    def _window(self, problem: Problem) -> Span:
        """All of a short document; of a long one the lines around, from one that is not indented to another."""
        text = self.now.text
        if len(text) <= WHOLE:
            return Span(0, len(text))
        table = LineTable(text)
        line = table.position(problem.span.start).line
        first, last = max(0, line - REACH), min(len(table) - 1, line + REACH)
        while first > max(0, line - 2 * REACH) and not _opens(text, table, first):
            first -= 1
        while last < min(len(table) - 1, line + 2 * REACH) and not _opens(text, table, last):
            last += 1
        end = len(text) if last == len(table) - 1 else table.start(last)
        return Span(table.start(first), max(end, table.content(line).end))

    def _editable(self) -> list[Span]:
        if self.editable is None:
            return [Span(0, len(self.now.text))]
        moved = []
        for span in self.editable:
            before = sum(edit.growth for edit in self.edits if edit.span.end < span.start)
            inside = sum(edit.growth for edit in self.edits if span.contains(edit.span))
            moved.append(Span(span.start + before, span.end + before + inside))
        # one that was emptied is done with: it would touch what stands beside it
        return [
            m for m, span in zip(moved, self.editable, strict=True) if m.length or not span.length
        ]

    def line(self, problem: Problem) -> int:
        """Line of a problem in the document before any fix, from 1."""
        at, growth = problem.span.start, 0
        for edit in self.edits:
            start = edit.span.start + growth  # where it stands in the text as it is now
            if at < start:
                break
            if at < start + len(edit.text):
                return self._table.position(edit.span.start).line + 1
            growth += edit.growth
        return self._table.position(at - growth).line + 1

    def _is_syntax(self, problem: Problem) -> bool:
        return any(problem.source == checker.name for checker in self.checks.syntax)

    def _late(self) -> bool:
        return self._seconds > self.limits.seconds

    @property
    def _seconds(self) -> float:
        """Since mending began."""
        return 0.0 if self.began is None else time.perf_counter() - self.began

    def _why_not(self) -> str:
        if self._late():
            return f"not tried: the {self.limits.seconds:g} s for a file are over"
        if self.tried >= self.limits.problems:
            return f"not tried: only the first {self.limits.problems} problems of a file are"
        return "not tried"


def fix(
    document: Document,
    engine: Engine,
    checks: Checks,
    options: FillOptions = DEFAULTS,
    limits: Limits = Limits(),
    trust: Trust = UNTOLD,
    editable: Sequence[Span] | None = None,
) -> Fixed:
    """Mend what can be mended of a document, from its first problem to its last; in the `editable` spans alone.

    Raises:
        MissingDependencyError: when a checker's package is not installed.
        InputError: when a checker refuses to judge.
    """
    fixing = Fixing(
        document, lambda: engine, checks, options, limits, editable, trust=lambda: trust
    )
    for _ in fixing.run():
        pass
    return fixing.result()


def together(proposals: Sequence[Proposal]) -> float | None:
    """Probability that all are right, were each a matter of its own; None where one's is unknown."""
    told = [proposal.effort.confidence for proposal in proposals]
    return math.prod(p for p in told if p is not None) if None not in told and told else None


def nothing(left: Sequence[Repair]) -> NoEdit:
    """The outcome where nothing was mended."""
    if not left:
        return NoEdit("there is nothing to mend")
    first = left[0].outcome
    hint = first.hint if isinstance(first, NoEdit) else ""
    return NoEdit(f"no problem of {len(left)} could be mended", hint)


def _key(problem: Problem) -> tuple[str, str, Span]:
    return problem.source, problem.message, problem.span


def _meet(a: Span, b: Span) -> bool:
    """Whether they share a character, or an empty one touches the other."""
    empty = not (a.length and b.length)
    return a.overlaps(b) or (empty and a.start <= b.end and b.start <= a.end)


def _within(span: Span, window: Span) -> Span:
    """The part of a span that lies in a window, counted from the window's start."""
    start = min(max(span.start, window.start), window.end) - window.start
    return Span(start, max(start, min(span.end, window.end) - window.start))


def _opens(text: str, table: LineTable, line: int) -> bool:
    """Whether a line begins with something that opens a part of its own: a letter in the first column."""
    first = table.content(line).slice(text)[:1]
    return first.isalpha() or first in "@_#"
