"""MDLM: Simple and Effective Masked Diffusion Language Models (Sahoo et al. 2024, arXiv 2406.07524)."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from editdiff.papers.objectives.base import Absorbing
from editdiff.papers.schedule import LogLinear, Schedule
from editdiff.papers.subs import of_token, subs

SCHEDULE = LogLinear(eps=1e-3)


@dataclass(frozen=True)
class MDLM(Absorbing):
    """L = E_t E_q [ alpha'_t / (1 - alpha_t) sum_i log <x_theta^i(z_t), x^i> ], continuous time (eq. 10 and 11).

    With the log-linear schedule the weight is 1/t, and (1 - eps) t of the tokens are masked.
    """

    mask_id: int
    schedule: Schedule = SCHEDULE

    def integrand(
        self, logits: Tensor, x0: Tensor, x_t: Tensor, masked: Tensor, t: Tensor
    ) -> Tensor:
        """Weighted cross-entropy of the masked places, nats [B, L]."""
        log_p = of_token(subs(logits, x_t, masked, self.mask_id), x0)  # [B, L], 0 where visible
        weight = self.schedule.alpha_prime(t) / (1 - self.schedule.alpha(t))  # [B, 1]
        return weight * log_p
