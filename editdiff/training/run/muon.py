"""Muon: momentum whose update is made orthogonal, for the hidden matrices.

Keller Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"; the step's size is matched to
AdamW's, 0.2 sqrt(max(out, in)) (Liu et al. 2025, "Muon is Scalable for LLM Training", eq. 4).

torch.optim.Muon always orthogonalises in bfloat16, which a CPU without such units emulates: here that took five
times as long as the rest of the step. This one computes in the weights' own precision on a CPU, and all
matrices of one shape at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""(a, b, c) of the quintic iteration x <- a x + b (x x^T) x + c (x x^T)^2 x, chosen for a steep start."""


class Muon(torch.optim.Optimizer):
    """Muon over matrices; the state of each is its `momentum_buffer`."""

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        iterations: int = 5,
    ) -> None:
        defaults = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum}
        super().__init__(params, defaults | {"iterations": iterations})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Move every matrix that has a gradient; there is no line search, so no closure."""
        for group in self.param_groups:
            shapes: dict[torch.Size, list[Tensor]] = {}
            for p in group["params"]:
                if p.grad is not None:
                    shapes.setdefault(p.shape, []).append(p)
            for shape, matrices in shapes.items():
                self._move(matrices, group, 0.2 * max(shape) ** 0.5)

    def _move(self, matrices: list[Tensor], group: dict[str, Any], size: float) -> None:
        for p in matrices:
            self.state[p].setdefault("momentum_buffer", torch.zeros_like(p))
        buffers = [self.state[p]["momentum_buffer"] for p in matrices]
        grads = [p.grad for p in matrices if p.grad is not None]
        torch._foreach_lerp_(buffers, grads, 1 - group["momentum"])
        ahead = torch._foreach_lerp(grads, buffers, group["momentum"])  # Nesterov's
        updates = orthogonalise(torch.stack(list(ahead)), group["iterations"])
        torch._foreach_mul_(matrices, 1 - group["lr"] * group["weight_decay"])
        torch._foreach_add_(matrices, list(updates.unbind()), alpha=-group["lr"] * size)


def orthogonalise(x: Tensor, iterations: int = 5) -> Tensor:
    """Matrices [N, out, in] with all singular values brought near 1, by Newton and Schulz's iteration."""
    a, b, c = COEFFICIENTS
    tall = x.shape[-2] > x.shape[-1]
    dtype = x.dtype
    x = x.mT if tall else x
    x = x.to(torch.bfloat16 if x.is_cuda else dtype)
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(iterations):
        s = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(s, s, s, beta=b, alpha=c), x, beta=a)
    return (x.mT if tall else x).to(dtype)
