"""Our own form of a context: which tokens the network sees before the canvas, and in which order.

    <file> path <suf> whole lines after <pre> text before <tail> rest of the line <fill>

Suffix first, prefix last: typing appends to `<pre>`, so a key-value cache over the context is extended by a
few tokens instead of rebuilt. The rest of the cursor's line stands in the short `<tail>`, because editors
write brackets and quotes there. Each section is encoded by itself, in training and in use, so that a gap may
begin inside a word without any healing of tokens.

Several gaps pivot on the last one: what follows it is `<suf>`, everything before it is `<pre>`, with the
sentinel of each earlier gap in its place. Where the text between two gaps is too long, its middle is left out
and a further `<pre>` opens the excerpt that goes on:

    <file> path <suf> after <pre> before <gap_0> between <pre> still between <tail> … <fill>
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from editdiff.prompt.base import ContextParts, Prompt
from editdiff.prompt.positions import Marks, Order, place
from editdiff.prompt.windows import before_last_gap, beginning, line_beginning, split_line
from editdiff.tokens.base import IntArray, Tokenizer

MAX_PATH = 16
"""Most tokens of the path."""
MAX_TAIL = 64
"""Most tokens of the rest of the line."""


@dataclass(frozen=True)
class Sections:
    """Our own form of a context, with a tokenizer whose special tokens have the names of `tokens.bpe`."""

    tokenizer: Tokenizer
    order: Order = "cache"
    """Of the positions, see `prompt.positions`."""

    @cached_property
    def marks(self) -> Marks:
        """Ids of the sections' marks."""
        return Marks.of(self.tokenizer)

    def encode(self, parts: ContextParts, budget: int) -> Prompt:
        """Context ids `[C]`, `C <= budget` plus at most MAX_PATH + MAX_TAIL + 8, `<old>` and `<ask>`.

        `budget` counts the tokens of `<suf>` and `<pre>` together: a third goes to what follows, the rest and
        whatever the suffix leaves unused to what stands before.

        Raises:
            ValueError: for more gaps than sentinels.
        """
        return place(self.ids(parts, budget), self.order, self.marks)

    def ids(self, parts: ContextParts, budget: int) -> IntArray:
        """The context's ids alone, see `encode`."""
        tokenizer, marks = self.tokenizer, self.marks
        tail_text, suffix_text = split_line(parts.after)
        suffix = beginning(tokenizer, suffix_text, budget, budget // 3)
        room = budget - len(suffix)
        prefix = before_last_gap(tokenizer, parts, marks.gaps, [marks.pre], room)
        ids = [marks.file, *tokenizer.encode(parts.path)[-MAX_PATH:], marks.suf, *suffix]
        if parts.old is not None:
            ids += [marks.old, *tokenizer.encode(parts.old)]
        if parts.ask is not None:
            ids += [marks.ask, *tokenizer.encode(parts.ask)]
        tail = line_beginning(tokenizer, tail_text, MAX_TAIL)
        ids += [marks.pre, *prefix, marks.tail, *tail, marks.fill]
        return np.array(ids, dtype=np.int64)
