"""BD3-LM: Block Diffusion, between autoregressive and diffusion models (Arriola et al. 2025, arXiv 2503.09573)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from editdiff.papers.absorb import absorb, absorb_within, places
from editdiff.papers.blocks import block_causal, block_of, noised_and_clean
from editdiff.papers.objectives.base import Absorbing
from editdiff.papers.predictor import Predictor
from editdiff.papers.schedule import Linear, Schedule
from editdiff.papers.subs import of_token, subs
from editdiff.papers.times import draw_t

SCHEDULE = Linear()
FULL = (0.0, 1.0)
HALF = 0.5


@dataclass(frozen=True)
class BD3LM(Absorbing):
    """L = sum_b E_t E_q [ alpha'_t / (1 - alpha_t) log p(x^b | x_t^b, x^<b) ] (eq. 8).

    Each block has a t of its own. One block of the text's length is MDLM; blocks of 1 are a left-to-right model,
    exactly so at t = 1.
    """

    mask_id: int
    block_size: int = 16
    """L'."""
    schedule: Schedule = SCHEDULE
    interval: tuple[float, float] = FULL
    """Times that `loss` trains with, clipped as in §5 (`papers.clipping`); the bound has all of them."""
    resample: bool = False
    """Whether `loss` also redraws each block's masks until their share lies in the interval."""
    vectorised: bool = True
    """One forward over [x_t ; x_0], or, slower and equal, one for each block."""

    def times(self, x0: Tensor, generator: torch.Generator) -> Tensor:
        """Times [B, L] over the full interval, one for each block."""
        return self._times(x0, generator, FULL)

    def _times(
        self, x0: Tensor, generator: torch.Generator, interval: tuple[float, float]
    ) -> Tensor:
        block = block_of(x0.shape[1], self.block_size, x0.device)
        shape = (len(x0), int(block[-1]) + 1)
        t = draw_t(shape, generator, low=interval[0], high=interval[1])
        return t.to(x0.device)[:, block]

    def ask(self, model: Predictor, x_t: Tensor, x0: Tensor, t: Tensor) -> Tensor:
        """Logits [B, L, V] of every noised block given the clean ones before it."""
        t = t.expand(x_t.shape)
        return (
            self._at_once(model, x_t, x0, t) if self.vectorised else self._loop(model, x_t, x0, t)
        )

    def _at_once(self, model: Predictor, x_t: Tensor, x0: Tensor, t: Tensor) -> Tensor:
        length = x0.shape[1]
        return model(
            torch.cat((x_t, x0), dim=1),  # [B, 2L]
            positions=torch.arange(length, device=x0.device).repeat(2),
            attend=noised_and_clean(length, self.block_size, x0.device),
            t=torch.cat((t, torch.zeros_like(t)), dim=1),
        )[:, :length]

    def _loop(self, model: Predictor, x_t: Tensor, x0: Tensor, t: Tensor) -> Tensor:
        blocks = []
        for start in range(0, x0.shape[1], self.block_size):
            end = min(start + self.block_size, x0.shape[1])
            logits = model(
                torch.cat((x0[:, :start], x_t[:, start:end]), dim=1),  # [B, end]
                attend=block_causal(end, self.block_size, x0.device),
                t=torch.cat((torch.zeros_like(t[:, :start]), t[:, start:end]), dim=1),
            )
            blocks.append(logits[:, start:])
        return torch.cat(blocks, dim=1)

    def integrand(
        self, logits: Tensor, x0: Tensor, x_t: Tensor, masked: Tensor, t: Tensor
    ) -> Tensor:
        """Weighted cross-entropy of the masked places, nats [B, L]."""
        log_p = of_token(subs(logits, x_t, masked, self.mask_id), x0)  # [B, L], 0 where visible
        return self._weight(t) * log_p

    def _weight(self, t: Tensor) -> Tensor:
        return self.schedule.alpha_prime(t) / (1 - self.schedule.alpha(t))  # [B, L]

    def clipped(
        self,
        model: Predictor,
        x0: Tensor,
        generator: torch.Generator,
        interval: tuple[float, float],
        *,
        answer: Tensor | None = None,
    ) -> Tensor:
        """The integrand [B, L] at times in `interval`: nats to train with, no bound unless it is the full one.

        Where all of the interval lies above 1/2 the released code drops the weight, and so does this.
        """
        t = self._times(x0, generator, interval)
        alpha = self.schedule.alpha(t)
        if self.resample:
            block = block_of(x0.shape[1], self.block_size, x0.device)
            x_t, masked = absorb_within(x0, alpha, block, self.mask_id, interval, generator, answer)
        else:
            x_t, masked = absorb(x0, alpha, self.mask_id, generator, answer)
        nats = self.integrand(self.ask(model, x_t, x0, t), x0, x_t, masked, t)
        return nats / -self._weight(t) if interval[0] > HALF else nats

    def loss(
        self,
        model: Predictor,
        x0: Tensor,
        generator: torch.Generator,
        *,
        answer: Tensor | None = None,
    ) -> Tensor:
        """Nats a token over the clipped interval, []; (1, 1) with blocks of 1 is the exact autoregressive loss."""
        nats = self.clipped(model, x0, generator, self.interval, answer=answer)
        return nats.sum() / places(x0, answer).sum()
