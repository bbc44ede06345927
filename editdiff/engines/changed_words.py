"""What a rewritten text has lost, beside what was asked for: a small model leaves things out.

Words are names and parts of strings; keywords and signs come and go with every change of form.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import NamedTuple

_WORD = re.compile(r"[^\W\d]\w+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_REMOVES = re.compile(
    r"\b(?:remov|drop|delet|strip|without|no\b|get rid|off\b|short|merg|inlin|simplif|comprehension|omit|unneeded"
    r"|redundan|less|cut)",
    re.I,
)
"""In an instruction by which something may go."""
_KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        "if else elif for while return in not and or is def class with as try except finally import from None True "
        "False pass lambda yield async await del global raise assert function const let var null true false then "
        "fi do done end func fn",
    )
)


class ChangedWords(NamedTuple):
    """All of them 0 where nothing is lost."""

    lost: float
    """log(1 + words that are gone, and of which the instruction does not speak); 0 where something is to go."""
    shorter: float
    """By how much the text is shorter, as the logarithm of the ratio; 0 where it is not."""
    numbers: float
    """1 where a number is gone."""

    @classmethod
    def of(cls, old: str, new: str, ask: str) -> ChangedWords:
        """Compare two texts."""
        before, after = _words(old), _words(new)
        asked = {word.lower() for word in _WORD.findall(ask)}
        lost = [word for word in before if word not in after and word.lower() not in asked]
        ratio = (len(old.strip()) + 1) / (len(new.strip()) + 1)
        numbers = Counter(_NUMBER.findall(old)) - Counter(_NUMBER.findall(new))
        return cls(
            0.0 if _REMOVES.search(ask) else math.log1p(len(lost)),
            max(0.0, math.log(ratio)),
            float(bool(numbers)),
        )


def _words(text: str) -> set[str]:
    return {word for word in _WORD.findall(text) if word not in _KEYWORDS}
