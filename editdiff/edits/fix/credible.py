"""How credible a fix is: how much likelier it makes the text than doing nothing does, and than its rivals do.

Both are told by the network that reads on from left to right, over the changed lines and with both sides of them
seen. That a text is likelier than what stood there means the same wherever the change is, so fixes of all regions
stand in one list. What comes of it is no probability: that is fitted (`engines.confidence.FixCalibration`).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from editdiff.edits.fix.change import Change
from editdiff.edits.proposal import Proposal
from editdiff.edits.session import Session
from editdiff.engines.base import FixAssessor
from editdiff.text.keywords import keywords

MOST = 3
"""Fixes that are offered of a problem, where somebody chooses."""
CHOICE = 0.3
"""Share of what is wanted of all fixes together that each has to have where somebody chooses among them."""
FAR = 40.0
"""Largest number of nats that counts: what is so much likelier is no surer for being likelier still."""
ALONE = 10.0
"""Log-odds of a fix without rivals, and the largest of one that has some."""
_WORD = re.compile(r"[^\W\d]\w*")
SURE = 0.9
"""Probability of the best fix, from which on no other region is looked at."""


@dataclass(frozen=True)
class Way:
    """A fix that passes its checks, and what speaks for it."""

    proposal: Proposal
    gain: float
    """Nats by which it is likelier than what stands there."""
    worth: float
    """The same, the slip paid."""
    changed: int
    """Characters by which it differs."""
    written: bool
    """Whether the model wrote it, rather than the table of slips."""
    completes: bool
    """Whether it is the rest of a line that was broken off."""
    whole: bool
    """Whether it is one slip however much it changes: a line gone or moved, or the habit of another language."""
    rung: int
    """Which of the regions it is of, from 0."""
    lines: int
    """Of its region."""
    parses: bool
    """Whether nothing is wrong with the text then."""

    @cached_property
    def own(self) -> dict[str, float]:
        """Features that do not depend on other ways."""
        change = Change(self.proposal.before, self.proposal.after)
        return {
            "gain": max(-FAR, min(FAR, self.gain)),
            "changed": math.log1p(self.changed),
            "written": float(self.written),
            "completes": float(self.completes),
            "whole": float(self.whole),
            "strange": math.log1p(_strange(change)),
            "letters": float(any(map(str.isalnum, change.changed))),
            "white": float(change.changed.isspace()),
            "lines": math.log1p(self.lines),
            "parses": float(self.parses),
        }


@dataclass(frozen=True)
class Trust:
    """How likely right a fix has to be."""

    assessor: FixAssessor | None = None
    """Says how likely it is; None where nobody can: then the first region that has a fix decides."""
    named: float | None = None
    """Least confidence that the caller wants, 0 to 1; None for the assessor's floor."""
    together: bool = False
    """Whether several fixes are offered to choose from, and the first `MOST` are to be so likely together."""

    @classmethod
    def of(cls, session: Session, *, together: bool = False) -> Trust:
        """What a session asks for."""
        return cls(session.of_fixes, session.least, together)

    @property
    def least(self) -> float:
        """Least confidence of what is offered."""
        if self.named is not None or self.assessor is None:
            return self.named or 0.0
        return self.assessor.floor


UNTOLD = Trust()
"""Nobody says how likely a fix is right."""


def distinct(ways: Sequence[Way]) -> list[Way]:
    """Each text once, as it is worth most; the likeliest to be meant first."""
    first = dict[str, Way]()
    for way in sorted(ways, key=lambda way: -way.worth):
        first.setdefault(way.proposal.after.text, way)
    return [*first.values()]


def features(way: Way, ways: Sequence[Way]) -> dict[str, float]:
    """What the probability of one of some ways depends on; each text stands there once."""
    others = [other.worth for other in ways if other is not way]
    return {**way.own, "lead": lead(way.worth, others), "rivals": math.log(len(ways))}


def _strange(change: Change) -> int:
    """Words of the changed lines that stand nowhere else in the text: half a word is one."""
    text = change.after.text
    known = Counter(_WORD.findall(text))
    words = keywords(change.after.language)
    return sum(known[word] == 1 for word in _WORD.findall(change.new_text) if word not in words)


def probabilities(ways: Sequence[Way], assessor: FixAssessor, language: str) -> list[float]:
    """That each of the ways is the one that undoes what went wrong."""
    return [assessor.probability(features(way, ways), language) for way in ways]


def lead(worth: float, others: Sequence[float]) -> float:
    """Log-odds of what is worth so much among others, in nats."""
    if not others:
        return ALONE
    most = max(others)
    beside = most + math.log(sum(math.exp(other - most) for other in others))
    return max(-ALONE, min(ALONE, worth - beside))
