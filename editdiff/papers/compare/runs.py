"""The runs of the comparison: every arm with every seed, trained and judged, in one process or several."""

from __future__ import annotations

import json
import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path

import torch

from editdiff.papers.run import byte_text
from editdiff.papers.run.byte_text import ByteText
from editdiff.papers.run.objective_run import ObjectiveRun, Plan, make_plan
from editdiff.training.run.checkpoint import Progress

JUDGED = 256
"""Held-out rows, the same for all arms and seeds."""
JUDGED_AT_ONCE = 16
"""Between two looks at whether to stop."""
DRAWS = 2
"""Estimates of the bound of each of them."""
SHORT = 4
"""The short arms get one part of so many of the tokens, with the first seed alone."""
LOOK_EVERY = 0.5
"""Seconds between two looks at whether to stop, while other processes work."""


@dataclass(frozen=True)
class Arm:
    """One objective in the comparison."""

    objective: str
    block_size: int | None = None
    short: bool = False

    @property
    def name(self) -> str:
        """Names its folder and its row."""
        size = "" if self.block_size is None else f"-{self.block_size}"
        return f"{self.objective}{size}{'-short' if self.short else ''}"


ARMS = (
    Arm("ar"), Arm("bd3lm", 4), Arm("bd3lm", 16), Arm("mdlm"), Arm("d3pm"),
    *(Arm(name, short=True) for name in ("mdlm", "sedd", "md4", "genmd4", "gidd")),
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What came of one arm with one seed."""

    arm: str
    seed: int
    tokens: int
    seconds: float
    """Time of training, looks at the held-out rows and searches included."""
    nats: list[float]
    """Nats of each held-out row."""
    log: list[dict[str, float]]


Make = Callable[[Arm, int, int], Plan]
"""(arm, seed, steps) -> the plan of a run."""
Stop = Callable[[], bool]
Tell = Callable[[str], None]


def plan_of(arm: Arm, seed: int, steps: int) -> Plan:
    """The plan of an arm, at the size of `train --objective`."""
    return make_plan(arm.objective, arm.block_size, seed, steps)


def runs_of(arms: Sequence[Arm], seeds: int) -> list[tuple[Arm, int]]:
    """Every arm with each of its seeds."""
    return [(arm, seed) for arm in arms for seed in range(1 if arm.short else seeds)]


def folder_of(out: Path, arm: Arm, seed: int) -> Path:
    """Where a run is kept."""
    return out / f"{arm.name}-seed-{seed}"


def on_stderr(line: str) -> None:
    """Tell how far a run has come."""
    print(line, file=sys.stderr, flush=True)


def compare(
    text: ByteText,
    out: Path,
    tokens: int,
    seeds: int,
    stop: Stop = lambda: False,
    make: Make = plan_of,
    arms: Sequence[Arm] = ARMS,
    tell: Tell = lambda line: None,
) -> Iterator[Outcome]:
    """Train and judge one arm after the other, each with all its seeds, on `tokens` ids, until `stop`.

    Raises:
        InputError: when a folder in `out` holds a run of another text or plan.
    """
    for arm, seed in runs_of(arms, seeds):
        outcome = run_arm(arm, seed, tokens, text, out, make, stop, tell)
        if outcome is None:
            return
        yield outcome


def compare_side_by_side(
    path: Path,
    out: Path,
    tokens: int,
    seeds: int,
    jobs: int,
    threads: int,
    stop: Stop = lambda: False,
    make: Make = plan_of,
    arms: Sequence[Arm] = ARMS,
) -> list[Outcome]:
    """As `compare`, by `jobs` processes of `threads` threads, each of which reads the text at `path`.

    What is drawn hangs on the seed alone, so the outcomes are those of `compare` with as many threads.
    """
    context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
    asked = context.Event()
    with ProcessPoolExecutor(jobs, context, _begin, (path, threads, asked)) as pool:
        going = [
            pool.submit(_in_process, arm, seed, tokens, out, make)
            for arm, seed in runs_of(arms, seeds)
        ]
        try:
            _until_done(going, stop)
        finally:
            asked.set()
            pool.shutdown(cancel_futures=True)
    outcomes = [future.result() for future in going if not future.cancelled()]
    return [outcome for outcome in outcomes if outcome is not None]


def _until_done(going: list[Future[Outcome | None]], stop: Stop) -> None:
    """Wait for all, or until one fails or a stop is asked for."""
    left = set(going)
    while left and not stop():
        done, left = wait(left, LOOK_EVERY)
        for future in done:
            future.result()


_text: ByteText
"""The text of a process of `compare_side_by_side`, read once: that takes seconds."""
_asked: Event


def _begin(path: Path, threads: int, asked: Event) -> None:
    global _text, _asked
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the first process, which asks
    torch.set_num_threads(threads)
    _text, _asked = byte_text.read(path), asked


def _in_process(arm: Arm, seed: int, tokens: int, out: Path, make: Make) -> Outcome | None:
    if _asked.is_set():  # it was handed over before the stop
        return None
    return run_arm(arm, seed, tokens, _text, out, make, _asked.is_set, on_stderr)


def run_arm(
    arm: Arm,
    seed: int,
    tokens: int,
    text: ByteText,
    out: Path,
    make: Make = plan_of,
    stop: Stop = lambda: False,
    tell: Tell = lambda line: None,
) -> Outcome | None:
    """Train and judge one arm with one seed, or go on with it; None if stopped before its end.

    Raises:
        InputError: when its folder in `out` holds a run of another text or plan.
    """
    a_step = (plan := make(arm, seed, 1)).rows * plan.row
    plan = make(arm, seed, max(1, tokens // (SHORT if arm.short else 1) // a_step))
    folder = folder_of(out, arm, seed)
    kept = folder / f"judged-{plan.optim.steps}.json"
    run = ObjectiveRun(plan, text, folder)
    run.resume()
    if kept.exists():
        nats = json.loads(kept.read_text(encoding="utf-8"))
    else:
        tell(f"{folder.name}: from step {run.progress.step} to {plan.optim.steps}")

        def report(progress: Progress) -> None:
            last = progress.log[-1]
            if "heldout" in last:
                tell(f"{folder.name}: step {progress.step}, {last['heldout']:.3f} bits a byte")

        if not run.run(report, stop):
            return None
        run.write_model(folder / "model")
        rows, nats = judged_rows(text, plan), []
        for start in range(0, len(rows), JUDGED_AT_ONCE):
            if stop():
                return None
            some = rows[start : start + JUDGED_AT_ONCE]
            nats += run.held_out_nats(some, DRAWS, seed=start)
        kept.write_text(json.dumps(nats) + "\n", encoding="utf-8")
    progress = run.progress
    return Outcome(arm.name, seed, progress.tokens, progress.seconds, nats, progress.log)


def judged_rows(text: ByteText, plan: Plan) -> byte_text.Ids:
    """The held-out rows [n, row] that all arms are judged on."""
    return byte_text.spread_rows(text.held_out, JUDGED, plan.row)
