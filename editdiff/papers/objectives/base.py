"""What every objective is: an unbiased estimate of a bound on -log p(x), and a loss to train with."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from editdiff.papers.absorb import absorb, end_terms, places
from editdiff.papers.predictor import Predictor
from editdiff.papers.schedule import Schedule
from editdiff.papers.times import draw_t


class Objective(ABC):
    """One paper's bound. Ids are [B, L]; `mask_id` is one of the V ids and never a token of a text."""

    mask_id: int

    @abstractmethod
    def nelbo(
        self,
        model: Predictor,
        x0: Tensor,
        generator: torch.Generator,
        *,
        answer: Tensor | None = None,
    ) -> Tensor:
        """One unbiased estimate of each text's negative evidence lower bound, nats [B].

        Only the places of `answer` [B, L] are noised and counted (given the others), by default all. The estimate
        is differentiable, and so is its expectation: the gradient is unbiased too.
        """

    def loss(
        self,
        model: Predictor,
        x0: Tensor,
        generator: torch.Generator,
        *,
        answer: Tensor | None = None,
    ) -> Tensor:
        """What is trained with: nats a token, the mean over the batch, []."""
        nats = self.nelbo(model, x0, generator, answer=answer)
        return nats.sum() / places(x0, answer).sum()


class Absorbing(Objective):
    """A bound that is an expectation over t and x_t of something known once the network has answered."""

    schedule: Schedule

    def times(self, x0: Tensor, generator: torch.Generator) -> Tensor:
        """One time a text [B, 1], or one a place [B, L]."""
        return draw_t((len(x0), 1), generator).to(x0.device)

    def ask(self, model: Predictor, x_t: Tensor, x0: Tensor, t: Tensor) -> Tensor:
        """Logits [B, L, V] for `x_t` [B, L] at `t` [B, 1 or L]."""
        return model(x_t, t=t.expand(x_t.shape))

    @abstractmethod
    def integrand(
        self, logits: Tensor, x0: Tensor, x_t: Tensor, masked: Tensor, t: Tensor
    ) -> Tensor:
        """What the bound is the mean of over t and x_t, at every place: nats [B, L], 0 where nothing is masked."""

    def nelbo(
        self,
        model: Predictor,
        x0: Tensor,
        generator: torch.Generator,
        *,
        answer: Tensor | None = None,
    ) -> Tensor:
        """The integrand at one t and x_t, summed over the text, and the terms of both ends."""
        t = self.times(x0, generator)
        x_t, masked = absorb(x0, self.schedule.alpha(t), self.mask_id, generator, answer)
        logits = self.ask(model, x_t, x0, t)  # [B, L, V]
        ends = end_terms(self.schedule, x0, answer, logits.shape[-1])
        return self.integrand(logits, x0, x_t, masked, t).sum(-1) + ends
