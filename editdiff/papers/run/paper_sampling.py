"""Networks of the papers' objectives as samplers ask them: whole rows, blocks over a cache, left to right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from editdiff.denoise.guess import Guess
from editdiff.families.canvas.transformer import Cache, KeyValue
from editdiff.papers.blocks import block_causal
from editdiff.papers.objectives import SEDD
from editdiff.papers.run.byte_text import MASK
from editdiff.papers.run.paper_model import PaperModel
from editdiff.papers.run.paper_network import PaperNetwork, beside
from editdiff.papers.subs import zero_masking
from editdiff.tokens.base import FloatArray, IntArray
from editdiff.tokens.canvas import Canvas


def guess_of(logp: Tensor) -> Guess:
    """A guess of the whole vocabulary from its log-probabilities or log-scores [B, L, V], likeliest first."""
    values = logp.double().cpu().numpy()
    ids = np.argsort(-values, axis=-1, kind="stable")
    return Guess(ids, np.take_along_axis(values, ids, axis=-1))


class Rows:
    """A network that is shown whole rows, in both directions.

    Mask aside it is free to doubt what is visible (no carry-over), so that samplers that remask can ask it.
    """

    def __init__(self, model: PaperModel) -> None:
        self._model = model
        self.evaluations = 0

    def __call__(self, canvas: Canvas) -> Guess:
        """Guess the canvas [B, L]; the mask has no probability."""
        return guess_of(zero_masking(self._logits(canvas), MASK))

    def scores(self, canvas: Canvas, t: FloatArray) -> Guess:
        """SEDD's log-scores of the canvas at the times `t` [B]."""
        objective = self._model.objective
        assert isinstance(objective, SEDD)
        return guess_of(objective.log_score(self._logits(canvas), torch.from_numpy(t)[:, None]))

    @torch.no_grad()
    def _logits(self, canvas: Canvas) -> Tensor:
        self.evaluations += 1
        logits: Tensor = self._model.network(_ids(self._model.network, canvas.ids))
        return logits.cpu()


class CachedBlocks:
    """A `BlockNetwork` that keeps the keys and values of finished blocks: exact, for they see nothing later."""

    def __init__(self, network: PaperNetwork, block_size: int) -> None:
        """`block_size` in ids; contexts are whole blocks."""
        self._network, self._size = network, block_size
        self.evaluations = 0

    def encode(self, context: IntArray, cache: Any | None = None) -> Cache:
        """Encode ids [C], from the whole blocks on that they share with `cache`."""
        ids = _ids(self._network, context[None])  # [1, C]
        shared = 0 if cache is None else _shared(cache.ids, ids) // self._size * self._size
        past = self._empty() if cache is None else cache.head(shared)
        return past if ids.shape[1] == shared else self._extend(past, ids[:, shared:])[0]

    @torch.no_grad()
    def propose(self, cache: Cache, canvas: Canvas) -> Guess:
        """Guess the block [B, L] that follows."""
        self.evaluations += 1
        ids = _ids(self._network, canvas.ids)
        old, n = cache.ids.shape[1], ids.shape[1]
        everything = torch.ones(n, old + n, dtype=torch.bool, device=ids.device)
        return guess_of(zero_masking(self._logits(self._over(cache, ids, everything)[0]), MASK))

    def _logits(self, states: Tensor) -> Tensor:
        return self._network.network.logits(states)

    @torch.no_grad()
    def _extend(self, past: Cache, new: Tensor) -> tuple[Cache, Tensor]:
        """The cache with the blocks `new` [1, n] behind it, and their final states [1, n, D]."""
        self.evaluations += 1
        old, n = past.ids.shape[1], new.shape[1]
        attend = block_causal(old + n, self._size, new.device)[old:]  # [n, old + n]
        states, layers = self._over(past, new, attend)
        ids = torch.cat((past.ids, new), dim=1)
        return Cache(ids, tuple(layers), states.new_zeros(1, old + n, 0)), states

    def _over(self, past: Cache, new: Tensor, attend: Tensor) -> tuple[Tensor, list[KeyValue]]:
        """Final states [B, n, D] of `new` [B, n] behind a cache, and the layers' keys and values."""
        ids = torch.cat((past.ids.expand(len(new), -1), new), dim=1)  # [B, old + n]
        where = torch.arange(ids.shape[1], device=new.device)
        return self._network.network.trunk(
            new,
            torch.ones_like(new, dtype=torch.bool),
            where[None, past.ids.shape[1] :],
            attend[None, None],
            past,
            beside(ids, where, attend),
        )

    def _empty(self) -> Cache:
        c, weight = self._network.network.config, self._network.network.mode
        nothing = weight.new_zeros(1, c.n_kv_head, 0, c.head_dim)
        ids = torch.zeros(1, 0, dtype=torch.long, device=weight.device)
        return Cache(ids, ((nothing, nothing),) * c.n_layer, weight.new_zeros(1, 0, 0))


class WholeBlocks:
    """Blocks guessed without a cache: context and block go through the network at every step."""

    def __init__(self, network: PaperNetwork, block_size: int) -> None:
        """`block_size` in ids; contexts are whole blocks."""
        self._network, self._size = network, block_size
        self.evaluations = 0

    def encode(self, context: IntArray, cache: Any | None = None) -> Tensor:
        """Ids [1, C]."""
        return _ids(self._network, context[None])

    @torch.no_grad()
    def propose(self, cache: Tensor, canvas: Canvas) -> Guess:
        """Guess the block [B, L] that follows."""
        self.evaluations += 1
        block = _ids(self._network, canvas.ids)
        ids = torch.cat((cache.expand(len(block), -1), block), dim=1)
        attend = block_causal(ids.shape[1], self._size, ids.device)
        logits = self._network(ids, attend=attend)[:, cache.shape[1] :]
        return guess_of(zero_masking(logits, MASK))


@dataclass(frozen=True)
class Before:
    """What stands before the next token, encoded."""

    cache: Cache
    logits: Tensor
    """[1, 1, V] of the next token."""

    @property
    def ids(self) -> Tensor:
        """[1, C + 1], the mask that begins the text among them."""
        return self.cache.ids


class NextToken(CachedBlocks):
    """An autoregressive network as one of blocks of one token."""

    def __init__(self, network: PaperNetwork) -> None:
        super().__init__(network, 1)

    @torch.no_grad()
    def encode(self, context: IntArray, cache: Any | None = None) -> Any:
        """Encode the mask, which begins the text, and ids [C]."""
        ids = _ids(self._network, np.concatenate([[MASK], context])[None])  # [1, C + 1]
        shared = 0 if cache is None else min(_shared(cache.ids, ids), ids.shape[1] - 1)
        past = self._empty() if cache is None else cache.cache.head(shared)
        extended, states = self._extend(past, ids[:, shared:])
        return Before(extended, self._logits(states[:, -1:]))

    def propose(self, cache: Any, canvas: Canvas) -> Guess:
        """Guess the one token [B, 1] that follows; it was computed with the context."""
        return guess_of(zero_masking(cache.logits, MASK).expand(len(canvas.ids), -1, -1))


def _ids(network: PaperNetwork, ids: IntArray) -> Tensor:
    return torch.from_numpy(ids).to(network.network.device)


def _shared(a: Tensor, b: Tensor) -> int:
    """Ids [1, …] that both have at their beginning."""
    n = min(a.shape[1], b.shape[1])
    return int((a[0, :n] == b[0, :n]).long().cumprod(0).sum())
