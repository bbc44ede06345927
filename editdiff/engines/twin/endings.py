"""Where a gap ends that is written from left to right: at its likeliest ending, all places together.

Behind each token the model says how likely the gap ends there. Taken place by place, an ending of 0.4 would be
passed, though none that follows may be as likely. With h_i the probability of an ending at place i, the gap ends
there with p_i = h_i · (1 - h_0) … (1 - h_{i-1}), and not before i + 1 with what is left of 1. Writing goes on until
what is left is less than the greatest p_i: no later ending can be likelier than that one. Where endings are judged
by what follows, few places are likely at all, and what is left may stay as it is for a hundred tokens; so a likely
ending is not waited behind for more than PATIENCE, one half as likely for twice that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

ENOUGH = 0.2
"""Probability of the likeliest ending with which a gap that has reached its limit counts as ended."""
PATIENCE = 16
"""Tokens that are written behind an ending that is ENOUGH in wait of one that is likelier."""


class Place(NamedTuple):
    """A place where a gap may end."""

    probability: float
    """That it ends there, as seen from its beginning; a logarithm, in nats."""
    tokens: int
    """Tokens before it."""
    score: float
    """Log-probability of these tokens and the ending, in nats."""


NOWHERE = Place(-math.inf, 0, -math.inf)
"""Before any place was seen."""


@dataclass
class Endings:
    """The endings that were seen of a gap."""

    best: Place = NOWHERE
    left: float = 0.0
    """Log-probability that the gap ends at none of the places seen."""

    def see(self, ending: float, tokens: int, score: float) -> bool:
        """Take the log-probability of an ending behind `tokens`, whose own is `score`.

        Return whether the gap ends at the best one: no later ending can be likelier, or none has been for long.
        """
        here = Place(self.left + ending, tokens, score + ending)
        self.best = max(self.best, here)
        self.left += math.log1p(-math.exp(min(ending, -1e-9)))
        waited = tokens - self.best.tokens
        enough = waited * math.exp(self.best.probability) >= PATIENCE * ENOUGH
        return self.left <= self.best.probability or (waited >= PATIENCE and enough)
