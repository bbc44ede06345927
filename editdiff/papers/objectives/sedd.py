"""SEDD with an absorbing state: score entropy discrete diffusion (Lou et al. 2024, arXiv 2310.16834).

The paper: Discrete Diffusion Modeling by Estimating the Ratios of the Data Distribution.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from editdiff.papers.objectives.base import Absorbing
from editdiff.papers.schedule import LogLinear, Schedule
from editdiff.papers.subs import of_token, wide

SCHEDULE = LogLinear(eps=1e-3)


@dataclass(frozen=True)
class SEDD(Absorbing):
    """L = E_t E_q sigma' [ sum_y s(y) - r log s(x_0) + r (log r - 1) ] at every mask, r = 1 / expm1(sigma).

    Diffusion-weighted denoising score entropy (§3.3). s(y) estimates the ratio p_t(y) / p_t(mask), which is r at
    x_0 and 0 elsewhere if x_0 is known; log s = logits - log expm1(sigma) - log(V - 1) as in the released code,
    so that the network need not learn how scores grow as sigma falls. s is not normalised: with s = r p it is
    MDLM.
    """

    mask_id: int
    schedule: Schedule = SCHEDULE

    def integrand(
        self, logits: Tensor, x0: Tensor, x_t: Tensor, masked: Tensor, t: Tensor
    ) -> Tensor:
        """Weighted score entropy of the masked places, nats [B, L]."""
        alpha = self.schedule.alpha(t)
        sigma_prime = -self.schedule.alpha_prime(t) / alpha  # [B, 1]
        r = alpha / (1 - alpha)
        log_score = self.log_score(logits, t)  # [B, L, V]
        entropy = log_score.exp().sum(-1) - r * of_token(log_score, x0) + r * (torch.log(r) - 1)
        return torch.where(masked, sigma_prime * entropy, 0.0)

    def log_score(self, logits: Tensor, t: Tensor) -> Tensor:
        """The log-scores [B, L, V] of masked places at `t` [B, 1 or L]; the mask's own is in no sum: -inf."""
        alpha = self.schedule.alpha(t)
        expm1_sigma = ((1 - alpha) / alpha)[..., None]  # sigma = -log(alpha)
        mask = torch.tensor([self.mask_id], device=logits.device)
        log_score = wide(logits) - torch.log(expm1_sigma) - math.log(logits.shape[-1] - 1)
        return log_score.index_fill(-1, mask, -torch.inf)
