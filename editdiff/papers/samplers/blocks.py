"""Text of any length, one block after the other, as BD3-LM writes it (Arriola et al., arXiv 2503.09573).

Each block is denoised by any of the other samplers over what is written so far. Finished blocks are encoded once
and kept in the network's cache; of a long text only the last tokens are shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import numpy as np

from editdiff.denoise.commit import require
from editdiff.denoise.guess import Guess
from editdiff.papers.samplers.sampling import Sampling, sampled, text_canvas
from editdiff.papers.samplers.stop import Stop
from editdiff.tokens.base import IntArray, Special
from editdiff.tokens.canvas import Canvas


class BlockNetwork(Protocol):
    """What is asked of a network: the two methods of a `Denoiser` that know nothing of text."""

    def encode(self, context: IntArray, cache: Any | None = None) -> Any:
        """Encode ids [C]; what they share with `cache` at their beginning is taken from there."""
        ...

    def propose(self, cache: Any, canvas: Canvas) -> Guess:
        """Guess the block on a canvas [B, L] that follows the context."""
        ...


@dataclass(frozen=True)
class Blocks:
    """How a text is cut into blocks."""

    size: int
    """Tokens of one block."""
    most: int
    """Tokens in all at most, those given at the beginning included."""
    window: int = 1024
    """Tokens that the network is shown at most, the block at work included."""
    keeps_cache: bool = True
    """Whether finished blocks stay encoded, instead of being encoded again with each block."""

    def __post_init__(self) -> None:
        """Raise UsageError for sizes that cannot be."""
        require(self.size >= 1, "size", "a number of tokens, at least 1", self.size)
        require(self.window >= self.size, "window", "at least a block", self.window)


@dataclass(frozen=True)
class Text:
    """A draft in the making."""

    ids: IntArray
    """[n] what is written so far."""
    cache: Any = None
    """The network's cache of the context that its last block was written over."""
    ended: bool = False
    """Whether a rule has stopped it."""


def semi_autoregressive(
    network: BlockNetwork,
    start: IntArray,
    drafts: int,
    how: Sampling,
    blocks: Blocks,
    special: Special,
    seed: int = 0,
    stop: Stop | None = None,
) -> Iterator[list[Text]]:
    """Write `drafts` texts that begin with `start` [C], and yield all of them after each block.

    Drafts that are alike so far are denoised together; each draws from its own stream, whoever runs beside it.
    """
    texts = [Text(start)] * drafts
    for block in range(-(-max(blocks.most - len(start), 0) // blocks.size)):
        going = [draft for draft in range(drafts) if not texts[draft].ended]
        for group in _alike(texts, going):
            keys = [(seed, draft, block) for draft in group]
            written = _block(network, texts[group[0]], how, blocks, special, keys)
            for draft, text in zip(group, written, strict=True):
                texts[draft] = _judged(text, stop)
        if going:
            yield list(texts)


def _block(
    network: BlockNetwork,
    text: Text,
    how: Sampling,
    blocks: Blocks,
    special: Special,
    keys: list[tuple[int, int, int]],
) -> list[Text]:
    """Write one block behind a text, a draft for each of `keys`."""
    size = min(blocks.size, blocks.most - len(text.ids))
    context = text.ids[max(0, len(text.ids) + size - blocks.window) :]
    cache = network.encode(context, text.cache if blocks.keeps_cache else None)
    canvas = text_canvas(special, len(keys), size)
    done = sampled(partial(network.propose, cache), canvas, how, keys=keys)
    return [Text(np.concatenate([text.ids, ids]), cache) for ids in done.ids]


def _alike(texts: list[Text], going: list[int]) -> list[list[int]]:
    """Drafts that go on, those with the same text together."""
    groups: dict[bytes, list[int]] = {}
    for draft in going:
        groups.setdefault(texts[draft].ids.tobytes(), []).append(draft)
    return list(groups.values())


def _judged(text: Text, stop: Stop | None) -> Text:
    kept = stop(text.ids) if stop else None
    return text if kept is None else replace(text, ids=text.ids[:kept], ended=True)
