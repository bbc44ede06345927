"""A floor for likelihoods: bytes predicted from the few bytes before them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

ORDER = 5
"""Bytes of the longest phrase counted."""
CHARS = 2_000_000
"""Text to learn from, in code points; more of it gains little for the memory it takes."""


class ByteNGram:
    """Witten-Bell interpolation down to the uniform distribution (Witten and Bell 1991, method C)."""

    def __init__(self, texts: Iterable[str], order: int = ORDER) -> None:
        data = "\n".join(texts).encode("utf-8", "replace")
        self.order = order
        self._counts: Counter[bytes] = Counter()
        for n in range(1, order + 1):
            self._counts.update(data[i : i + n] for i in range(len(data) - n + 1))
        self._totals: Counter[bytes] = Counter()
        self._kinds: Counter[bytes] = Counter()
        for phrase, count in self._counts.items():
            self._totals[phrase[:-1]] += count
            self._kinds[phrase[:-1]] += 1

    def nats(self, before: str, text: str) -> float:
        """What the bytes of `text` cost behind `before`, in nats: minus their log-probability."""
        history = before[-self.order :].encode("utf-8", "replace")
        data = history + text.encode("utf-8", "replace")
        return -sum(math.log(self.p(data, at)) for at in range(len(history), len(data)))

    def p(self, data: bytes, at: int) -> float:
        """Probability of the byte `data[at]` behind those before it."""
        p = 1 / 256
        for n in range(min(self.order - 1, at) + 1):
            context = data[at - n : at]
            total, kinds = self._totals[context], self._kinds[context]
            if not total:
                break
            p = (self._counts[data[at - n : at + 1]] + kinds * p) / (total + kinds)
        return p
