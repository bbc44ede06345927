"""The command `generate`: text from a network that was trained with a paper's objective."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from editdiff.cli.common.training import prepare, require_torch


def generate(
    model: Annotated[
        Path,
        typer.Option(metavar="FOLDER", help="A model folder of `train --objective`."),
    ],
    length: Annotated[int, typer.Option(help="Bytes, at most.")] = 256,
    sampler: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="ancestral, analytic, first_hitting, genmd4, gidd, llada, maskgit, p2, remdm, remdm_loop or a "
            "rule of the editor's loop.",
            show_default="the objective's own",
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            help="Evaluations of the network for each row or block, at most.",
            show_default="one a byte",
        ),
    ] = None,
    block_size: Annotated[
        int | None,
        typer.Option(help="Bytes denoised at once.", show_default="as trained"),
    ] = None,
    top_p: Annotated[
        float, typer.Option(help="Share of the mass that is drawn from, 0 to 1.")
    ] = 1.0,
    temperature: Annotated[
        float, typer.Option(help="Tokens are drawn from p^(1/T); 0: the likeliest.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="Seed of what is drawn.", min=0)] = 0,
    threads: Annotated[int, typer.Option(help="CPU threads; 0 for all.", min=0)] = 0,
) -> int:
    """Write text with a network of `train --objective`: whole rows, or block by block to any length.

    The text goes to standard output; what it cost, and why it ends, to standard error.
    """
    require_torch()
    from editdiff.papers.run.byte_text import decode
    from editdiff.papers.run.paper_model import load
    from editdiff.papers.run.paper_writing import Wish, write_text

    prepare("cpu", threads)
    network = load(model)
    began = time.perf_counter()
    wish = Wish(length, sampler, steps, block_size, top_p, temperature, seed)
    written = write_text(network, wish)
    seconds = time.perf_counter() - began
    typer.echo(_shown(decode(written.ids).decode("utf-8", "replace")))
    typer.echo(
        f"{len(written.ids)} tokens, {written.evaluations} network evaluations, {seconds:.1f} s; "
        f"ended because {written.why}",
        err=True,
    )
    return 0


def _shown(text: str) -> str:
    """The text; on a terminal without what would steer it: a network may write anything."""
    if not sys.stdout.isatty():
        return text
    return "".join(
        c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text
    )
