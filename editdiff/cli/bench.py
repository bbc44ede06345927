"""The command `bench`: parse, measure, show the table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from editdiff.cli.bench_llama_cpp import against_llama_cpp
from editdiff.cli.bench_speed import Counts, HeldOut, measure
from editdiff.cli.common.options import Engine, Model, Threads
from editdiff.cli.common.tables import (
    Downloads,
    ManifestFile,
    check_json_folder,
    show,
    write_json,
)
from editdiff.engines.choose import DEFAULT, traits
from editdiff.errors import UsageError
from editdiff.evaluation.core.table import Result
from editdiff.families.running import AUTO, OPENVINO, TORCH, Running

LLAMA_CPP = "llama-cpp"
Against = Annotated[
    str | None,
    typer.Argument(
        metavar="[llama-cpp]",
        help="`llama-cpp`: measure a model without a canvas against llama.cpp, which --gguf and --python name.",
    ),
]
Beside = Annotated[
    Literal["openvino", "torch"] | None,
    typer.Option(
        metavar="ENGINE",
        help="Another engine that runs the same weights, by turns with --engine; of a model without a canvas.",
    ),
]
Gguf = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE",
        help="llama-cpp: the same model as llama.cpp has it. May be repeated. Of the first one q8_0 and q4_0 "
        "are made besides.",
    ),
]
Interpreter = Annotated[
    str | None,
    typer.Option(metavar="PROGRAM", help="llama-cpp: an interpreter with llama-cpp-python."),
]


def bench(
    against: Against = None,
    model: Model = None,
    engine: Engine = None,
    threads: Threads = None,
    beside: Beside = None,
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
    gguf: Gguf = None,
    python: Interpreter = None,
    requantize: Annotated[
        bool, typer.Option(help="llama-cpp: make q8_0 and q4_0 of the first file.")
    ] = True,
    gaps: Annotated[int, typer.Option(help="llama-cpp: held-out gaps that are written.")] = 30,
    lines: Annotated[int, typer.Option(help="llama-cpp: lines of a gap.")] = 1,
    manifest: ManifestFile = Path("models/corpus.toml"),
    cache: Downloads = Path(".cache/corpus"),
    json_file: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Write settings, rows and every gap."),
    ] = None,
) -> int:
    """Measure the speed of a model, against the same weights from left to right.

    Every ratio is taken within this run, repetitions by turns: no figure of another machine is needed. Of a model
    without a canvas: what several rows cost beside one, and encoding. What a key costs in an editor is measured by
    `python -m editdiff_lsp_bench.replay`.
    """
    for name, value, least in (
        ("repeats", repeats, 1),
        ("starts", starts, 1),
        ("quality-items", quality_items, 0),
        ("gaps", gaps, 1),
        ("lines", lines, 1),
    ):
        if value < least:
            raise UsageError(
                f"{name} has to be at least {least}, but is {value}", f"raise --{name}"
            )
    check_json_folder(json_file)
    model, running = model or DEFAULT, Running.of(engine, threads)
    _check(against, beside, gguf, python)
    engine_itself = OPENVINO if running.engine == AUTO else running.engine
    if beside == engine_itself:
        other = TORCH if engine_itself == OPENVINO else OPENVINO
        raise UsageError(f"--beside {beside} is the engine itself", f"name the other one: {other}")
    if (against or beside) and traits(model).canvases:
        raise UsageError(
            f"{model} has a canvas, and this is measured of a model without one",
            "name one: --model coder",
        )
    counts, where = Counts(repeats, starts, quality_items, seed), HeldOut(manifest, cache)
    report: Result
    if gguf and python:
        report = against_llama_cpp(
            model, running, gguf, python, counts, where, gaps=gaps, lines=lines, make=requantize
        )
    else:
        report = measure(model, running, beside, counts, where)
    if json_file is not None:
        write_json(json_file, report)
    show(report.table, Console())
    return 0


def _check(
    against: str | None, beside: str | None, gguf: list[Path] | None, python: str | None
) -> None:
    """Raise UsageError for what makes no sense together."""
    if against not in (None, LLAMA_CPP):
        raise UsageError(
            f"there is no measurement {against!r}", f"leave it out, or name {LLAMA_CPP}"
        )
    if against and not (gguf and python):
        raise UsageError(
            "llama.cpp needs a file and an interpreter that has llama-cpp-python",
            "name them: --gguf FILE --python /path/to/python",
        )
    if not against and (gguf or python):
        raise UsageError("--gguf and --python are for llama.cpp", f"`editdiff bench {LLAMA_CPP} …`")
    if against and beside:
        raise UsageError(
            "--beside compares two engines of ours, llama.cpp is neither", "leave out one of them"
        )
