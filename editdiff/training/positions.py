"""Positions in document order: the alternative to cache order, for the ablation that decides between them.

In cache order a token's position is its index: the text after a gap comes first, the canvas last. In document
order every section has the place that it has in the file, and each gap keeps a reserve of positions, drawn at
random because the length of what is hidden is not known:

    path, <old>, <ask> | text before | reserve of a gap | text between | reserve of the last gap | <tail> <suf>
"""

from __future__ import annotations

import numpy as np

from editdiff.tokens.canvas import IntArray
from editdiff.tokens.tokenizer import Special

RESERVES = (8, 96)
"""Positions kept free at a gap: drawn evenly from this range, at least the canvas places that the gap has."""


def document_positions(
    context: IntArray, canvas: IntArray, special: Special, rng: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """Positions of `context` [C] without padding and of `canvas` [L], in document order."""
    sections = _sections(context, special)
    which = np.cumsum(np.isin(canvas, special.gaps)) - 1  # [L] gap of each place
    sizes = np.bincount(which)
    reserves = np.maximum(rng.integers(*RESERVES, size=len(sizes), endpoint=True), sizes)
    at = np.zeros(len(context), dtype=np.int64)
    starts, n, gap = [], 0, 0
    for i in sections:
        at[i] = n
        n += 1
        if context[i] in special.gaps or context[i] == special.fill:
            starts.append(n)
            n += int(reserves[gap])
            gap += 1
    first = np.concatenate(([0], np.cumsum(sizes)))[which]
    return at, np.array(starts)[which] + np.arange(len(canvas)) - first


def _sections(context: IntArray, special: Special) -> IntArray:
    """Indices of the context in document order."""
    index = np.arange(len(context))
    suffix, pre, tail, fill = (
        int(np.flatnonzero(context == mark)[0])
        for mark in (special.suf, special.pre, special.tail, special.fill)
    )
    told = [i for i in (special.old, special.ask) if (context[:pre] == i).any()]
    end = min([pre, *(int(np.flatnonzero(context == i)[0]) for i in told)])
    head, after, shown = index[:suffix], index[suffix:end], index[end:pre]
    return np.concatenate((head, shown, index[pre:tail], [fill], index[tail:fill], after))
