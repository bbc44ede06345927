"""The loss: cross-entropy to the right token and to the trunk's own distribution, over a shortlist.

    L = Σ_t w_t ((1 - m_t) · -log p(gold) + m_t · Σ_k q_k · -log p(k)) / Σ_t w_t        q: the trunk's TOP, softened

m_t is the mixing weight where nothing behind the target is visible, and 0 elsewhere: there the canvas knows more
than the trunk. w_t falls with the place: a later token is of use only where all before it are right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from editdiff.training.adapter.batch import Batch
from editdiff.training.adapter.network import CanvasAdapter
from editdiff.training.adapter.sampler import SamplerHead
from editdiff.training.adapter.shortlist import Shortlist
from editdiff.training.trunk.frozen import FrozenTrunk

TOP = 32
"""Tokens of the trunk's distribution that are kept."""


@dataclass(frozen=True)
class Weights:
    """What the loss is made of."""

    trunk: float = 0.5
    """Of the trunk's own distribution; the rest goes to the right token."""
    temperature: float = 1.0
    """Of the trunk's distribution."""
    fall: float = 0.9
    """Weight of a place, of that of the place before it."""


class Losses(NamedTuple):
    """Of one batch."""

    total: Tensor
    """Weighted sum over targets, not yet divided by `weight`."""
    weight: float
    targets: int
    nats: float
    """Sum of the cross-entropy to the right tokens: of the sampler's guesses where there is one."""
    right: Tensor
    """[L] how often each place of canvases masked all over named the right token, without the sampler."""
    asked: Tensor
    """[L] targets of each place there."""


class Asked(NamedTuple):
    """`T` targets of a batch."""

    where: tuple[Tensor, ...]
    """Row, canvas and place of each."""
    gold: Tensor
    """[T] in the shortlist."""
    weight: Tensor
    """[T]"""
    mix: Tensor
    """[T] weight of the trunk's distribution."""
    ids: Tensor
    """[T, TOP] the trunk's likeliest, in the shortlist."""
    share: Tensor
    """[T, TOP] their probabilities, which sum to 1."""


@torch.no_grad()
def asked(trunk: FrozenTrunk, batch: Batch, shortlist: Shortlist, weights: Weights) -> Asked:
    """Targets in the shortlist, and the trunk's guesses of them from its hidden states."""
    gold = shortlist.index(batch.targets)
    where = torch.nonzero(gold >= 0, as_tuple=True)
    at = batch.named_at[where]
    read, back = torch.unique(where[0] * batch.hidden.shape[1] + at, return_inverse=True)
    logits = trunk.logits(batch.hidden.flatten(0, 1)[read], shortlist.rows)
    top = logits.topk(min(TOP, logits.shape[-1]), dim=-1)
    share = (top.values / weights.temperature).softmax(dim=-1)
    return Asked(
        where,
        gold[where],
        weights.fall ** where[2].float(),
        batch.blind[where].float() * weights.trunk,
        top.indices[back],
        share[back],
    )


def losses(
    trunk: FrozenTrunk,
    adapter: CanvasAdapter,
    sampler: SamplerHead | None,
    batch: Batch,
    shortlist: Shortlist,
    weights: Weights,
) -> Losses:
    """Of a batch."""
    told = asked(trunk, batch, shortlist, weights)
    states = adapter(trunk, batch.cache, batch.canvases)[told.where]  # [T, width]
    logp = trunk.logits(states, shortlist.rows).log_softmax(dim=-1)
    total, nats = _weighed(logp, told)
    if sampler is not None:
        before = trunk.embed(batch.before[told.where])
        corrected = trunk.logits(sampler(states, before), shortlist.rows).log_softmax(dim=-1)
        more, nats = _weighed(corrected, told)
        total = total + more
    places = batch.targets.shape[-1]
    drafted = batch.canvases.masked.all(dim=-1)[told.where[:2]].float()
    hits = (logp.detach().argmax(dim=-1) == told.gold) * drafted
    right, count = (
        torch.bincount(told.where[2], weights=each, minlength=places) for each in (hits, drafted)
    )
    return Losses(
        total, float(told.weight.sum()), len(told.gold), float(nats), right.cpu(), count.cpu()
    )


def _weighed(logp: Tensor, told: Asked) -> tuple[Tensor, Tensor]:
    """The weighted sum of targets with log-probabilities [T, K], and their cross-entropy to the right tokens."""
    gold = F.nll_loss(logp, told.gold, reduction="none")
    own = -(told.share * logp.gather(1, told.ids)).sum(dim=-1)
    return (told.weight * ((1 - told.mix) * gold + told.mix * own)).sum(), gold.detach().sum()
