"""A run from what a user says: trunk, rows, shortlist and judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from editdiff.errors import InputError, ModelError
from editdiff.families.load import identity
from editdiff.families.qwen import fetched, tokenizer
from editdiff.families.qwen.adapter import CanvasAdapter
from editdiff.families.qwen.config import TrunkConfig
from editdiff.families.qwen.denoiser import form
from editdiff.tokens.base import IntArray
from editdiff.training.adapter.corpus import Corpus, Mixture
from editdiff.training.adapter.export import put, start_from
from editdiff.training.adapter.judge import Judge, has_room
from editdiff.training.adapter.prepared import Prepared, PreparedRows
from editdiff.training.adapter.rows import MiddleRow, RowSource, Shape, Source
from editdiff.training.adapter.run import AdapterRun, Network, Optimisation
from editdiff.training.adapter.shortlist import commonest
from editdiff.training.adapter.state import FILE, SHORTLIST, Plan, progress_of, read
from editdiff.training.adapter.stream import CHUNK, RowStream
from editdiff.training.corpus.sources import SourceFile
from editdiff.training.trunk.frozen import FrozenTrunk

JUDGED_SEED = 1
"""Held-out gaps are the same for every run."""


@dataclass(frozen=True)
class Wish:
    """What a run is to be."""

    plan: Plan
    how: Optimisation
    shortlist: int
    judged: Mapping[str, int]
    """Held-out rows by language."""
    device: str
    begin: Path | None = None
    """An adapter whose weights a new run begins with."""
    mixture: Mixture = field(default_factory=Mixture)


@dataclass(frozen=True)
class Reading:
    """What a run reads beside the trunk, drawn from a corpus as it goes on, or prepared."""

    train: RowSource
    judged: Mapping[str, RowSource]
    shortlist: IntArray
    corpus: Mapping[str, Any]


def assembled(
    model: Path, read_from: Corpus | Prepared, folder: Path, wish: Wish
) -> tuple[AdapterRun, bool, bool]:
    """The run in `folder`, whether it goes on with what is there, and whether its corpus has changed.

    Raises:
        ModelError: when the model is not fetched, or what is there is broken or another run's.
        InputError: when there is nothing to judge on, or the prepared rows are for another run.
    """
    there = fetched(model)
    _make(folder)
    if isinstance(read_from, Prepared):
        reading = of_prepared(read_from, wish)
    else:
        reading = of_corpus(read_from, there, folder, wish)
    trunk = FrozenTrunk(there, wish.device)
    judges = {
        language: Judge(source, trunk, wish.judged[language], wish.plan.block)
        for language, source in reading.judged.items()
    }
    stream = RowStream(reading.train, trunk)
    run = AdapterRun(wish.plan, trunk, stream, reading.shortlist, folder, wish.how, judges)
    went_on = run.resume()
    if not went_on and wish.begin is not None:
        stored = CanvasAdapter.read(wish.begin, trunk.config, wish.plan.trunk, wish.plan.rank)
        start_from(run.state, stored)
    return run, went_on, run.state.note(reading.corpus)


def other(path: Path, run: AdapterRun) -> Network:
    """An adapter of the same trunk, of any rank, to be judged beside a run.

    Raises:
        ModelError: when it cannot be used.
    """
    plan = run.state.plan
    stored = CanvasAdapter.read(path, run.trunk.config, plan.trunk)
    sampler = 0 if stored.sampler is None else len(stored.sampler[0])
    network = Network(run.trunk, Plan(plan.trunk, stored.rank, sampler, plan.block))
    put(stored, network)
    return network


def plan_of(model: Path, rank: int, sampler: int, block: int, own: float, seed: int) -> Plan:
    """A plan bound to the trunk of a model folder."""
    return Plan(identity(model), rank, sampler, block, own, seed)


def prepared(model: Path, corpus: Corpus, state: Path | None, wish: Wish, rows: int) -> Prepared:
    """At least `rows` rows of a run from where its state stands on, and all that is judged.

    Raises:
        ModelError: when the model is not fetched, or the state is broken.
        InputError: when the corpus lacks something.
    """
    reading = of_corpus(corpus, fetched(model), state, wish)
    next_row = 0 if state is None else _next_row(state / FILE)
    first = next_row - next_row % CHUNK  # rows are drawn in chunks
    last = -(-(next_row + rows) // CHUNK) * CHUNK
    drawn = [reading.train.draw(number) for number in range(first, last)]
    judged = {
        language: _with_room(source, wish.judged[language], wish.plan.block)
        for language, source in reading.judged.items()
    }
    train = PreparedRows(drawn, reading.train.special, first)
    plan = wish.plan
    return Prepared(
        train, judged, reading.shortlist, plan.trunk, plan.block + 1, plan.own, reading.corpus
    )


def of_corpus(corpus: Corpus, there: Path, state: Path | None, wish: Wish) -> Reading:
    """Rows drawn from files.

    Raises:
        InputError: when there is no file of a language that is to be trained or judged on.
    """
    words = tokenizer(there)
    vocabulary, plan, mixture = TrunkConfig.read(there).rows, wish.plan, wish.mixture
    shape = Shape(beyond=plan.block + 1)

    def source(files: Sequence[SourceFile], seed: int, several: float, **shares: float) -> Source:
        return Source(files, words, form(words), vocabulary, shape, seed, plan.own, several, shares)

    train = source(corpus.train, plan.seed, mixture.several, **mixture.shares)
    told = corpus.told(mixture)
    kept = None if state is None else _kept(state / FILE, told)
    shortlist = (
        kept if kept is not None else commonest(train.groups.values(), words, wish.shortlist)
    )
    judged = {
        language: source(corpus.heldout, JUDGED_SEED, 0.0, **{language: 1.0})
        for language in wish.judged
    }
    for language, held_out in judged.items():
        if not any(file.language == language for file in held_out.files):
            raise InputError(
                f"no file of {language} is held out to judge on", "name another language in --judge"
            )
    return Reading(train, judged, shortlist, told)


def of_prepared(from_afar: Prepared, wish: Wish) -> Reading:
    """Rows that were drawn elsewhere.

    Raises:
        InputError: when they are for another trunk or another plan, or are too few to judge on.
    """
    plan, made = wish.plan, from_afar
    for what, theirs, ours in (
        ("trunk", made.trunk, plan.trunk),
        ("--block", made.beyond - 1, plan.block),
        ("--own", made.own, plan.own),
    ):
        if theirs != ours:
            raise InputError(
                f"the prepared rows are for another run: {what} {theirs}, not {ours}",
                "prepare them with the options of the run",
            )
    special = made.train.special
    judged = {language: PreparedRows(rows, special) for language, rows in made.judged.items()}
    for language, count in wish.judged.items():
        there = len(made.judged.get(language, ()))
        if count > there:
            raise InputError(
                f"{there} prepared rows of {language} are to be judged on, not {count}",
                f"give --judge {language}={there}, or prepare more",
            )
    chosen = {language: judged[language] for language in wish.judged}
    return Reading(made.train, chosen, made.shortlist, made.corpus)


def _with_room(source: RowSource, rows: int, block: int) -> list[MiddleRow]:
    """The first rows that a judge takes."""
    found: list[MiddleRow] = []
    number = 0
    while len(found) < rows:
        row = source.draw(number)
        number += 1
        if has_room(row, block):
            found.append(row)
    return found


def _next_row(path: Path) -> int:
    """Where a state stands; 0 where there is none."""
    if not path.exists():
        return 0
    _, told = read(path)
    return progress_of(told).row


def _kept(path: Path, corpus: Mapping[str, Any]) -> IntArray | None:
    """The shortlist of a state of the same corpus."""
    if not path.exists():
        return None
    tensors, told = read(path)
    corpora = progress_of(told).corpora
    if not corpora or corpora[-1].get("sha256") != corpus["sha256"]:
        return None
    return np.asarray(tensors[SHORTLIST].to(torch.int64).numpy())


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelError(f"cannot make {folder}: {error}", "name another --state") from error
