"""Absorbing noise q(x_t | x_0): each token by itself is kept with probability alpha, or becomes the mask for good.

What is masked is told by a boolean tensor beside the ids, never read off them.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from editdiff.papers.schedule import Schedule


def places(x0: Tensor, answer: Tensor | None) -> Tensor:
    """Places [B, L] that are noised and counted: the answer, by default all."""
    return torch.ones_like(x0, dtype=torch.bool) if answer is None else answer


def draw(like: Tensor, generator: torch.Generator) -> Tensor:
    """Uniform [0, 1) float64 numbers in the shape and on the device of `like`, from the generator's own device."""
    u = torch.rand(like.shape, generator=generator, device=generator.device, dtype=torch.float64)
    return u.to(like.device)


def absorb(
    x0: Tensor,
    alpha: Tensor,
    mask_id: int,
    generator: torch.Generator,
    answer: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """x_t and what is masked in it, both [B, L], of `x0` [B, L] (MDLM eq. 1, with pi = the mask).

    `alpha` broadcasts to [B, L]. Outside `answer` nothing is masked.
    """
    masked = (draw(x0, generator) >= alpha) & places(x0, answer)
    return x0.masked_fill(masked, mask_id), masked


def absorb_exactly(
    x0: Tensor,
    k: Tensor,
    mask_id: int,
    generator: torch.Generator,
    answer: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Mask exactly `k` [B] places of the answer, any k of them equally likely; otherwise as `absorb`."""
    outside = ~places(x0, answer)
    rank = (draw(x0, generator) + outside).argsort(-1).argsort(-1)  # [B, L]
    masked = (rank < k[:, None]) & ~outside
    return x0.masked_fill(masked, mask_id), masked


def absorb_within(
    x0: Tensor,
    alpha: Tensor,
    block: Tensor,
    mask_id: int,
    interval: tuple[float, float],
    generator: torch.Generator,
    answer: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """`absorb`, redrawn until the masked share of every block lies in `interval` (BD3-LM's `resample`).

    The number of masks of a block is drawn from the binomial law cut down to that interval, which is the law of
    what redrawing ends with; a block of which no number lies in it keeps the whole law. `alpha` [B, L] is constant
    over each block, `block` [L] its index in rising order.
    """
    noised = places(x0, answer)
    of = torch.nn.functional.one_hot(block).to(alpha.dtype)  # [L, blocks]
    n = (noised.to(alpha.dtype) @ of)[..., None]  # [B, blocks, 1]
    keep = (alpha.expand(x0.shape) @ (of / of.sum(0)))[..., None]
    k = torch.arange(int(of.sum(0).max()) + 1, device=x0.device)  # [L' + 1]
    choose = torch.lgamma(n + 1) - torch.lgamma(k + 1) - torch.lgamma((n - k).clamp_min(0) + 1)
    law = torch.exp(choose + torch.xlogy(k, 1 - keep) + torch.xlogy((n - k).clamp_min(0), keep))
    law = law * (k <= n)
    low, high = (bound * n for bound in interval)
    cut = law * ((k >= low - 1e-9) & (k <= high + 1e-9))
    law = torch.where(cut.sum(-1, keepdim=True) > 0, cut, law)  # [B, blocks, L' + 1]
    drawn = torch.multinomial(law.flatten(0, 1).to(generator.device), 1, generator=generator)
    wanted = drawn.to(x0.device).view(law.shape[:-1])[:, block]  # [B, L]
    # places in random order inside their block, those outside the answer last
    order = block + (draw(x0, generator) + ~noised) / 2
    first = torch.cumsum(of.sum(0), 0)[block] - of.sum(0)[block]
    masked = (order.argsort(-1).argsort(-1) - first < wanted) & noised
    return x0.masked_fill(masked, mask_id), masked


def end_terms(schedule: Schedule, x0: Tensor, answer: Tensor | None, vocab_size: int) -> Tensor:
    """What a bound costs at both ends of a schedule that does not run from 1 to 0: nats [B].

    At t = 0 a token is masked with probability 1 - alpha(0) and is guessed among the V - 1 tokens that are no
    mask (MD4's reconstruction term). At t = 1 it is visible with probability alpha(1), where the prior expects a
    mask or, with that probability, any token: KL = alpha(1) log(V - 1). The published code leaves the second out,
    being small.
    """
    ends = torch.tensor([0.0, 1.0], dtype=torch.float64)
    at_0, at_1 = (float(alpha) for alpha in schedule.alpha(ends))
    return places(x0, answer).sum(-1).double() * ((1 - at_0 + at_1) * math.log(vocab_size - 1))
