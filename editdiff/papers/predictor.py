"""What an objective needs of a network, and three tiny networks that are known exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from editdiff.papers.blocks import noised_and_clean


class Predictor(Protocol):
    """A network: from ids to a distribution over the token at each place."""

    def __call__(
        self,
        ids: Tensor,
        *,
        positions: Tensor | None = None,
        attend: Tensor | None = None,
        t: Tensor | None = None,
    ) -> Tensor:
        """Logits [B, S, V] of `ids` [B, S]; V counts the mask.

        `positions` [S] are 0 … S - 1 by default, `attend` [S, S] (queries, keys) everything. `t` [B, S] is the
        time of each place, which a network that knows no time ignores.
        """
        ...


@dataclass(frozen=True)
class Uniform:
    """The network that knows nothing."""

    vocab_size: int

    def __call__(
        self,
        ids: Tensor,
        *,
        positions: Tensor | None = None,
        attend: Tensor | None = None,
        t: Tensor | None = None,
    ) -> Tensor:
        """Zeros [B, S, V]."""
        return torch.zeros(*ids.shape, self.vocab_size, device=ids.device)


@dataclass(frozen=True)
class Tabular:
    """A table of conditionals: a distribution for each place and each partly visible text.

    For V and L up to 4, where every expectation can be enumerated.
    """

    table: Tensor
    """[V^L, L, V] logits; the row's digits in base V are the tokens by position, 0 where none is seen."""
    mask_id: int

    @classmethod
    def random(
        cls, vocab_size: int = 4, length: int = 4, *, mask_id: int = 0, seed: int = 0
    ) -> Tabular:
        """Independent normal logits, float64."""
        generator = torch.Generator().manual_seed(seed)
        shape = (vocab_size**length, length, vocab_size)
        return cls(torch.randn(shape, generator=generator, dtype=torch.float64), mask_id)

    def __call__(
        self,
        ids: Tensor,
        *,
        positions: Tensor | None = None,
        attend: Tensor | None = None,
        t: Tensor | None = None,
    ) -> Tensor:
        """Logits [B, S, V]: what a place may see of `ids` [B, S] names its row; no position is seen twice."""
        v, s = self.table.shape[-1], ids.shape[1]
        where = torch.arange(s) if positions is None else positions
        sees = torch.ones(s, s, dtype=torch.bool) if attend is None else attend
        digits = (ids - self.mask_id) % v * v**where  # [B, S], 0 at masks
        row = (digits[:, None] * sees).sum(-1)  # [B, S]
        return self.table[row, where]


@dataclass(frozen=True)
class LeftToRight:
    """An any-order network asked as a left-to-right one: place i is told what stands before it and nothing else."""

    network: Predictor
    mask_id: int

    def __call__(
        self,
        ids: Tensor,
        *,
        positions: Tensor | None = None,
        attend: Tensor | None = None,
        t: Tensor | None = None,
    ) -> Tensor:
        """Logits [B, L, V] of the token after each of `ids` [B, L], the first of which begins the text."""
        length = ids.shape[1]
        masks = torch.full_like(ids, self.mask_id)
        before = torch.cat((ids[:, 1:], masks[:, :1]), dim=1)  # the last token is no one's past
        where = torch.arange(length, device=ids.device).repeat(2)
        sees = noised_and_clean(length, 1, ids.device)
        both = torch.cat((masks, before), dim=1)  # [B, 2L]
        return self.network(both, positions=where, attend=sees)[:, :length]
