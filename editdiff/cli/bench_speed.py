"""What `bench` measures of a model alone: steps, encoding, start; and of canvas mode, how good it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

from editdiff.cli.common.tables import show_progress
from editdiff.engines.choose import Choice, choose, choose_twin, denoiser, traits, tree
from editdiff.errors import MissingDependencyError
from editdiff.evaluation.core.gaps import Source
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.data.packages import held_out
from editdiff.evaluation.speed.equal_quality import (
    KINDS,
    EqualQuality,
    compare,
    quality_notes,
    quality_rows,
    split,
    to_json,
)
from editdiff.evaluation.speed.machine import facts
from editdiff.evaluation.speed.matrix_product import Product
from editdiff.evaluation.speed.startup import start_rows
from editdiff.evaluation.speed.steps import SpeedReport, step_rows
from editdiff.evaluation.speed.timing import Row
from editdiff.evaluation.speed.tree import beside_rows, tree_rows
from editdiff.families.load import describe
from editdiff.families.running import AUTO, OPENVINO, Running

LEFT_OUT = (
    "Left out, for {model} has no canvas: canvas steps, and canvas mode against the same weights from left to "
    "right. What a key costs: python -m editdiff_lsp_bench.replay --model {model}."
)


@dataclass(frozen=True)
class Counts:
    """How often each thing is measured."""

    repeats: int
    starts: int
    quality_items: int
    seed: int


@dataclass(frozen=True)
class HeldOut:
    """Where the held-out files come from; nothing is read before they are wanted."""

    manifest: Path
    cache: Path

    @property
    def files(self) -> Iterable[Source]:
        """All of them."""
        return held_out(self.manifest, self.cache)


def measure(
    model: str, running: Running, beside: str | None, counts: Counts, where: HeldOut
) -> SpeedReport:
    """Measure a model; `beside` names another engine that runs the same weights by turns with it.

    Raises:
        EditdiffError: when it cannot be run.
    """
    folder, notes, compared = Choice.of(model).folder, list[str](), list[EqualQuality]()
    product, about = None, describe(folder)
    try:
        if about.multiply_adds:
            product = Product(about.integer, threads=running.threads)
    except MissingDependencyError as error:
        notes.append(f"{error.message}; {error.hint}.")
    network = denoiser(model, running)
    if traits(model).canvases:
        rows = step_rows(network, counts.repeats, counts.seed, product, about.multiply_adds)
        with show_progress(Console(stderr=True)) as progress:
            compared = _compare(model, running, counts, where, progress)
    else:
        rows = tree_rows(tree(network), counts.repeats, counts.seed, product, about.multiply_adds)
        rows += _beside(model, running, beside, counts) if beside else []
        notes.append(LEFT_OUT.format(model=model))
    for result in compared:
        rows += quality_rows(result)
        notes += quality_notes(result)
    rows += start_rows(model, folder, counts.starts, running)
    return SpeedReport(
        folder.name,
        rows,
        [*notes, *facts(running)],
        asdict(counts) | asdict(running),
        [to_json(result) for result in compared],
    )


def _beside(model: str, running: Running, beside: str, counts: Counts) -> list[Row]:
    """The other engine over the one that is measured, as each is asked for."""
    first = OPENVINO if running.engine == AUTO else running.engine
    ways = {first: running, beside: Running(beside, running.threads)}
    named = {name: tree(denoiser(model, way)) for name, way in ways.items()}
    return beside_rows(named, counts.repeats, counts.seed)


def _compare(
    model: str, running: Running, counts: Counts, where: HeldOut, progress: Progress
) -> list[EqualQuality]:
    """Compare both modes on gaps of each kind, after choosing the setting on others."""
    items = counts.quality_items
    if not items:
        return []
    files = list(where.files)
    tokenizer = denoiser(model, running).tokenizer

    def count(text: str) -> int:
        return len(tokenizer.encode(text))

    gaps = [(kind, split(kind.draw(files, 2 * items, counts.seed, count), items)) for kind in KINDS]
    engine, twin = choose(model, running), choose_twin(model, running)
    return [compare(kind, engine, twin, *halves, progress) for kind, halves in gaps]
