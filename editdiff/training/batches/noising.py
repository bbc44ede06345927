"""The noise of a batch: a function of seed and step alone, drawn on the CPU, so the same on any device."""

from __future__ import annotations

import torch

from editdiff.tokens.base import Special
from editdiff.training.batches.corrupt import Corrupted, corrupt, low_discrepancy_t, with_drafts
from editdiff.training.batches.data import Batch
from editdiff.training.batches.recipe import Optimisation, Recipe


def generator(o: Optimisation, step: int) -> torch.Generator:
    """Randomness of one step."""
    return torch.Generator().manual_seed((o.seed << 32) + step)


def noisy_copies(batch: Batch, recipe: Recipe, special: Special, g: torch.Generator) -> Corrupted:
    """K noisy copies [B, K, L] of each canvas, without the model's own samples."""
    canvas = torch.from_numpy(batch.canvas)
    t = low_discrepancy_t(len(canvas), batch.copies, g)
    noisy = corrupt(canvas, t, special, recipe.noise, g)
    draft = torch.from_numpy(batch.draft)
    return with_drafts(noisy, draft, canvas, special, recipe.noise, g)


def shows_own_samples(o: Optimisation, step: int) -> bool:
    """Whether a step shows the model its own samples."""
    return o.own_samples_every > 0 and step % o.own_samples_every == o.own_samples_every - 1


def gumbel_argmax(logits: torch.Tensor, g: torch.Generator) -> torch.Tensor:
    """Draw from softmax of `logits` [..., V] in float64: float32 loses the unlikely tokens."""
    u = torch.rand(logits.shape, generator=g, device=logits.device, dtype=torch.float64)
    return (logits.double() - (-u.clamp_min(1e-300).log()).log()).argmax(-1)
