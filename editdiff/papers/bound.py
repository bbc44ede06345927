"""Likelihood bounds of texts: nats with their standard error, bits per byte.

Two estimators of the bound of masked diffusion: over the time, by any objective; and
over the number of masks, which does the integral over the time exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from editdiff.papers.objectives.base import Objective
from editdiff.papers.objectives.llada import LLaDA
from editdiff.papers.predictor import Predictor


@dataclass(frozen=True)
class Bound:
    """Upper bounds of -log p(x) of some texts."""

    nats: Tensor
    """[B], the mean of the draws."""
    standard_error: Tensor
    """[B] of that mean, nats, as of independent draws: their times are spread evenly, so that it is less."""
    draws: int
    """Draws a text."""

    def total(self) -> tuple[float, float]:
        """The sum over the texts and its standard error, nats."""
        return float(self.nats.sum()), float(self.standard_error.square().sum().sqrt())

    def bits_per_byte(self, n_bytes: int) -> tuple[float, float]:
        """The sum and its standard error, given the length of all texts in bytes."""
        nats, error = self.total()
        return bits_per_byte(nats, n_bytes), bits_per_byte(error, n_bytes)


def bits_per_byte(nats: float, n_bytes: int) -> float:
    """Nats of a text of `n_bytes` bytes, in bits per byte."""
    return nats / math.log(2) / n_bytes


@torch.no_grad()
def estimate(
    objective: Objective,
    model: Predictor,
    x0: Tensor,
    generator: torch.Generator,
    *,
    draws: int = 128,
    at_once: int = 64,
    answer: Tensor | None = None,
) -> Bound:
    """The objective's bound of the texts `x0` [B, L] from `draws` estimates each, `at_once` rows in one forward.

    Raises:
        ValueError: fewer than two draws, which have no standard error.
    """
    if draws < 2:
        raise ValueError(f"a standard error takes two draws, not {draws}")
    row = torch.arange(len(x0), device=x0.device).repeat(draws)  # every text once, then again
    nats = [
        objective.nelbo(model, x0[i], generator, answer=None if answer is None else answer[i])
        for i in torch.split(row, at_once)
    ]
    per_draw = torch.cat(nats).double().view(draws, len(x0))
    return Bound(per_draw.mean(0), per_draw.std(0) / math.sqrt(draws), draws)


def any_order(
    model: Predictor,
    x0: Tensor,
    mask_id: int,
    generator: torch.Generator,
    *,
    draws: int = 128,
    at_once: int = 64,
    answer: Tensor | None = None,
) -> Bound:
    """The bound of a masked diffusion model by the number of masks (LLaDA, arXiv 2502.09992, eq. 6)."""
    objective = LLaDA(mask_id)
    return estimate(objective, model, x0, generator, draws=draws, at_once=at_once, answer=answer)
