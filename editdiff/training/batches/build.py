"""The packed corpus: manifest -> files -> tokenizer and rows, in one folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from editdiff.errors import InputError
from editdiff.families.canvas.files import TOKENIZER
from editdiff.tokens.bpe import BpeTokenizer, train_bpe
from editdiff.training.batches.data import pack, write_statistics
from editdiff.training.batches.recipe import CorpusPlan, Recipe
from editdiff.training.corpus.assemble import Corpus, read_corpus
from editdiff.training.corpus.sources import SourceFile
from editdiff.training.tasks.mixture import draw_named, mixture
from editdiff.training.tasks.rows import Row

HELDOUT_ROWS = 2_000
"""Rows cut from the held-out packages, for the loss on unseen files."""
FILES_AT_ONCE = 16
"""Files that one worker process cuts at a time."""


def build_corpus(
    recipe: Recipe,
    out: Path,
    cache: Path,
    tokenizer: Path | None = None,
    benchmarks: Path | None = None,
    workers: int = 1,
    say: Callable[[str], None] = print,
) -> Corpus:
    """Write `tokenizer.json`, `train.rows`, `heldout.rows` and `statistics.json` into `out`.

    An existing `tokenizer` is used instead of training one: later rungs keep their tokens. With the folder of
    the `benchmarks` the files are searched for them anew.
    """
    out.mkdir(parents=True, exist_ok=True)
    corpus = read_corpus(Path(recipe.corpus.manifest), cache, benchmarks, say)
    train, heldout = [*corpus.train, *corpus.prose], [*corpus.heldout, *corpus.prose_heldout]
    say(f"{len(train)} files to train on, {len(heldout)} held out")
    if not train:
        raise InputError(
            f"{recipe.corpus.manifest} leaves no file to train on",
            "add packages, or see in the reasons above why theirs were left out",
        )
    if tokenizer is None:
        bpe = train_bpe((f.text for f in train), recipe.network.vocab_size)
    else:
        bpe = BpeTokenizer.from_file(tokenizer)
    bpe.save(out / TOKENIZER)
    context = recipe.network.max_context
    counts: Counter[str] = Counter()
    rows = draw_rows(out / TOKENIZER, train, recipe.corpus, context, workers, counts)
    number, tokens = pack(rows, out / "train.rows", bpe.special)
    say(f"{number} rows of {tokens / number:.0f} tokens to train on")
    plan = replace(recipe.corpus, rows=HELDOUT_ROWS, seed=recipe.corpus.seed + 1)
    pack(draw_rows(out / TOKENIZER, heldout, plan, context), out / "heldout.rows", bpe.special)
    table = asdict(corpus.statistics) | {"rows": number, "row_tokens": tokens}
    write_statistics(out / "statistics.json", table | {"tasks": dict(counts.most_common())})
    return corpus


def file_weights(files: Sequence[SourceFile], plan: CorpusPlan) -> NDArray[np.float64]:
    """Probability [F] of drawing each file: its length, its package's total capped at `per_package`."""
    totals: dict[str, int] = {}
    for f in files:
        totals[f.package] = totals.get(f.package, 0) + len(f.text)
    weights = np.array(
        [len(f.text) * min(1.0, plan.per_package / totals[f.package]) for f in files]
    )
    return np.asarray(weights / weights.sum())


def draw_rows(
    tokenizer: Path,
    files: Sequence[SourceFile],
    plan: CorpusPlan,
    max_context: int,
    workers: int = 1,
    counts: Counter[str] | None = None,
) -> Iterator[Row]:
    """Rows of the mixture, file after file, so that equal text lies together; `counts` says of which task.

    How many workers there are changes nothing.
    """
    if not files:
        return
    rng = np.random.default_rng(plan.seed)
    drawn = rng.multinomial(plan.rows, file_weights(files, plan))
    wanted = [(i, files[i], n) for i, n in enumerate(drawn.tolist()) if n]
    chunks = [wanted[i : i + FILES_AT_ONCE] for i in range(0, len(wanted), FILES_AT_ONCE)]
    cut = partial(_cut, tokenizer, plan, max_context)
    counts = Counter() if counts is None else counts
    if workers <= 1:
        for task, row in chain.from_iterable(map(cut, chunks)):
            counts[task] += 1
            yield row
        return
    with ProcessPoolExecutor(workers) as pool:
        for task, row in chain.from_iterable(pool.map(cut, chunks)):
            counts[task] += 1
            yield row


def _cut(
    tokenizer: Path, plan: CorpusPlan, max_context: int, files: list[tuple[int, SourceFile, int]]
) -> list[tuple[str, Row]]:
    """Rows of some files; those of one file depend on the seed and on its number alone."""
    bpe, tasks = BpeTokenizer.from_file(tokenizer), mixture(plan.mixture)
    drawn = []
    for i, file, rows in files:
        rng = np.random.default_rng((plan.seed, i))
        for _ in range(rows):
            drawn.append(draw_named(bpe, file.text, file.path, rng, tasks, max_context))
    return drawn
