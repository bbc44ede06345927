"""What `train --recipe` does: a model from packed rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from editdiff.cli.common.training import (
    folder_of,
    prepare,
    progress_line,
    require_torch,
    trainer_of,
    write_trained,
)
from editdiff.errors import UsageError
from editdiff.families.canvas.files import WEIGHTS

if TYPE_CHECKING:
    from editdiff.training.batches.recipe import Recipe
    from editdiff.training.run.trainer import Report, Trainer


@dataclass(frozen=True)
class Wish:
    """What the user asked for; None where nothing was said."""

    recipe: Path
    out: Path | None
    minutes: float | None
    steps: int | None
    decay_share: float | None
    start_from: Path | None
    pieces: Path | None
    shards: Path | None
    device: str
    threads: int


def train_packed(wish: Wish) -> int:
    """Train, or go on where the last checkpoint stands; then write the model folder.

    Raises:
        UsageError: for options that make no sense.
        InputError: for a recipe, rows or pieces that cannot be read.
    """
    if wish.minutes is not None and not wish.minutes > 0:
        raise UsageError(
            f"--minutes must be above 0, not {wish.minutes:g}", "leave it out for all steps"
        )
    require_torch()
    recipe = _adjusted(wish.recipe, wish.steps, wish.decay_share)
    folder = folder_of(recipe, wish.out)
    prepare(wish.device, wish.threads)
    if wish.pieces is not None:
        from editdiff.training.run.transfer import receive

        receive(wish.pieces, folder)
    trainer = trainer_of(recipe, folder, wish.device)
    console = Console(stderr=True)
    if trainer.resume():
        console.print(f"resumed at step {trainer.progress.step}")
    elif wish.start_from:
        _start_from(trainer, wish.start_from)
    _run(trainer, console, wish.minutes, wish.shards)
    _finish(trainer, folder, console)
    return 0


def _adjusted(path: Path, steps: int | None, decay_share: float | None) -> Recipe:
    from editdiff.training.batches.recipe import read_recipe

    recipe = read_recipe(path)
    optim = recipe.optim
    if decay_share is not None and not 0 < decay_share <= 1:
        raise UsageError(f"--decay-share must be above 0, up to 1, not {decay_share}", "try 0.25")
    optim = replace(
        optim,
        steps=optim.steps if steps is None else steps,
        decay_share=optim.decay_share if decay_share is None else decay_share,
    )
    return replace(recipe, optim=optim)


def _start_from(trainer: Trainer, model: Path) -> None:
    import torch

    from editdiff.families.canvas import weights

    loaded = weights.load(model / WEIGHTS)
    trainer.start_from({name: torch.from_numpy(w) for name, w in loaded.items()})


def _run(
    trainer: Trainer, console: Console, minutes: float | None = None, shards: Path | None = None
) -> None:
    """Train; the first Ctrl-C or SIGTERM asks for a last checkpoint."""
    from editdiff.training.run.flops import matrix_peak
    from editdiff.training.run.interrupt import interruptible
    from editdiff.training.run.transfer import send_weights

    peak = matrix_peak(trainer.device)
    console.print(f"a large matrix product does {peak / 1e9:,.0f} G operations a second here")

    def saved() -> None:
        if shards is not None:
            send_weights(trainer, shards)

    def report(now: Report) -> None:
        console.print(progress_line(now, peak))

    with interruptible() as stopped:
        trainer.run(report, stopped, minutes, saved)


def _finish(trainer: Trainer, folder: Path, console: Console) -> None:
    from editdiff.training.run.plot import draw_losses

    draw_losses(trainer.progress, folder / "loss.png")
    write_trained(trainer, folder, folder / "model")
    console.print(f"wrote {folder / 'loss.png'} and {folder / 'model'}")
