"""The command `eval`: parse, run the benchmark, show the table."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table as DrawnTable
from rich.text import Text

from editdiff import __version__
from editdiff.cli.edit import DEFAULTS
from editdiff.cli.train import require_torch
from editdiff.engines.base import FillOptions
from editdiff.engines.choose import (
    choose,
    choose_twin,
    write_ghost_thresholds,
    write_review_calibration,
)
from editdiff.engines.from_settings import check_canvas
from editdiff.errors import InputError, UsageError
from editdiff.evaluation import benchmark as benchmarks
from editdiff.evaluation import plot
from editdiff.evaluation.runner import Progress
from editdiff.evaluation.table import Result, Table

ManifestFile = Annotated[
    Path, typer.Option(metavar="FILE", help="The corpus, with its held-out packages.")
]
Downloads = Annotated[Path, typer.Option(metavar="DIR", help="Where downloaded packages are kept.")]


def evaluate(
    benchmark: Annotated[
        str,
        typer.Argument(metavar="BENCHMARK", help=f"One of: {', '.join(benchmarks.BENCHMARKS)}."),
    ],
    limit: Annotated[
        int | None,
        typer.Option(
            help="Most items: a fixed random part; by default what takes about ten minutes.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the items drawn and of the drafts.")] = 0,
    model: Annotated[
        str | None, typer.Option(help="A model folder, instead of the built-in model.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="PATH", help="A public benchmark's file or folder.")
    ] = None,
    manifest: ManifestFile = Path("models/corpus.toml"),
    cache: Downloads = Path(".cache/corpus"),
    json_file: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Write settings, figures and every item."),
    ] = None,
    plot_file: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw the figures: a .png or .svg file."),
    ] = None,
    write_threshold: Annotated[
        bool,
        typer.Option(
            "--write-threshold",
            help="ghost: keep the threshold chosen in the model's folder, for editors.",
        ),
    ] = False,
    write_calibration: Annotated[
        bool,
        typer.Option(
            "--write-calibration",
            help="review: keep the calibration fitted in the model's folder, for `editdiff review`.",
        ),
    ] = False,
    drafts: Annotated[
        int, typer.Option(help="Drafts made side by side; the best-ranked one counts.")
    ] = DEFAULTS.drafts,
    steps: Annotated[int, typer.Option(help="Most denoising steps for a canvas.")] = DEFAULTS.steps,
    threshold: Annotated[
        float, typer.Option(help="Settle a token when its probability exceeds this, 0 to 1.")
    ] = DEFAULTS.threshold,
    canvas: Annotated[
        int, typer.Option(help="Tokens denoised at once: 8, 16, 32 or 64.")
    ] = DEFAULTS.canvas,
) -> int:
    """Measure a model on a benchmark, beside floors that cost nothing.

    Each item is filled once and the best-ranked draft counts; its length is never given.
    """
    module = benchmarks.find(benchmark)
    if write_threshold and benchmark != "ghost":
        raise UsageError(
            f"--write-threshold: {benchmark} chooses none", "leave it out, or run `eval ghost`"
        )
    if write_calibration and benchmark != "review":
        raise UsageError(
            f"--write-calibration: {benchmark} fits none", "leave it out, or run `eval review`"
        )
    check_canvas(canvas)
    check_json_folder(json_file)
    if plot_file is not None:
        plot.check(plot_file)
    options = FillOptions(steps=steps, threshold=threshold, drafts=drafts, canvas=canvas, seed=seed)
    items = benchmarks.BENCHMARKS[benchmark].limit if limit is None else limit
    request = benchmarks.Request(options, items, seed, manifest, cache, data)
    with show_progress(Console(stderr=True)) as progress:
        if benchmark == "likelihood" and model is not None and is_paper_model(model):
            result = _bound(Path(model), request, progress)
        else:
            result = module.evaluate(
                choose(model), replace(request, twin=choose_twin(model)), progress
            )
    if json_file is not None:
        write_json(json_file, result)
    show(result.table, Console())
    if plot_file is not None:
        plot.draw(result.to_json(), plot_file)
    if write_threshold:
        typer.echo(write_ghost_thresholds(result.to_json()["thresholds"], model), err=True)
    if write_calibration:
        told = result.to_json()
        written = write_review_calibration(told["calibration"], told["measured"], model)
        typer.echo(written, err=True)
    return 0


def is_paper_model(model: str) -> bool:
    """Whether a folder holds a network of `train --objective`, which no engine runs."""
    return (Path(model) / "objective.json").is_file()


def _bound(model: Path, request: benchmarks.Request, progress: Progress) -> Result:
    """Measure such a network, with torch."""
    require_torch()
    from editdiff.evaluation import bound

    return bound.evaluate(model, request, progress)


@contextmanager
def show_progress(screen: Console) -> Iterator[Progress]:
    """Draw a bar for each row of the table; without a terminal, print a line when one is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bars(
        *columns, TimeElapsedColumn(), console=screen, disable=not screen.is_terminal
    ) as bars:
        tasks = {}

        def progress(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=done)
            if done == total and not screen.is_terminal:
                typer.echo(f"{name}: {total} done", err=True)

        yield progress


def show(content: Table, screen: Console) -> None:
    """Print a table: drawn on a terminal, plain text otherwise."""
    if not screen.is_terminal:
        typer.echo(content.plain(), nl=False)
        return
    notes = Text("\n".join(content.notes))  # Text: brackets of intervals and paths are no markup
    table = DrawnTable(title=Text(content.title), caption=notes, caption_justify="left")
    for column, heading in enumerate(content.header):
        table.add_column(Text(heading), justify="right" if column else "left")
    for row in content.rows:
        table.add_row(*map(Text, row))
    screen.print(table)


def check_json_folder(path: Path | None) -> None:
    """Raise UsageError, before any work, when the file could not be written."""
    if path is not None and not path.absolute().parent.is_dir():
        raise UsageError(f"--json: there is no folder for {path}", "create it first")


def write_json(path: Path, result: Result) -> None:
    """Write everything measured, and by which version.

    Raises:
        InputError: when the file cannot be written.
    """
    content = {"editdiff": __version__, "python": sys.version.split()[0], **result.to_json()}
    try:
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"cannot write {path}: {error.strerror}", "name a file that can be written"
        ) from error
