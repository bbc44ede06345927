"""GIDD's noise, masks and uniformly drawn tokens (von Rütte et al. 2025, arXiv 2503.04482, §4).

q_t(z | x) = alpha_t x + beta_t pi_t with alpha_t = (1 - t) / C_t and beta_t pi_t = (t m + c_t u) / C_t: m is the
mask, u uniform over the N = V - 1 other tokens (x among them), c_t = B (t (1 - t))^(gamma / 2), C_t = 1 + c_t.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from editdiff.papers.absorb import draw, places


@dataclass(frozen=True)
class Mixture:
    """The process; times are [B, 1] or [B, L]."""

    mask_id: int
    vocab_size: int
    """V = N + 1."""
    p_uniform: float = 0.1
    """Share of uniformly drawn tokens at t = 1/2, where it is largest; 0: masks alone, MDLM."""
    gamma: float = 1.0
    """How the share grows towards it; at most 2, or tokens would have to return to the text going forward."""

    @property
    def big_b(self) -> float:
        """B = 2^gamma p_u / (1 - p_u)."""
        return float(2**self.gamma * self.p_uniform / (1 - self.p_uniform))

    def c(self, t: Tensor) -> Tensor:
        """c_t, the unnormalised weight of uniform noise."""
        return self.big_b * (t * (1 - t)) ** (self.gamma / 2)

    def c_prime(self, t: Tensor) -> Tensor:
        """Derivative of c_t by t."""
        return self.gamma / 2 * (1 - 2 * t) / (t * (1 - t)) * self.c(t)

    def marginal(self, x: Tensor, t: Tensor) -> Tensor:
        """q_t(. | x) [B, L, V] of laws `x` [B, L, V] over the tokens, none of which gives the mask any mass."""
        t = t[..., None]
        c = self.c(t)
        noise = (c / (self.vocab_size - 1)).repeat_interleave(self.vocab_size, -1)
        noise[..., self.mask_id : self.mask_id + 1] = t
        return ((1 - t) * x + noise) / (1 + c)

    def uncertainty(self, t: Tensor) -> Tensor:
        """Entropy of x given z_t if x is uniform, nats, in the shape of `t`: 0 at t = 0, log N at t = 1."""
        n, c = self.vocab_size - 1, self.c(t)
        on_m, on_x, on_u = t, 1 - t + c / n, c / n  # q_t(z | x) C_t at the mask, at x, at any other
        same = on_x + (n - 1) * on_u  # of z over all x
        nats = on_m * math.log(n) + torch.xlogy(on_x, same / on_x)
        return (nats + (n - 1) * (torch.xlogy(on_u, same) - torch.xlogy(on_u, on_u))) / (1 + c)

    def sample(
        self,
        x0: Tensor,
        t: Tensor,
        generator: torch.Generator,
        answer: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """z_t and what is masked in it, both [B, L]; outside `answer` nothing changes."""
        noised, c = places(x0, answer), self.c(t)
        u = draw(x0, generator) * (1 + c)  # [B, L]
        masked = (u < t) & noised
        uniform = (u >= t) & (u < t + c) & noised
        step = 1 + torch.floor(draw(x0, generator) * (self.vocab_size - 1)).to(x0.dtype)
        token = (self.mask_id + step) % self.vocab_size  # any id but the mask's
        return torch.where(uniform, token, x0).masked_fill(masked, self.mask_id), masked
