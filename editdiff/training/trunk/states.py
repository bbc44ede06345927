"""A packed trunk in torch, rows side by side in bf16: quicker than the engine where only states are wanted.

What is fitted on them is used beside the engine, which rounds otherwise: 8-bit activations instead of bf16. How
well it does there is measured there.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from editdiff.denoise.guess import TOP, Guess
from editdiff.families.qwen.packed import Float32
from editdiff.families.qwen.stop import Around
from editdiff.tokens.base import FloatArray, Tokenizer
from editdiff.training.trunk.endings import Row
from editdiff.training.trunk.frozen import FrozenTrunk

STEP = 32
"""Rows are padded to a multiple of so many tokens."""


class TrunkStates:
    """Reads rows of tokens, several at once."""

    def __init__(self, folder: Path, tokenizer: Tokenizer) -> None:
        """Take a folder of packed weights.

        Raises:
            ModelError: when it is missing or broken.
        """
        self._tokenizer = tokenizer
        self._reader = ThreadPoolExecutor(1)
        self._trunk = FrozenTrunk(folder)

    def __call__(self, rows: Sequence[Row]) -> list[tuple[Float32, Guess, FloatArray]]:
        """Of what fills each gap: hidden states, what follows, and how likely that is the text after the gap.

        It is read in a thread of its own: one that has used a processor's matrix tiles (AMX) needs a larger frame
        for every signal, and was seen to be killed where a child's end is signalled to it.
        """
        return self._reader.submit(self._read, rows).result()

    @torch.no_grad()
    def _read(self, rows: Sequence[Row]) -> list[tuple[Float32, Guess, FloatArray]]:
        longest = max(len(row.prompt.ids) + len(row.ids) for row in rows)
        ids = torch.zeros(len(rows), -(-longest // STEP) * STEP, dtype=torch.long)
        for i, row in enumerate(rows):
            whole = np.concatenate((row.prompt.ids, row.ids))
            ids[i, : len(whole)] = torch.from_numpy(whole)
        hidden, _ = self._trunk.encode(ids.to(self._trunk.device))
        starts = [len(row.prompt.ids) for row in rows]
        return [
            self._seen(state[start : start + len(row.ids)], row)
            for state, start, row in zip(hidden, starts, rows, strict=True)
        ]

    def _seen(self, hidden: Tensor, row: Row) -> tuple[Float32, Guess, FloatArray]:
        logits = self._trunk.logits(hidden)
        logp = logits - logits.logsumexp(-1, keepdim=True)
        top = logp.topk(min(TOP, logp.shape[-1]), dim=-1)
        guess = Guess(top.indices.cpu().numpy()[None], top.values.double().cpu().numpy()[None])
        follows = Around.of(row.prompt, self._tokenizer).next
        return hidden.cpu().numpy(), guess, logp[:, follows].double().cpu().numpy()
