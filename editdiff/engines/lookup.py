"""Lookup: what stood in a place like this one elsewhere in the text.

Most files repeat themselves: of five held-out packages more than a fifth of the lines stand somewhere else in
their file, where a model with a short context cannot see them. A candidate begins behind what also stands
before the gap and ends before what also stands after it; how much of either agrees says how good it is
(prompt lookup decoding, Saxena 2023, and REST, arXiv 2311.08252, do so from the left alone).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from editdiff.tokens.base import IntArray

LONGEST = 256
"""Most code points that are compared on either side."""
REACH = 400
"""Longest candidate, in code points."""
NEAR = 200_000
"""Code points on either side of the gap that are searched."""
STARTS = 64
"""Most beginnings of candidates on either side of the gap, those where most agrees."""
MOST = 4
"""Most candidates."""
BIAS, WEIGHTS = -4.391, (0.994, 0.578, 0.031, 0.703, -0.438)
"""Logistic regression on `Candidate.features`: `editdiff eval lookup` fits it on packages that are not held out."""
_BLANK = tuple(map(ord, " \t\n"))
Codes = NDArray[np.uint32]


@dataclass(frozen=True)
class Candidate:
    """A text that stood between the same things."""

    text: str
    left: int
    """Code points before the gap that agree, white space not counted."""
    right: int
    """The same after it."""
    count: int = 1
    """Places where it stands so."""

    @property
    def features(self) -> tuple[float, ...]:
        """What its probability depends on."""
        left, right = math.log1p(self.left), math.log1p(self.right)
        length = math.log1p(len(self.text.strip()))
        return left, right, min(left, right), math.log(self.count), length

    @property
    def probability(self) -> float:
        """How often one like it is right, 0 to 1."""
        log_odds = BIAS + sum(w * x for w, x in zip(WEIGHTS, self.features, strict=True))
        return 1 / (1 + math.exp(-log_odds))


def look_up(before: str, after: str) -> list[Candidate]:
    """Candidates for the gap between two texts, the likeliest first; none is blank."""
    before, after = before[-NEAR:], after[:NEAR]
    here, there = _codes(before), _codes(after)
    end = there if len(there) else _codes("\n")  # a gap at the end of the text ends with its line
    solid_left, solid_right = _count(here[::-1]), _count(end)
    found: dict[str, Candidate] = {}
    for part, text in ((here, before), (there, after)):
        left, right = _agreement(part, here[::-1], -1), _agreement(part, end, 1)
        if part is here:
            left[len(part)] = 0  # the gap itself
        else:
            right[0] = 0
        for new in _candidates(text, solid_left[left], right, solid_right):
            old = found.get(new.text)
            best = max(old or new, new, key=lambda c: c.left + c.right)
            found[new.text] = replace(best, count=1 + (old.count if old else 0))
    return sorted(found.values(), key=lambda c: c.probability, reverse=True)[:MOST]


def _codes(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def _agreement(part: Codes, key: Codes, step: int) -> IntArray:
    """[N + 1] code points of `key`, in order, that follow each place of `part`: to the right, or to the left."""
    agree = np.zeros(len(part) + 1, dtype=np.int64)
    if not len(key):
        return agree
    at = np.flatnonzero(part == key[0])
    for n, code in enumerate(key[1:LONGEST], 1):
        agree[at if step > 0 else at + 1] = n
        next_ = at + step * n
        inside = (next_ >= 0) & (next_ < len(part))
        at = at[inside][part[next_[inside]] == code]
        if not len(at):
            return agree
    agree[at if step > 0 else at + 1] = min(LONGEST, len(key))
    return agree


def _count(key: Codes) -> IntArray:
    """[LONGEST + 1] of the first n code points of `key`, those that are no white space."""
    solid = ~np.isin(key[:LONGEST], _BLANK)
    return np.concatenate(([0], np.cumsum(solid)))


def _candidates(text: str, left: IntArray, right: IntArray, solid: IntArray) -> list[Candidate]:
    """From the best beginnings each to the end within reach where most agrees, the first of equals."""
    starts = np.flatnonzero(left)
    best = starts[np.argsort(-left[starts], kind="stable")[:STARTS]]
    found = []
    for start in best.tolist():
        ends = right[start + 1 : start + 1 + REACH]
        if not ends.any():
            continue
        end = start + 1 + int(np.argmax(2 * solid[ends] + (ends > 0)))
        if text[start:end].strip():
            found.append(Candidate(text[start:end], int(left[start]), int(solid[right[end]])))
    return found
