"""`editdiff train --on PATH`: read, tell, fill lines, train, write, fill the same lines again."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from editdiff.cli import train_on_card as own_card
from editdiff.cli.common.tables import show, show_progress
from editdiff.cli.common.training import prepare, require_torch
from editdiff.engines.base import Engine, FillOptions
from editdiff.engines.choose import DEFAULT, Choice, choose
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.benchmarks.before_after import BeforeAfter, UserGap, fill, user_gaps
from editdiff.evaluation.core.runner import Outcome
from editdiff.evaluation.core.table import Table
from editdiff.families.canvas.files import TOKENIZER
from editdiff.text.printable import printable

if TYPE_CHECKING:
    from editdiff.training.corpus.user_files import UserFiles
    from editdiff.training.run.finetuning import Check, FineTuning, Plan, Trained

FOLDER = ".editdiff"
"""Of the run, in the repository: hidden, and git is told to ignore it by a file in it."""
MINUTES, LIMIT = 15.0, 100
TIMED = 3
"""Lines filled to tell beforehand how long all will take."""
OPTIONS = FillOptions(lookup=0)
"""As `infill` fills, but that nothing is looked up: it is asked what training brings."""


@dataclass(frozen=True)
class Wish:
    """What the user asked for; None is the default."""

    on: Path
    out: Path | None = None
    start_from: Path | None = None
    minutes: float | None = None
    limit: int | None = None
    device: str = "cpu"
    threads: int = 0


def train_on(wish: Wish) -> int:
    """Continue a model on a folder's files: 0 with a model written, 1 when training did not help."""
    require_torch()
    from editdiff.training.corpus.user_files import read_user_files
    from editdiff.training.run.finetuning import FineTuning, read_start

    minutes = MINUTES if wish.minutes is None else wish.minutes
    if not 0 < minutes < 10_000:
        raise UsageError(f"--minutes must be above 0, not {minutes:g}", "try 15")
    prepare(wish.device, wish.threads)
    files = read_user_files(wish.on)
    gaps = user_gaps(files.measured, wish.limit or LIMIT)
    if not gaps:
        raise InputError(
            "the files that are kept out hold no line of code", "name a folder with more code"
        )
    out = wish.out or wish.on / FOLDER
    refuse_unwritable(out)
    spec = DEFAULT if wish.start_from is None else str(wish.start_from)
    engine, start = choose(spec), Choice.of(spec).folder
    # a system that still maps the weights of the last engine may keep them
    temporary = tempfile.TemporaryDirectory(prefix="editdiff-", ignore_cleanup_errors=True)
    with sigterm_interrupts(), temporary as own:
        run = FineTuning(read_start(start), files, Path(own), wish.device)
        return Session(run, start.name, engine, gaps, out).go(minutes)


@dataclass(frozen=True)
class Session:
    """A run, and what is told and written of it."""

    run: FineTuning
    base: str
    """Name of the model that is continued."""
    engine: Engine
    """Of that model."""
    gaps: Sequence[UserGap]
    out: Path

    @property
    def model(self) -> Path:
        """Folder of the model that is written."""
        return self.out / "model"

    def go(self, minutes: float) -> int:
        """Tell, fill, train, write, fill."""
        plan = self.run.plan(minutes)
        self._tell(plan, minutes)
        before = self._fill(self.engine, "before")
        with first_interrupt() as stopped:
            trained = self.run.train(
                plan, 60 * minutes, lambda *c: say(progress(plan, *c)), stopped
            )
        if not trained.is_better:
            say("training did not help on files that were kept out: nothing is written")
            return 1
        staged = self._write(trained)
        say(f"wrote {self.model} after {trained.seconds / 60:.1f} minutes of training")
        table = self._compare(trained, before, self._fill(choose(str(staged)), "after"))
        self._write_card(trained, table)
        show(table, Console())
        say(f"try it: editdiff infill FILE --lines N --model {self.model}")
        return 0

    def _tell(self, plan: Plan, minutes: float) -> None:
        """Say what is read, how long it takes and where it goes, before it begins."""
        began = time.monotonic()
        fill(self.gaps[:TIMED], self.engine, "", OPTIONS, lambda name, done, total: None)
        seconds = (time.monotonic() - began) / len(self.gaps[:TIMED]) * 2 * len(self.gaps)
        for line in told_files(self.run.files):
            say(line)
        say(
            f"{plan.rows:,} rows, about {plan.steps:,} steps of {short(plan.seconds_per_step)} s: "
            f"{short(minutes)} minutes of training, fewer if it stops helping; about "
            f"{short(seconds / 60)} more to fill {len(self.gaps)} lines before and after it"
        )
        say(f"the model goes to {self.model}; nothing leaves this machine")
        say("Ctrl-C while it trains: go on with the best so far; again: end")

    def _fill(self, engine: Engine, name: str) -> list[Outcome]:
        with show_progress(Console(stderr=True)) as ticks:
            return fill(self.gaps, engine, name, OPTIONS, ticks)

    def _write(self, trained: Trained) -> Path:
        """Write the model folder, which may be the one that was continued; return a copy of it."""
        from editdiff.families.canvas.export_onnx import write_model

        staged, start = self.run.folder / "model", self.run.start
        start.tokenizer.save(self.run.folder / TOKENIZER)
        weights = {name: value.numpy() for name, value in trained.weights.items()}
        write_model(staged, start.config, weights, self.run.folder / TOKENIZER)
        ignored = not self.out.exists()
        self.model.mkdir(parents=True, exist_ok=True)
        if ignored:
            (self.out / ".gitignore").write_text("*\n", encoding="utf-8")
        for file in staged.iterdir():
            new = self.model / f"{file.name}.new"
            shutil.copyfile(file, new)
            new.replace(self.model / file.name)  # an engine may have the old one open
        self._write_card(trained, None)
        return staged

    def _compare(
        self, trained: Trained, before: Sequence[Outcome], after: Sequence[Outcome]
    ) -> Table:
        files = len({gap.path for gap in self.gaps})
        nats = (
            self.run.nats(weights, self.run.measured).tolist()
            for weights in (self.run.start.weights, trained.weights)
        )
        return BeforeAfter(files, before, after, *nats).table

    def _write_card(self, trained: Trained, table: Table | None) -> None:
        text = own_card.card(self.base, self.run.start.sha256, self.run.files, trained, table)
        (self.model / "README.md").write_text(text, encoding="utf-8")


def say(line: str) -> None:
    """Tell the user something; file names may hold what a terminal would obey."""
    typer.echo(printable(line), err=True)


def short(number: float) -> str:
    """A positive number in about two digits."""
    return f"{number:.{0 if number >= 10 else 1 if number >= 1 else 2}f}"


def told_files(files: UserFiles) -> Iterator[str]:
    """What is read and what is not."""
    named = "that git tracks" if files.tracked else "of a folder without git"
    yield (
        f"{len(files.train)} files {named} to train on, {files.characters:,} characters; kept out: "
        f"{len(files.watched)} to see when to stop, {len(files.measured)} to measure on"
    )
    if files.left_out:
        reasons = (f"{count} {reason}" for reason, count in sorted(files.left_out.items()))
        yield f"left out: {', '.join(reasons)}"


def progress(plan: Plan, check: Check, so_far: Trained) -> str:
    """A check in a line."""
    first = so_far.checks[0]
    line = (
        f"step {check.step} of about {plan.steps}  {check.nats:.3f} nats a token in files kept out"
    )
    if check is first:
        return line
    best = "  best so far" if check is so_far.best else ""
    return f"{line}, {check.nats - first.nats:+.3f}  {so_far.seconds / 60:.1f} min{best}"


@contextmanager
def sigterm_interrupts() -> Iterator[None]:
    """Let SIGTERM end the program as Ctrl-C does: by a KeyboardInterrupt, so that no rows stay behind."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def first_interrupt() -> Iterator[Callable[[], bool]]:
    """Let the first Ctrl-C or SIGTERM only be noted; what is yielded says whether it came.

    The next one does what it always does.
    """
    asked: list[int] = []
    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def note(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        restore()

    for number in before:
        signal.signal(number, note)
    try:
        yield lambda: bool(asked)
    finally:
        restore()


def refuse_unwritable(out: Path) -> None:
    """Raise InputError, before any work, when nothing could be written to a folder."""
    there = next(place for place in (out, *out.absolute().parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise InputError(
            f"nothing can be written to {out}", "name another folder for the model with --out"
        )
