"""The command `export`: the model folder of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from editdiff.cli.common.training import folder_of, require_torch, trainer_of, write_trained
from editdiff.errors import InputError
from editdiff.families.canvas.files import TOKENIZER

if TYPE_CHECKING:
    from editdiff.training.batches.recipe import Recipe


def export(
    recipe: Annotated[
        Path, typer.Option(metavar="FILE", help="A recipe, such as models/recipes/nano-0.toml.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run; build/NAME by default.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="Model folder to write.")] = None,
    shards: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Take the weights from these pieces, see `train`."),
    ] = None,
) -> int:
    """Write the model folder of a run's last checkpoint: int8 weights, ONNX graph, tokenizer."""
    from editdiff.training.batches.recipe import read_recipe

    wanted = read_recipe(recipe)
    folder = folder_of(wanted, out)
    if shards is not None:
        return _export_shards(wanted, folder, shards, to or folder / "model")
    require_torch()
    trainer = trainer_of(wanted, folder)
    if not trainer.resume():
        raise InputError(
            f"there is no checkpoint in {folder / 'run'}", "train one with `editdiff train`"
        )
    write_trained(trainer, folder, to or folder / "model")
    return 0


def _export_shards(recipe: Recipe, folder: Path, shards: Path, to: Path) -> int:
    """Write the model of weights that came back from another machine, and the picture of their losses."""
    from editdiff.families.canvas.export_onnx import write_model
    from editdiff.training.run.plot import draw_losses
    from editdiff.training.run.transfer import receive_weights

    weights, progress = receive_weights(shards, folder / "run")
    write_model(to, recipe.network, weights, folder / TOKENIZER)
    draw_losses(progress, folder / "loss.png")
    return 0
