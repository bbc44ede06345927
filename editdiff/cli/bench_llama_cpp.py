"""`bench llama-cpp`: a model without a canvas against llama.cpp, on held-out lines."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console

from editdiff.cli.bench_speed import Counts, HeldOut
from editdiff.cli.common.tables import show_progress
from editdiff.engines.choose import Choice, denoiser, tree
from editdiff.evaluation.core.gaps import draw
from editdiff.evaluation.speed.llama_cpp import Comparison, Ours, compare, variants
from editdiff.evaluation.speed.machine import facts
from editdiff.families.running import Running

MADE = (
    "q8_0 and q4_0 were made of the first file, which is rounded already: what they cost is true, what they write "
    "is worse."
)


def against_llama_cpp(
    model: str,
    running: Running,
    files: Sequence[Path],
    python: str,
    counts: Counts,
    where: HeldOut,
    *,
    gaps: int,
    lines: int,
    make: bool,
) -> Comparison:
    """Compare with every variant, one after the other, each by turns with ours; `make` other files of the first.

    Raises:
        EditdiffError: when either side cannot be run.
    """
    running = replace(running, threads=running.threads or _usable())
    ours = Ours(model, tree(denoiser(model, running)), running, lines)
    drawn = draw(where.files, gaps, counts.seed, lines)
    pairs, told = [], ""
    with (
        tempfile.TemporaryDirectory() as folder,
        show_progress(Console(stderr=True)) as progress,
    ):
        for variant in variants(files, python, Path(folder), running.threads, make):
            pair, told = compare(
                variant, ours, drawn, python, counts.repeats, counts.starts, progress
            )
            pairs.append(pair)
    notes = [*([MADE] if make else []), told, *facts(running)]
    settings = {
        "repeats": counts.repeats,
        "starts": counts.starts,
        "gaps": gaps,
        "lines": lines,
        "seed": counts.seed,
    }
    return Comparison(Choice.of(model).name, pairs, notes, settings | asdict(running))


def _usable() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
