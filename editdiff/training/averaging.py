"""The averaged weights of a run, put into its network for a while."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn


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
