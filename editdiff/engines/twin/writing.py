"""Drafts of one gap written to their end, side by side behind one context.

In one forward each draft has what it has pending written, and behind it what is guessed to come (`ahead`). What the
network says behind each of these tokens is taken one after the other, as long as it is what was guessed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.denoise.sample import Sampler
from editdiff.engines.base import Sketch
from editdiff.engines.twin.ahead import Lookup, Pace
from editdiff.engines.twin.record import Recorder
from editdiff.engines.twin.stream import Stream, Trail, gather
from editdiff.families.base import Sequel, TreeDenoiser

BEHIND = 8.0
"""Nats by which a draft may be less likely than one that has ended, and still be written on."""


@dataclass
class Tokens:
    """How many tokens drafts took, and of how many that saved a forward."""

    taken: int = 0
    """Those that an ending cuts off later among them."""
    right: int = 0
    """Guessed ones that were taken, and behind which another one was taken in the same forward."""


@dataclass
class Writer:
    """All drafts of a gap in the making."""

    denoiser: TreeDenoiser
    cache: Any
    """The context."""
    drafts: Sequence[Stream]
    sample: Sampler
    lookup: Lookup | None
    """What guesses; None for a token at a time."""
    record: Recorder | None = None
    """Takes the record of the first draft."""
    tokens: Tokens = field(default_factory=Tokens)
    """Counts them."""
    forwards: int = 0
    written: int = 0
    """Tokens in the tree."""
    paces: list[Pace] = field(init=False)

    def __post_init__(self) -> None:
        self.paces = [Pace() for _ in self.drafts]

    def run(self) -> Iterator[Sketch]:
        """Write them to their end; a sketch of the first one after each token."""
        while live := [number for number, draft in enumerate(self.drafts) if not draft.done]:
            ahead = [self._ahead(number, len(live)) for number in live]
            rows, trails = gather([self.drafts[number] for number in live], ahead, self.written)
            ids, behind = (np.array(each) for each in zip(*rows, strict=True))
            self.cache, guess = self.denoiser.write(self.cache, ids, behind, np.arange(len(ids)))
            self.written, self.forwards = self.written + len(ids), self.forwards + 1
            yield from self._judged(guess, dict(zip(live, trails, strict=True)))
        if self.record is not None:
            self.record.end(self.drafts[0].filled)

    def _ahead(self, number: int, live: int) -> list[int]:
        """What is guessed of a draft; nothing as long as it is known what it begins with."""
        draft = self.drafts[number]
        if self.lookup is None or draft.opens:
            return []
        return self.lookup.guess(draft.ids, self.paces[number].most(live))

    def _judged(self, guess: Guess, trails: Mapping[int, Trail]) -> Iterator[Sketch]:
        """Take tokens of each draft as long as the next one is what was guessed."""
        endings, place, going = self._endings(guess, trails), 0, dict(trails)
        while going:
            for number, trail in list(going.items()):
                told = self.drafts[number].admitted(guess.at(trail.rows[place]))
                if (read := endings.get((number, place))) is not None:
                    told = told.given(self._end, read)
                self._take(number, told, trail.guess(place))
                if self.drafts[number].follows(trail, place):
                    self.tokens.right += 1
                else:
                    self.paces[number].see(len(trail.guessed), place)
                    del going[number]
            place += 1
            _give_up_hopeless(self.drafts)
            going = {n: trail for n, trail in going.items() if not self.drafts[n].done}
            yield Sketch(self.forwards, (tuple(self.drafts[0].places),))

    def _endings(self, guess: Guess, trails: Mapping[int, Trail]) -> dict[tuple[int, int], float]:
        """Log-probability that each draft ends at a place, where it may well: judged by the text after the gap.

        All places that may be reached are read in one forward; how far the first draft comes, which is greedy, is
        known.
        """
        wanted: dict[tuple[int, int], Sequel] = {}
        for number, trail in trails.items():
            for place, row in enumerate(trail.rows):
                draft = self.drafts[number].as_guessed(trail, place)
                told = draft.admitted(guess.at(row))
                if (sequel := draft.sequel(told)) is not None:
                    wanted[number, place] = sequel
                if number == 0 and trail.guess(place) != self._text(told).chosen[0, 0]:
                    break
        if not wanted:
            return {}
        judged = self.denoiser.read_on(self.cache, list(wanted.values()))
        return dict(zip(wanted, judged.tolist(), strict=True))

    def _take(self, number: int, guess: Guess, guessed: int | None) -> None:
        """End a draft, or let it go on, by a guess [1, 1, TOP]; `guessed` is what was thought to come."""
        draft = self.drafts[number]
        if draft.ends(guess):
            return
        text = self._text(guess)
        if self.record is not None and number == 0:
            self.record.step(text, guessed)
        draft.take(self.sample(text, np.array([number])))
        self.tokens.taken += 1

    def _text(self, guess: Guess) -> Guess:
        """A guess [1, 1, TOP] without the end."""
        return guess.only(guess.ids != self._end, fallback=guess.ids[..., 1])

    @property
    def _end(self) -> int:
        return self.denoiser.tokenizer.special.end


def _give_up_hopeless(drafts: Sequence[Stream]) -> None:
    """Give up drafts that can only come far behind one that has ended: each token makes them less likely still."""
    best = max((draft.score for draft in drafts if draft.ended), default=-math.inf)
    for draft in drafts:
        if not draft.done and draft.score < best - BEHIND:
            draft.give_up()
