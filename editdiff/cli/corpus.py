"""The command `corpus`: build what training reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def corpus(
    recipe: Annotated[
        Path, typer.Option(metavar="FILE", help="A recipe, such as models/recipes/nano-0b.toml.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run; build/NAME by default.")
    ] = None,
    cache: Annotated[Path, typer.Option(help="Where downloads are kept.")] = Path(".cache/corpus"),
    tokenizer: Annotated[
        Path | None, typer.Option(help="Use this tokenizer.json instead of training one.")
    ] = None,
    benchmarks: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Search the files for these benchmarks anew."),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write what was read, dropped and found, as Markdown."),
    ] = None,
    pieces: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Also write compressed pieces, to be carried elsewhere."),
    ] = None,
    piece_mib: Annotated[int, typer.Option(help="Largest piece, MiB.", min=1)] = 60,
    workers: Annotated[int, typer.Option(help="Processes that cut rows.", min=1)] = 1,
) -> int:
    """Fetch the manifest's packages, train the tokenizer, cut and pack the training rows.

    Files that share text with a benchmark, near-duplicates and generated files are left out.
    """
    from editdiff.training.batches.build import build_corpus
    from editdiff.training.batches.recipe import read_recipe
    from editdiff.training.corpus.report import report as write_report
    from editdiff.training.run.transfer import send

    wanted = read_recipe(recipe)
    folder = out or Path("build") / wanted.name
    console = Console(stderr=True)
    built = build_corpus(wanted, folder, cache, tokenizer, benchmarks, workers, console.print)
    if report is not None:
        report.write_text(write_report(built), encoding="utf-8")
    if pieces is not None:
        size = send(folder, pieces, piece_mib * 2**20)
        console.print(f"{size / 2**20:.1f} MiB in pieces in {pieces}")
    return 0
