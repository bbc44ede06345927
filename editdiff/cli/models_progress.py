"""How far the fetching of weights is: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from editdiff.store.get import Progress, Stage

WORDS: dict[Stage, str] = {
    "wait": "waiting for another editdiff that fetches it",
    "fetch": "fetching",
    "verify": "checking",
    "pack": "packing",
}
LINES = 4
"""Lines that a stage takes where there is no terminal."""


@contextmanager
def shown(screen: Console) -> Iterator[Progress]:
    """Give what is to be told of the progress."""
    if not screen.is_terminal:
        yield _lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Bars(*columns, TimeRemainingColumn(), console=screen) as bars:
        yield _bar(bars)


def _bar(bars: Bars) -> Progress:
    tasks: dict[Stage, TaskID] = {}

    def progress(stage: Stage, share: float) -> None:
        if stage not in tasks:
            tasks[stage] = bars.add_task(WORDS[stage], total=1.0 if stage != "wait" else None)
        bars.update(tasks[stage], completed=share)

    return progress


def _lines() -> Progress:
    said: dict[Stage, int] = {}

    def progress(stage: Stage, share: float) -> None:
        step = int(share * LINES)
        if step > said.get(stage, -1):
            said[stage] = step
            percent = "" if stage == "wait" else f" {step / LINES:.0%}"
            typer.echo(f"{WORDS[stage]}{percent}", err=True)

    return progress
