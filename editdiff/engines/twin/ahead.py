"""Tokens that may come next, guessed from the text at hand and judged in one forward (speculative decoding).

A text repeats itself. Where the last tokens stand elsewhere in what the model was told, what follows them there
is a guess that costs nothing (prompt lookup: Saxena 2023; Yang et al. 2023, arXiv 2304.04487). The network judges
it as it would have written it itself (Leviathan et al. 2023, arXiv 2211.17192), so a draft is what it would have
been one token at a time, in fewer forwards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import takewhile

import numpy as np

from editdiff.tokens.base import Special

TELLING = 4
"""Most tokens by which a place like this one is found."""


class Lookup:
    """Goes on as the text did in the place most like this one."""

    def __init__(self, known: Sequence[int], before: Sequence[int], special: Special) -> None:
        """`known` are ids that the model was told, `before` the last ones before what it writes."""
        self._known, self._before = list(known), list(before)[-TELLING:]
        every = np.unique(np.array([*known, *self._before], dtype=np.int64))
        self._silent = frozenset(every[~special.is_text(every)].tolist())
        self._ends: dict[int, list[int]] = defaultdict(list)
        for end, token in enumerate(self._known, 1):
            self._ends[token].append(end)

    def guess(self, written: Sequence[int], most: int) -> list[int]:
        """At most so many tokens of text that may come behind what is `written`; none where nothing is like it."""
        last = [*self._before, *written]
        if not last or most < 1:
            return []
        best, alike = (last, len(last)), 0
        for place in self._places(last):
            if (here := _alike(*place, last)) > alike:
                best, alike = place, here
            if alike == TELLING:  # no place is more like this one, and later ones came first
                break
        text, end = best
        return list(takewhile(self._is_text, text[end : end + most]))

    def _places(self, last: list[int]) -> Iterator[tuple[list[int], int]]:
        """Texts, and where the last token stands in each with text behind it; the latest places first."""
        repeated = (end for end in range(len(last) - 1, 0, -1) if last[end - 1] == last[-1])
        for text, ends in ((last, repeated), (self._known, reversed(self._ends.get(last[-1], ())))):
            for end in ends:
                if end < len(text) and self._is_text(text[end]):
                    yield text, end

    def _is_text(self, token: int) -> bool:
        return token not in self._silent


def _alike(text: Sequence[int], end: int, last: Sequence[int]) -> int:
    """How many tokens before `end`, at most TELLING, are those that were written last."""
    most = min(TELLING, end, len(last))
    return next((i for i in range(most) if text[end - 1 - i] != last[-1 - i]), most)
