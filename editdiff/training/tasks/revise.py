"""In-place revision: the canvas starts from text with a few wrong tokens, not from masks.

Every target stands at its own place, so a fault may not change the number of tokens. The tokenizer is not
known here: only faults are made that tend to keep it (a digit for a digit, an operator for one as long, a name
for one of like shape), and `make_row` leaves a draft out whose number of tokens differs all the same.
"""

from __future__ import annotations

import re

import numpy as np

from editdiff.text.edit import TextEdit
from editdiff.text.span import Span
from editdiff.training.tasks.example import Example
from editdiff.training.tasks.faults import KINDS, LINES_TRIED, Site, attempt, draw, read
from editdiff.training.tasks.repair import apart, faulty

SUBSTITUTIONS = (
    "comparison",
    "arithmetic",
    "augmented",
    "boolean",
    "operands",
    "number",
    "constant",
    "arguments",
    "variable",
    "attribute",
    "opposite",
    "exception",
)
"""The faults that put one token for another, or swap two."""
IN_PLACE = tuple(kind for kind in KINDS if kind.name in SUBSTITUTIONS)
TWO_LINES_SHARE = 0.4
PARTS = re.compile(r"\w+|\s+|[^\w\s]+")
FAULTS = (0.5, 0.3, 0.2)
"""Shares of one, two and three faults."""


def revise(text: str, path: str, rng: np.random.Generator) -> Example | None:
    """One or two lines whose draft has one to three wrong tokens."""
    source = read(text)
    if source is None:
        return None
    wanted = int(rng.choice((1, 2, 3), p=FAULTS))
    for _ in range(LINES_TRIED):
        site = source.draw(rng)
        sites, gap = [site], site.content
        after = source.after(site.line)
        if after and after.slice(text).strip() and rng.random() < TWO_LINES_SHARE:
            sites.append(source.site(after))
            gap = Span(gap.start, after.end)
        edits = _substitutions(sites, wanted, rng)
        if edits:
            return Example("revise", text, (gap,), path, draft=faulty(text, gap, edits))
    return None


def _substitutions(sites: list[Site], wanted: int, rng: np.random.Generator) -> list[TextEdit]:
    """Up to `wanted` faults that do not meet; none where no line has room for any."""
    edits: list[TextEdit] = []
    for _ in range(4 * wanted):
        site = sites[int(rng.integers(len(sites)))]
        edit = attempt(draw(IN_PLACE, rng), site, rng)
        fits = edit and alike(edit.span.slice(site.source.text), edit.text)
        if edit and fits and apart(edit, edits):
            edits.append(edit)
        if len(edits) == wanted:
            break
    return edits


def alike(old: str, new: str) -> bool:
    """Whether two texts are likely to have as many tokens: as many digits, parts of a name or signs."""
    if old.isidentifier() and new.isidentifier():
        same_parts = old.count("_") == new.count("_") and old.islower() == new.islower()
        return same_parts and abs(len(old) - len(new)) <= 2
    olds, news = PARTS.findall(old), PARTS.findall(new)
    differ = sum(a != b for a, b in zip(olds, news, strict=False))
    return len(old) == len(new) and len(olds) == len(news) and differ <= 2
