"""Batches packed end to end into sequences of one length: the form for a GPU.

No padding but at the ends of the sequences, and one shape for a whole run, so that everything is compiled
once. Which place sees which is a function of row and part, for FlexAttention (Dong et al. 2024, arXiv
2412.05496). The copy head's two log-sums, over all that a place may copy and over the copies of its target,
are log-sum-exps of the same attention.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any, cast

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.attention.flex_attention import (
    AuxRequest,
    BlockMask,
    create_block_mask,
    create_mask,
    flex_attention,
)

from editdiff.families.canvas.transformer import Attention, CanvasTransformer
from editdiff.tokens.base import Special
from editdiff.training.batches.corrupt import Corrupted
from editdiff.training.batches.data import Batch
from editdiff.training.batches.loss import Given, Losses, targets_of, text_table
from editdiff.training.batches.noising import (
    generator,
    gumbel_argmax,
    noisy_copies,
    shows_own_samples,
)
from editdiff.training.batches.positions import Positions, draw_positions
from editdiff.training.batches.recipe import Recipe

CONTEXT, CLEAN = 0, 127
"""Parts of a row: its context, then its noisy copies 1 … K, then its clean copy."""
UNLIKELY = -1e4
"""Score, in nats, of what is not a copy of the target: finite, so that no gradient is undefined."""
SAMPLED_AT_ONCE = 4096
"""Places whose own samples are drawn together."""


@dataclass(frozen=True)
class Packed:
    """One step's rows, all [B, S]; filled up with `<pad>` in row -1."""

    ids: Tensor
    positions: Tensor
    row: Tensor
    """Number of the row in the batch."""
    part: Tensor
    """CONTEXT, 1 … K or CLEAN."""
    targets: Tensor
    weight: Tensor
    """Loss weight; 0 where nothing is asked."""
    replaceable: Tensor
    """Masked places of text in copies after the first, which may show the model's own samples."""
    step: int = 0
    left_out: int = 0
    """Rows that found no room."""

    @property
    def is_canvas(self) -> Tensor:
        """[B, S] places in denoise mode."""
        return (self.part > CONTEXT) & (self.part < CLEAN)

    @property
    def tokens(self) -> int:
        """Positions, padding included."""
        return self.ids.numel()

    @property
    def asked(self) -> int:
        """Places whose token is asked."""
        return int((self.weight > 0).sum())

    @property
    def canvas_targets(self) -> int:
        """Canvas places that are asked."""
        return int(((self.weight > 0) & self.is_canvas).sum())

    def to(self, device: torch.device) -> Packed:
        """The same on a device."""
        tensors = {
            f.name: getattr(self, f.name).to(device, non_blocking=True)
            for f in fields(self)
            if f.name not in ("step", "left_out")
        }
        return replace(self, **tensors)


def pack_rows(
    batch: Batch,
    noisy: Corrupted,
    at: Positions,
    special: Special,
    shape: tuple[int, int],
) -> Packed:
    """Lay the rows of a batch end to end into `shape` = (sequences, their length), first fit, longest first."""
    rows = [_row(batch, noisy, at, special, i) for i in range(len(batch.context))]
    sequences, length = shape
    filled = np.zeros(sequences, dtype=np.int64)
    empty = (special.pad, 0, -1, CONTEXT, special.pad, 0.0, False)
    kinds = (np.int64, np.int64, np.int64, np.int64, np.int64, np.float32, np.bool_)
    arrays: list[NDArray[Any]] = [
        np.full(shape, e, dtype=k) for e, k in zip(empty, kinds, strict=True)
    ]
    left_out = 0
    for i in np.argsort([-len(row[0]) for row in rows], kind="stable"):
        n = len(rows[i][0])
        room = np.flatnonzero(filled + n <= length)
        if not len(room):
            left_out += 1
            continue
        where = int(room[0])
        for array, values in zip(arrays, rows[i], strict=True):
            array[where, filled[where] : filled[where] + n] = values
        filled[where] += n
    ids, positions, row, part, targets, weight, replaceable = map(torch.from_numpy, arrays)
    return Packed(ids, positions, row, part, targets, weight, replaceable, left_out=left_out)


def _row(
    batch: Batch,
    noisy: Corrupted,
    at: Positions,
    special: Special,
    i: int,
) -> tuple[NDArray[Any], ...]:
    """Fields of `Packed` of one row, each [S of the row]."""
    n, clean = int(batch.context_length[i]), batch.clean[i]
    clean = clean[: int(np.flatnonzero(clean != special.pad)[-1]) + 1]
    context, copies = batch.context[i, :n], noisy.ids[i].numpy()
    given = Given(
        torch.from_numpy(context)[None],
        torch.tensor([n]),
        torch.from_numpy(batch.canvas[i])[None],
        torch.from_numpy(clean)[None],
        *(torch.from_numpy(a[None, i]) for a in at),
    )
    alone = Corrupted(*(x[i : i + 1] for x in (noisy.ids, noisy.weight, noisy.masked)))
    k, size = copies.shape
    positions = (at.context[i, :n], np.tile(at.canvas[i], k), at.clean[i, : len(clean)])
    part = (np.full(n, CONTEXT), np.repeat(np.arange(1, k + 1), size), np.full(len(clean), CLEAN))
    targets, weight = (x[0].numpy() for x in targets_of(given, alone, special))
    text = special.is_text(batch.canvas[i]) & noisy.masked[i].numpy()
    text[0] = False
    replaceable = np.zeros(n + k * size + len(clean), dtype=np.bool_)
    replaceable[n : n + k * size] = text.ravel()
    ids = np.concatenate((context, copies.ravel(), clean))
    row = np.full(len(ids), i)
    return (ids, np.concatenate(positions), row, np.concatenate(part), targets, weight, replaceable)


Rule = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
"""Of batch, head, asking and asked place: whether the one sees the other."""


def attention_rule(packed: Packed) -> Rule:
    """Which place sees which: the context before it, its own copy both ways, the clean copy before it."""
    row, part = packed.row, packed.part

    def allowed(b: Tensor, h: Tensor, q: Tensor, kv: Tensor) -> Tensor:
        asking, asked = part[b, q], part[b, kv]
        before = q >= kv
        noisy = (asking > CONTEXT) & (asking < CLEAN)
        of_context = (asked == CONTEXT) & ((asking > CONTEXT) | before)
        return (row[b, q] == row[b, kv]) & (of_context | ((asking == asked) & (noisy | before)))

    return allowed


def copy_rule(packed: Packed) -> Rule:
    """Which place may copy from which: of its own row's context, what it sees."""
    row, part = packed.row, packed.part

    def allowed(b: Tensor, h: Tensor, q: Tensor, kv: Tensor) -> Tensor:
        seen = (part[b, q] > CONTEXT) | (q >= kv)
        return (row[b, q] == row[b, kv]) & (part[b, kv] == CONTEXT) & seen

    return allowed


class Dense:
    """Attention over packed rows by dense masks: what FlexAttention computes, for a CPU and for tests."""

    def __init__(self, shape: tuple[int, int], device: torch.device) -> None:
        self.shape, self.device = shape, device

    def _mask(self, rule: Rule) -> Tensor:
        sequences, length = self.shape
        return create_mask(rule, sequences, 1, length, length, device=self.device)

    def trunk(self, packed: Packed) -> Tensor | Attention:
        """What the trunk takes for its mask."""
        return self._mask(attention_rule(packed))

    def copied(self, q: Tensor, k: Tensor, packed: Packed) -> Tensor:
        """Log-share [B, S] of the attention of `q` over `k`, each [B, S, n_copy], that lies on the target."""
        scores = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
        allowed = self._mask(copy_rule(packed))[:, 0]
        match = packed.ids[:, None] == packed.targets[..., None]
        every = scores.masked_fill(~allowed, float("-inf")).logsumexp(-1)
        found = torch.where(match, scores, UNLIKELY).masked_fill(~allowed, float("-inf"))
        return found.logsumexp(-1) - every


class Flex:
    """The same by FlexAttention: compiled, and blocks that see nothing of each other cost nothing."""

    def __init__(self, shape: tuple[int, int], device: torch.device) -> None:
        self.shape, self.device = shape, device
        cuda = device.type == "cuda"
        self._build = torch.compile(create_block_mask) if cuda else create_block_mask
        self._attend = torch.compile(flex_attention) if cuda else flex_attention

    def _mask(self, rule: Rule) -> BlockMask:
        sequences, length = self.shape
        return self._build(rule, sequences, None, length, length, device=self.device)

    def trunk(self, packed: Packed) -> Tensor | Attention:
        """What the trunk takes for its mask."""
        return partial(
            flex_attention, block_mask=self._mask(attention_rule(packed)), enable_gqa=True
        )

    def copied(self, q: Tensor, k: Tensor, packed: Packed) -> Tensor:
        """See `Dense.copied`; both sums are log-sum-exps of one attention over the context."""
        ids, targets = packed.ids, packed.targets

        def of_target(score: Tensor, b: Tensor, h: Tensor, q: Tensor, kv: Tensor) -> Tensor:
            return torch.where(ids[b, kv] == targets[b, q], score, UNLIKELY)

        mask = self._mask(copy_rule(packed))
        attend = partial(cast(Callable[..., Any], self._attend), return_aux=AuxRequest(lse=True))
        q, k = q[:, None], k[:, None]
        every, found = (
            attend(q, k, k, score_mod, mask)[1].lse[:, 0] for score_mod in (None, of_target)
        )
        return cast(Tensor, found - every)


class PackedRows:
    """Noise and losses of packed rows."""

    def __init__(self, recipe: Recipe, special: Special, device: torch.device) -> None:
        self.recipe, self.special, self.device = recipe, special, device
        plan = recipe.batch
        self.shape = (max(1, plan.tokens // plan.sequence), plan.sequence)
        cuda = device.type == "cuda"
        self.attention = Flex(self.shape, device) if cuda else Dense(self.shape, device)
        self._trunk: Callable[..., Any] | None = None

    def prepare(self, batch: Batch, step: int) -> Packed:
        """Draw the noise of one step and pack it; on the CPU."""
        g = generator(self.recipe.optim, step)
        noisy = noisy_copies(batch, self.recipe, self.special, g)
        seed = (self.recipe.optim.seed, step)
        at = draw_positions(batch, self.recipe.network.positions, seed)
        packed = pack_rows(batch, noisy, at, self.special, self.shape)
        stride = self.recipe.optim.context_stride
        left = (packed.part == CONTEXT) & (packed.positions % stride != 0)
        return replace(packed, step=step, weight=packed.weight.masked_fill(left, 0.0))

    def losses(self, model: CanvasTransformer, packed: Packed) -> Losses:
        """Both losses; some steps show the model its own samples."""
        p = packed.to(self.device)
        mask = self.attention.trunk(p)
        if shows_own_samples(self.recipe.optim, p.step):
            p = self.with_own_samples(model, p, mask)
        h = self.states(model, p, mask)
        chosen = p.weight > 0
        w, on_canvas = p.weight[chosen], p.is_canvas[chosen]
        nll = self._nll(model, h, p, chosen) * w
        return Losses(
            nll[on_canvas].sum(),
            w[on_canvas].sum().clamp_min(1),
            nll[~on_canvas].sum(),
            w[~on_canvas].sum().clamp_min(1),
        )

    def states(self, model: CanvasTransformer, p: Packed, mask: Tensor | Attention) -> Tensor:
        """Final states [B, S, D]; compiled once where the recipe says so, for the shape never changes."""
        if self._trunk is None:
            compiled = self.recipe.batch.compile_trunk
            self._trunk = torch.compile(model.trunk) if compiled else model.trunk
        return cast(Tensor, self._trunk(p.ids, p.is_canvas, p.positions, mask)[0])

    def _nll(self, model: CanvasTransformer, h: Tensor, p: Packed, chosen: Tensor) -> Tensor:
        """Negative log-likelihood [N] of the mixed distribution at the chosen places, in order."""
        picked, target = h[chosen], p.targets[chosen]
        logits = model.logits(picked)
        vocabulary = -F.cross_entropy(logits, target, reduction="none").float()
        if not model.config.n_copy:
            return -vocabulary
        copied = self.attention.copied(model.copy_q(h), model.copy_k(h), p)[chosen].float()
        gate = model.copy_gate(picked).squeeze(-1).float()
        return -torch.logaddexp(F.logsigmoid(-gate) + vocabulary, F.logsigmoid(gate) + copied)

    @torch.no_grad()
    def with_own_samples(
        self, model: CanvasTransformer, p: Packed, mask: Tensor | Attention
    ) -> Packed:
        """Replace a share of the masks by the model's own samples; those places are still asked."""
        g = torch.Generator(self.device).manual_seed(p.step)
        share = torch.rand(p.ids.shape, generator=g, device=self.device)
        chosen = p.replaceable & (share < self.recipe.optim.own_samples_rate)
        states = self.states(model, p, mask)[chosen]
        samples = [
            gumbel_argmax(model.logits(states[i : i + SAMPLED_AT_ONCE]), g)
            for i in range(0, len(states), SAMPLED_AT_ONCE)
        ]
        ids, found = p.ids.clone(), torch.cat(samples)
        ids[chosen] = torch.where(
            text_table(self.special, found.device)[found], found, p.ids[chosen]
        )
        return replace(p, ids=ids)
