"""What a forward of several rows costs beside one of a single row, and so how many tokens it pays to draft ahead.

A drafted token is a row more. It saves a forward where it comes true, and costs what the row costs where it does
not: on a processor next to nothing up to four rows, and half of a forward from there to sixteen, on a GPU nothing.
So what pays is reckoned from the costs and from how often drafts came true, and is no number of ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from editdiff.families.base import StepCosts

MOST = 15
"""Most tokens of one draft that are judged at once."""
ROWS = 8
"""Most rows of several drafts together of which tokens are looked up."""
FORGETS = 0.7
"""Share of what was seen that still counts after the next guess."""
HOPED = (2.0, 1.0)
"""Tokens of looked-up drafts that came true, and that did not, before any was seen (docs/log.md)."""
NAMED = (0.6, 0.45, 0.35, 0.3, 0.3, 0.3, 0.3, 0.3)
"""How often a place of a canvas is right where all before it are, before any was seen (docs/log.md)."""
TRUST = 4.0
"""So many places seen count as much as these."""


@dataclass
class Pace:
    """How many looked-up tokens are judged at once: as many as pay by what came of those before."""

    costs: StepCosts
    _right: float = HOPED[0]
    _wrong: float = HOPED[1]

    @property
    def share(self) -> float:
        """How often a looked-up token is right, where those before it are."""
        return self._right / (self._right + self._wrong)

    def most(self, drafts: int) -> int:
        """For one of so many drafts that are written side by side."""
        room = MOST if drafts == 1 else max(0, ROWS // drafts - 1)
        return best_length(self.costs, round(self.share, 2), drafts, room)

    def see(self, guessed: int, right: int) -> None:
        """Take what came of a guess."""
        if guessed:
            self._right = FORGETS * self._right + right
            self._wrong = FORGETS * self._wrong + (right < guessed)


@lru_cache(maxsize=4096)
def best_length(costs: StepCosts, share: float, drafts: int, room: int) -> int:
    """Tokens ahead that bring most for what they cost, at most `room`: each comes true in a `share` of cases."""
    alone = costs.of(drafts)

    def worth(length: int) -> float:
        tokens = sum(share**n for n in range(length + 1))
        return tokens * alone / costs.of(drafts * (1 + length))

    return max(range(room + 1), key=worth)


@dataclass
class CanvasPace:
    """How many places a canvas has, and behind which rows of a draft there is one: where it pays."""

    costs: StepCosts
    places: int
    """Most of them."""
    _seen: list[list[float]] = field(init=False)
    """Of each place how often it was right and how often it was asked, where those before it were right."""

    def __post_init__(self) -> None:
        shares = [*NAMED, *NAMED[-1:] * self.places][: self.places]
        self._seen = [[TRUST * share, TRUST] for share in shares]

    @property
    def share(self) -> float:
        """How often a first place is right."""
        return self._seen[0][0] / self._seen[0][1]

    def see(self, guessed: int, right: int) -> None:
        """Take what came of the places that were judged."""
        for place in range(min(guessed, right + 1)):
            self._seen[place][0] += place < right
            self._seen[place][1] += 1

    def choose(self, reached: Sequence[float], rows: int, alone: float) -> tuple[list[int], int]:
        """Which of a draft's rows have a canvas, and of how many places; none where none pays.

        `reached` is how likely the network goes on from each row in a way that nobody drafted, `rows` how many are
        run anyway, `alone` how likely nothing is looked up there.
        """
        order = sorted(range(len(reached)), key=lambda row: -reached[row])
        best, chosen = 0.0, (list[int](), 0)
        for places, saved in enumerate(self._saved(), 1):
            later = self.costs.of(1 + places) - self.costs.of(1)
            chance = 0.0
            for count, row in enumerate(order, 1):
                chance += reached[row]
                now = self.costs.of(rows + count * places) - self.costs.of(rows)
                gain = chance * alone * (saved - later) - now
                if gain > best:
                    best, chosen = gain, (sorted(order[:count]), places)
        return chosen

    def _saved(self) -> Iterator[float]:
        """Forwards that one, two, three … places save."""
        shares = np.array([right / asked for right, asked in self._seen])
        yield from np.cumsum(np.cumprod(shares)).tolist()


def reached(share: float, guessed: int) -> list[float]:
    """How likely the network goes on from each of `1 + guessed` rows by a token of its own."""
    stops = [share**row * (1 - share) for row in range(guessed)]
    return [*stops, share**guessed]
