"""The averaged weights of a run: how they follow the network's, and how the network borrows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn


@torch.no_grad()
def follow(averaged: Mapping[str, Tensor], model: nn.Module, decay: float, step: int) -> None:
    """Exponential moving average in place, with a warm-up of its own: the first steps do not stay in it."""
    decay = min(decay, (1 + step) / (10 + step))
    names, current = zip(*model.named_parameters(), strict=True)
    torch._foreach_lerp_([averaged[n] for n in names], [p.data for p in current], 1 - decay)


@contextmanager
def put_for_now(model: nn.Module, weights: Mapping[str, Tensor]) -> Iterator[None]:
    """Give a network other weights, by parameter name, until the block ends."""
    current = {n: p.detach().clone() for n, p in model.named_parameters()}
    try:
        put(model, weights)
        yield
    finally:
        put(model, current)


@torch.no_grad()
def put(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Give a network weights, by parameter name."""
    for name, p in model.named_parameters():
        p.copy_(weights[name])
