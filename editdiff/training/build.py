"""The packed corpus: manifest -> wheels -> files -> tokenizer and rows, in one folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from editdiff.tokens.tokenizer import BpeTokenizer, Tokenizer, train_bpe
from editdiff.training.corpus import SourceFile, Statistics, fetch, read_manifest, read_sources
from editdiff.training.data import pack, write_statistics
from editdiff.training.recipe import CorpusPlan, Recipe
from editdiff.training.tasks import Row, draw_row

HELDOUT_ROWS = 2_000
"""Rows cut from the held-out packages, for the loss on unseen files."""


def build_corpus(
    recipe: Recipe,
    out: Path,
    cache: Path,
    tokenizer: Path | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Write `tokenizer.json`, `train.rows`, `heldout.rows` and `statistics.json` into `out`.

    An existing `tokenizer` is used instead of training one: later rungs keep their tokens.
    """
    out.mkdir(parents=True, exist_ok=True)
    manifest = read_manifest(Path(recipe.corpus.manifest))
    wheels = fetch(manifest, cache)
    statistics = Statistics()
    files = list(read_sources(manifest, wheels, "train", statistics))
    heldout = list(read_sources(manifest, wheels, "heldout", statistics))
    say(f"{len(files)} files to train on, {len(heldout)} held out")
    if tokenizer is None:
        bpe = train_bpe((f.text for f in files), recipe.network.vocab_size)
    else:
        bpe = BpeTokenizer.from_file(tokenizer)
    bpe.save(out / "tokenizer.json")
    weights = file_weights(files, recipe.corpus)
    rows, tokens = pack(draw_rows(bpe, files, weights, recipe.corpus), out / "train.rows")
    say(f"{rows} rows of {tokens / rows:.0f} tokens to train on")
    plan = CorpusPlan(rows=HELDOUT_ROWS, seed=recipe.corpus.seed + 1)
    pack(draw_rows(bpe, heldout, file_weights(heldout, plan), plan), out / "heldout.rows")
    table = asdict(statistics) | {"rows": rows, "row_tokens": tokens}
    write_statistics(out / "statistics.json", table)


def file_weights(files: list[SourceFile], plan: CorpusPlan) -> NDArray[np.float64]:
    """Probability [F] of drawing each file: its length, its package's total capped at `per_package`."""
    totals: dict[str, int] = {}
    for f in files:
        totals[f.package] = totals.get(f.package, 0) + len(f.text)
    weights = np.array(
        [len(f.text) * min(1.0, plan.per_package / totals[f.package]) for f in files]
    )
    return np.asarray(weights / weights.sum())


def draw_rows(
    tokenizer: Tokenizer,
    files: list[SourceFile],
    weights: NDArray[np.float64],
    plan: CorpusPlan,
) -> Iterator[Row]:
    """Rows of randomly drawn files and gaps."""
    rng = np.random.default_rng(plan.seed)
    for i in rng.choice(len(files), size=plan.rows, p=weights):
        yield draw_row(tokenizer, files[i].text, files[i].path, rng)
