"""Near-duplicates among texts: MinHash finds candidates, the Jaccard index of the shingles decides.

Broder, "On the resemblance and containment of documents", 1997: the share of equal minima of random hashes
estimates the Jaccard index of two sets. Bands of minima as keys of buckets: Leskovec, Rajaraman, Ullman,
"Mining of Massive Datasets", §3.4. By hand, as it finds the pairs of datasketch in half the time: docs/log.md.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
TOKEN = re.compile(r"\w+|[^\w\s]")
"""Lexical tokens; white space does not count."""
SHINGLE = 5
"""Tokens of a shingle."""
THRESHOLD = 0.7
"""Jaccard index from which on two texts are near-duplicates."""
BANDS, ROWS = 32, 4
"""A pair at the threshold becomes a candidate with probability 1 - (1 - 0.7^4)^32 = 0.9998."""
SEED = 1997


@dataclass(frozen=True)
class Duplicate:
    """A text that is dropped, and the text that stays instead."""

    dropped: int
    kept: int
    similarity: float
    """Jaccard index of their sets of shingles."""


class _TokenHashes(dict[str, int]):
    """64-bit hash of each token, the same in every process."""

    def __missing__(self, token: str) -> int:
        self[token] = value = int.from_bytes(
            blake2b(token.encode(), digest_size=8).digest(), "little"
        )
        return value


def find_duplicates(texts: Sequence[str], threshold: float = THRESHOLD) -> list[Duplicate]:
    """Texts that nearly equal one before them: who stands earlier is kept.

    A text is compared with kept ones only, so that a chain of small changes does not drop its far end.
    """
    tokens = _TokenHashes()
    sets = [shingles(text, tokens) for text in texts]
    buckets: dict[bytes, list[int]] = defaultdict(list)
    duplicates = []
    for i, own in enumerate(sets):
        keys = list(_bands(own)) if len(own) else []
        candidates = sorted(set(chain.from_iterable(buckets.get(key, ()) for key in keys)))
        similar = [(jaccard(own, sets[j]), -j) for j in candidates]
        best, j = max(similar, default=(0.0, 0))
        if best >= threshold:
            duplicates.append(Duplicate(i, -j, best))
            continue
        for key in keys:
            buckets[key].append(i)
    return duplicates


def shingles(text: str, tokens: dict[str, int] | None = None) -> Hashes:
    """Sorted distinct hashes [S] of all runs of `SHINGLE` tokens; of a shorter text its one run."""
    lookup = _TokenHashes() if tokens is None else tokens
    ids = np.array([lookup[token] for token in TOKEN.findall(text)], dtype=np.uint64)
    width = min(SHINGLE, len(ids))
    if not width:
        return ids
    mixed = np.zeros(len(ids) - width + 1, dtype=np.uint64)
    for k in range(width):
        mixed = _mix(mixed + ids[k : k + len(mixed)])
    return np.unique(mixed)


def jaccard(a: Hashes, b: Hashes) -> float:
    """Size of the intersection over that of the union, of sorted distinct hashes."""
    if not len(a) or not len(b):
        return 0.0
    common = len(np.intersect1d(a, b, assume_unique=True))
    return common / (len(a) + len(b) - common)


def _bands(own: Hashes) -> Iterator[bytes]:
    """Bucket keys of a set: its minima under random permutations, `ROWS` to a band.

    The hashes are mixed already: multiplied by an odd number they are permuted well enough.
    """
    minima = np.array([(own * factor).min() for factor in _FACTORS])
    for band, rows in enumerate(minima.reshape(BANDS, ROWS)):
        yield band.to_bytes(1, "little") + rows.tobytes()


def _mix(x: Hashes) -> Hashes:
    """Bijection of 64 bits that leaves no pattern: the finaliser of splitmix64."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


_FACTORS = np.random.default_rng(SEED).integers(
    0, 2**64, BANDS * ROWS, dtype=np.uint64
) | np.uint64(1)
