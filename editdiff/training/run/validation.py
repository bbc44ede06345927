"""Canvas cross-entropy on fixed gaps: what arms of an ablation, steps of a run and networks are compared by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from editdiff.families.canvas.transformer import CanvasTransformer
from editdiff.tokens.base import Special
from editdiff.training.batches.corrupt import Corrupted, Noise, corrupt
from editdiff.training.batches.data import Rows, collate
from editdiff.training.batches.loss import canvas_nll
from editdiff.training.batches.rowwise import given_of

LEVELS = (1.0, 0.5)
"""Share of masks at which every gap is asked: where a fill begins, and in its middle."""
PLACES = 32
"""Canvas of every gap, sentinel included; several gaps share it."""


@dataclass(frozen=True)
class CrossEntropy:
    """Mean negative log-likelihood of the masked tokens, nats, of each gap."""

    masked: NDArray[np.float64]
    """[N, levels] with masks alone."""
    wrong: NDArray[np.float64]
    """[N] half masked, every fifth visible token wrong: of the masked and the wrong ones."""


@torch.no_grad()
def cross_entropy(
    model: CanvasTransformer,
    rows: Rows,
    count: int,
    seed: int = 0,
    batch: int = 32,
) -> CrossEntropy:
    """Ask the first `count` rows at every level, with the same noise for every network."""
    special, device = rows.special, next(model.parameters()).device
    count = min(count, len(rows))
    order = np.argsort(rows.lengths[:count, 0], kind="stable")
    found = np.zeros((count, len(LEVELS) + 1))
    for first in range(0, count, batch):
        members = order[first : first + batch]
        laid = collate([rows[i] for i in members], PLACES, len(LEVELS) + 1, special)
        canvas = torch.from_numpy(laid.canvas)
        g = torch.Generator().manual_seed((seed << 32) + first)
        noisy = _noisy(canvas, special, g)
        noisy = Corrupted(*(x.to(device) for x in (noisy.ids, noisy.weight, noisy.masked)))
        given = given_of(laid, model.config.positions, (seed, first), device)
        found[members] = canvas_nll(model, given, noisy, special).double().cpu().numpy()
    return CrossEntropy(found[:, : len(LEVELS)], found[:, len(LEVELS)])


def _noisy(canvas: torch.Tensor, special: Special, g: torch.Generator) -> Corrupted:
    """Copies of masks alone at every level, and one of masks and wrong tokens."""
    clean = Noise(wrong_share=0.0, keep_weight=0.0)
    junk = Noise(wrong_share=1.0, wrong_rate=0.2, keep_weight=0.0)
    t = torch.tensor(LEVELS).expand(len(canvas), -1)
    masked = corrupt(canvas, t, special, clean, g)
    halves = torch.full((len(canvas), 2), 0.5)  # the first copy never gets wrong tokens
    wrong = corrupt(canvas, halves, special, junk, g)
    pairs = (
        torch.cat((a, b[:, 1:]), 1)
        for a, b in (
            (masked.ids, wrong.ids), (masked.weight, wrong.weight), (masked.masked, wrong.masked),
        )
    )  # fmt: skip
    return Corrupted(*pairs)
