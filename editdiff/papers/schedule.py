"""Masking schedules: alpha(t), the probability that a token is still itself at time t.

alpha falls from alpha(0) = 1 to alpha(1) = 0; some schedules stop a little short of either end, which adds the
terms of `absorb.end_terms` to a bound. A token that is masked at t is revealed at the rate -alpha'(t) / (1 -
alpha(t)): the weight of its cross-entropy in every bound here. The bound of continuous time does not depend on
the schedule, only the variance of its estimates does (MDLM, arXiv 2406.07524, §3.4).

Times are float64: near t = 0 the rate is a quotient of small numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Schedule(Protocol):
    """Probability of being kept, and its derivative, at times of any shape."""

    def alpha(self, t: Tensor) -> Tensor:
        """Share of the tokens that are kept at time `t`, in the shape of `t`."""
        ...

    def alpha_prime(self, t: Tensor) -> Tensor:
        """Derivative of `alpha` by `t`."""
        ...


@dataclass(frozen=True)
class Linear:
    """alpha = 1 - t: the share of masks is the time itself."""

    def alpha(self, t: Tensor) -> Tensor:
        """1 - t."""
        return 1 - t

    def alpha_prime(self, t: Tensor) -> Tensor:
        """-1."""
        return -torch.ones_like(t)


@dataclass(frozen=True)
class LogLinear:
    """MDLM's and SEDD's log-linear noise: sigma = -log(1 - (1 - eps) t), alpha = exp(-sigma)."""

    eps: float = 1e-3
    """Share of the tokens that are left visible at t = 1, so that sigma stays finite."""

    def alpha(self, t: Tensor) -> Tensor:
        """1 - (1 - eps) t."""
        return 1 - (1 - self.eps) * t

    def alpha_prime(self, t: Tensor) -> Tensor:
        """-(1 - eps)."""
        return torch.full_like(t, self.eps - 1)


@dataclass(frozen=True)
class Polynomial:
    """MD4's polynomial schedule: alpha = 1 - t^k."""

    k: float = 2.0

    def alpha(self, t: Tensor) -> Tensor:
        """1 - t^k."""
        return 1 - t**self.k

    def alpha_prime(self, t: Tensor) -> Tensor:
        """-k t^(k-1)."""
        return -self.k * t ** (self.k - 1)


@dataclass(frozen=True)
class Cosine:
    """MD4's cosine schedule: alpha = 1 - cos(pi / 2 (1 - t))."""

    def alpha(self, t: Tensor) -> Tensor:
        """1 - cos(pi / 2 (1 - t))."""
        return 1 - torch.cos(math.pi / 2 * (1 - t))

    def alpha_prime(self, t: Tensor) -> Tensor:
        """-pi / 2 sin(pi / 2 (1 - t))."""
        return -math.pi / 2 * torch.sin(math.pi / 2 * (1 - t))


@dataclass(frozen=True)
class Geometric:
    """SEDD's geometric noise: sigma = sigma_min^(1-t) sigma_max^t, alpha = exp(-sigma)."""

    sigma_min: float = 1e-4
    sigma_max: float = 20.0

    def _sigma(self, t: Tensor) -> Tensor:
        return self.sigma_min ** (1 - t) * self.sigma_max**t

    def alpha(self, t: Tensor) -> Tensor:
        """exp(-sigma)."""
        return torch.exp(-self._sigma(t))

    def alpha_prime(self, t: Tensor) -> Tensor:
        """-sigma' exp(-sigma), sigma' = sigma log(sigma_max / sigma_min)."""
        sigma_prime = self._sigma(t) * math.log(self.sigma_max / self.sigma_min)
        return -sigma_prime * self.alpha(t)


@dataclass(frozen=True)
class Squeezed:
    """MD4's squeeze of a schedule into [eps, 1 - eps], which keeps every rate finite."""

    inner: Schedule
    eps: float = 1e-4

    def alpha(self, t: Tensor) -> Tensor:
        """(1 - 2 eps) alpha + eps."""
        return (1 - 2 * self.eps) * self.inner.alpha(t) + self.eps

    def alpha_prime(self, t: Tensor) -> Tensor:
        """(1 - 2 eps) alpha'."""
        return (1 - 2 * self.eps) * self.inner.alpha_prime(t)


class PerToken(nn.Module):
    """GenMD4's learnable schedule: a power w_v for each token v, alpha(t, v) = 1 - (1 - eps) t^w_v.

    A token with a large power is masked late going forward, and so is among the first to be revealed. All powers
    are 1 at first, which is `LogLinear(eps)`.
    """

    def __init__(self, vocab_size: int, eps: float = 1e-4) -> None:
        super().__init__()
        self.eps = eps
        self.raw = nn.Parameter(torch.full((vocab_size,), math.log(math.expm1(1.0))))

    @property
    def power(self) -> Tensor:
        """The powers w [V], positive: softplus of the parameter."""
        return F.softplus(self.raw)

    def alpha(self, t: Tensor, x: Tensor) -> Tensor:
        """Probability that each of `x` [B, L] is itself at `t` [B, 1]; [B, L]."""
        return 1 - self._masked(t, x)

    def alpha_prime(self, t: Tensor, x: Tensor) -> Tensor:
        """Derivative of `alpha` by `t`: -w_x / t times the share of masks; [B, L]."""
        return -self.power[x] / t * self._masked(t, x)

    def _masked(self, t: Tensor, x: Tensor) -> Tensor:
        return (1 - self.eps) * t ** self.power[x]


SCHEDULES: dict[str, Callable[[], Schedule]] = {
    "cosine": Cosine,
    "geometric": Geometric,
    "linear": Linear,
    "log-linear": LogLinear,
    "polynomial": Polynomial,
}
"""Schedules by name, with their papers' parameters."""
