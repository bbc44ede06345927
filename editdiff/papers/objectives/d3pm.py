"""D3PM with an absorbing state: Structured Denoising Diffusion Models (Austin et al. 2021, arXiv 2107.03006)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from editdiff.papers.objectives.base import Absorbing
from editdiff.papers.schedule import Linear, Schedule
from editdiff.papers.subs import of_token, wide
from editdiff.papers.times import draw_t, on_grid

SCHEDULE = Linear()


@dataclass(frozen=True)
class D3PM(Absorbing):
    """L = sum_t E_q KL( q(x_s | x_t, x_0) || p_theta(x_s | x_t) ), s = t - 1/T (eq. 1).

    p_theta(x_s | x_t) is proportional to sum_x0 q(x_s, x_t | x0) p(x0 | x_t) (eq. 4), and p may give mass to the
    mask: nothing is subtracted from the network's law. A visible token is then carried over whatever the network
    says, and the step to s = 0 is the reconstruction -log p(x_0 | x_1/T): no further term for visible tokens is
    due, although MDLM's baseline code adds one, -log p(x_0 | x_0).
    """

    mask_id: int
    schedule: Schedule = SCHEDULE
    steps: int = 1000
    """T."""

    def times(self, x0: Tensor, generator: torch.Generator) -> Tensor:
        """Times [B, 1] on the chain's grid."""
        return on_grid(draw_t((len(x0), 1), generator).to(x0.device), self.steps)

    def integrand(
        self, logits: Tensor, x0: Tensor, x_t: Tensor, masked: Tensor, t: Tensor
    ) -> Tensor:
        """T times the Kullback-Leibler divergence of the step t -> s, nats [B, L].

        It is r (l_t - log p(x_0)) + (1 - r) (l_t - l_s), where r = (alpha_s - alpha_t) / (1 - alpha_t) is the
        probability that a mask is lifted and l = log(1 + alpha p(m) / (1 - alpha)) what mass p(m) on the mask
        costs.
        """
        log_p = wide(logits).log_softmax(-1)  # [B, L, V]
        p_m = log_p[..., self.mask_id].double().exp()  # [B, L]; T multiplies differences of it
        alpha_t = self.schedule.alpha(t)
        alpha_s = self.schedule.alpha(torch.round(t * self.steps - 1) / self.steps)
        r = (alpha_s - alpha_t) / (1 - alpha_t)  # [B, 1]
        l_t = torch.log1p(alpha_t * p_m / (1 - alpha_t))
        # the last step lifts every mask: 1 - r is 0 where 1 - alpha_s is
        l_s = torch.log1p(alpha_s * p_m / (1 - alpha_s).clamp_min(1e-12))
        kl = r * (l_t - of_token(log_p, x0)) + (1 - r) * (l_t - l_s)
        return self.steps * torch.where(masked, kl, 0.0)
