"""A fix in the making: edits of a file as it is, and the problems that they are to mend."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from editdiff.check.base import Problem as Seen
from editdiff.check.judged import CONFLICT
from editdiff.check.leftovers import LEFTOVER
from editdiff.ci.base import Problem
from editdiff.ci.pieces import Found, Key, Piece, key_of
from editdiff.edits.fix.run import Repair
from editdiff.edits.proposal import Effort, Proposal
from editdiff.report.diagnostics.base import one_line
from editdiff.text.edit import Edits
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

SYNTAX, MERGE, RULES = "syntax", "conflict", "ruff"
"""Sources of problems."""


@dataclass(frozen=True)
class Claim:
    """A problem that is to be gone with an edit."""

    problem: Problem
    key: Key
    syntax: bool

    @property
    def place(self) -> tuple[Key, int]:
        """What it is, and in which line of the file, from 1."""
        return self.key, self.problem.line


@dataclass(frozen=True)
class Draft:
    """Edits of one file that nobody has judged as they stand alone."""

    claims: tuple[Claim, ...]
    edits: Edits
    efforts: tuple[Effort, ...]

    @property
    def syntax(self) -> bool:
        """Whether the text is to parse with it."""
        return any(claim.syntax for claim in self.claims)

    @property
    def claimed(self) -> Counter[Key]:
        """How often each problem is to go, those of the syntax apart."""
        return Counter(claim.key for claim in self.claims if not claim.syntax)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is to be gone, in the order of the text; each once."""
        found = dict.fromkeys(claim.problem for claim in self.claims)
        return tuple(sorted(found, key=lambda problem: problem.line))

    @property
    def effort(self) -> Effort:
        """What all of it cost; how sure it is, were each part a matter of its own."""
        if len(self.efforts) == 1:
            return self.efforts[0]
        told = [effort.confidence for effort in self.efforts]
        sure = math.prod(p for p in told if p is not None) if None not in told else None
        return replace(Effort.total(self.efforts), confidence=sure)


def joined(drafts: Sequence[Draft]) -> Draft:
    """Several as one.

    Raises:
        ValueError: when their edits overlap.
    """
    claims = tuple(claim for draft in drafts for claim in draft.claims)
    edits = Edits(tuple(edit for draft in drafts for edit in draft.edits))
    return Draft(claims, edits, tuple(effort for draft in drafts for effort in draft.efforts))


def claim_of(repair: Repair, piece: Piece, path: str, *, syntax: bool) -> Claim:
    """What a repair mends, where it stands in the file as it is."""
    table = LineTable(piece.fixing.document.text)
    start = table.start(min(repair.line, len(table)) - 1)
    first = piece.lines(Span(start, start)).start + 1
    more = 0
    if isinstance(repair.outcome, Proposal):
        seen = repair.problem.span
        more = repair.outcome.before.text.count("\n", seen.start, max(seen.start, seen.end - 1))
    problem = problem_of(repair.problem, path, first, first + more)
    return Claim(problem, key_of(repair.problem), syntax)


def problem_found(found: Found, path: str) -> Problem:
    """A problem as it is told."""
    return problem_of(found.problem, path, found.lines.start + 1, found.lines.stop)


def problem_of(seen: Seen, path: str, first: int, last: int) -> Problem:
    """What a checker found, in lines of a file from 1."""
    last = last if last > first else 0
    if seen.message in (CONFLICT, LEFTOVER):
        return Problem(path, first, seen.message, MERGE, last=last)
    if seen.source == RULES:
        rule, _, message = one_line(seen.message).partition(" ")
        return Problem(path, first, message, RULES, rule, last)
    source = seen.source if seen.source == "math" else SYNTAX
    return Problem(path, first, one_line(seen.message), source, last=last)
