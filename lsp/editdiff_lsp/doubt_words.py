"""What is said of a doubtful place, in words for the pointer that rests on it."""

from __future__ import annotations

import re

from editdiff.engines.base import Doubt
from editdiff.text.printable import printable

_SIGNS = str.maketrans({"\n": "⏎", "\t": "⇥"})
LIKELY = 0.5
"""From which probability on a place is likelier wrong than right."""
OFTEN = 0.25
"""From which probability on tenths tell it better than one in a number."""


def markdown(text: str, doubt: Doubt, *, calibrated: bool) -> str:
    """How doubtful a place with this text is, and what the model would rather write there."""
    said = f"editdiff: {code(text)}: {likelihood(doubt.probability, calibrated=calibrated)}"
    if not doubt.alternatives:
        return said
    offers = "\n".join(f"- {code(offer)}" for offer in doubt.alternatives)
    return f"{said}\n\nThe model would rather read:\n\n{offers}"


def likelihood(probability: float, *, calibrated: bool) -> str:
    """A probability in words; where it was not measured, only that there is a doubt."""
    if not calibrated:
        return "doubtful; how often such a place is wrong was not measured"
    percent = f"{100 * probability:.0f} %"
    if probability >= LIKELY:
        return f"likelier wrong than right ({percent})"
    if probability >= OFTEN:
        return f"about {10 * probability:.0f} in 10 such places are wrong ({percent})"
    return f"about 1 in {1 / max(probability, 0.001):.0f} such places is wrong ({percent})"


def code(text: str) -> str:
    """A text as code in Markdown, its white space at both ends apart; of nothing but white space, all of it."""
    shown = printable(text.strip() or text).translate(_SIGNS)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    room = " " * (len(fence) > 1)
    return f"{fence}{room}{shown}{room}{fence}"
