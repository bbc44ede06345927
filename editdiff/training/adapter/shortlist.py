"""The commonest tokens of a corpus: while training, what is named is one of these.

An output layer of 150,000 rows would cost more than several layers; what is outside is no target.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor

from editdiff.tokens.base import IntArray, Tokenizer
from editdiff.training.adapter.canvases import NO_TARGET
from editdiff.training.corpus.sources import SourceFile
from editdiff.training.trunk.frozen import FrozenTrunk

CHARACTERS = 6_000_000
"""Code points that are counted."""
MOST = 20_000
"""Code points of one file, so that no file speaks for all."""


def commonest(
    groups: Iterable[tuple[float, Sequence[SourceFile]]],
    tokenizer: Tokenizer,
    size: int,
    seed: int = 0,
) -> IntArray:
    """[K ≤ size] ids of text, rising; of each group of files as much is counted as its share says."""
    counts = np.zeros(tokenizer.vocab_size, dtype=np.int64)
    for share, files in groups:
        left = share * CHARACTERS
        for number in np.random.default_rng(seed).permutation(len(files)):
            text = files[number].text[:MOST]
            np.add.at(counts, tokenizer.encode(text), 1)
            left -= len(text)
            if left <= 0:
                break
    order = np.argsort(-counts, kind="stable")[:size]
    return np.sort(order[counts[order] > 0])


class Shortlist:
    """Rows of the output layer, and where each id stands among them."""

    def __init__(self, ids: IntArray, trunk: FrozenTrunk) -> None:
        self.ids = torch.from_numpy(ids).to(trunk.device)
        self.rows = trunk.tied[self.ids]
        self._index = torch.full((trunk.config.rows + 1,), NO_TARGET, device=trunk.device)
        self._index[self.ids] = torch.arange(len(ids), device=trunk.device)

    def index(self, targets: Tensor) -> Tensor:
        """Where ids […] stand in the list; NO_TARGET for those that do not, and for no target."""
        return self._index[targets]  # NO_TARGET is the last entry
