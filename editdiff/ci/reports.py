"""What reports of other tools say of a change: what of it is mended or left, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from editdiff.ci.base import Left, Problem
from editdiff.ci.changed import Changed
from editdiff.errors import InputError
from editdiff.report import diagnostics
from editdiff.report.diagnostics import Diagnostic
from editdiff.report.paths import first_names
from editdiff.report.suspected import below
from editdiff.text.document import Document
from editdiff.text.notebook import read as read_notebook
from editdiff.text.printable import one_line
from editdiff.text.span import Span
from editdiff.trials.told import Frame

JUNIT, RUFF = "junit", "ruff"
SYNTAX = ("syntax", "conflict")
"""Sources of problems that a whole text has: others report the same in other words."""
ELSEWHERE = "it stands in a file that did not change"
UNCHANGED = "it stands outside of the lines that changed"
BEFORE = "it was there before the change"
NO_TESTS = "no test is run here: --test names their command"


class Told(NamedTuple):
    """Something that a report says of a file of the repository."""

    path: str
    """From the top."""
    source: str
    """The format of the report."""
    diagnostic: Diagnostic


@dataclass(frozen=True)
class Reports:
    """What all reports say."""

    told: Sequence[Told] = ()
    notes: Sequence[str] = ()
    """Which of their files are not there."""

    @property
    def frames(self) -> list[Frame]:
        """The places that they name."""
        return [Frame(told.path, told.diagnostic.line) for told in self.told]

    def left(
        self,
        files: Mapping[str, Changed],
        known: Iterable[Problem],
        before: Iterable[Problem] = (),
        *,
        everything: bool,
        tests: bool,
    ) -> list[Left]:
        """What nobody else has told yet: `known` are the problems that have a fix or are left already.

        Those of `before` were seen, and are older than the change. Where `tests` are run, what they say counts, and
        a report of tests is a hint where to look.
        """
        seen, old, found = _Seen(known), _Seen(before), list[Left]()
        for told in self.told:
            if tests and told.source == JUNIT:
                continue
            file = files.get(told.path)
            problem = _problem(told, file.document if file else None)
            if seen.has(told, problem):
                continue
            if file is None or not (everything or file.meets(_lines(problem))):
                found.append(Left(problem, UNCHANGED if file else ELSEWHERE, blamed=False))
            elif old.has(told, problem):
                found.append(Left(problem, BEFORE, blamed=False))
            else:
                found.append(Left(problem, _reason(told.source), blamed=told.diagnostic.error))
        return list(dict.fromkeys(found))


def read(files: Sequence[Path], top: Path) -> Reports:
    """Read reports.

    Raises:
        InputError: for a file that cannot be read, or is no report.
    """
    told, notes = list[Told](), list[str]()
    for file in files:
        report = diagnostics.read_report(file)
        resolved = diagnostics.resolve(report.found, top)
        located = {(each.path) for _, each in resolved}
        for place, each in resolved:
            if (path := below(top, place)) is not None:
                told.append(Told(path, report.source, each))
        lost = sorted({each.path for each in report.found} - located)
        if lost:
            notes.append(
                one_line(f"{file} names what is not in the repository: {first_names(lost)}")
            )
    return Reports(tuple(dict.fromkeys(told)), tuple(notes))


@dataclass
class _Seen:
    """The problems that are told already, by their places."""

    problems: Iterable[Problem]

    def __post_init__(self) -> None:
        self._rules = {
            (each.path, line, each.rule) for each in self.problems for line in _lines(each)
        }
        self._broken = {each.path for each in self.problems if each.source in SYNTAX}

    def has(self, told: Told, problem: Problem) -> bool:
        """Whether a problem that is told is one that a report names.

        Of a text that does not parse nothing else is told: what others report of its syntax is the same.
        """
        if told.diagnostic.rule and (problem.path, problem.line - 1, problem.rule) in self._rules:
            return True
        return problem.path in self._broken and _is_syntax(told.diagnostic)


def _is_syntax(told: Diagnostic) -> bool:
    words = f"{told.rule} {told.message}".lower()
    return any(word in words for word in ("syntax", "e999", "parse", "parsing", "expected"))


def _problem(told: Told, document: Document | None) -> Problem:
    each = told.diagnostic
    first, last = each.line, each.end_line or 0
    if each.cell and document:
        first, last = _in_file(document, each), 0
    last = last if last > first else 0
    return Problem(
        told.path, first, each.message or "something is wrong", told.source, each.rule, last
    )


def _in_file(document: Document, told: Diagnostic) -> int:
    """The line of a notebook's file at which the line of a cell is written."""
    try:
        cell = read_notebook(document).cells[told.cell - 1]
    except (InputError, IndexError):
        return 1
    lines = cell.text.split("\n")[: told.line - 1]
    start = min(sum(len(line) + 1 for line in lines), len(cell.text))
    written = cell.written(Span(start, start))
    return document.text.count("\n", 0, written.start) + 1


def _lines(problem: Problem) -> range:
    return range(problem.line - 1, max(problem.line, problem.last))


def _reason(source: str) -> str:
    """Why nothing is proposed for something in the lines that changed."""
    if source == RUFF:
        return "ruff does not find it here, so nothing can be held against it"
    return NO_TESTS if source == JUNIT else f"nothing here can judge what mends it ({source})"
