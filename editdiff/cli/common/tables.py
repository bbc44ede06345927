"""What the commands share that measure: their corpus, a bar for each row, the table, the file with everything."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table as DrawnTable
from rich.text import Text

from editdiff import __version__
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.table import Result, Table

ManifestFile = Annotated[
    Path, typer.Option(metavar="FILE", help="The corpus, with its held-out packages.")
]
Downloads = Annotated[Path, typer.Option(metavar="DIR", help="Where downloaded packages are kept.")]


@contextmanager
def show_progress(screen: Console) -> Iterator[Progress]:
    """Draw a bar for each row of the table; without a terminal, print a line when one is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bars(
        *columns, TimeElapsedColumn(), console=screen, disable=not screen.is_terminal
    ) as bars:
        tasks = {}

        def progress(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=done)
            if done == total and not screen.is_terminal:
                typer.echo(f"{name}: {total} done", err=True)

        yield progress


def show(content: Table, screen: Console) -> None:
    """Print a table: drawn on a terminal, plain text otherwise."""
    if not screen.is_terminal:
        typer.echo(content.plain(), nl=False)
        return
    notes = Text("\n".join(content.notes))  # Text: brackets of intervals and paths are no markup
    table = DrawnTable(title=Text(content.title), caption=notes, caption_justify="left")
    for column, heading in enumerate(content.header):
        table.add_column(Text(heading), justify="right" if column else "left")
    for row in content.rows:
        table.add_row(*map(Text, row))
    screen.print(table)


def check_json_folder(path: Path | None) -> None:
    """Raise UsageError, before any work, when the file could not be written."""
    if path is not None and not path.absolute().parent.is_dir():
        raise UsageError(f"--json: there is no folder for {path}", "create it first")


def write_json(path: Path, result: Result) -> None:
    """Write everything measured, and by which version.

    Raises:
        InputError: when the file cannot be written.
    """
    content = {"editdiff": __version__, "python": sys.version.split()[0], **result.to_json()}
    try:
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"cannot write {path}: {error.strerror}", "name a file that can be written"
        ) from error
