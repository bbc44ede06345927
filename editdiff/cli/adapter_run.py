"""What the command `adapter` does once it knows what is wanted, and how it tells of it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from editdiff.cli.common.training import prepare
from editdiff.evaluation.metrics import wilson
from editdiff.training.interrupt import interruptible

if TYPE_CHECKING:
    from editdiff.training.adapter.assemble import Corpus, Wish


@dataclass(frozen=True)
class Task:
    """A run, and what is to come of it."""

    model: Path
    corpus: Corpus
    state: Path
    wish: Wish
    minutes: float | None
    to: Path | None


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
    from editdiff.training.adapter.assemble import assembled
    from editdiff.training.adapter.export import exported

    console = Console(stderr=True)

    def tell(entry: dict[str, Any]) -> None:
        for line in lines_of(entry):
            console.print(line, soft_wrap=True, highlight=False)

    made, went_on = assembled(task.model, task.corpus, task.state, task.wish)
    where = f"goes on at step {made.progress.step}" if went_on else "begins"
    trained = sum(p.numel() for p in made.network.parameters())
    console.print(f"{trained / 1e6:.1f} M parameters; the run in {task.state} {where}")
    if task.minutes is not None:
        made.run(tell, stopped, task.minutes)
    if made.judge is not None and not stopped():
        made.tell_judged(tell)
    if task.minutes is not None:
        made.state.save(task.state)
    if task.to is not None:
        exported(made.state).write(task.to)
        console.print(f"wrote {task.to}, {task.to.stat().st_size / 1e6:.1f} MB")
    if stopped():
        console.print("interrupted; the same command goes on from here")


def lines_of(entry: dict[str, Any]) -> list[str]:
    """An entry of the log in words."""
    head = f"step {entry['step']}  {entry['targets']:,} targets  {entry['seconds'] / 60:.1f} min"
    if "judged" not in entry:
        places = " ".join(f"{value:.3f}" for value in entry["right"])
        return [
            f"{head}  loss {entry['loss']:.3f}  {entry['nats']:.3f} nats  right {places}"
            f"  {entry['targets_a_second']:.1f} targets/s"
        ]
    told = entry["judged"]
    pairs = zip(told["right"], told["right_worth"], strict=True)
    shares = " ".join(_with_interval(share, worth) for share, worth in pairs)
    sampled = " ".join(f"{value:.3f}" for value in told["right_sampled"])
    return [
        f"{head}  judged on {told['rows']} gaps, the model's own token right in {told['trunk']:.3f}",
        f"  places right: {shares}",
        f"  with the sampler head: {sampled}",
        f"  accepted a round: {told['accepted']:.2f} ± {1.96 * told['accepted_error']:.2f}, with the sampler head"
        f" {told['accepted_sampled']:.2f} ± {1.96 * told['accepted_sampled_error']:.2f}",
    ]


def _with_interval(share: float, worth: float) -> str:
    low, high = wilson(round(share * worth), round(worth))
    return f"{share:.3f} [{low:.3f}-{high:.3f}]"
