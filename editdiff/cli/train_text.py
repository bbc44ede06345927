"""What `train --objective` does: a small network on any text, with the objective of a paper."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from editdiff.cli.common.training import prepare, require_torch
from editdiff.errors import UsageError
from editdiff.training.run.interrupt import interruptible

if TYPE_CHECKING:
    from editdiff.training.run.checkpoint import Progress

MINUTES = 20.0
"""Of training, where neither minutes nor steps are named."""


@dataclass(frozen=True)
class Wish:
    """What the user asked for; None where nothing was said."""

    objective: str
    text: Path | None
    block_size: int | None
    out: Path | None
    minutes: float | None
    steps: int | None
    seed: int
    device: str
    threads: int


def train_text(wish: Wish) -> int:
    """Train, or go on where the last checkpoint stands; then write the model folder.

    Raises:
        UsageError: for options that make no sense, together or alone.
        InputError: for a text that cannot be trained on.
    """
    text_path, minutes = _checked(wish)
    require_torch()
    from editdiff.papers.run import byte_text
    from editdiff.papers.run.objective_plot import draw_run
    from editdiff.papers.run.objective_run import ObjectiveRun, make_plan

    plan = make_plan(wish.objective, wish.block_size, wish.seed, wish.steps)
    text = byte_text.read(text_path)
    prepare(wish.device, wish.threads)
    out = wish.out or Path("build") / plan.name
    run = ObjectiveRun(plan, text, out, wish.device)
    console = Console(stderr=True)
    parameters = sum(p.numel() for p in run.model.parameters())
    console.print(
        f"{plan.name}: {parameters / 1e6:.1f} M parameters, {len(text.train) / 1e6:.2f} MB to train on, "
        f"{len(text.held_out) / 1e6:.2f} MB held out"
    )
    if run.resume():
        console.print(f"resumed at step {run.progress.step}")
    with interruptible() as stopped:
        finished = run.run(
            lambda progress: console.print(
                progress_line(progress, run.left(minutes)), soft_wrap=True
            ),
            stopped,
            minutes,
        )
    run.write_model(out / "model")
    draw_run(run.progress.log, out / "model" / "loss.png")
    console.print(f"wrote {out / 'model'}")
    if not finished:
        console.print("interrupted; the same command goes on from here")
    return 0


def progress_line(progress: Progress, left: float) -> str:
    """Loss, held-out bound, tokens a second, share of the matrix peak, how much is left."""
    last = progress.log[-1]
    parts = [f"step {progress.step}", f"{progress.tokens / 1e6:.2f} M tokens"]
    if "loss" in last:
        parts.append(f"loss {last['loss']:.3f} nats")
    if "heldout" in last:
        parts.append(f"held out {last['heldout']:.3f} ± {last['heldout_error']:.3f} bits a byte")
    if "low" in last:
        parts.append(f"times from {last['low']:g} to {last['high']:g}")
    if "loss" in last:
        speed, share = last["tokens_per_second"], last["share_of_peak"]
        parts.append(f"{speed:,.0f} tokens/s ({share:.0%} of the peak)")
    return "  ".join([*parts, f"{max(left, 0):.0%} left"])


def _checked(wish: Wish) -> tuple[Path, float | None]:
    """The text, and the minutes if the clock decides."""
    if wish.text is None:
        raise UsageError(
            "--objective needs a text to train on", "name a file or folder with --text PATH"
        )
    if not wish.text.exists():
        raise UsageError(f"--text: there is no {wish.text}", "name a file or a folder")
    if wish.minutes is not None and wish.steps is not None:
        raise UsageError("--minutes and --steps both say when to end", "leave one of them out")
    if wish.minutes is not None and not wish.minutes > 0:
        raise UsageError(f"--minutes must be above 0, not {wish.minutes:g}", "try 20")
    if wish.steps is not None:
        return wish.text, None
    return wish.text, MINUTES if wish.minutes is None else wish.minutes
