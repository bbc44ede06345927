"""The training row and its two losses.

A row is `context | K noisy copies of the canvas | one clean copy`. Every copy has its own noise and is blind to
the others; all stand at the same positions. The clean copy is causal and sees the
context only: its loss, with the context's own, trains the autoregressive twin. Canvas loss and causal loss
are each averaged over their own targets.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from editdiff.families.canvas.transformer import CanvasTransformer
from editdiff.tokens.base import Special
from editdiff.training.batches.corrupt import Corrupted


@dataclass(frozen=True)
class Losses:
    """Sums in nats and how many targets they are of."""

    canvas: Tensor
    canvas_targets: Tensor
    causal: Tensor
    causal_targets: Tensor

    def total(self, causal_weight: float = 1.0) -> Tensor:
        """Mean canvas loss plus `causal_weight` times the mean causal loss, nats a target."""
        canvas, causal = self.canvas / self.canvas_targets, self.causal / self.causal_targets
        return canvas + causal_weight * causal

    def sums(self) -> Tensor:
        """[4] canvas and its targets, causal and its targets; float64, detached."""
        found = (self.canvas, self.canvas_targets, self.causal, self.causal_targets)
        return torch.stack([x.detach().double() for x in found])


@dataclass(frozen=True)
class Given:
    """A batch before noise, on the device."""

    context: Tensor
    """[B, C] padded on the right."""
    length: Tensor
    """[B] of the contexts."""
    canvas: Tensor
    """[B, L] what is hidden."""
    clean: Tensor
    """[B, M] the same without padding between gaps: what the causal mode reads and writes."""
    context_at: Tensor
    """[B, C] positions."""
    canvas_at: Tensor
    """[B, L]"""
    clean_at: Tensor
    """[B, M]"""


@dataclass(frozen=True)
class Layout:
    """Which position of a row is what; `S = C + K L + M`."""

    ids: Tensor
    """[B, S]"""
    is_canvas: Tensor
    """[B, S] in denoise mode"""
    positions: Tensor
    """[B, S]"""
    mask: Tensor
    """[B, 1, S, S]"""


def lay_out(given: Given, noisy: Tensor) -> Layout:
    """Rows of a batch with its `noisy` copies [B, K, L]."""
    context, length, clean = given.context, given.length, given.clean
    c, m = context.shape[1], clean.shape[1]
    k, n = noisy.shape[1:]
    device = context.device
    ids = torch.cat((context, noisy.flatten(1), clean), 1)
    copy = torch.cat(  # 0 context, 1 … K noisy, K + 1 clean
        (
            torch.zeros(c, device=device),
            torch.arange(1, k + 1, device=device).repeat_interleave(n),
            torch.full((m,), k + 1, device=device),
        )
    )
    is_canvas = ((copy >= 1) & (copy <= k)).expand(len(ids), -1)
    real = torch.arange(c, device=device) < length[:, None]  # [B, C]
    to_context = F.pad(real, (0, k * n + m))[:, None] & (copy > 0)[:, None]
    same = copy[:, None] == copy
    order = torch.arange(len(copy), device=device)
    causal = order[:, None] >= order
    bidirectional = (copy >= 1) & (copy <= k)
    mask = to_context | (same & (causal | bidirectional[:, None]))
    positions = torch.cat((given.context_at, given.canvas_at.repeat(1, k), given.clean_at), 1)
    return Layout(ids, is_canvas, positions, mask[:, None])


def losses(
    model: CanvasTransformer,
    given: Given,
    noisy: Corrupted,
    special: Special,
    context_stride: int = 1,
) -> Losses:
    """Both losses of a batch of rows; of the context's next tokens every `context_stride`-th is asked."""
    c = given.context.shape[1]
    row = lay_out(given, noisy.ids)
    h, _ = model.trunk(row.ids, row.is_canvas, row.positions, row.mask)
    targets, weight = targets_of(given, noisy, special)
    weight[:, :c] *= torch.arange(c, device=weight.device) % context_stride == 0
    chosen = weight > 0
    w, on_canvas = weight[chosen], row.is_canvas[chosen]
    nll = _nll(model, h, row, targets, chosen, c) * w
    return Losses(
        nll[on_canvas].sum(),
        w[on_canvas].sum().clamp_min(1),
        nll[~on_canvas].sum(),
        w[~on_canvas].sum().clamp_min(1),
    )


def canvas_nll(
    model: CanvasTransformer, given: Given, noisy: Corrupted, special: Special
) -> Tensor:
    """Weighted mean [B, K] of the canvas loss of each noisy copy, nats a target."""
    c, (k, n) = given.context.shape[1], noisy.ids.shape[1:]
    row = lay_out(given, noisy.ids)
    h, _ = model.trunk(row.ids, row.is_canvas, row.positions, row.mask)
    targets, weight = targets_of(given, noisy, special)
    weight = weight * row.is_canvas
    chosen = weight > 0
    nll = torch.zeros_like(weight)
    nll[chosen] = _nll(model, h, row, targets, chosen, c).float()
    of_copy = (nll * weight)[:, c : c + k * n].view(-1, k, n).sum(-1)
    return of_copy / noisy.weight.sum(-1).clamp_min(1e-9)


def text_table(special: Special, device: torch.device) -> Tensor:
    """[V] whether each id stands for text."""
    return torch.from_numpy(special.text_table).to(device)


def targets_of(given: Given, noisy: Corrupted, special: Special) -> tuple[Tensor, Tensor]:
    """Target ids and loss weights [B, S]: the next token in context and clean copy, the own one on a canvas."""
    context, canvas, clean = given.context, given.canvas, given.clean
    k = noisy.ids.shape[1]
    next_context = F.pad(context[:, 1:], (0, 1), value=special.pad)
    text = text_table(special, context.device)
    is_text = text[next_context].float()
    next_clean = F.pad(clean[:, 1:], (0, 1), value=special.pad)
    asked = (text[next_clean] | (next_clean == special.end)).float()
    own = canvas[:, None].expand(-1, k, -1).flatten(1)
    targets = torch.cat((next_context, own, next_clean), 1)
    return targets, torch.cat((is_text, noisy.weight.flatten(1), asked), 1)


def _nll(
    model: CanvasTransformer, h: Tensor, row: Layout, targets: Tensor, chosen: Tensor, c: int
) -> Tensor:
    """Negative log-likelihood [N] of the mixed distribution at the chosen places, in row order."""
    picked, target = h[chosen], targets[chosen]
    vocabulary = -F.cross_entropy(model.logits(picked), target, reduction="none").float()
    if not model.config.n_copy:
        return -vocabulary
    context, allowed = row.ids[:, :c], row.mask[:, 0, :, :c]
    attention = model.copy_attention(h, model.copy_k(h[:, :c]), allowed)  # [B, S, C] logs
    match = allowed & (context[:, None] == targets[..., None])
    copied = attention.masked_fill(~match, -1e9).logsumexp(-1)[chosen].float()
    gate = model.copy_gate(picked).squeeze(-1).float()
    return -torch.logaddexp(F.logsigmoid(-gate) + vocabulary, F.logsigmoid(gate) + copied)
