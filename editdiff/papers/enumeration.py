"""Exact values where everything can be enumerated: texts of a few tokens from a few tokens.

What the bounds and their estimators are checked against.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from editdiff.papers.objectives.base import Absorbing
from editdiff.papers.objectives.genmd4 import GenMD4
from editdiff.papers.predictor import Predictor
from editdiff.papers.subs import of_token, subs


def masks(length: int) -> Tensor:
    """Every set of masked places [2^L, L], bool; the row's number in binary, place 0 the lowest digit."""
    return (torch.arange(2**length)[:, None] >> torch.arange(length)) % 2 == 1


def conditionals(model: Predictor, x0: Tensor, mask_id: int) -> Tensor:
    """Log-probabilities [2^L, L] of a text `x0` [L] given what each set of masks leaves visible; 0 if visible."""
    masked = masks(len(x0))
    clean = x0.expand(masked.shape)
    x_t = clean.masked_fill(masked, mask_id)
    return of_token(subs(model(x_t), x_t, masked, mask_id), clean)


def any_order_nelbo(model: Predictor, x0: Tensor, mask_id: int) -> float:
    """The bound of masked diffusion in continuous time, nats: any schedule's, and the any-order estimator's mean.

    A set of k masks has the weight of the integral of alpha'/(1 - alpha) (1 - alpha)^k alpha^(L - k) over the time,
    which is 1 / (k C(L, k)) whatever alpha is.
    """
    log_p = conditionals(model, x0, mask_id)[1:]  # the empty set costs nothing
    k = masks(len(x0))[1:].sum(-1).tolist()
    weight = torch.tensor([1 / (n * math.comb(len(x0), n)) for n in k], dtype=torch.float64)
    return -float((weight * log_p.sum(-1)).sum())


def any_order_nll(model: Predictor, x0: Tensor, mask_id: int) -> float:
    """-log p(x0) of the model that reveals one token at a time, in uniformly random order, nats.

    The limit of the ancestral sampler in many steps. p of a set of revealed places is the mean, over which of
    them came last, of p of the set before times that token's conditional.
    """
    length = len(x0)
    p = conditionals(model, x0, mask_id).exp().tolist()  # [2^L][L]
    everything = 2**length - 1
    reveals = [1.0] + [0.0] * everything
    for revealed in range(1, 2**length):
        last = [i for i in range(length) if revealed >> i & 1]
        before = [revealed ^ 1 << i for i in last]
        paths = [reveals[b] * p[everything ^ b][i] for i, b in zip(last, before, strict=True)]
        reveals[revealed] = sum(paths) / len(paths)
    return -math.log(reveals[everything])


def gauss_legendre(n: int) -> tuple[Tensor, Tensor]:
    """Nodes and weights [n] of the quadrature on [0, 1] (Golub and Welsch 1969)."""
    k = torch.arange(1, n, dtype=torch.float64)
    off_diagonal = k / torch.sqrt(4 * k**2 - 1)
    nodes, vectors = torch.linalg.eigh(torch.diag(off_diagonal, 1) + torch.diag(off_diagonal, -1))
    return (nodes + 1) / 2, vectors[0] ** 2


def integrated(
    objective: Absorbing | GenMD4, model: Predictor, x0: Tensor, times: Tensor, weights: Tensor
) -> Tensor:
    """The objective's integrand over `times` [n] with `weights` [n] and every x_t, for one text `x0` [L]: nats, [].

    Without the terms of the ends. Differentiable, by the law of x_t as well.
    """
    masked = masks(len(x0)).repeat(len(times), 1)  # [n 2^L, L]
    t = times.repeat_interleave(2 ** len(x0))[:, None]
    clean = x0.expand(masked.shape)
    x_t = clean.masked_fill(masked, objective.mask_id)
    if isinstance(objective, GenMD4):
        alpha, logits = objective.schedule.alpha(t, clean), model(x_t, t=t.expand(x_t.shape))
    else:
        alpha, logits = objective.schedule.alpha(t), objective.ask(model, x_t, clean, t)
    q = torch.where(masked, 1 - alpha, alpha).prod(-1)  # [n 2^L]
    nats = objective.integrand(logits, clean, x_t, masked, t).sum(-1)
    return (weights.repeat_interleave(2 ** len(x0)) * q * nats).sum()
