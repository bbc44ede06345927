"""Batches as one grid of padded rows: the form for a CPU.

Every row of `Given` is context, K noisy copies, clean copy, side by side; attention is a dense mask.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from editdiff.families.canvas.transformer import CanvasTransformer
from editdiff.prompt.positions import Order
from editdiff.tokens.base import Special
from editdiff.training.batches.corrupt import Corrupted, with_own_samples
from editdiff.training.batches.data import Batch
from editdiff.training.batches.loss import Given, Losses, lay_out, losses
from editdiff.training.batches.noising import (
    generator,
    gumbel_argmax,
    noisy_copies,
    shows_own_samples,
)
from editdiff.training.batches.positions import draw_positions
from editdiff.training.batches.recipe import Recipe


@dataclass(frozen=True)
class Grid:
    """One step's rows and their noise, on the CPU."""

    step: int
    batch: Batch
    noisy: Corrupted
    g: torch.Generator
    """Randomness that is left for the step."""

    @property
    def tokens(self) -> int:
        """Positions, padding included."""
        return self.batch.context.size + self.noisy.ids.numel() + self.batch.clean.size

    @property
    def asked(self) -> int:
        """Places whose token is asked, roughly: canvas places, and half of the others."""
        return self.canvas_targets + (self.batch.context.size + self.batch.clean.size) // 2

    @property
    def canvas_targets(self) -> int:
        """Canvas places that are asked."""
        return int((self.noisy.weight > 0).sum())


class Rowwise:
    """Noise and losses of padded rows."""

    def __init__(self, recipe: Recipe, special: Special, device: torch.device) -> None:
        self.recipe, self.special, self.device = recipe, special, device

    def prepare(self, batch: Batch, step: int) -> Grid:
        """Draw the noise of one step."""
        g = generator(self.recipe.optim, step)
        return Grid(step, batch, noisy_copies(batch, self.recipe, self.special, g), g)

    def losses(self, model: CanvasTransformer, grid: Grid) -> Losses:
        """Both losses; some steps show the model its own samples."""
        o, noisy = self.recipe.optim, grid.noisy
        order, seed = self.recipe.network.positions, (o.seed, grid.step)
        given = given_of(grid.batch, order, seed, self.device)
        if shows_own_samples(o, grid.step):
            canvas = torch.from_numpy(grid.batch.canvas)
            samples = self._samples(model, given, noisy, grid.step)
            noisy = with_own_samples(
                noisy, samples, canvas, o.own_samples_rate, self.special, grid.g
            )
        noisy = Corrupted(*(x.to(self.device) for x in (noisy.ids, noisy.weight, noisy.masked)))
        return losses(model, given, noisy, self.special, o.context_stride)

    @torch.no_grad()
    def _samples(
        self, model: CanvasTransformer, given: Given, noisy: Corrupted, step: int
    ) -> Tensor:
        """The model's own token [B, K, L] at every place, without copying."""
        row = lay_out(given, noisy.ids.to(self.device))
        h, _ = model.trunk(row.ids, row.is_canvas, row.positions, row.mask)
        states = h[:, given.context.shape[1] : -given.clean.shape[1]]
        g = torch.Generator(self.device).manual_seed(step)
        rows = [gumbel_argmax(model.logits(state), g) for state in states]  # [K L, V] each
        return torch.stack(rows).view(noisy.ids.shape).cpu()


def given_of(batch: Batch, order: Order, seed: tuple[int, int], device: torch.device) -> Given:
    """The batch as tensors; the reserves of document order depend on `seed` alone."""
    arrays = [batch.context, batch.context_length, batch.canvas, batch.clean]
    tensors = [torch.from_numpy(a).to(device) for a in arrays]
    drawn = draw_positions(batch, order, seed)
    at = (torch.from_numpy(a).to(device) for a in drawn)
    return Given(tensors[0], tensors[1], tensors[2], tensors[3], *at)
