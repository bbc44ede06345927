"""The command `endings`: where a pretrained model's gaps end, learnt from the corpus."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from editdiff.cli.common.training import prepare, require_torch
from editdiff.engines.choose import Choice
from editdiff.errors import InputError


def endings(
    model: Annotated[
        str, typer.Option(help="A model that is fetched; its folder is written to.")
    ] = "coder",
    gaps: Annotated[int, typer.Option(help="Gaps that are read.", min=100)] = 4000,
    seed: Annotated[int, typer.Option(help="Which gaps are drawn.")] = 7,
    manifest: Annotated[
        Path, typer.Option(metavar="FILE", help="The corpus; held-out packages are not read.")
    ] = Path("models/corpus.toml"),
    cache: Annotated[
        Path, typer.Option(metavar="DIR", help="Where downloaded packages are kept.")
    ] = Path(".cache/corpus"),
    threads: Annotated[int, typer.Option(help="Cores to use; 0 for all.", min=0)] = 0,
) -> int:
    """Fit where a pretrained model's gaps end, on the training packages of the corpus.

    Writes `stop.json` of the model's folder: a logistic regression on the trunk's last hidden state, with what it
    does on gaps that were kept out.
    """
    require_torch()
    from editdiff.families.load import identity
    from editdiff.families.qwen import fetched, stop, tokenizer
    from editdiff.families.qwen.denoiser import form
    from editdiff.training import endings as task
    from editdiff.training.corpus import training_sources
    from editdiff.training.trunk_states import TrunkStates

    prepare("cpu", threads)
    folder, console = Choice.of(model).folder, Console(stderr=True)
    there = fetched(folder)
    words = tokenizer(there)
    files = training_sources(manifest, cache)
    if not files:
        raise InputError(f"{manifest} has no package to be trained on", "name another --manifest")
    rows = task.rows(words, form(words), task.draw(files, gaps, seed))
    with console.status("reading gaps") as status:
        states, done = TrunkStates(there, words), lambda n: status.update(f"read {n} gaps")
        seen = task.see(states, words, rows, done)
    head, measured = task.fit_stop(seen, identity(folder))
    head.write(folder / stop.FILE, {"gaps": gaps, "seed": seed, **measured})
    tell(measured)
    return 0


def tell(measured: Mapping[str, Mapping[str, float]]) -> None:
    """Show what was measured of each kind of gap."""
    for kind, figures in measured.items():
        told = ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
        typer.echo(f"{kind}: {told}")
