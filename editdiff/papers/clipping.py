"""BD3-LM's clipped schedules, found from data: the interval of times whose estimates vary least.

At small t few tokens are masked and weigh much, near t = 1 nothing is visible to learn from; at which times a
network learns most evenly depends on the block size, so it is measured now and then in training (arXiv
2503.09573, §5). Training in an interval is no bound; the bound is always the full interval's.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from editdiff.papers.blocks import block_of
from editdiff.papers.objectives.bd3lm import BD3LM
from editdiff.papers.predictor import Predictor

Interval = tuple[float, float]
LOWEST = 1e-3
WIDTHS = (0.5, 0.6, 0.7, 0.8, 0.9)
STEP = 0.05


def grid() -> list[Interval]:
    """Intervals of the widths .5 … .9, slid by .05 over (1e-3, 1], and the full one."""
    slid = [
        (max(LOWEST, round(i * STEP, 2)), round(i * STEP + width, 2))
        for width in WIDTHS
        for i in range(round((1 - width) / STEP) + 1)
    ]
    return [*slid, (LOWEST, 1.0)]


@torch.no_grad()
def variances(
    objective: BD3LM,
    model: Predictor,
    batches: Sequence[Tensor],
    generator: torch.Generator,
    intervals: Sequence[Interval] | None = None,
) -> dict[Interval, float]:
    """For each interval the variance, over the blocks of `batches` ([B, L] each), of a block's estimate a token.

    The estimates are those that training would use in that interval, `objective.resample` included; nats squared.
    """
    return {
        interval: float(
            torch.cat(
                [_per_block(objective, model, x0, generator, interval) for x0 in batches]
            ).var()
        )
        for interval in (grid() if intervals is None else intervals)
    }


def least_varying(measured: dict[Interval, float]) -> Interval:
    """The interval of the lowest variance; of equal ones the first."""
    return min(measured, key=measured.__getitem__)


def _per_block(
    objective: BD3LM, model: Predictor, x0: Tensor, generator: torch.Generator, interval: Interval
) -> Tensor:
    """Mean over each block's tokens, nats [B * blocks]."""
    nats = objective.clipped(model, x0, generator, interval)  # [B, L]
    block = block_of(x0.shape[1], objective.block_size, x0.device)
    of = torch.nn.functional.one_hot(block).to(nats.dtype)  # [L, blocks]
    return (nats @ (of / of.sum(0))).flatten()
