"""What is measured of one fill, and intervals for what is counted over many."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

_TOKEN = re.compile(r"\n+[ \t]*| ?\w+| ?[^\w\s]+|\s")

Z95 = 1.959963984540054
"""Two-sided 95 % quantile of the normal distribution."""


def lex(text: str) -> list[str]:
    """Cut `text` into lexical tokens that join to it again.

    A token is a line break with the indentation after it, a word or number, or a run of
    punctuation, the last two with at most one space before them. They belong to no model, so that
    lengths can be compared between models and with floors that have no tokenizer.
    """
    return _TOKEN.findall(text)


def exact(fill: str, truth: str) -> bool:
    """Whether both are the same, white space at the ends aside."""
    return fill.strip() == truth.strip()


def similarity(fill: str, truth: str) -> float:
    """Edit similarity, 0 to 1: 1 - Levenshtein distance / length of the longer one, both stripped.

    Insertions, deletions and substitutions of a code point cost 1 each; of two empty texts it is 1.
    """
    return Levenshtein.normalized_similarity(fill.strip(), truth.strip())


def wilson(hits: int, total: int, z: float = Z95) -> tuple[float, float]:
    """Return Wilson's score interval of a share (Wilson 1927, JASA 22:209); (0, 1) of nothing.

    Raises:
        ValueError: unless 0 <= hits <= total.
    """
    if not 0 <= hits <= total:
        raise ValueError(f"{hits} hits of {total}")
    if total == 0:
        return 0.0, 1.0
    share, square = hits / total, z * z / total
    centre = (share + square / 2) / (1 + square)
    half = z * math.sqrt(share * (1 - share) / total + square / (4 * total)) / (1 + square)
    return max(0.0, centre - half), min(1.0, centre + half)


def paired_difference(
    first: Sequence[bool], second: Sequence[bool], z: float = Z95
) -> tuple[float, float, float]:
    """Share of hits in `first` less that in `second`, item by item the same, and its interval.

    Newcombe 1998, Stat. Med. 17:2635, method 10: Wilson's intervals of both shares, joined by their
    correlation. What McNemar's test compares, but with an interval that is right for few discordant pairs.
    (0, -1, 1) of nothing.

    Raises:
        ValueError: unless both have the same length.
    """
    pairs = Counter(zip(map(bool, first), map(bool, second), strict=True))
    n = pairs.total()
    if n == 0:
        return 0.0, -1.0, 1.0
    both, only_first = pairs[True, True], pairs[True, False]
    only_second, neither = pairs[False, True], pairs[False, False]
    p1, p2 = (both + only_first) / n, (both + only_second) / n
    (l1, u1), (l2, u2) = wilson(both + only_first, n, z), wilson(both + only_second, n, z)
    phi = _correlation(both, only_first, only_second, neither)

    def half(a: float, b: float) -> float:
        return math.sqrt(max(0.0, a * a - 2 * phi * a * b + b * b))

    difference = p1 - p2
    return difference, difference - half(p1 - l1, u2 - p2), difference + half(u1 - p1, p2 - l2)


def _correlation(a: int, b: int, c: int, d: int) -> float:
    """Phi of a 2x2 table, drawn towards 0 as in Newcombe's method 10; 0 when a margin is empty."""
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    if margins == 0:
        return 0.0
    cross = float(a * d - b * c)
    if cross > 0:
        cross = max(0.0, cross - (a + b + c + d) / 2)
    return cross / math.sqrt(margins)


def quantile(values: Sequence[float], q: float) -> float:
    """Return the smallest value that at least the share `q` of all does not exceed (nearest rank).

    Raises:
        ValueError: when there are no values, or unless 0 <= q <= 1.
    """
    if not values or not 0 <= q <= 1:
        raise ValueError(f"quantile {q} of {len(values)} values")
    return sorted(values)[max(0, math.ceil(q * len(values)) - 1)]
