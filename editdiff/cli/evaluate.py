"""The command `eval`: parse, run the benchmark, show the table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from editdiff.cli.common.options import Engine, Model, Threads
from editdiff.cli.common.setting_flags import setting
from editdiff.cli.common.tables import (
    Downloads,
    ManifestFile,
    check_json_folder,
    show,
    show_progress,
    write_json,
)
from editdiff.cli.common.training import require_torch
from editdiff.edits.fix.credible import Trust
from editdiff.engines.base import FillOptions
from editdiff.engines.choose import choose, choose_twin
from editdiff.engines.from_settings import check_canvas
from editdiff.engines.measured import (
    CALIBRATIONS,
    fix_calibration,
    ghost_calibration,
    infill_calibration,
    review_calibration,
    rewrite_calibration,
    write_calibration,
    write_ghost_thresholds,
    write_several_thresholds,
)
from editdiff.errors import UsageError
from editdiff.evaluation.benchmarks.registry import BENCHMARKS, find
from editdiff.evaluation.core import plot
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.table import Result
from editdiff.families.running import Running
from editdiff.settings import Settings

DEFAULTS = FillOptions()
OF_PAIRS = ("fix-tests", "review-humanevalfix", "review-condefects", "revising", "revising-once")
"""Benchmarks that doubt as `review` does."""
OF_FIXES = ("ci", "everyday-faults", "half-changes", "maths-faults", "maths-derivations")
"""Benchmarks that mend as `fix` does."""
THRESHOLDS = {"ghost": write_ghost_thresholds, "ghost-lines": write_several_thresholds}
"""Benchmarks that choose a threshold, and who keeps it."""


def evaluate(
    benchmark: Annotated[
        str,
        typer.Argument(metavar="BENCHMARK", help=f"One of: {', '.join(BENCHMARKS)}."),
    ],
    limit: Annotated[
        int | None,
        typer.Option(
            help="Most items: a fixed random part; by default what takes about ten minutes.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int, setting("seed", "Seed of the items drawn and of the drafts.")
    ] = DEFAULTS.seed,
    model: Model = None,
    engine: Engine = None,
    threads: Threads = None,
    drafter: Annotated[str | None, setting("drafter", shown=Settings.drafter)] = None,
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
            help="ghost, ghost-lines: keep the threshold chosen in the model's folder, for editors.",
        ),
    ] = False,
    keep_calibration: Annotated[
        bool,
        typer.Option(
            "--write-calibration",
            help="review and the benchmarks of confidence: keep the calibration fitted in the model's folder, for "
            "what they are named after.",
        ),
    ] = False,
    drafts: Annotated[
        int, setting("drafts", "Drafts made side by side; the best-ranked one counts.")
    ] = DEFAULTS.drafts,
    steps: Annotated[int, setting("steps")] = DEFAULTS.steps,
    threshold: Annotated[float, setting("threshold")] = DEFAULTS.threshold,
    canvas: Annotated[int, setting("canvas")] = DEFAULTS.canvas,
    accept: Annotated[str, setting("accept")] = DEFAULTS.accept,
) -> int:
    """Measure a model on a benchmark, beside floors that cost nothing.

    Each item is filled once and the best-ranked draft counts; its length is never given.
    """
    module = find(benchmark)
    if write_threshold and benchmark not in THRESHOLDS:
        raise UsageError(
            f"--write-threshold: {benchmark} chooses none",
            f"leave it out, or run `eval {'` or `eval '.join(THRESHOLDS)}`",
        )
    if keep_calibration and benchmark not in CALIBRATIONS:
        raise UsageError(
            f"--write-calibration: {benchmark} fits none",
            f"leave it out, or run `eval {'` or `eval '.join(CALIBRATIONS)}`",
        )
    check_canvas(canvas, model)
    check_json_folder(json_file)
    if plot_file is not None:
        plot.check(plot_file)
    options = FillOptions(
        steps=steps, threshold=threshold, drafts=drafts, canvas=canvas, seed=seed, accept=accept
    )
    items = BENCHMARKS[benchmark].limit if limit is None else limit
    request = Request(options, items, seed, manifest, cache, data)
    with show_progress(Console(stderr=True)) as progress:
        if benchmark == "likelihood" and model is not None and is_paper_model(model):
            result = _bound(Path(model), request, progress)
        else:
            running = Running.of(engine, threads, drafter)
            twin = choose_twin(model, running)
            request = replace(request, model=model, twin=twin, **_measured(benchmark, model, data))
            result = module.evaluate(choose(model, running), request, progress)
    if json_file is not None:
        write_json(json_file, result)
    show(result.table, Console())
    if plot_file is not None:
        plot.draw(result.to_json(), plot_file)
    if write_threshold:
        kept = THRESHOLDS[benchmark](result.to_json()["thresholds"], model)
        typer.echo(kept, err=True)
    if keep_calibration:
        typer.echo(write_calibration(benchmark, result.to_json(), model), err=True)
    return 0


def _measured(benchmark: str, model: str | None, data: Path | None) -> dict[str, Any]:
    """What a benchmark is told of the model and does not measure itself: else it could not mend a broken file."""
    if benchmark == "ghost":
        return {"of_lines": ghost_calibration(model)}
    if benchmark == "rewriting" and data is None:
        return {"of_rewrites": rewrite_calibration(model)}
    if benchmark == "infill-lines":
        return {"of_drafts": infill_calibration(model)}
    if benchmark in OF_FIXES:
        return {"of_fixes": Trust(fix_calibration(model))}
    return {"of_tokens": review_calibration(model)} if benchmark in OF_PAIRS else {}


def is_paper_model(model: str) -> bool:
    """Whether a folder holds a network of `train --objective`, which no engine runs."""
    return (Path(model) / "objective.json").is_file()


def _bound(model: Path, request: Request, progress: Progress) -> Result:
    """Measure such a network, with torch."""
    require_torch()
    from editdiff.cli.evaluate_bound import evaluate_bound

    return evaluate_bound(model, request, progress)
