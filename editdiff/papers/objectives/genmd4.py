"""GenMD4: MD4 with a schedule that depends on the token and is learnt (Shi et al. 2024, arXiv 2406.04329, §6)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from editdiff.papers.absorb import absorb, places
from editdiff.papers.objectives.base import Objective
from editdiff.papers.predictor import Predictor
from editdiff.papers.schedule import PerToken
from editdiff.papers.subs import of_token, subs
from editdiff.papers.times import draw_t


@dataclass(frozen=True)
class GenMD4(Objective):
    """L = E_t E_q (1/t) sum_masked [ -w_x0 (log mu_x0 + 1) + sum_v w_v mu_v ] + reconstruction at t_1 (§6).

    alpha_t,v = 1 - (1 - eps) t^w_v with a power w_v for each token v (`PerToken`). The law of x_t depends on w,
    so its gradient needs more than the integrand's: REINFORCE with a leave-one-out baseline of two draws (RLOO).
    """

    mask_id: int
    schedule: PerToken
    t_1: float = 1e-3
    """The bound is reconstruction at this time, diffusion after it."""

    def nelbo(
        self,
        model: Predictor,
        x0: Tensor,
        generator: torch.Generator,
        *,
        answer: Tensor | None = None,
    ) -> Tensor:
        """Mean of two draws, with an unbiased gradient for the powers as well."""
        t = draw_t((len(x0), 1), generator, low=self.t_1, spread="antithetic").to(x0.device)
        one, log_q_one = self._draw(model, x0, t, generator, answer)
        two, log_q_two = self._draw(model, x0, t, generator, answer)
        rloo = (one - two).detach() * (log_q_one - log_q_two) / 2
        mean = (one + two) / 2 + rloo - rloo.detach()  # adds nothing but its gradient
        ends = torch.where(places(x0, answer), self.ends(x0), 0.0).sum(-1)
        return (1 - self.t_1) * mean + ends

    def integrand(
        self, logits: Tensor, x0: Tensor, x_t: Tensor, masked: Tensor, t: Tensor
    ) -> Tensor:
        """What the bound is the mean of over x_t and t in [t_1, 1], at every place: nats [B, L]."""
        log_mu = subs(logits, x_t, masked, self.mask_id)  # [B, L, V]
        w = self.schedule.power  # [V]
        expected = (w * log_mu.exp()).sum(-1)  # [B, L]
        at_mask = -w[x0] * (of_token(log_mu, x0) + 1) + expected
        return torch.where(masked, at_mask, 0.0) / t

    def _draw(
        self,
        model: Predictor,
        x0: Tensor,
        t: Tensor,
        generator: torch.Generator,
        answer: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        """One x_t's integrand and log q(x_t | x_0), both [B]."""
        alpha = self.schedule.alpha(t, x0)  # [B, L]
        x_t, masked = absorb(x0, alpha.detach(), self.mask_id, generator, answer)
        logits = model(x_t, t=t.expand(x_t.shape))
        log_q = torch.where(masked, torch.log1p(-alpha), torch.log(alpha))
        return (
            self.integrand(logits, x0, x_t, masked, t).sum(-1),
            torch.where(places(x0, answer), log_q, 0.0).sum(-1),
        )

    def ends(self, x0: Tensor) -> Tensor:
        """Reconstruction at t_1 and the prior's part at t = 1 (`absorb.end_terms`), nats [B, L].

        The token under a mask at t_1 is v in proportion to 1 - alpha_t1,v.
        """
        eps, w = self.schedule.eps, self.schedule.power
        log_t = math.log(self.t_1)
        real = torch.cat((w[: self.mask_id], w[self.mask_id + 1 :]))
        log_p = w[x0] * log_t - torch.logsumexp(real * log_t, 0)
        return -(1 - eps) * self.t_1 ** w[x0] * log_p + eps * math.log(len(w) - 1)
