"""The canvas transformer: one trunk, two modes.

- `encode`: causal over the context, predicts the next token.
- `denoise`: canvas places attend to the whole context and to each other in both directions, and predict
  the token at their own place. A learned vector on the inputs and a gain of its own at the last norm tell
  the trunk which mode it is in; without them the mode would be invisible on a clean token.
- All matrices are shared, the embedding is tied to the output.
- Context never attends to the canvas, so a key-value cache over the context is exact.
- Copy head: most tokens of a line stand in its context. A place attends with one small head over the final
  states of the context to the context's own tokens; a gate mixes that distribution with the vocabulary's
  (a pointer network, See et al. 2017, eq. 9).

Grouped-query attention with biases on queries and keys, RMSNorm before each sub-layer, rotary positions, SwiGLU;
no dropout.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from editdiff.families.canvas.config import NetworkConfig


def rms_norm(x: Tensor, gain: Tensor, eps: float) -> Tensor:
    """RMSNorm over the last axis (Zhang and Sennrich 2019)."""
    return F.rms_norm(x, (x.shape[-1],), gain, eps)


def rotary_table(config: NetworkConfig, positions: Tensor) -> tuple[Tensor, Tensor]:
    """Cosine and sine `[..., head_dim / 2]` of rotary positions (Su et al. 2021)."""
    half = config.head_dim // 2
    exponent = torch.arange(half, device=positions.device, dtype=torch.float32) / half
    angle = positions.float()[..., None] * config.rope_base**-exponent
    return angle.cos(), angle.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Apply rotary positions to `x` [B, H, S, head_dim]; the two halves form the pairs."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, a * sin + b * cos), dim=-1).to(x.dtype)


Beside = tuple[Tensor, Tensor]
"""Ids [B, S] that stand on the left and on the right of each place, NOTHING where it has none it may know of."""
NOTHING = -1
Attention = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Grouped-query attention of q [B, H, S, head_dim] over k and v [B, KV heads, S, head_dim]."""


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | Attention) -> Tensor:
    """Grouped-query attention [B, H, S, head_dim]: as `mask` allows, or as it does itself."""
    if not isinstance(mask, Tensor):
        return mask(q, k, v)
    groups = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


class Block(nn.Module):
    """Attention and SwiGLU, each behind a norm and added to the stream."""

    def __init__(self, c: NetworkConfig) -> None:
        super().__init__()
        self.c = c
        kv = c.n_kv_head * c.head_dim
        self.norm_attn = nn.Parameter(torch.ones(c.n_embd))
        self.norm_ff = nn.Parameter(torch.ones(c.n_embd))
        # Biases, for every mask looks alike: with rotary positions they let a place attend by distance alone
        # (to its neighbours) from the first steps on, before it has learnt anything of contents.
        self.q = nn.Linear(c.n_embd, c.n_embd)
        self.k = nn.Linear(c.n_embd, kv)
        self.v = nn.Linear(c.n_embd, kv, bias=False)
        self.o = nn.Linear(c.n_embd, c.n_embd, bias=False)
        self.gate = nn.Linear(c.n_embd, c.n_ff, bias=False)
        self.up = nn.Linear(c.n_embd, c.n_ff, bias=False)
        self.down = nn.Linear(c.n_ff, c.n_embd, bias=False)

    def forward(
        self,
        x: Tensor,
        rope: tuple[Tensor, Tensor],
        mask: Tensor | Attention,
        past: KeyValue | None = None,
    ) -> tuple[Tensor, KeyValue]:
        """One layer over `x` [B, S, D]; `mask` [B or 1, 1, S, P + S] is true where attention is allowed."""
        y = rms_norm(x, self.norm_attn, self.c.norm_eps)
        q = rotate(self._heads(self.q(y), self.c.n_head), *rope)  # [B, H, S, hd]
        k = rotate(self._heads(self.k(y), self.c.n_kv_head), *rope)  # [B, KV, S, hd]
        v = self._heads(self.v(y), self.c.n_kv_head)
        if past is not None:
            k, v = (
                torch.cat((old.expand(len(new), -1, -1, -1), new), dim=2)
                for old, new in zip(past, (k, v), strict=True)
            )
        x = x + self.o(attend(q, k, v, mask).transpose(1, 2).flatten(2))
        y = rms_norm(x, self.norm_ff, self.c.norm_eps)
        return x + self.down(F.silu(self.gate(y)) * self.up(y)), (k, v)

    def _heads(self, x: Tensor, n: int) -> Tensor:
        return x.view(*x.shape[:-1], n, self.c.head_dim).transpose(1, 2)


KeyValue = tuple[Tensor, Tensor]
"""Keys and values of one layer, each [B, KV heads, tokens, head_dim], keys rotated."""


@dataclass(frozen=True)
class Cache:
    """What the canvas needs of an encoded context of `C` tokens."""

    ids: Tensor
    """[1, C]"""
    layers: tuple[KeyValue, ...]
    """[…, C, head_dim], or more: what was written behind the context as well."""
    copy_keys: Tensor
    """[1, C, n_copy]"""

    def head(self, n: int) -> Cache:
        """The cache of the first `n` tokens: exact, because every token saw only those before it."""
        layers = tuple((k[:, :, :n], v[:, :, :n]) for k, v in self.layers)
        return Cache(self.ids[:, :n], layers, self.copy_keys[:, :n])


class CanvasTransformer(nn.Module):
    """The network; see the module's docstring."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        d = config.n_embd
        self.embed = nn.Embedding(config.vocab_size, d)
        self.mode = nn.Parameter(torch.zeros(d))
        self.left = nn.Parameter(torch.full((d,), 0.5))
        self.right = nn.Parameter(torch.full((d,), 0.5))
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.n_layer))
        self.norm_encode = nn.Parameter(torch.ones(d))
        self.norm_denoise = nn.Parameter(torch.ones(d))
        if config.n_copy:
            self.copy_q = nn.Linear(d, config.n_copy, bias=False)
            self.copy_k = nn.Linear(d, config.n_copy, bias=False)
            self.copy_gate = nn.Linear(d, 1)
        self._initialise()

    def _initialise(self) -> None:
        """Normal, 0.02; projections back into the stream smaller by the square root of the depth (GPT-2)."""
        for name, p in self.named_parameters():
            if p.dim() == 2:
                back = name.endswith((".o.weight", ".down.weight"))
                nn.init.normal_(p, std=0.02 / (2 * self.config.n_layer) ** 0.5 if back else 0.02)
        nn.init.normal_(self.mode, std=0.02)
        if self.config.n_copy:
            nn.init.constant_(self.copy_gate.bias, -2.0)  # start with little copying

    def trunk(
        self,
        ids: Tensor,
        is_canvas: Tensor,
        positions: Tensor,
        mask: Tensor | Attention,
        past: Cache | None = None,
        beside: Beside | None = None,
    ) -> tuple[Tensor, list[KeyValue]]:
        """Final states [B, S, D] of `ids` [B, S] and the layers' keys and values.

        `is_canvas` [B, S] says which places are in denoise mode; `mask` [B or 1, 1, S, P + S] is true where
        attention is allowed, or is a function that attends as it is allowed. The neighbours of a canvas place are
        those of `beside`, by default the canvas places next to it.
        """
        rope = cast(
            tuple[Tensor, Tensor],
            tuple(t.unsqueeze(1) for t in rotary_table(self.config, positions)),
        )  # [B, 1, S, hd / 2]
        x = self.embed(ids)
        sides = self._next_to(x, is_canvas, positions) if beside is None else self._inputs(beside)
        x = x + is_canvas[..., None] * (self.mode + self._neighbours(*sides))
        layers = []
        for i, block in enumerate(self.blocks):
            x, kv = block(x, rope, mask, past.layers[i] if past else None)
            layers.append(kv)
        gain = torch.where(is_canvas[..., None], self.norm_denoise, self.norm_encode)
        one = torch.ones_like(self.norm_encode)
        return rms_norm(x, one, self.config.norm_eps) * gain, layers

    def _neighbours(self, left: Tensor, right: Tensor) -> Tensor:
        """Inputs of the places beside each place [B, S, D], through a learned gain for either side.

        A mask alone says nothing; without this a network has to find its neighbours by attention before the
        first visible token is of any use, and spends its first millions of tokens on the unigram plateau.
        """
        return left * self.left + right * self.right

    @staticmethod
    def _next_to(x: Tensor, is_canvas: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Inputs of the canvas places whose positions precede and follow, each [B, S, D], 0 where there is none."""
        follows = (positions[:, 1:] == positions[:, :-1] + 1) & is_canvas[:, 1:] & is_canvas[:, :-1]
        left = F.pad(x[:, :-1] * follows[..., None], (0, 0, 1, 0))
        right = F.pad(x[:, 1:] * follows[..., None], (0, 0, 0, 1))
        return left, right

    def _inputs(self, beside: Beside) -> tuple[Tensor, Tensor]:
        """Inputs of the neighbours that `beside` names, each [B, S, D], 0 where it names none."""
        left, right = (self.embed(ids.clamp_min(0)) * (ids != NOTHING)[..., None] for ids in beside)
        return left, right

    def copy_attention(self, h: Tensor, keys: Tensor, allowed: Tensor) -> Tensor:
        """Copy head's log-attention [B, S, C] of states `h` over context `keys` [B, C, n_copy].

        A place that may not look anywhere gives the same finite value to all; its gate cannot matter then,
        since the mass on any id it does not see is nought.
        """
        scores = self.copy_q(h) @ keys.transpose(1, 2) * self.config.n_copy**-0.5
        return cast(Tensor, scores.masked_fill(~allowed, -1e9).log_softmax(-1))

    @property
    def vocabulary_weights(self) -> int:
        """Number of weights that make logits of a state."""
        return self.embed.weight.numel()

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.mode.device

    def logits(self, h: Tensor) -> Tensor:
        """Logits [..., V] of states `h` [..., D] over the vocabulary: the embedding's own matrix, transposed."""
        return h @ self.embed.weight.T

    def log_probs(self, h: Tensor, cache: Cache) -> Tensor:
        """Mixed log-distribution [B, S, V] of states `h` [B, S, D] over a whole context."""
        vocabulary = self.logits(h).log_softmax(-1)
        if not self.config.n_copy:
            return vocabulary
        allowed = torch.ones(1, 1, cache.ids.shape[1], dtype=torch.bool, device=h.device)
        attention = self.copy_attention(h, cache.copy_keys, allowed).exp()
        index = cache.ids[:, None].expand(*attention.shape)
        copied = torch.zeros_like(vocabulary).scatter_add_(-1, index, attention)
        gate = self.copy_gate(h)  # [B, S, 1], the logit of copying
        return torch.logaddexp(
            F.logsigmoid(-gate) + vocabulary, F.logsigmoid(gate) + copied.clamp_min(1e-30).log()
        )

    # ---- inference: context once, canvas many times -------------------------------------------------

    @torch.no_grad()
    def encode(
        self, context: Tensor, past: Cache | None = None, positions: Tensor | None = None
    ) -> Cache:
        """Encode context ids [C] causally, after `past` if given, at `positions` [C], by default its indices."""
        old = past.ids.shape[1] if past else 0
        n = len(context)
        if positions is None:
            positions = torch.arange(old, old + n, device=context.device)
        mask = torch.ones(n, old + n, dtype=torch.bool, device=context.device).tril(old)[None, None]
        ids = context[None]
        is_canvas = torch.zeros_like(ids, dtype=torch.bool)
        h, layers = self.trunk(ids, is_canvas, positions[None], mask, past)
        keys = self.copy_k(h) if self.config.n_copy else h[..., :0]
        if past:
            ids, keys = torch.cat((past.ids, ids), 1), torch.cat((past.copy_keys, keys), 1)
        return Cache(ids, tuple(layers), keys)

    @torch.no_grad()
    def denoise(self, cache: Cache, canvas: Tensor, positions: Tensor | None = None) -> Tensor:
        """Log-distribution [B, L, V] of every place of `canvas` ids [B, L].

        They stand at `positions` [B, L], by default behind the context, one by one.
        """
        return self.log_probs(self._over(cache, canvas, positions, causal=False)[0], cache)

    @torch.no_grad()
    def causal(self, cache: Cache, ids: Tensor, positions: Tensor | None = None) -> Tensor:
        """Log-distribution [B, L, V] of the token after each of `ids` [B, L]: the autoregressive twin."""
        return self.log_probs(self._over(cache, ids, positions, causal=True)[0], cache)

    @torch.no_grad()
    def extend(self, cache: Cache, ids: Tensor, positions: Tensor) -> tuple[Cache, Tensor]:
        """Write `ids` [S] at `positions` [S] behind the context: the longer cache, and `causal` of them [1, S, V].

        The copy head looks at the context alone: ids and copy keys stay those of the context.
        """
        h, layers = self._over(cache, ids[None], positions[None], causal=True)
        return Cache(cache.ids, tuple(layers), cache.copy_keys), self.log_probs(h, cache)

    def _over(
        self, cache: Cache, ids: Tensor, positions: Tensor | None, *, causal: bool
    ) -> tuple[Tensor, list[KeyValue]]:
        """Hidden states of `ids` [B, L] behind the cache, and all keys and values."""
        c, n = cache.layers[0][0].shape[2], ids.shape[1]
        if positions is None:
            positions = torch.arange(c, c + n, device=ids.device)[None]
        mask = torch.ones(n, c + n, dtype=torch.bool, device=ids.device)
        if causal:
            mask = mask.tril(c)
        is_canvas = torch.full_like(ids, not causal, dtype=torch.bool)
        return self.trunk(ids, is_canvas, positions, mask[None, None], cache)
