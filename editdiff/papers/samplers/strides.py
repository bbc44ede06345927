"""Text of any length from a network that was made for one: MDLM's semi-autoregressive decoding.

After each canvas of L places its last L - stride tokens are given to the next one as its beginning, and the rest of
that is masked (Sahoo et al., arXiv 2406.07524). Nothing is kept encoded: the network sees all L places in both
directions.
"""

from __future__ import annotations

import numpy as np

from editdiff.denoise.commit import require
from editdiff.denoise.loop import Propose, TimedPropose
from editdiff.papers.samplers.sampling import Sampling, sampled, text_canvas
from editdiff.tokens.base import IntArray, Special


def by_strides(
    propose: Propose | TimedPropose,
    drafts: int,
    length: int,
    stride: int,
    canvases: int,
    how: Sampling,
    special: Special,
    seed: int = 0,
) -> IntArray:
    """Write `drafts` texts of length + (canvases - 1) * stride tokens; ids [B, n]."""
    require(1 <= stride <= length, "stride", f"from 1 to the length of {length}", stride)
    require(canvases >= 1, "canvases", "a number of canvases, at least 1", canvases)
    seeds = np.random.SeedSequence(seed).generate_state(canvases, np.uint64).tolist()
    text = sampled(propose, text_canvas(special, drafts, length), how, seeds[0]).ids
    for canvas_seed in seeds[1:]:
        known = text[:, text.shape[1] - (length - stride) :]
        canvas = text_canvas(special, drafts, length, known)
        new = sampled(propose, canvas, how, canvas_seed).ids[:, length - stride :]
        text = np.concatenate([text, new], axis=1)
    return text
