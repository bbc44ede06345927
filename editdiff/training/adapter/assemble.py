"""A run from what a user says: trunk, corpus, shortlist and judge."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from editdiff.errors import InputError, ModelError
from editdiff.families.load import identity
from editdiff.families.qwen import fetched, tokenizer
from editdiff.families.qwen.adapter import CanvasAdapter
from editdiff.families.qwen.denoiser import form
from editdiff.tokens.base import IntArray
from editdiff.tokens.checkpoint import CheckpointTokenizer
from editdiff.training.adapter.export import start_from
from editdiff.training.adapter.judge import Judge
from editdiff.training.adapter.rows import Shape, Source
from editdiff.training.adapter.run import AdapterRun, Optimisation
from editdiff.training.adapter.shortlist import commonest
from editdiff.training.adapter.state import FILE, SHORTLIST, Plan, read
from editdiff.training.adapter.stream import RowStream
from editdiff.training.corpus import SourceFile, Split, sources
from editdiff.training.frozen_trunk import FrozenTrunk

JUDGED_SEED = 1
"""Held-out gaps are the same for every run."""


@dataclass(frozen=True)
class Corpus:
    """Files by split."""

    train: list[SourceFile]
    heldout: list[SourceFile]

    @classmethod
    def of(cls, manifest: Path, cache: Path, judged: bool) -> Corpus:
        """Fetch and read what a manifest names; held-out packages only if something is judged.

        Raises:
            InputError: when the manifest cannot be used, or a split that is needed is empty.
        """
        splits: tuple[Split, ...] = ("train", "heldout") if judged else ("train",)
        found = {split: sources(manifest, cache, split) for split in splits}
        for split, files in found.items():
            if not files:
                what = "to be trained on" if split == "train" else "that is held out to judge on"
                raise InputError(
                    f"{manifest} has no package {what}",
                    "name another --manifest" + ("" if split == "train" else ", or --judge 0"),
                )
        return cls(found["train"], found.get("heldout", []))


@dataclass(frozen=True)
class Wish:
    """What a run is to be."""

    plan: Plan
    how: Optimisation
    shortlist: int
    judged: int
    """Held-out rows."""
    device: str
    begin: Path | None
    """An adapter whose weights a new run begins with."""


def assembled(model: Path, corpus: Corpus, folder: Path, wish: Wish) -> tuple[AdapterRun, bool]:
    """The run in `folder`, and whether it goes on with what is there.

    Raises:
        ModelError: when the model is not fetched, or what is there is broken or another run's.
    """
    there = fetched(model)
    words = tokenizer(there)
    trunk = FrozenTrunk(there, wish.device)
    source = _source(corpus.train, words, trunk, wish, wish.plan.seed)
    shortlist = _shortlist(folder, corpus.train, words, wish.shortlist)
    judge = None
    if wish.judged:
        held_out = _source(corpus.heldout, words, trunk, wish, JUDGED_SEED)
        judge = Judge(held_out, trunk, wish.judged, wish.plan.block)
    stream = RowStream(source, trunk)
    run = AdapterRun(wish.plan, trunk, stream, shortlist, folder, wish.how, judge)
    went_on = run.resume()
    if not went_on and wish.begin is not None:
        stored = CanvasAdapter.read(wish.begin, trunk.config, wish.plan.trunk, wish.plan.rank)
        start_from(run.state, stored)
    return run, went_on


def plan_of(model: Path, rank: int, sampler: int, block: int, own: float, seed: int) -> Plan:
    """A plan bound to the trunk of a model folder."""
    return Plan(identity(model), rank, sampler, block, own, seed)


def _source(
    files: list[SourceFile], words: CheckpointTokenizer, trunk: FrozenTrunk, wish: Wish, seed: int
) -> Source:
    shape = Shape(beyond=wish.plan.block + 1)
    return Source(files, words, form(words), trunk.config.rows, shape, seed, wish.plan.own)


def _shortlist(
    folder: Path, files: list[SourceFile], words: CheckpointTokenizer, size: int
) -> IntArray:
    """That of the run in the folder, or a new one."""
    if (folder / FILE).exists():
        tensors, _ = read(folder / FILE)
        return np.asarray(tensors[SHORTLIST].to(torch.int64).numpy())
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelError(f"cannot make {folder}: {error}", "name another --state") from error
    return commonest(files, words, size)
