"""What `editdiff fix` tells of a file: its problems, the diff, what is left and why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console

from editdiff.cli.common.output import Output
from editdiff.cli.common.render import show_proposal
from editdiff.edits.fix.notebook import NotebookFixing
from editdiff.edits.fix.run import Fixed, Fixing
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.report import json_lines
from editdiff.text.lines import LineTable
from editdiff.text.notebook import place
from editdiff.text.printable import printable

Mending = Fixing | NotebookFixing
"""A file in the making."""
LISTED = 50
"""Problems that are left of a file and told one by one; one lost bracket can make thousands of a long file."""


def show_report(fixing: Mending, unjudged: Sequence[str], as_json: bool) -> None:
    """Print problems as compilers do, a line each, or as one line of JSON with why there may be more."""
    if as_json:
        typer.echo(json_lines.of_problems(fixing, unjudged))
        return
    for part in fixing.parts:
        table = LineTable(part.document.text)
        for problem in sorted(part.problems(), key=lambda problem: problem.span):
            line, column = table.position(problem.span.start)
            where = f"{part.document.path}:{place(part.cell, line + 1)}:{column + 1}"
            typer.echo(printable(f"{where}: {problem.message} [{problem.source}]"))


def show_fixed(fixed: Fixed, file: Path, output: Output, screen: Console, *, written: bool) -> None:
    """Print the diff on standard output, and on stderr what is left and why."""
    if isinstance(fixed.outcome, Proposal):
        show_proposal(fixed.outcome, file, plain=output.diff, written=written, screen=screen)
    show_left(fixed, file, output, written=written)


def show_left(fixed: Fixed, file: Path, output: Output, *, written: bool) -> None:
    """Say on stderr what is left and why, and count."""
    if output.quiet:
        return
    for repair in fixed.left[:LISTED]:
        reason = repair.outcome.reason if isinstance(repair.outcome, NoEdit) else ""
        problem = repair.problem
        typer.echo(
            printable(f"{file}:{repair.where}: {problem.message} [{problem.source}]: {reason}"),
            err=True,
        )
    more = len(fixed.left) - LISTED
    if more > 0:
        typer.echo(printable(f"{file}: {more} more, which --json and --report list"), err=True)
    typer.echo(printable(f"{file}: {_counted(fixed, written)}"), err=True)


def _counted(fixed: Fixed, written: bool) -> str:
    mended, left = len(fixed.mended), len(fixed.left)
    fixes = f"{mended} fix{'es' * (mended != 1)}"
    told = f"{left or 'no'} problem{'s' * (left != 1)} left"
    if written or not mended:
        return f"{fixes}, {told}"
    p = fixed.outcome.effort.confidence if isinstance(fixed.outcome, Proposal) else None
    sure = "" if p is None else f" ({100 * p:.0f} % sure)"
    return f"{fixes} proposed{sure}, {told} with {'it' if mended == 1 else 'them'}"
