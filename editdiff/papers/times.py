"""How times t are drawn for a batch.

One estimate of a bound has the variance of its t; a batch whose times are spread evenly over the interval has
less of it (VDM, arXiv 2107.00630). Here every single time is also uniform over the interval by itself,
so that the estimate of each text is unbiased, and not only that of a shuffled batch: strata are dealt out at
random.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

Spread = Literal["antithetic", "stratified", "independent"]
"""`antithetic`: one draw, the others at even distances from it, modulo 1 (VDM, MD4); `stratified`: one draw in each
of n even strata (MDLM, BD3-LM); `independent`: no spreading."""


def draw_t(
    shape: tuple[int, ...],
    generator: torch.Generator,
    *,
    low: float = 0.0,
    high: float = 1.0,
    spread: Spread = "stratified",
) -> Tensor:
    """Times of `shape` in (low, high], float64, spread over all of them; on the generator's device.

    `low` and `high` are BD3-LM's clipped interval (arXiv 2503.09573, §5). Both 1: every token masked.
    """
    n = math.prod(shape)
    device = generator.device
    if spread == "antithetic":
        start = torch.rand(1, generator=generator, device=device, dtype=torch.float64)
        u = (start + torch.arange(n, device=device) / n) % 1.0
    else:
        u = torch.rand(n, generator=generator, device=device, dtype=torch.float64)
        if spread == "stratified":
            u = (torch.randperm(n, generator=generator, device=device) + u) / n
    return high - (high - low) * u.view(shape)


def on_grid(t: Tensor, steps: int) -> Tensor:
    """Times (0, 1] moved up to the grid 1/T, 2/T … 1 of a chain of `steps` = T."""
    return torch.ceil(t * steps).clamp(1, steps) / steps
