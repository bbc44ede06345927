"""Middles that the trunk writes itself, greedily: what a canvas has to foresee when it drafts for that trunk.

(DFlash, 2026: 4.6 tokens accepted a round where the text trained on is the target model's own, 1.5 elsewhere.)
What was written has been read on the way: nothing is encoded twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from editdiff.tokens.base import IntArray, Special
from editdiff.training.adapter.reading import ReadRow, padded, parted
from editdiff.training.adapter.rows import MiddleRow
from editdiff.training.trunk.frozen import Cache, FrozenTrunk, KeysValues

READ_AT_ONCE = 8
"""Prompts that are read side by side."""


@torch.no_grad()
def write_middles(trunk: FrozenTrunk, rows: Sequence[MiddleRow], special: Special) -> list[ReadRow]:
    """The rows with as many tokens of the trunk's own behind their heads; ids without text are never written."""
    order = sorted(range(len(rows)), key=lambda i: -len(rows[i].middle))
    falling = [rows[i] for i in order]
    lengths = np.array([len(row.middle) - 1 for row in falling])
    writer = _Writer(trunk, falling, int(lengths[0]), special)
    texts: list[list[int]] = [[] for _ in falling]
    for written in range(lengths[0]):
        for text, token in zip(texts, writer.write(int((lengths > written).sum())), strict=False):
            text.append(token)
    own = [
        replace(row, middle=np.append(row.middle[:1], text))
        for row, text in zip(falling, texts, strict=True)
    ]
    made = parted(own, writer.hidden, writer.cache)
    return [made[i] for i in np.argsort(order)]


def _encoded(trunk: FrozenTrunk, wholes: Sequence[IntArray], slots: int) -> tuple[Tensor, Cache]:
    """Hidden states and cache of texts in `slots` slots each, read with others of about their length."""
    c, count = trunk.config, len(wholes)
    hidden = torch.zeros(count, slots, c.width, device=trunk.device)
    shape = (count, c.kv_heads, slots, c.head_dim)
    cache = [
        KeysValues(*(torch.zeros(shape, dtype=trunk.kind, device=trunk.device) for _ in "kv"))
        for _ in range(c.layers)
    ]
    order = sorted(range(count), key=lambda i: len(wholes[i]))
    for start in range(0, count, READ_AT_ONCE):
        which = order[start : start + READ_AT_ONCE]
        states, read = trunk.encode(padded([wholes[i] for i in which], trunk.device))
        size = states.shape[1]
        hidden[which, :size] = states
        for own, new in zip(cache, read, strict=True):
            own.keys[which, :, :size], own.values[which, :, :size] = new
    return hidden, cache


class _Writer:
    """Texts of `R` rows that grow token by token; each row writes over what was padding."""

    def __init__(
        self, trunk: FrozenTrunk, rows: Sequence[MiddleRow], room: int, special: Special
    ) -> None:
        self._trunk = trunk
        wholes = [np.append(row.prompt, row.middle[0]) for row in rows]
        self._at = torch.tensor([len(whole) for whole in wholes], device=trunk.device)
        self.hidden, self.cache = _encoded(trunk, wholes, max(map(len, wholes)) + room)
        silent = np.ones(trunk.config.rows, dtype=np.bool_)
        silent[special.text_ids] = False
        self._silent = torch.from_numpy(silent).to(trunk.device)

    def write(self, count: int) -> list[int]:
        """Write one token behind each of the first `count` rows; their ids."""
        rows, at = torch.arange(count, device=self._at.device), self._at[:count]
        last = self.hidden[rows, at - 1]
        ids = self._trunk.logits(last).masked_fill_(self._silent, -torch.inf).argmax(dim=-1)

        def attend(layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            keys, values = (part[:count] for part in self.cache[layer])
            grouped = q.view(count, keys.shape[1], -1, q.shape[-1])  # [R, KV, group, head_dim]
            keys[rows, :, at] = k[:, :, 0].to(keys.dtype)
            values[rows, :, at] = v[:, :, 0].to(keys.dtype)
            slots = torch.arange(keys.shape[2], device=keys.device)
            sees = (slots <= at[:, None])[:, None, None]  # [R, 1, 1, N]
            mixed = F.scaled_dot_product_attention(grouped.to(keys.dtype), keys, values, sees)
            return mixed.view(q.shape)

        made = self._trunk.run(self._trunk.embed(ids)[:, None], at[:, None], attend)
        self.hidden[rows, at] = made[:, 0]
        self._at[:count] += 1
        return [int(i) for i in ids]
