"""The autoregressive model: the exact likelihood that the bounds are compared with."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from editdiff.papers.absorb import places
from editdiff.papers.blocks import block_causal
from editdiff.papers.objectives.base import Objective
from editdiff.papers.predictor import Predictor
from editdiff.papers.subs import of_token, zero_masking


@dataclass(frozen=True)
class AR(Objective):
    """-log p(x) = -sum_i log p(x_i | x_<i).

    The network is asked for the next token, under the causal mask; the mask's id, which no text has, begins the
    text. As in the other objectives it has no probability, so that all of them are laws over the same V - 1
    tokens.
    """

    mask_id: int

    def nelbo(
        self,
        model: Predictor,
        x0: Tensor,
        generator: torch.Generator,
        *,
        answer: Tensor | None = None,
    ) -> Tensor:
        """The exact negative log-likelihood, nats [B]; nothing is drawn."""
        before = F.pad(x0[:, :-1], (1, 0), value=self.mask_id)  # [B, L]
        logits = model(before, attend=block_causal(x0.shape[1], 1, x0.device))  # [B, L, V]
        log_p = of_token(zero_masking(logits, self.mask_id), x0)  # [B, L]
        return -torch.where(places(x0, answer), log_p, 0.0).sum(-1)
