"""The command `train`: its flags, and which of three kinds of training they ask for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from editdiff.errors import UsageError


def train(
    recipe: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A recipe: a model from packed rows, see `corpus`."),
    ] = None,
    on: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="Your own code: continue the built-in model on the files of this folder, and show "
            "what that brought. Nothing leaves the machine.",
        ),
    ] = None,
    objective: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="A paper's objective, trained on any --text: ar, d3pm, sedd, mdlm, md4, genmd4, bd3lm, "
            "llada or gidd.",
        ),
    ] = None,
    text: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="With --objective: a UTF-8 file, or a folder of them."),
    ] = None,
    block_size: Annotated[
        int | None,
        typer.Option(help="With --objective bd3lm: bytes of a block.", show_default="16"),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            help="With --objective: seed of weights, rows and noise.", show_default="0", min=0
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the run, the model in it; build/NAME by default, with --on PATH/.editdiff."
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            help="Minutes of training: the rate decays by the clock. With --on at most so many.",
            show_default="15 with --on, 20 with --objective",
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(help="With --on: lines filled before and after.", show_default="100", min=1),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(help="Last step, instead of the recipe's.", min=1)
    ] = None,
    decay_share: Annotated[
        float | None, typer.Option(help="Share of the steps over which the rate falls.")
    ] = None,
    start_from: Annotated[
        Path | None, typer.Option(help="Begin from this model folder's weights.")
    ] = None,
    pieces: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Join the corpus from these pieces first, see `corpus`."),
    ] = None,
    shards: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="At each checkpoint write int8 weights here, in pieces."),
    ] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    threads: Annotated[int, typer.Option(help="CPU threads; 0 for all.", min=0)] = 0,
) -> int:
    """Train a network; an interrupted run goes on where its last checkpoint stands.

    Ctrl-C writes a checkpoint and ends. Losses are shown in nats a target; at the end the loss
    curve is drawn into loss.png and the model folder is written. With --on the time is told
    beforehand, files that are kept out say when to stop, and Ctrl-C goes on with the best so far.
    """
    of_packed = {"--decay-share": decay_share, "--pieces": pieces, "--shards": shards}
    of_text = {"--text": text, "--block-size": block_size, "--seed": seed}
    if objective is not None:
        others = {"--recipe": recipe, "--on": on, "--limit": limit, "--start-from": start_from}
        _refuse_with("--objective", {**others, **of_packed})
        from editdiff.cli import train_text

        return train_text.train_text(
            train_text.Wish(
                objective, text, block_size, out, minutes, steps, seed or 0, device, threads
            )
        )
    if on is not None:
        _refuse_with("--on", {"--recipe": recipe, "--steps": steps, **of_packed, **of_text})
        from editdiff.cli import train_on

        return train_on.train_on(
            train_on.Wish(on, out, start_from, minutes, limit, device, threads)
        )
    if recipe is None:
        raise UsageError(
            "train takes --recipe FILE or --on PATH, or --objective NAME with --text PATH",
            "--on . continues the model on this folder",
        )
    _refuse_with("--recipe", {"--limit": limit, **of_text})
    from editdiff.cli import train_packed

    return train_packed.train_packed(
        train_packed.Wish(
            recipe, out, minutes, steps, decay_share, start_from, pieces, shards, device, threads
        )
    )


def _refuse_with(option: str, others: Mapping[str, object]) -> None:
    """Raise UsageError where one of `others` was given beside an option that it has no meaning with."""
    for other, value in others.items():
        if value is not None:
            raise UsageError(f"{other} has no meaning with {option}", f"leave out {other}")
