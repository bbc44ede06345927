"""What a run found, one after the other: what is proposed first, then what is left. Formats are lists of these."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import Literal, NamedTuple

from editdiff.ci.base import LENGTH, SEPARATOR, Fix, Left, Problem, Proposed
from editdiff.ci.outputs.shown import one_line
from editdiff.text.document import Document
from editdiff.text.lines import LineTable

ERRORS = frozenset({"syntax", "conflict", "tests"})
"""Sources whose problems keep something from working; those of the others are warnings."""
Level = Literal["error", "warning", "note"]
"""The last one of what was wrong before, or stands elsewhere."""
_BARE_CR = re.compile(r"\r(?!\n)")


class Finding(NamedTuple):
    """A problem, with what is proposed for it or why nothing is."""

    problem: Problem
    """The first one, where a fix mends several."""
    name: str
    """The same in the next run for the same finding; no other finding of a run has it."""
    first: int
    """Its first line, from 1, as git counts lines: they end at line feeds alone."""
    last: int
    fix: Fix | None = None
    left: Left | None = None
    """One of the two there is."""

    @property
    def level(self) -> Level:
        """How bad it is."""
        if self.left and not self.left.blamed:
            return "note"
        return "error" if self.problem.source in ERRORS else "warning"

    @property
    def has_place(self) -> bool:
        """Whether it is known where it is wrong."""
        return bool(self.problem.path)

    @property
    def reason(self) -> str:
        """Why nothing is proposed, one sentence without a full stop; empty where something is."""
        return self.left.reason if self.left else ""

    @property
    def rule(self) -> str:
        """Who says so, and by which code of theirs: `ruff/F821`."""
        return rule_of(self.problem)

    @property
    def message(self) -> str:
        """All that, in sentences on one line."""
        problems = self.fix.problems if self.fix else (self.problem,)
        said = " ".join(ended(problem.message) for problem in problems)
        more = (
            f"A fix is proposed, {told(self.fix)}"
            if self.fix
            else f"Nothing is proposed: {self.reason}"
        )
        return one_line(f"{said} {ended(more)}")


def findings(proposed: Proposed) -> list[Finding]:
    """What is proposed, in its order, then what is left."""
    tables = _tables(proposed)
    names: Counter[str] = Counter()
    listed = []
    for problem, name, fix, left in (
        *((fix.problems[0], fix.fingerprint, fix, None) for fix in proposed.fixes),
        *((left.problem, _name(left.problem), None, left) for left in proposed.left),
    ):
        names[name] += 1
        first, last = lines_of(problem)
        if table := tables.get(problem.path):
            first, last = _git_line(table, first), _git_line(table, last)
        listed.append(Finding(problem, f"{name}:{names[name]}", first, last, fix, left))
    return listed


def told(fix: Fix) -> str:
    """Who judged a fix, and how likely it is right, where that was measured; no full stop."""
    sure = "" if fix.confidence is None else f", {100 * fix.confidence:.0f} % likely right"
    return f"judged by {fix.judged}{sure}"


def rule_of(problem: Problem) -> str:
    """Who says so, and by which code of theirs: `ruff/F821`."""
    return "/".join(one_line(name, 80) for name in (problem.source, problem.rule) if name)


def lines_of(problem: Problem) -> tuple[int, int]:
    """Its first and last line, from 1, whatever a report said."""
    first = max(1, problem.line)
    return first, max(first, problem.last)


def ended(sentence: str) -> str:
    """The same with a full stop, unless it ends already."""
    sentence = sentence.strip()
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def has_bare_cr(document: Document) -> bool:
    """Whether we count lines of it that git does not."""
    return _BARE_CR.search(document.text) is not None


class _Lines(NamedTuple):
    text: str
    table: LineTable


def _tables(proposed: Proposed) -> dict[str, _Lines]:
    """Of the files in which git counts other lines than we do, which are few."""
    documents = {document.path: document for document in proposed.documents}
    documents |= {fix.path: fix.proposal.before for fix in proposed.fixes}
    return {
        path: _Lines(document.text, LineTable(document.text))
        for path, document in documents.items()
        if has_bare_cr(document)
    }


def _git_line(lines: _Lines, line: int) -> int:
    start = lines.table.start(min(line, len(lines.table)) - 1)
    return lines.text.count("\n", 0, start) + 1


def _name(problem: Problem) -> str:
    said = (problem.path, problem.source, problem.rule, problem.message)
    digest = hashlib.sha256(SEPARATOR.join(said).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:LENGTH]
