"""An engine whose drafts compete with what stands elsewhere in the text: see `engines.lookup`.

What is looked up has a probability of its own, from what agrees around it; beside a small network the two kinds are
ranked by the numbers that they have. A pretrained network judges what was looked up as well as what it wrote, so
there all texts are read by it, and the lookup is further evidence for its own: with x the two sides of the gap and
y what was found,

    log P(text | x, y) = log P(text | x) + LOOKED_UP * log(p / (1 - p)) + constant

which for LOOKED_UP = 1 is Bayes' rule for two witnesses that err independently.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from editdiff.engines.base import (
    Draft,
    Engine,
    FillOptions,
    FillTask,
    Reader,
    ReadsAhead,
    Recordable,
    Scorer,
    Sifter,
    Sketch,
    Update,
)
from editdiff.engines.lookup import look_up
from editdiff.families.base import Denoiser, Traits

LOOKED_UP = 1.0
"""Weight of the log-odds of a lookup beside the network's log-probability."""
WORTH_READING = 0.05
"""Least probability of what is looked up to be read by the network at all."""


class Local(Engine, Scorer, Recordable, Protocol):
    """What an engine of a local network offers."""

    @property
    def traits(self) -> Traits:
        """What the network can do."""
        ...

    @property
    def denoiser(self) -> Denoiser:
        """The network."""
        ...

    @property
    def encoded(self) -> int:
        """Context tokens encoded so far."""
        ...


class WithLookup:
    """Ranks an engine's drafts and looked-up ones together, by the probability that each is right."""

    def __init__(self, inner: Local) -> None:
        self.inner, self.name = inner, inner.name

    @property
    def denoiser(self) -> Denoiser:
        """The network."""
        return self.inner.denoiser

    @property
    def traits(self) -> Traits:
        """What the network can do."""
        return self.inner.traits

    @property
    def encoded(self) -> int:
        """Context tokens encoded so far."""
        return self.inner.encoded

    @property
    def record(self) -> Callable[[str], object] | None:
        """Takes the record of every run of the loop, see `Recordable`."""
        return self.inner.record

    @record.setter
    def record(self, take: Callable[[str], object] | None) -> None:
        self.inner.record = take

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Yield the engine's sketches, then the distinct drafts of both, best first.

        Nothing is looked up for several gaps, nor where the task says more than what stands around the gap.
        """
        if task.ask is not None:
            yield from self.inner.fill(task, options)
            return
        drafts = []
        for update in self.inner.fill(task, options):
            if isinstance(update, Sketch):
                yield update
            else:
                drafts.append(update)
        nfe = max((draft.nfe for draft in drafts), default=0)
        found = [replace(draft, nfe=nfe) for draft in self.recall(task, options.lookup)]
        if isinstance(self.inner, Reader):
            yield from read(self.inner, task, drafts, found, options)
        else:
            yield from merged(drafts, found)

    def recall(self, task: FillTask, most: int) -> list[Draft]:
        """At most `most` looked-up drafts, best first; see `Recaller`."""
        return recall(task, most)

    def score(self, task: FillTask, texts: Sequence[tuple[str, ...]]) -> list[float]:
        """Log-probability by the engine alone, see `Scorer`."""
        return self.inner.score(task, texts)

    def score_with(
        self, task: FillTask, texts: Sequence[tuple[str, ...]], options: FillOptions
    ) -> list[float]:
        """The same in the context of a fill with these options, where the engine can tell them apart."""
        if isinstance(self.inner, Reader):
            return self.inner.score_with(task, texts, options)
        return self.inner.score(task, texts)

    def read_ahead(self, task: FillTask, options: FillOptions) -> Iterator[None]:
        """What the engine reads ahead; nothing, where it does not."""
        if isinstance(self.inner, ReadsAhead):
            yield from self.inner.read_ahead(task, options)

    def sift(self, task: FillTask, old: str, texts: Sequence[str]) -> list[str]:
        """What the engine would read, see `Sifter`; all, where it does not choose."""
        if isinstance(self.inner, Sifter):
            return self.inner.sift(task, old, texts)
        return list(texts)


def recall(task: FillTask, most: int) -> list[Draft]:
    """At most `most` drafts that are looked up, best first, of no network evaluation."""
    plain = task.old is None and task.ask is None and task.region is None
    if len(task.gaps) != 1 or not plain or not most:
        return []
    (gap,) = task.gaps
    found = look_up(task.text[: gap.start], task.text[gap.end :])[:most]
    return [Draft((c.text,), math.log(c.probability), nfe=0, found=True) for c in found]


def read(
    engine: Reader,
    task: FillTask,
    drafts: Sequence[Draft],
    found: Sequence[Draft],
    options: FillOptions,
) -> list[Draft]:
    """Distinct drafts of both kinds, ended ones first, by what the network and the lookup say of them together."""
    found = [draft for draft in found if math.exp(draft.score) >= WORTH_READING]
    if not found:
        return merged(drafts, ())
    texts = [*dict.fromkeys(draft.texts for draft in (*drafts, *found))]
    told = dict(zip(texts, engine.score_with(task, texts, options), strict=True))
    own = [replace(draft, score=told[draft.texts]) for draft in drafts]
    better = [replace(d, score=told[d.texts] + LOOKED_UP * _log_odds(d.score)) for d in found]
    return merged(own, better)


def _log_odds(logp: float) -> float:
    return logp - math.log(-math.expm1(logp))


def merged(drafts: Sequence[Draft], found: Sequence[Draft]) -> list[Draft]:
    """Distinct drafts of both kinds, ended ones first, then by score; of equal texts the better one stays."""
    distinct: dict[tuple[str, ...], Draft] = {}
    for draft in (*drafts, *found):
        known = distinct.get(draft.texts, draft)
        distinct[draft.texts] = min(known, draft, key=_rank)
    return sorted(distinct.values(), key=_rank)


def _rank(draft: Draft) -> tuple[bool, float]:
    return not draft.ended, -draft.score
