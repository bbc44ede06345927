"""SUBS, MDLM's parameterisation (arXiv 2406.07524, §3.2): two facts that a network need not learn.

Zero masking: the mask is no token of a text, so it has no probability. Carry-over: a token that is visible stays.
"""

from __future__ import annotations

import torch
from torch import Tensor


def wide(logits: Tensor) -> Tensor:
    """`logits` in float32 at least: a loss is no place for half precision."""
    return logits if logits.dtype == torch.float64 else logits.float()


def zero_masking(logits: Tensor, mask_id: int) -> Tensor:
    """Log-probabilities [B, L, V] over the V - 1 tokens that are no mask; the mask's is -inf."""
    index = torch.tensor([mask_id], device=logits.device)
    return wide(logits).index_fill(-1, index, -torch.inf).log_softmax(-1)


def subs(logits: Tensor, x_t: Tensor, masked: Tensor, mask_id: int) -> Tensor:
    """Log-probabilities [B, L, V] of `logits`; a visible token of `x_t` [B, L] has 0, all others there -inf."""
    hidden = zero_masking(logits, mask_id)
    visible = torch.full_like(hidden, -torch.inf).scatter(-1, x_t[..., None], 0.0)
    return torch.where(masked[..., None], hidden, visible)


def of_token(values: Tensor, x0: Tensor) -> Tensor:
    """The entry of each token `x0` [B, L] in `values` [B, L, V]; [B, L]."""
    return values.gather(-1, x0[..., None]).squeeze(-1)
