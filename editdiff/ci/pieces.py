"""A file as the texts that are checked and mended: itself, or the cells of a notebook."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from editdiff.check.base import Problem
from editdiff.ci.changed import Changed
from editdiff.edits.fix.credible import Trust
from editdiff.edits.fix.notebook import NotebookFixing
from editdiff.edits.fix.run import Fixing, Limits
from editdiff.edits.fix.standards import Checks
from editdiff.edits.session import Session
from editdiff.text.document import Document
from editdiff.text.edit import Edits
from editdiff.text.lines import LineTable
from editdiff.text.notebook import Cell, is_notebook
from editdiff.text.span import Span

Key = tuple[str, str]
"""Who found a problem, and its message: what two versions of a file can have in common."""
RUFF = "ruff"
LIMITS = Limits()
_LINE = re.compile(r"\bline \d+")


@dataclass(frozen=True)
class Pass:
    """What is looked for at one time."""

    checks: Checks
    """With a memory."""
    syntax: bool
    """Whether it is the syntax; else a text that does not parse is as good as another one."""

    @property
    def names(self) -> frozenset[str]:
        """Names of the checkers of syntax."""
        return frozenset(checker.name for checker in self.checks.syntax)


class Found(NamedTuple):
    """A problem that a checker sees."""

    problem: Problem
    lines: range
    """In the file, from 0."""

    @property
    def key(self) -> Key:
        """What it has in common with others like it."""
        return key_of(self.problem)


def key_of(problem: Problem) -> Key:
    """What a problem has in common with others like it; other lines that it names may have moved."""
    return key(problem.source, problem.message)


def key(source: str, message: str) -> Key:
    """The same by who found it and what it is."""
    return source, _LINE.sub("line", message)


@dataclass(frozen=True)
class Piece:
    """One text of a file."""

    fixing: Fixing
    file: Document
    cell: Cell | None = None

    def in_file(self, edits: Edits) -> Edits:
        """The edits of the file that edits of the text are."""
        return Edits(tuple(self.cell.in_file(edits))) if self.cell else edits

    def lines(self, span: Span) -> range:
        """The lines of the file, from 0, in which a part of the text stands."""
        table = LineTable(self.file.text)
        written = self.cell.written(span) if self.cell else span
        first, last = (table.position(at).line for at in (written.start, written.end))
        if written.length and last > first and table.start(last) == written.end:
            last -= 1  # it ends with a line's ending
        return range(first, last + 1)

    def found(self) -> Iterator[Found]:
        """Its problems as it is now, in the order in which they are mended."""
        for problem in self.fixing.problems():
            yield Found(problem, self.lines(problem.span))

    def doubts(self) -> Iterator[Found]:
        """What nobody could judge."""
        for problem in self.fixing.doubts():
            yield Found(problem, self.lines(problem.span))


def pieces(
    document: Document,
    session: Session,
    wanted: Pass,
    limits: Limits = LIMITS,
    editable: list[Span] | None = None,
) -> list[Piece]:
    """The texts of a document; of a notebook all of a cell may be edited.

    Raises:
        InputError: for what calls itself a notebook and is none.
    """
    engine, trust = (lambda: session.engine), partial(Trust.of, session)
    context = (document, engine, wanted.checks, session.options, limits)
    if is_notebook(document.path):
        whole = NotebookFixing(*context, not wanted.syntax, session.others, trust)
        return [
            Piece(part, document, cell) for part, cell in zip(whole.parts, whole.cells, strict=True)
        ]
    fixing = Fixing(*context, editable, not wanted.syntax, session.others, trust=trust)
    return [Piece(fixing, document)]


def tally(document: Document, session: Session, wanted: Pass) -> Counter[Key]:
    """How often a document has each problem."""
    return Counter(
        each.key for piece in pieces(document, session, wanted) for each in piece.found()
    )


def blamed(file: Changed, session: Session, wanted: Pass, found: list[Found]) -> list[Found]:
    """The problems of a file that came with its change: in its new lines, and more of their kind than there were.

    A fault of the syntax is told where the parser stumbles over it, which may be elsewhere, and so is what ruff
    finds unused by now: where the text did parse before, these came with the change wherever they stand.
    """
    if file.whole:
        return found
    possible = [
        each for each in found if file.meets(each.lines) or _is_told_elsewhere(each, wanted)
    ]
    if not possible or file.before is None:
        return []
    before = tally(file.before, session, Pass(wanted.checks, syntax=True))
    parsed = not any(source in wanted.names for source, _ in before)
    more = Counter(each.key for each in found)
    more.subtract({key: count for key, count in before.items() if key in more})
    kept = []
    for each in sorted(possible, key=lambda each: not file.meets(each.lines)):
        if more[each.key] > 0 and (parsed or file.meets(each.lines)):
            more[each.key] -= 1
            kept.append(each)
    return kept


def _is_told_elsewhere(found: Found, wanted: Pass) -> bool:
    return wanted.syntax or found.problem.source == RUFF
