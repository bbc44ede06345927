"""What the command `adapter` does once it knows what is wanted."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from editdiff.cli.adapter_told import as_json, lines_of
from editdiff.cli.common.training import prepare
from editdiff.training.run.interrupt import interruptible

if TYPE_CHECKING:
    from editdiff.training.adapter.assemble import Wish
    from editdiff.training.adapter.corpus import Corpus
    from editdiff.training.adapter.prepared import Prepared


@dataclass(frozen=True)
class Task:
    """A run, and what is to come of it."""

    model: Path
    read_from: Corpus | Prepared
    state: Path
    wish: Wish
    minutes: float | None
    to: Path | None
    against: Path | None = None
    """An adapter that is judged on the same gaps."""
    pieces: Path | None = None
    """Where the state comes from and goes to."""
    json: bool = False
    """Whether the last judgement is written to standard output."""


def run(task: Task, threads: int) -> None:
    """Train, judge and write.

    In a thread of its own: one that has used a processor's matrix tiles (AMX) needs a larger frame for every
    signal, and was seen to be killed where one came.
    """
    from editdiff.training.adapter.network import products_in_bf16

    def work(stopped: Callable[[], bool]) -> None:
        prepare(task.wish.device, threads)  # the number of threads is each thread's own
        with products_in_bf16():
            _run(task, stopped)

    with interruptible() as stopped, ThreadPoolExecutor(1) as worker:
        worker.submit(work, stopped).result()


def _run(task: Task, stopped: Callable[[], bool]) -> None:
    from editdiff.training.adapter.assemble import assembled, other
    from editdiff.training.adapter.export import exported
    from editdiff.training.adapter.travel import receive, send

    console = Console(stderr=True)
    told: dict[str, Any] = {}

    def say(text: str) -> None:
        console.print(text, soft_wrap=True, highlight=False)

    def tell(entry: dict[str, Any]) -> None:
        told.update(entry)
        for line in lines_of(entry):
            say(line)

    if task.pieces is not None:
        receive(task.pieces, task.state)
    made, went_on, changed = assembled(task.model, task.read_from, task.state, task.wish)
    where = f"goes on at step {made.progress.step}" if went_on else "begins"
    trained = sum(p.numel() for p in made.network.parameters())
    say(f"{trained / 1e6:.1f} M parameters; the run in {task.state} {where}")
    if changed:
        say("its corpus is another than before, which is noted in what it writes")
    against = None if task.against is None else other(task.against, made)
    if task.minutes is not None:
        made.run(tell, stopped, task.minutes)
    if made.judges and not stopped():
        made.tell_judged(tell, against)
        if task.json:
            print(json.dumps(as_json(told)))
    if task.minutes is not None:
        made.state.save(task.state)
        if task.pieces is not None:
            say(f"wrote {send(task.state, task.pieces)} pieces of the state into {task.pieces}")
    if task.to is not None:
        exported(made.state).write(task.to)
        say(f"wrote {task.to}, {task.to.stat().st_size / 1e6:.1f} MB")
    if stopped():
        say("interrupted; the same command goes on from here")
