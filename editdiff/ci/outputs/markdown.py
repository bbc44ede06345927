"""The summary of a run in Markdown, for a step's summary or a comment.

All that comes from the repository stands in code spans and blocks (`outputs.shown`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from editdiff.ci.base import Fix, Problem, Proposed
from editdiff.ci.outputs.findings import Finding, ended, findings, rule_of, told
from editdiff.ci.outputs.shown import cell, code, fenced, prose

MOST = 1_000_000
"""Bytes; GitHub takes 1,048,576 for the summary of a step, and shows nothing at all of a longer one."""
_LAST = 400
"""Bytes of what is said of that which has no room."""
_HEAD = "| where | what | why nothing is proposed |\n|---|---|---|"


def text(proposed: Proposed, most: int = MOST) -> str:
    """The summary, in at most so many bytes: what has no room is counted."""
    listed = findings(proposed)
    fixes = [_fix(finding, finding.fix) for finding in listed if finding.fix]
    rows = [_row(finding) for finding in listed if not finding.fix]
    head = _head(proposed)
    room = _Room(most - _LAST - _size(head))
    blocks = [head, *room.filled(fixes)]
    blocks += room.section("### Left", [_HEAD], rows)
    blocks += room.section("### Notes", [], [f"- {prose(ended(note))}" for note in proposed.notes])
    return "\n\n".join([*blocks, *_missing(room.missed)]) + "\n"


class _Room:
    """Bytes that are left for blocks, and how many found no room."""

    def __init__(self, free: int) -> None:
        self._free = free
        self.missed = 0

    def filled(self, blocks: Iterable[str]) -> Iterator[str]:
        """Those that have room, in their order; a large one does not keep the others out."""
        for block in blocks:
            size = _size(block)
            if size <= self._free:
                self._free -= size
                yield block
            else:
                self.missed += 1

    def section(self, title: str, head: Sequence[str], lines: Sequence[str]) -> list[str]:
        """A heading and lines below it; nothing where there are none."""
        self._free -= sum(map(_size, (title, *head)))
        kept = list(self.filled(lines))
        return [title, "\n".join([*head, *kept])] if kept else []


def _size(block: str) -> int:
    """Bytes of a block and the empty line behind it."""
    return len(block.encode()) + 2


def _head(proposed: Proposed) -> str:
    blamed = sum(left.blamed for left in proposed.left)
    said = f"{_counted(len(proposed.fixes), 'fix', 'es')} proposed, {_counted(blamed, 'problem', 's')} left"
    if others := len(proposed.left) - blamed:
        said += f", {others} beside the change"
    compared = f"Compared with {code(proposed.base)}."
    if not proposed.finished:
        compared += " **Not finished**: time or the number of edits ran out."
    return f"## editdiff: {said}\n\n{compared}"


def _counted(number: int, noun: str, plural: str) -> str:
    return f"{number or 'no'} {noun}{plural * (number != 1)}"


def _fix(finding: Finding, fix: Fix) -> str:
    """The heading, what is wrong, who judged the fix, and its diff."""
    problems = "\n".join(f"- {_problem(problem)}" for problem in fix.problems)
    judged = prose(ended(_capital(told(fix))))
    patch = fenced(fix.proposal.patch(fix.path), "diff")
    return f"### {_where(finding)}\n\n{problems}\n\n{judged}\n\n{patch}"


def _problem(problem: Problem) -> str:
    return f"{code(rule_of(problem))}: {prose(problem.message)}"


def _row(finding: Finding) -> str:
    cells = _where(finding), _problem(finding.problem), prose(finding.reason)
    return f"| {' | '.join(map(cell, cells))} |"


def _where(finding: Finding) -> str:
    return f"{code(finding.problem.path)}, line {finding.first}" if finding.has_place else "–"


def _missing(missed: int) -> list[str]:
    return [f"{missed} more had no room here."] if missed else []


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
