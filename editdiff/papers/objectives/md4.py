"""MD4: Simplified and Generalized Masked Diffusion for Discrete Data (Shi et al. 2024, arXiv 2406.04329)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from editdiff.papers.objectives.base import Absorbing
from editdiff.papers.schedule import Linear, Schedule, Squeezed
from editdiff.papers.subs import of_token, subs
from editdiff.papers.times import draw_t, on_grid

SCHEDULE = Squeezed(Linear(), eps=1e-4)


@dataclass(frozen=True)
class MD4(Absorbing):
    """L = E_t E_q [ alpha'_t / (1 - alpha_t) sum_masked log mu(x_t)_x0 ], or the same of a chain of T steps (§3).

    In T steps the weight is T (alpha_s - alpha_t) / (1 - alpha_t), s = t - 1/T: the probability that a masked
    token is revealed in the step. It is written T expm1(gamma_t - gamma_s) alpha_s in the released code, with
    gamma = log(alpha / (1 - alpha)), the log signal-to-noise ratio.
    """

    mask_id: int
    schedule: Schedule = SCHEDULE
    steps: int | None = None
    """T; None for continuous time."""

    def times(self, x0: Tensor, generator: torch.Generator) -> Tensor:
        """Antithetic times [B, 1], on the chain's grid if there is one."""
        t = draw_t((len(x0), 1), generator, spread="antithetic").to(x0.device)
        return t if self.steps is None else on_grid(t, self.steps)

    def integrand(
        self, logits: Tensor, x0: Tensor, x_t: Tensor, masked: Tensor, t: Tensor
    ) -> Tensor:
        """Weighted cross-entropy of the masked places, nats [B, L]."""
        log_p = of_token(subs(logits, x_t, masked, self.mask_id), x0)  # [B, L], 0 where visible
        return self._weight(t) * log_p

    def _weight(self, t: Tensor) -> Tensor:
        alpha_t = self.schedule.alpha(t)
        if self.steps is None:
            return self.schedule.alpha_prime(t) / (1 - alpha_t)
        s = torch.round(t * self.steps - 1) / self.steps
        return self.steps * (alpha_t - self.schedule.alpha(s)) / (1 - alpha_t)
