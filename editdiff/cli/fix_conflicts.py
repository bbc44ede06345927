"""Merges in conflict, on a terminal: the user says of each which side stays."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console
from rich.text import Text

from editdiff.check.base import Problem
from editdiff.check.judged import CONFLICT
from editdiff.cli.common import question
from editdiff.cli.common.question import Side
from editdiff.edits.proposal import Effort, Proposal, propose
from editdiff.text.conflicts import Conflict, conflicts
from editdiff.text.conflicts import Side as Stays
from editdiff.text.document import Document
from editdiff.text.edit import Edits
from editdiff.text.lines import LineTable
from editdiff.text.printable import printable

MOST_SHOWN = 60
"""Lines of a conflict that are shown."""
MARKERS = tuple(7 * sign for sign in "<|=>")
STAYS: dict[Side, Stays] = {Side.OURS: "ours", Side.THEIRS: "theirs", Side.BOTH: "both"}


def is_conflict(problem: Problem) -> bool:
    """Whether a problem is a merge in conflict."""
    return problem.message == CONFLICT


def settle(document: Document, problems: list[Problem]) -> Proposal | None:
    """Ask about each conflict among a document's problems; None where the user leaves them all as they are."""
    wanted = {problem.span for problem in problems if is_conflict(problem)}
    edits = []
    for conflict in conflicts(document.text):
        if conflict.span not in wanted or not conflict.clear:
            continue
        _show(document, conflict)
        side = question.ask(Side)
        if side is not Side.NO:
            edits.append(conflict.taking(STAYS[side]))
    if not edits:
        return None
    # no check judges it: either side is the user's own text, and which stays is theirs to say
    settled = Edits(tuple(edits))
    outcome = propose(document, settled, [e.span for e in edits], (), Effort(0.0, 0, 0.0, 1))
    return outcome if isinstance(outcome, Proposal) else None


def _show(document: Document, conflict: Conflict) -> None:
    line = LineTable(document.text).position(conflict.span.start).line + 1
    typer.echo(printable(f"{Path(document.path)}:{line}: {CONFLICT}"))
    rows = printable(conflict.span.slice(document.text)).split("\n")
    more = [f"… {len(rows) - MOST_SHOWN} lines more"] if len(rows) > MOST_SHOWN else []
    shown = [
        Text(row, "cyan" if row.startswith(MARKERS) else "") for row in (*rows[:MOST_SHOWN], *more)
    ]
    Console(highlight=False).print(Text("\n").join(shown), soft_wrap=True)
