"""LLaDA: Large Language Diffusion Models (Nie et al. 2025, arXiv 2502.09992)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from editdiff.papers.absorb import absorb, absorb_exactly, draw, places
from editdiff.papers.objectives.base import Objective
from editdiff.papers.predictor import Predictor
from editdiff.papers.subs import of_token, subs
from editdiff.papers.times import draw_t


@dataclass(frozen=True)
class LLaDA(Objective):
    """Trained with the cross-entropy of the masks over their probability (eq. 3 and 5), judged by counting masks.

    The bound is E_k (n / k) sum_masked -log p(x^i | x_k) with k ~ U{1 … n} of the n answer tokens masked (eq. 6):
    the integral over t of MDLM done exactly, and so the same for every schedule and of a lower variance.
    """

    mask_id: int
    eps: float = 1e-3
    """The mask's probability in training is (1 - eps) t + eps."""
    short: float = 0.01
    """Share of the batches of pre-training (no answer given) that are cut to a random length."""

    def nelbo(
        self,
        model: Predictor,
        x0: Tensor,
        generator: torch.Generator,
        *,
        answer: Tensor | None = None,
    ) -> Tensor:
        """The any-order estimate, nats [B]."""
        n = places(x0, answer).sum(-1)  # [B]
        k = torch.floor(draw(n, generator) * n) + 1
        x_t, masked = absorb_exactly(x0, k, self.mask_id, generator, answer)
        return n / k * self._cross_entropy(model, x0, x_t, masked).sum(-1)

    def loss(
        self,
        model: Predictor,
        x0: Tensor,
        generator: torch.Generator,
        *,
        answer: Tensor | None = None,
    ) -> Tensor:
        """Nats a token, [], each answer divided by its own length: a short one counts as much as a long one.

        Whoever pads answers with the end token makes those tokens part of the answer.
        """
        if answer is None:
            x0 = self._cut(x0, generator)
        t = draw_t((len(x0), 1), generator).to(x0.device)
        p_mask = (1 - self.eps) * t + self.eps  # [B, 1]
        x_t, masked = absorb(x0, 1 - p_mask, self.mask_id, generator, answer)
        nats = (self._cross_entropy(model, x0, x_t, masked) / p_mask).sum(-1)
        return (nats / places(x0, answer).sum(-1).clamp_min(1)).mean()

    def _cross_entropy(self, model: Predictor, x0: Tensor, x_t: Tensor, masked: Tensor) -> Tensor:
        """Cross-entropy of the masked places, nats [B, L]."""
        return -of_token(subs(model(x_t), x_t, masked, self.mask_id), x0)

    def _cut(self, x0: Tensor, generator: torch.Generator) -> Tensor:
        u, length = torch.rand(2, generator=generator, device=generator.device).tolist()
        return x0[:, : 1 + int(length * x0.shape[1])] if u < self.short else x0
