"""Texts of four tokens from four, of which 0 is the mask, and the networks that know all about them."""

import itertools
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from editdiff.papers.predictor import Predictor, Tabular, Uniform
from editdiff.papers.subs import zero_masking

MASK = 0
V = 4
L = 4
LOG_N = math.log(V - 1)
"""Nats a token of a network that knows nothing: the mask is no token."""
X0 = torch.tensor([3, 1, 2, 1])
TABLE = Tabular.random(V, L, mask_id=MASK, seed=1)
UNIFORM = Uniform(V)


def g(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def texts(length: int = L) -> Tensor:
    """All of them [(V - 1)^L, L]."""
    return torch.tensor(list(itertools.product(range(1, V), repeat=length)))


def noised(seed: int, rows: int = 32) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Some x0, x_t and what is masked in it [rows, L], and times t [rows, 1] on a grid of 1/8."""
    x0 = torch.randint(1, V, (rows, L), generator=g(seed))
    masked = torch.rand(rows, L, generator=g(seed + 1)) < 0.6
    t = torch.randint(1, 9, (rows, 1), generator=g(seed + 2)).double() / 8
    return x0, x0.masked_fill(masked, MASK), masked, t


@dataclass(frozen=True)
class Normalised:
    """A network whose law gives nothing to the mask; `shift` is added to its log-probabilities."""

    network: Predictor
    shift: float = 0.0

    def __call__(
        self,
        ids: Tensor,
        *,
        positions: Tensor | None = None,
        attend: Tensor | None = None,
        t: Tensor | None = None,
    ) -> Tensor:
        logits = self.network(ids, positions=positions, attend=attend, t=t)
        return zero_masking(logits, MASK) + self.shift
