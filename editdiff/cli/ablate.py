"""The command `ablate`: train the arms of an ablation one after the other and compare them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from editdiff.cli.common.training import prepare, progress_line, require_torch
from editdiff.training.run.interrupt import interruptible


def ablate(
    recipe: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A recipe with arms, in models/recipes/ablations/.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder with train.rows and heldout.rows; build/NAME by default."),
    ] = None,
    gaps: Annotated[
        int, typer.Option(help="Held-out rows that the arms are judged on.", min=2)
    ] = 2000,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> int:
    """Train the arms of an ablation for the same steps and compare them on the same gaps.

    The table goes to standard output. Ctrl-C writes a checkpoint; the same command goes on from there.
    """
    require_torch()
    from editdiff.training.batches.data import Rows
    from editdiff.training.batches.recipe import read_arms
    from editdiff.training.run.ablation import Arm, run_arm, table

    arms = read_arms(recipe)
    prepare(device, 1)  # one thread: sums in the same order in every arm
    folder = out or Path("build") / arms["baseline"].name
    rows, heldout = Rows(folder / "train.rows"), Rows(folder / "heldout.rows")
    console = Console(stderr=True)
    done: list[Arm] = []
    with interruptible() as stopped:
        for name, arm in arms.items():
            console.print(name)
            where = folder / name.replace(" ", "-")
            trained = run_arm(
                name, arm, rows, heldout, where, gaps, device,
                lambda report: console.print(progress_line(report)), stopped,
            )  # fmt: skip
            if trained is None:
                console.print("interrupted; the same command goes on from here")
                return 1
            done.append(trained)
    typer.echo(table(done), nl=False)
    return 0
