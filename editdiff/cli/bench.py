"""The command `bench`: parse, measure, show the table."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from editdiff.cli.common.options import Engine, Model, Threads
from editdiff.cli.common.tables import (
    Downloads,
    ManifestFile,
    check_json_folder,
    show,
    show_progress,
    write_json,
)
from editdiff.engines.choose import DEFAULT, Choice, choose, choose_twin, denoiser, traits
from editdiff.errors import MissingDependencyError, UsageError
from editdiff.evaluation.equal_quality import (
    KINDS,
    EqualQuality,
    compare,
    quality_notes,
    quality_rows,
    split,
    to_json,
)
from editdiff.evaluation.machine import facts
from editdiff.evaluation.matrix_product import Product
from editdiff.evaluation.packages import held_out
from editdiff.evaluation.runner import Progress
from editdiff.evaluation.speed import SpeedReport, step_rows
from editdiff.evaluation.startup import start_rows
from editdiff.families.load import describe
from editdiff.families.running import Running


def bench(
    model: Model = None,
    engine: Engine = None,
    threads: Threads = None,
    repeats: Annotated[int, typer.Option(help="Rounds of steps; each has one of every kind.")] = 50,
    starts: Annotated[int, typer.Option(help="Processes started to time the engine's start.")] = 5,
    quality_items: Annotated[
        int,
        typer.Option(
            help="Held-out gaps of each kind on which canvas mode and left-to-right mode are compared; as "
            "many others, at most 500, choose the setting. 2000 for figures to quote; 0 for none, which "
            "needs no corpus."
        ),
    ] = 50,
    seed: Annotated[int, typer.Option(help="Seed of the gaps drawn and of random ids.")] = 0,
    manifest: ManifestFile = Path("models/corpus.toml"),
    cache: Downloads = Path(".cache/corpus"),
    json_file: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Write settings, rows and every gap."),
    ] = None,
) -> int:
    """Measure the speed of a model, against the same weights from left to right.

    Every ratio is taken within this run, repetitions by turns: no figure of another machine is needed.
    """
    for name, value, least in (
        ("repeats", repeats, 1),
        ("starts", starts, 1),
        ("quality-items", quality_items, 0),
    ):
        if value < least:
            raise UsageError(
                f"{name} has to be at least {least}, but is {value}", f"raise --{name}"
            )
    check_json_folder(json_file)
    model = model or DEFAULT
    if not traits(model).canvases:
        raise UsageError(
            f"{model} has no canvas, whose speed is measured here",
            "measure one that has: --model nano",
        )
    path, notes = Choice.of(model).folder, []
    running = Running.of(engine, threads)
    network, about = denoiser(model, running), describe(path)
    try:
        product = Product(about.integer) if about.multiply_adds else None
    except MissingDependencyError as error:
        product = None
        notes.append(f"{error.message}; {error.hint}.")
    rows = step_rows(network, repeats, seed, product, about.multiply_adds)
    with show_progress(Console(stderr=True)) as progress:
        compared = _compare(model, running, quality_items, seed, manifest, cache, progress)
    for result in compared:
        rows += quality_rows(result)
        notes += quality_notes(result)
    rows += start_rows(model, path, starts, running)
    settings = {"repeats": repeats, "starts": starts, "quality_items": quality_items, "seed": seed}
    report = SpeedReport(
        path.name,
        rows,
        [*notes, *facts(running)],
        settings | asdict(running),
        [to_json(result) for result in compared],
    )
    if json_file is not None:
        write_json(json_file, report)
    show(report.table, Console())
    return 0


def _compare(
    model: str | None,
    running: Running,
    items: int,
    seed: int,
    manifest: Path,
    cache: Path,
    progress: Progress,
) -> list[EqualQuality]:
    """Compare both modes on `items` gaps of each kind, after choosing the setting on others."""
    if not items:
        return []
    files = list(held_out(manifest, cache))
    tokenizer = denoiser(model, running).tokenizer

    def count(text: str) -> int:
        return len(tokenizer.encode(text))

    gaps = [(kind, split(kind.draw(files, 2 * items, seed, count), items)) for kind in KINDS]
    engine, twin = choose(model, running), choose_twin(model, running)
    return [compare(kind, engine, twin, *halves, progress) for kind, halves in gaps]
