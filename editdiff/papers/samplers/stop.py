"""When a text that is written block by block ends: the rules of BD3-LM's code (Arriola et al., arXiv 2503.09573).

A rule takes the ids [n] written so far and gives how many of them are kept, or None where it goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from editdiff.errors import EngineError
from editdiff.tokens.base import IntArray

Stop = Callable[[IntArray], int | None]
WINDOW = 256
"""Tokens at the end whose entropy is taken; nothing is judged before there are more than these."""
LEAST_ENTROPY = 4.0
"""Nats; the most that 256 tokens can have is log 256 = 5.5."""
TRIES = 10
"""How often a text of fixed length is drawn anew."""


def entropy(ids: IntArray) -> float:
    """Entropy of the shares of the tokens among `ids` [n], in nats."""
    _, counts = np.unique(ids, return_counts=True)
    p = counts / counts.sum()
    return float(-(p * np.log(p)).sum())


def second_eos(ids: IntArray, eos: int) -> int | None:
    """Keep what stands up to the second end of a text, that one too: the first one opens it."""
    places = np.flatnonzero(ids == eos)
    return int(places[1]) + 1 if len(places) > 1 else None


def monotonous(ids: IntArray, window: int = WINDOW, least: float = LEAST_ENTROPY) -> int | None:
    """Drop the last `window` tokens where their entropy is below `least` nats."""
    return len(ids) - window if entropy(ids[-window:]) < least else None


@dataclass(frozen=True)
class StopRules:
    """Monotony, and the second end of a text, judged beyond `window` tokens; where both hold, monotony decides."""

    eos: int
    window: int = WINDOW
    least: float = LEAST_ENTROPY

    def __call__(self, ids: IntArray) -> int | None:
        """Give how many tokens are kept, None where the text goes on."""
        if len(ids) <= self.window:
            return None
        kept = monotonous(ids, self.window, self.least)
        return kept if kept is not None else second_eos(ids, self.eos)


def fixed_length(draw: Callable[[int], IntArray], window: int = WINDOW) -> IntArray:
    """Draw a text, and again with the next number while its end is monotonous.

    Raises:
        EngineError: after `TRIES` texts.
    """
    for attempt in range(TRIES):
        ids = draw(attempt)
        if len(ids) <= window or monotonous(ids, window) is None:
            return ids
    raise EngineError(
        f"Each of {TRIES} texts ended in {window} tokens that say the same again and again.",
        "Raise the temperature or top_p, take more steps, or train the network for longer.",
    )
