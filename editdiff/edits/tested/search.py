"""The search for an edit with which the tests pass: the likeliest first, each tried in a copy.

A suspicious line is drafted for when nothing that is known already is likelier than what it may bring. What passes
the tests that failed is run with all tests in a fresh copy, and they have to fail there without it.
"""

from __future__ import annotations

import heapq
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from editdiff.check.base import Checker
from editdiff.edits.proposal import Effort, NoEdit, Proposal, propose
from editdiff.edits.tested.drafts import Candidate, Drafting, Work
from editdiff.edits.tested.suspects import Suspect
from editdiff.text.span import Span
from editdiff.trials.proving import Confirmed, Edited

WAITS = 1.0
"""Log-odds by which the best candidate may be less likely than the next line is suspicious, and is tried before."""
LIKE, BESIDE = 2.0, 8
"""Log-odds by which a further candidate may be less likely than the one that passes, and how many are tried:
if the tests let others pass as well, they do not say which is meant."""
INSTALLED = (
    "they import what is installed: where that is an editable install, put the folder of the code first, as in "
    "--test 'PYTHONPATH=src pytest'"
)
HINT = "name where to look with --lines or --diagnostics, or raise --tries and --seconds"


class Trial(Protocol):
    """Tries edits by tests."""

    def sees(self, path: str) -> bool:
        """Whether the tests notice what changes in a file."""
        ...

    def passes(self, edited: Edited) -> bool:
        """Whether the tests that fail pass with an edit; several threads may ask at once."""
        ...

    def confirm(self, edited: Edited) -> Confirmed:
        """Whether all tests pass with an edit, and fail without it."""
        ...

    def end(self) -> None:
        """End what other threads try."""
        ...


@dataclass(frozen=True)
class Budget:
    """What a search may cost."""

    tries: int = 100
    """Candidates that are run."""
    seconds: float = 300.0
    workers: int = 1
    """Candidates that are run side by side."""


@dataclass(frozen=True)
class Found:
    """What came of a search."""

    outcome: Proposal | NoEdit
    tried: int
    """Candidates that were run."""
    drafted: int
    """Candidates that were made."""
    source: str = ""
    """Who made the one that is proposed."""
    compared: int = 0
    """Candidates that are about as likely and were tried as well."""
    beside: int = 0
    """Of these, how many the tests do not tell from the one that is proposed."""


@dataclass
class Search:
    """One failure, and the lines that may be its cause."""

    drafting: Mapping[str, Drafting]
    """By path."""
    suspects: Sequence[Suspect]
    """The most suspicious first."""
    trial: Trial
    guards: Sequence[Checker]
    """What breaks one of them is not tried."""
    budget: Budget = Budget()
    on_try: Callable[[int, Candidate], None] = lambda number, candidate: None
    """Hears of every candidate before it is run, with its number from 1; it may raise to cancel."""
    on_draft: Callable[[Work], None] = lambda work: None
    """Hears of everything before it is drafted; it may raise to cancel."""
    _heap: list[tuple[float, int, Candidate]] = field(default_factory=list, init=False)
    _tried: int = field(default=0, init=False)
    _drafted: int = field(default=0, init=False)
    _breaking: int = field(default=0, init=False)
    """Candidates with which the failing tests pass, and others fail."""
    _unseen: list[str] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._started = time.perf_counter()

    def run(self) -> Found:
        """Look for the likeliest edit that passes."""
        with self._pool() as pool:
            for ready in self._passing(pool):
                outcome = self._confirmed(ready)
                if outcome is not None:
                    tried = self._tried
                    offered = isinstance(outcome, Proposal)
                    compared, beside = self._beside(ready, pool) if offered else (0, 0)
                    source = ready.candidate.source
                    return Found(outcome, tried, self._drafted, source, compared, beside)
        return Found(self._nothing(), self._tried, self._drafted)

    @contextmanager
    def _pool(self) -> Iterator[ThreadPoolExecutor]:
        """Threads for tries; nobody waits for them when something is raised, such as by Ctrl-C."""
        with ThreadPoolExecutor(self.budget.workers) as pool:
            try:
                yield pool
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self.trial.end()
                raise

    def _passing(self, pool: ThreadPoolExecutor) -> Iterator[_Ready]:
        """Candidates with which the tests pass that fail, the likeliest first, until the budget is spent."""
        order = count()
        works = [work for each in self.suspects for work in self.drafting[each.path].works(each)]
        waiting = deque(sorted(works, key=lambda work: -work.likely))
        until = time.perf_counter() + self.budget.seconds
        while (waiting or self._heap) and time.perf_counter() < until:
            if self._tried >= self.budget.tries:
                return
            if self._drafts_first(waiting):
                self._draft(waiting.popleft(), order)
                continue
            batch = self._batch(self.budget.tries - self._tried)
            if not batch:
                continue
            self._tried += len(batch)
            passed = pool.map(self.trial.passes, [each.edited for each in batch])
            yield from (each for each, good in zip(batch, list(passed), strict=True) if good)

    def _beside(self, found: _Ready, pool: ThreadPoolExecutor) -> tuple[int, int]:
        """How many of the next candidates that are about as likely were tried, and pass the same tests."""
        least, compared, beside = found.candidate.likely - LIKE, 0, 0
        while compared < BESIDE and self._heap and -self._heap[0][0] >= least:
            batch = self._batch(BESIDE - compared)
            compared += len(batch)
            beside += sum(pool.map(self.trial.passes, [each.edited for each in batch]))
        return compared, beside

    def _drafts_first(self, waiting: Sequence[Work]) -> bool:
        if not waiting:
            return False
        if not self._heap:
            return True
        return -self._heap[0][0] < waiting[0].likely - WAITS

    def _draft(self, work: Work, order: count[int]) -> None:
        """Make candidates, unless the tests would not notice them."""
        if work.path in self._unseen:
            return
        if not self.trial.sees(work.path):
            self._unseen.append(work.path)
            return
        self.on_draft(work)
        for candidate in self.drafting[work.path].of(work):
            self._drafted += 1
            heapq.heappush(self._heap, (-candidate.likely, next(order), candidate))

    def _batch(self, most: int) -> list[_Ready]:
        """The likeliest candidates that parse, as many as are run side by side, or `most`."""
        batch = list[_Ready]()
        while self._heap and len(batch) < min(self.budget.workers, most):
            candidate = heapq.heappop(self._heap)[2]
            document = self.drafting[candidate.path].document
            spans = [edit.span for edit in candidate.edits]
            effort = Effort(candidate.score, 0, 0.0, 1)
            outcome = propose(document, candidate.edits, spans, self.guards, effort)
            if isinstance(outcome, Proposal):
                self.on_try(self._tried + len(batch) + 1, candidate)
                batch.append(_Ready(candidate, outcome, spans))
        return batch

    def _confirmed(self, ready: _Ready) -> Proposal | NoEdit | None:
        """A proposal if all tests agree; None if others fail with it."""
        told = self.trial.confirm(ready.edited)
        if not told.fails_without:
            why = "the tests fail at one time and pass at another without any change"
            return NoEdit(why, "name tests that always tell the same")
        if not told.passed:
            self._breaking += 1
            return None
        seconds = time.perf_counter() - self._started
        effort = Effort(ready.candidate.score, 0, seconds, self._tried)
        document = ready.proposal.before
        return propose(document, ready.candidate.edits, ready.spans, self.guards, effort)

    def _nothing(self) -> NoEdit:
        if not self._tried and self._unseen:
            files = ", ".join(self._unseen[:3])
            return NoEdit(
                f"the tests do not notice an error planted in the copy of {files}",
                INSTALLED,
            )
        tried = f"none of {self._tried} edits that were tried, of {self._drafted}"
        if self._breaking:
            return NoEdit(f"all tests pass with {tried}; {self._breaking} break others", HINT)
        return NoEdit(f"the tests pass with {tried}", HINT)


@dataclass(frozen=True)
class _Ready:
    """A candidate that may be tried."""

    candidate: Candidate
    proposal: Proposal
    spans: Sequence[Span]

    @property
    def edited(self) -> Edited:
        return Edited(self.candidate.path, self.proposal.after.to_bytes())
