"""The command `endings`: where a pretrained model's gaps end, learnt from the corpus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.console import Console

from editdiff.cli.common.training import prepare, require_torch
from editdiff.engines.choose import Choice, denoiser
from editdiff.errors import InputError, UsageError
from editdiff.families.running import Running

if TYPE_CHECKING:
    from editdiff.families.qwen.denoiser import QwenDenoiser
    from editdiff.families.qwen.stop import Stop
    from editdiff.training.corpus.sources import SourceFile

FEWEST = 100
"""Gaps with which a regression is worth fitting."""


def endings(
    model: Annotated[
        str, typer.Option(help="A model that is fetched; its folder is written to.")
    ] = "coder",
    gaps: Annotated[
        int, typer.Option(help="Gaps that are read; 0 keeps what was fitted.", min=0)
    ] = 4000,
    judged: Annotated[
        int, typer.Option(help="Gaps whose likely endings are read on from; 0 for none.", min=0)
    ] = 1000,
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

    Writes `stop.json` of the model's folder: a logistic regression on the trunk's last hidden state, one more that
    judges likely endings by the text after the gap, and what both do on gaps that were kept out.
    """
    for name, count in (("--gaps", gaps), ("--judged", judged)):
        if 0 < count < FEWEST:
            raise UsageError(
                f"{name} has to be 0 or at least {FEWEST}, but is {count}",
                f"leave out {name} for its default",
            )
    require_torch()
    from editdiff.families.qwen import fetched, stop
    from editdiff.training.corpus.sources import training_sources

    prepare("cpu", threads)
    folder, console = Choice.of(model).folder, Console(stderr=True)
    there = fetched(folder)
    files = training_sources(manifest, cache)
    if not files:
        raise InputError(f"{manifest} has no package to be trained on", "name another --manifest")
    head, about = _head(folder, there, files, gaps, seed, console) if gaps else stop.kept(folder)
    head.write(folder / stop.FILE, about)
    if judged:
        head, told = _judged(model, head, files, judged, seed + 1, threads, console)
        about = {**about, "judged": judged, **told}
        head.write(folder / stop.FILE, about)
    tell(about)
    return 0


def _head(
    folder: Path, there: Path, files: Sequence[SourceFile], gaps: int, seed: int, console: Console
) -> tuple[Stop, dict[str, Any]]:
    """Fit the first regressions; with what they were fitted on, and what was measured of them."""
    from editdiff.families.load import identity
    from editdiff.families.qwen import tokenizer
    from editdiff.families.qwen.denoiser import form
    from editdiff.training.trunk import endings as task
    from editdiff.training.trunk.states import TrunkStates

    words = tokenizer(there)
    rows = task.rows(words, form(words), task.draw(files, gaps, seed))
    with console.status("reading gaps") as status:
        states, done = TrunkStates(there, words), lambda n: status.update(f"read {n} gaps")
        seen = task.see(states, words, rows, done)
    head, measured = task.fit_stop(seen, identity(folder))
    return head, {"gaps": gaps, "seed": seed, **measured}


def _judged(
    model: str,
    head: Stop,
    files: Sequence[SourceFile],
    gaps: int,
    seed: int,
    threads: int,
    console: Console,
) -> tuple[Stop, dict[str, Any]]:
    """Read on behind the likely endings of gaps, as the head that was just written tells them; fit their judges."""
    from editdiff.evaluation.benchmarks.judges import fit_judges, read_gaps
    from editdiff.training.trunk.endings import draw, rows

    network = cast("QwenDenoiser", denoiser(model, Running(threads=threads)))
    found = draw(files, gaps, seed, longer=True)
    with console.status("reading on") as status:
        told = rows(network.tokenizer, network.prompt, found)
        seen = read_gaps(network, told, lambda n: status.update(f"read on from {n} gaps"))
    judges, measured = fit_judges(seen)
    return replace(head, judges=judges), {f"{k}, read on": told for k, told in measured.items()}


def tell(about: Mapping[str, Any]) -> None:
    """Show what was measured of each kind of gap."""
    for kind, figures in about.items():
        if isinstance(figures, Mapping):
            told = ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
            typer.echo(f"{kind}: {told}")
