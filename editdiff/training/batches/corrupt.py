"""q(x_t | x_0) on a canvas: masks, and wrong tokens at places that stay visible.

alpha(t) = 1 - t, the linear schedule of MDLM (arXiv 2406.07524) and MD4 (arXiv 2406.04329): each place is masked
with probability t.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from editdiff.tokens.base import Special

CERTAIN = 1.0
"""Value of t at which every place is masked: where every fill begins."""


@dataclass(frozen=True)
class Noise:
    """How visible places are corrupted."""

    wrong_share: float = 0.5
    """Share of the copies that get wrong tokens at all; the first copy, fully masked, never does."""
    wrong_rate: float = 0.1
    """Probability of a wrong token at a visible place of such a copy."""
    t_clip: float = 0.15
    """The weight 1/t of the NELBO (MDLM eq. 11) is held at this t below it: fewer masks, not more noise."""
    keep_weight: float = 0.1
    """Loss weight of a visible, right token in such a copy: it must not be changed."""
    revision_t: float = 0.3
    """Most masks in a copy that starts from a draft; its first copy has none."""
    revision_done: float = 0.3
    """Share of a draft's wrong places that are right already in its other copies: a revision half done."""


@dataclass(frozen=True)
class Corrupted:
    """Noisy copies of a canvas and what each place's prediction counts."""

    ids: Tensor
    """[B, K, L] noisy ids."""
    weight: Tensor
    """[B, K, L] loss weight of predicting the clean id; 0 where nothing is asked."""
    masked: Tensor
    """[B, K, L] places that hold the mask."""


def low_discrepancy_t(b: int, k: int, generator: torch.Generator, t_min: float = 0.02) -> Tensor:
    """Noise levels [B, K] in [t_min, 1]: each row's copies are spread evenly (MDLM's antithetic t).

    The first copy is fully masked, t = 1: where every fill begins.
    """
    u = (torch.rand(b, 1, generator=generator) + torch.arange(k) / k) % 1.0
    t = t_min + (1 - t_min) * u
    t[:, 0] = CERTAIN
    return t


def corrupt(
    clean: Tensor, t: Tensor, special: Special, noise: Noise, g: torch.Generator
) -> Corrupted:
    """Corrupt `clean` [B, L] (each gap: sentinel, tokens, `<end>`, `<pad>` …) into K copies at levels `t` [B, K].

    Padding is known exactly when its gap's `<end>` is visible: the copy never shows one without the other, and
    all of a gap's padding together counts as one token, because it is the easiest of all.
    """
    b, k = t.shape
    x0 = clean[:, None].expand(b, k, -1)
    sentinel = torch.isin(x0, torch.tensor(special.gaps))
    pad, end = x0 == special.pad, x0 == special.end
    masked = (torch.rand(x0.shape, generator=g) < t[..., None]) & ~sentinel
    gap = sentinel.cumsum(-1) - 1
    has_end = _count(end, gap) > 0
    end_hidden = _count(masked & end, gap) > 0
    masked = torch.where(pad & has_end, end_hidden, masked)
    with_wrong = torch.rand(b, k, 1, generator=g) < noise.wrong_share
    with_wrong[:, 0] = False
    content = ~sentinel & ~pad & ~end
    wrong = content & ~masked & with_wrong & (torch.rand(x0.shape, generator=g) < noise.wrong_rate)
    text = torch.from_numpy(special.text_ids)
    uniform = text[torch.randint(len(text), x0.shape, generator=g)]
    ids = torch.where(wrong, uniform, x0).masked_fill(masked, special.mask)
    pads = _count(pad & masked, gap).clamp_min(1)
    kept = content & ~masked & with_wrong & (ids == x0)
    weight = (masked & ~pad).float() + (pad & masked) / pads + (wrong & (ids != x0)).float()
    nelbo = 1 / t[..., None].clamp_min(noise.t_clip)
    return Corrupted(ids, nelbo * (weight + noise.keep_weight * kept), masked)


def _count(flags: Tensor, gap: Tensor) -> Tensor:
    """How many `flags` [B, K, L] are set in the gap [B, K, L] of each place."""
    counts = torch.zeros_like(gap).scatter_add_(-1, gap, flags.long())
    return counts.gather(-1, gap)


def with_drafts(
    noisy: Corrupted,
    draft: Tensor,
    clean: Tensor,
    special: Special,
    noise: Noise,
    g: torch.Generator,
) -> Corrupted:
    """Show the rows whose `draft` [B, L] differs from `clean` [B, L] that draft instead: in-place revision.

    Its wrong places and a few masks are asked in full, its right ones are to be kept.
    """
    revised = (draft != clean).any(-1)[:, None, None]
    shape = noisy.ids.shape
    content = ((clean != special.pad) & (clean != special.end))[:, None].expand(shape)
    content = content & ~torch.isin(clean, torch.tensor(special.gaps))[:, None]
    t = noise.revision_t * torch.rand(shape[:2], generator=g)
    t[:, 0] = 0
    masked = content & (torch.rand(shape, generator=g) < t[..., None])
    done = torch.rand(shape, generator=g) < noise.revision_done
    done[:, 0] = False
    shown = torch.where(done, clean[:, None], draft[:, None]).masked_fill(masked, special.mask)
    asked = masked | (shown != clean[:, None])
    weight = torch.where(asked, 1.0, noise.keep_weight * content)
    return Corrupted(
        torch.where(revised, shown, noisy.ids),
        torch.where(revised, weight, noisy.weight),
        torch.where(revised, masked, noisy.masked),
    )


def with_own_samples(
    noisy: Corrupted,
    samples: Tensor,
    clean: Tensor,
    rate: float,
    special: Special,
    g: torch.Generator,
) -> Corrupted:
    """Replace a share of the masks by the model's own samples [B, K, L]: plausible errors, not junk.

    The first copy stays fully masked. A place that got a sample is visible and still asked for, right or not.
    """
    content = (clean != special.pad) & (clean != special.end)
    chosen = (
        noisy.masked & content[:, None] & torch.isin(samples, torch.from_numpy(special.text_ids))
    )
    chosen &= torch.rand(chosen.shape, generator=g) < rate
    chosen[:, 0] = False
    return Corrupted(torch.where(chosen, samples, noisy.ids), noisy.weight, noisy.masked & ~chosen)
