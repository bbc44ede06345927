"""`editdiff models get` and `remove`: fetch the weights of a model, or delete them."""

from __future__ import annotations

from pathlib import Path

import typer

from editdiff.cli.common.terminal import stderr_screen
from editdiff.cli.models_list import megabytes, millions
from editdiff.cli.models_progress import shown
from editdiff.engines.weights import Weights, origin
from editdiff.store.get import arriving
from editdiff.store.get import remove as delete
from editdiff.store.origin import Origin
from editdiff.store.room import gigabytes
from editdiff.text.printable import printable


def get(name: str, given: Path | None, source: str | None) -> None:
    """Fetch the weights of a model, after saying what, from where and whereto.

    Raises:
        EditdiffError: when they cannot be had, kept or packed.
    """
    weights = Weights.named(name)
    if weights.there is not None:
        typer.echo(printable(f"{name} is there already, in {weights.there}: {_use(name)}"))
        return
    chosen = origin(given, source)
    for line in _plan(weights, chosen):
        typer.echo(printable(line), err=True)
    with shown(stderr_screen()) as progress:
        there = weights.fetch(chosen, progress)
    typer.echo(printable(f"{name} lies in {there}: {_use(name)}"))


def remove(name: str) -> None:
    """Delete the weights of a model, and what has arrived of them.

    Raises:
        EditdiffError: when the model has none that are fetched, or the system refuses.
    """
    weights = Weights.named(name)
    size = delete(weights.source, weights.packing)
    told = f"{name} is removed, {megabytes(size)} are free again" if size else f"{name} is not here"
    typer.echo(told)


def _use(name: str) -> str:
    return f"use it with --model {name}"


def _plan(weights: Weights, origin: Origin) -> list[str]:
    """What is about to happen, and what it takes."""
    source = weights.source
    disk = origin.room(source, arriving(source, origin)) + source.packed
    first, *more = origin.told(source)
    return [
        f"{source.file}: {millions(source.parameters)} parameters, {source.licence}",
        f"  {first}, {megabytes(source.size)}",
        *(f"  {line}" for line in more),
        f"  into {weights.place}",
        f"  takes up to {gigabytes(disk)} of disk, {gigabytes(source.packed)} of it for good, and "
        f"{gigabytes(source.memory)} of memory",
    ]
