"""A network from left to right that has learnt some texts: what follows from the few tokens before it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.families.base import Sequel, Traits
from editdiff.prompt.base import Prompt, PromptFormat
from editdiff.prompt.sections import Sections
from editdiff.tokens.base import NONE, FloatArray, IntArray, Tokenizer
from editdiff.tokens.byte_tokenizer import ByteTokenizer
from editdiff.tokens.canvas import Canvas


@dataclass(frozen=True)
class Written:
    """A context, and a tree of tokens behind it."""

    prompt: Prompt
    tree: tuple[int, ...] = ()
    behind: tuple[int, ...] = ()

    def before(self, place: int) -> tuple[int, ...]:
        """Tokens of the tree from the context to `place`."""
        row: list[int] = []
        while place != NONE:
            row.append(self.tree[place])
            place = self.behind[place]
        return tuple(reversed(row))


@dataclass(frozen=True)
class ChainDenoiser:
    """A `TreeDenoiser` without a canvas: counts of what stood behind the last `order` tokens, a little of all else.

    Every text ends with `<end>`. Of the context it sees nothing.
    """

    texts: tuple[str, ...]
    order: int = 8
    tokenizer: Tokenizer = field(default_factory=ByteTokenizer)
    form: PromptFormat | None = None
    """Of its contexts; by default our own."""
    max_context: int = 4096
    smooth: float = 1e-4
    """Count of every token that was not seen there."""

    @property
    def traits(self) -> Traits:
        """No canvas."""
        return Traits(self.max_context, gaps=8)

    @property
    def prompt(self) -> PromptFormat:
        """Form of a context."""
        return self.form or Sections(self.tokenizer)

    def encode(self, prompt: Prompt, cache: Written | None = None) -> Written:
        """The context is all that there is to keep."""
        return Written(prompt)

    def propose(self, cache: Written, canvas: Canvas, asked: IntArray | None = None) -> Guess:
        """There is no canvas."""
        raise NotImplementedError("a chain has no canvas")

    def extend(self, cache: Written, ids: IntArray) -> tuple[Written, Guess]:
        """What follows each of `ids` [S], written one behind the other."""
        every = np.arange(len(ids))
        return self.write(cache, ids, len(cache.tree) + every - 1, every)

    def write(
        self, cache: Written, ids: IntArray, behind: IntArray, wanted: IntArray
    ) -> tuple[Written, Guess]:
        """Write `ids` [S] into the tree; what follows those `wanted`."""
        start = len(cache.tree)
        longer = Written(
            cache.prompt, (*cache.tree, *ids.tolist()), (*cache.behind, *behind.tolist())
        )
        rows = [self._after(longer.before(start + place)) for place in wanted.tolist()]
        logp = np.log(np.stack(rows))
        top = np.argsort(-logp, axis=-1, kind="stable")[:, :32]
        return longer, Guess(top[None], np.take_along_axis(logp, top, axis=-1)[None])

    def branch(
        self, cache: Written, ids: IntArray, behind: IntArray, asked: IntArray
    ) -> tuple[Written, Guess, FloatArray]:
        """Write `ids` [S] into the tree; what follows each, and how likely `asked` [S] does."""
        longer, guess = self.write(cache, ids, behind, np.arange(len(ids)))
        rows = range(len(cache.tree), len(longer.tree))
        after = [self._after(longer.before(row)) for row in rows]
        told = [row[token] for row, token in zip(after, asked.tolist(), strict=True)]
        return longer, guess, np.log(np.array(told))

    def only(self, cache: Written, count: int) -> Written:
        """The first tokens of the tree alone."""
        return Written(cache.prompt, cache.tree[:count], cache.behind[:count])

    def read_on(self, cache: Written, sequels: Sequence[Sequel]) -> FloatArray:
        """It knows the end of a text as well as any other token."""
        return np.array([sequel.ending for sequel in sequels])

    def score(self, cache: Written, ids: IntArray) -> FloatArray:
        """[B, L-1] log-probabilities of `ids[:, 1:]`; 0 for padding."""
        told = np.zeros((len(ids), ids.shape[1] - 1))
        for i, row in enumerate(ids.tolist()):
            for place in range(1, len(row)):
                if row[place] != self.tokenizer.special.pad:
                    told[i, place - 1] = np.log(self._after(tuple(row[:place]))[row[place]])
        return told

    @cached_property
    def _counts(self) -> dict[tuple[int, ...], Counter[int]]:
        counts: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        for text in self.texts:
            ids = [*self.tokenizer.encode(text), self.tokenizer.special.end]
            for place, token in enumerate(ids):
                for n in range(self.order + 1):
                    if n <= place:
                        counts[tuple(ids[place - n : place])][token] += 1
                if place <= self.order:  # the start of a text, behind any head
                    counts[(NONE, *ids[:place])][token] += 1
        return counts

    def _after(self, row: Sequence[int]) -> FloatArray:
        """[V] probabilities behind a head and what was written."""
        row = (NONE, *row[1:])
        seen = next(
            (
                self._counts[tuple(row[-n:])]
                for n in range(min(self.order + 1, len(row)), 0, -1)
                if tuple(row[-n:]) in self._counts
            ),
            Counter[int](),
        )
        size = self.tokenizer.vocab_size
        told = np.full(size, self.smooth)
        for token, count in seen.items():
            told[token] += count
        return np.asarray(told / told.sum())
