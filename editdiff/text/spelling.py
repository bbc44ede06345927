"""Words that a slip of the finger makes of one another."""

from __future__ import annotations

from editdiff.text.diff import common_ends


def one_slip_apart(word: str, other: str) -> bool:
    """Whether one slip makes one word of the other: a letter missing, doubled or wrong, or two of them swapped.

    Words of a single letter are no slip of anything.
    """
    if word == other or abs(len(word) - len(other)) > 1 or min(len(word), len(other)) < 2:
        return False
    head, tail = common_ends(word, other)
    a, b = word[head : len(word) - tail], other[head : len(other) - tail]
    return max(len(a), len(b)) <= 1 or (len(a) == len(b) == 2 and a == b[::-1])
