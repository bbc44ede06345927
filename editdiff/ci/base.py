"""What a run of the bot finds and proposes: what `run` makes, and `outputs` and `posting` tell.

Paths are those of the repository, from its top, with `/`; lines count from 1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from editdiff.edits.proposal import Proposal
from editdiff.text import diff
from editdiff.text.document import Document
from editdiff.text.edit import Edits
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

SEPARATOR = "\0"
"""Between the parts that a fingerprint is made of; no part holds it."""
LENGTH = 16
"""Hexadecimal digits of a fingerprint."""


@dataclass(frozen=True)
class Problem:
    """Something that is wrong, and who says so."""

    path: str
    """Empty where it has no place, as when a test command fails and says nothing more."""
    line: int
    """The first line of it, in the file as it is now; 0 where it has no place."""
    message: str
    """One line."""
    source: str
    """`syntax`, `math`, `conflict`, `ruff`, `tests`, or the format of the report that named it."""
    rule: str = ""
    """Its code, where its source has one."""
    last: int = 0
    """The last line of it; 0 for the same line."""


@dataclass(frozen=True)
class Part:
    """Whole lines of a file, and what they become: what a suggestion in a review replaces.

    A part is never empty on both sides. Where lines only come, the line before or behind them is part of it.
    """

    first: int
    last: int
    old: str
    """These lines as they are, with their endings."""
    new: str
    """What stands there instead; empty where they go."""


@dataclass(frozen=True)
class Fix:
    """An edit of one file that mends one problem, or several that only go together."""

    problems: tuple[Problem, ...]
    """The first of them in the order of the text; at least one."""
    proposal: Proposal
    """Its `before` is the file as it is now: every fix stands alone, and no two of a file overlap."""
    judged: str
    """What judged it, one sentence without a full stop: `python, ruff and tests`."""

    @property
    def path(self) -> str:
        """The file."""
        return self.problems[0].path

    @property
    def confidence(self) -> float | None:
        """Probability that it is right, 0 to 1; None where nobody measured that, as of what checkers work out."""
        return self.proposal.effort.confidence

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Its changed lines, in the order of the text."""
        return tuple(_parts(self.proposal))

    @cached_property
    def fingerprint(self) -> str:
        """The same for the same change of the same lines, wherever in the file they stand by now.

        A second run proposes it again under this name. Two alike in one file have one name.
        """
        told = (self.path, *(text for part in self.parts for text in (part.old, part.new)))
        digest = hashlib.sha256(SEPARATOR.join(told).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()[:LENGTH]


@dataclass(frozen=True)
class Left:
    """A problem for which nothing is proposed."""

    problem: Problem
    reason: str
    """One sentence without a full stop."""
    blamed: bool = True
    """Whether it is something wrong in what changed: not of what was there before, or stands elsewhere."""


@dataclass(frozen=True)
class Proposed:
    """What came of a run."""

    base: str
    """The commit that the change is compared with."""
    head: str
    """The commit that was looked at; empty where the working tree differs from it."""
    fixes: tuple[Fix, ...]
    """The smallest first."""
    left: tuple[Left, ...] = ()
    notes: tuple[str, ...] = ()
    """What was not looked at or could not be judged, and why; sentences without a full stop."""
    documents: tuple[Document, ...] = field(default=(), repr=False)
    """The files that were looked at."""
    finished: bool = True
    """False where time or the number of edits ran out."""
    doubted: bool = False
    """Whether something of what changed could not be judged."""

    @property
    def wrong(self) -> int:
        """How many problems there are in what changed, with and without a fix."""
        mended = sum(len(fix.problems) for fix in self.fixes)
        return mended + sum(left.blamed for left in self.left)


def _parts(proposal: Proposal) -> Iterator[Part]:
    text = proposal.before.text
    table, waiting = LineTable(text), list[diff.Hunk]()
    for hunk in map(_with_a_line, diff.hunks(proposal.edits, text)):
        if waiting and hunk.first < waiting[-1].end:  # both take the same line along
            edits = Edits((*waiting[-1].edits, *hunk.edits))
            hunk = diff.Hunk(waiting.pop().first, hunk.end, edits)
        waiting.append(hunk)
    for first, end, edits in waiting:
        span = Span(table.full(first).start, table.full(end - 1).end)
        old = span.slice(text)
        new = Edits(tuple(edit.shift(-span.start) for edit in edits)).apply(old)
        yield Part(first + 1, end, old, new)


def _with_a_line(hunk: diff.Hunk) -> diff.Hunk:
    """The same with a line of the file in it: the one before, or of the first line the one behind."""
    if hunk.first < hunk.end:
        return hunk
    return hunk._replace(first=hunk.first - 1) if hunk.first else hunk._replace(end=1)


def smallest_first(fixes: Sequence[Fix]) -> tuple[Fix, ...]:
    """Fixes by how much they change, then by place."""
    return tuple(sorted(fixes, key=lambda fix: (_size(fix), fix.path, fix.parts[0].first)))


def _size(fix: Fix) -> int:
    return sum(len(part.old) + len(part.new) for part in fix.parts)
