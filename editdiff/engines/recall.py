"""An engine whose drafts compete with what stands elsewhere in the text: see `engines.lookup`."""

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
    Recordable,
    Scorer,
    Sketch,
    Update,
)
from editdiff.engines.lookup import look_up
from editdiff.families.base import Denoiser, Traits


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
        drafts = []
        for update in self.inner.fill(task, options):
            if isinstance(update, Sketch):
                yield update
            else:
                drafts.append(update)
        nfe = max((draft.nfe for draft in drafts), default=0)
        found = [replace(draft, nfe=nfe) for draft in self.recall(task, options.lookup)]
        yield from merged(drafts, found)

    def recall(self, task: FillTask, most: int) -> list[Draft]:
        """At most `most` looked-up drafts, best first; see `Recaller`."""
        return recall(task, most)

    def score(self, task: FillTask, texts: Sequence[tuple[str, ...]]) -> list[float]:
        """Log-probability by the engine alone, see `Scorer`."""
        return self.inner.score(task, texts)


def recall(task: FillTask, most: int) -> list[Draft]:
    """At most `most` drafts that are looked up, best first, of no network evaluation."""
    plain = task.old is None and task.ask is None and task.region is None
    if len(task.gaps) != 1 or not plain or not most:
        return []
    (gap,) = task.gaps
    found = look_up(task.text[: gap.start], task.text[gap.end :])[:most]
    return [Draft((c.text,), math.log(c.probability), nfe=0, found=True) for c in found]


def merged(drafts: Sequence[Draft], found: Sequence[Draft]) -> list[Draft]:
    """Distinct drafts of both kinds, ended ones first, then by score; of equal texts the better one stays."""
    distinct: dict[tuple[str, ...], Draft] = {}
    for draft in (*drafts, *found):
        known = distinct.get(draft.texts, draft)
        distinct[draft.texts] = min(known, draft, key=_rank)
    return sorted(distinct.values(), key=_rank)


def _rank(draft: Draft) -> tuple[bool, float]:
    return not draft.ended, -draft.score
