"""GIDD: Generalized Interpolating Discrete Diffusion (von Rütte et al. 2025, arXiv 2503.04482)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from editdiff.papers.absorb import places
from editdiff.papers.mixture import Mixture
from editdiff.papers.objectives.base import Objective
from editdiff.papers.predictor import Predictor
from editdiff.papers.subs import of_token, zero_masking
from editdiff.papers.times import draw_t

TINY = torch.finfo(torch.float32).tiny
Weights = Literal["elbo", "clip", "dynamic"]


@dataclass(frozen=True)
class GIDD(Objective):
    """L = E_t E_z sum_i w_t(z, x) [ KL(q_t(. | x) || q_t(. | x_theta)) + r - log r - 1 ].

    r = q_t(z | x) / q_t(z | x_theta) (§3). A token that is visible may be wrong, so every place is asked and every
    place counts. The reverse process takes x_theta as the law of x before z is seen: the best x_theta of a place
    is its law given the other places. Without uniform noise r = 1 at masks, the divergence is 1 - t times the
    cross-entropy, and it is MDLM.
    """

    mask_id: int
    vocab_size: int
    """V, the mask among them."""
    p_uniform: float = 0.1
    gamma: float = 1.0
    t_eps: float = 1e-4
    """Times are drawn in (t_eps, 1 - t_eps]; what the bound costs beyond is known without the network."""
    weights: Weights = "dynamic"
    """Weights of `loss`: those of the bound, the same clipped, or what remains of them at every t."""
    clip: float = 2.0
    """Largest weight of `loss`."""

    @property
    def mixture(self) -> Mixture:
        """The noise."""
        return Mixture(self.mask_id, self.vocab_size, self.p_uniform, self.gamma)

    def nelbo(
        self,
        model: Predictor,
        x0: Tensor,
        generator: torch.Generator,
        *,
        answer: Tensor | None = None,
    ) -> Tensor:
        """The bound: nats [B]."""
        z, masked, t, logits = self._draw(model, x0, generator, answer)
        nats = self.integrand(logits, x0, z, masked, t)
        inside = (1 - 2 * self.t_eps) * nats + self.ends()
        return torch.where(places(x0, answer), inside, 0.0).sum(-1)

    def ends(self) -> float:
        """Nats a token beyond the drawn times, known without the network.

        At t_eps x is guessed from z as if it were uniform; at 1 - t_eps the prior is z's law if x is uniform.
        """
        ends = torch.tensor([self.t_eps, 1 - self.t_eps], dtype=torch.float64)
        first, last = self.mixture.uncertainty(ends).tolist()
        return float(first + math.log(self.vocab_size - 1) - last)

    def loss(
        self,
        model: Predictor,
        x0: Tensor,
        generator: torch.Generator,
        *,
        answer: Tensor | None = None,
    ) -> Tensor:
        """The divergences with the weights of training, a token, []."""
        z, masked, t, logits = self._draw(model, x0, generator, answer)
        dynamic = self.weights == "dynamic"
        w = (self.dynamic_weight if dynamic else self.weight)(x0, z, masked, t)
        if self.weights != "elbo":
            w = w.clamp(max=self.clip)
        nats = torch.where(places(x0, answer), w * self._divergence(logits, x0, z, t), 0.0)
        return nats.sum() / places(x0, answer).sum()

    def integrand(self, logits: Tensor, x0: Tensor, z: Tensor, masked: Tensor, t: Tensor) -> Tensor:
        """What the bound is the mean of over z and t, at every place: nats [B, L]."""
        return self.weight(x0, z, masked, t) * self._divergence(logits, x0, z, t)

    def weight(self, x0: Tensor, z: Tensor, masked: Tensor, t: Tensor) -> Tensor:
        """w_t(z, x) [B, L]: the rate at which noise turns a token into z, over q_t(z | x)."""
        n = self.vocab_size - 1
        c, c_prime = self.mixture.c(t), self.mixture.c_prime(t)
        on_m = 1 / ((1 - t) * t)
        on_x = (c + (1 - t) * c_prime) / (n * (1 - t) * (1 - t + c / n))
        # c' / c does not depend on B, so that it is right without uniform noise too
        on_u = 1 / (1 - t) + self.gamma / 2 * (1 - 2 * t) / (t * (1 - t))
        return torch.where(masked, on_m, torch.where(z == x0, on_x, on_u))

    def dynamic_weight(self, x0: Tensor, z: Tensor, masked: Tensor, t: Tensor) -> Tensor:
        """2 at masks, 1 at wrong tokens, B / N exp(-gamma lambda / 2) at right ones, [B, L].

        lambda = log((1 - t) / t) is the log signal-to-noise ratio. At gamma = 1 these are the ratios of the bound's
        own weights (that at right tokens up to c / N), without what all of them share. The released code has
        sigmoid(-t) in the place of -lambda, which hardly changes with t.
        """
        on_x = self.mixture.big_b / (self.vocab_size - 1) * (t / (1 - t)) ** (self.gamma / 2)
        right = torch.where(z == x0, on_x, torch.ones_like(t))
        return torch.where(masked, 2.0, right)

    def _draw(
        self, model: Predictor, x0: Tensor, generator: torch.Generator, answer: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The noised text z [B, L], what is masked in it, t [B, 1] and the logits [B, L, V]."""
        t = draw_t((len(x0), 1), generator, low=self.t_eps, high=1 - self.t_eps).to(x0.device)
        z, masked = self.mixture.sample(x0, t, generator, answer)
        return z, masked, t, model(z, t=t.expand(z.shape))

    def _divergence(self, logits: Tensor, x0: Tensor, z: Tensor, t: Tensor) -> Tensor:
        """KL(q || p) + r - log r - 1, nats [B, L]."""
        x_theta = zero_masking(logits, self.mask_id).exp()
        q = self.mixture.marginal(F.one_hot(x0, logits.shape[-1]), t).to(x_theta.dtype)  # [B, L, V]
        p = self.mixture.marginal(x_theta, t).to(x_theta.dtype)
        kl = torch.xlogy(q, q / p.clamp_min(TINY)).sum(-1)
        # p(z) is as small as this only without uniform noise, where a visible token has no weight
        r = of_token(q, z) / of_token(p, z).clamp_min(1e-15)
        return kl + r - torch.log(r) - 1
