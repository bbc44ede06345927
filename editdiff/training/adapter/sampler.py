"""The sampler head: what a place's hidden state should be once the token before the one it names is known.

Places of one forward are guessed apart from each other; two layers over [hidden state ; embedding of the token just
chosen] make what is drafted in parallel agree with itself (Samragh et al. 2025, arXiv 2507.11851, §3.2; kin: Hydra,
EAGLE). Going over the places from left to right costs two small products each, and the output layer as before.

    h' = h + U silu(V [h / rms(h) ; e / rms(e)])       U zero at first
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

EPS = 1e-6


class SamplerHead(nn.Module):
    """Two layers."""

    def __init__(self, width: int, inner: int, seed: int = 0) -> None:
        super().__init__()
        rng = torch.Generator().manual_seed(seed + 1)
        first = torch.randn(inner, 2 * width, generator=rng) * (2 * width) ** -0.5
        self.first = nn.Parameter(first)
        self.second = nn.Parameter(torch.zeros(width, inner))

    def forward(self, hidden: Tensor, before: Tensor) -> Tensor:
        """Hidden states […, width] corrected by the embeddings […, width] of the tokens before what they name."""
        told = torch.cat((_even(hidden), _even(before)), dim=-1)
        inner = F.silu(F.linear(told, self.first))
        return hidden + F.linear(inner, self.second)


def _even(x: Tensor) -> Tensor:
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPS)
