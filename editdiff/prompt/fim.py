"""Fill in the middle: the form of context that public checkpoints of code were trained with.

    <|fim_prefix|> text before <|fim_suffix|> text after <|fim_middle|>

(Bavarian et al. 2022, arXiv 2207.14255, prefix-suffix-middle.) One gap is written behind `<|fim_middle|>`, which is
therefore its head and not a part of the context. Several gaps need sentinels: each stands for its gap in the text
before the last, and is the head of what is written for it. Before, after and path are encoded apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from editdiff.prompt.base import ContextParts, Prompt
from editdiff.prompt.windows import before_last_gap, beginning
from editdiff.tokens.base import Tokenizer

MAX_PATH = 32
"""Most tokens of the path."""


@dataclass(frozen=True)
class FillInMiddle:
    """The form of a checkpoint whose special tokens have these names."""

    tokenizer: Tokenizer
    prefix: str = "<|fim_prefix|>"
    suffix: str = "<|fim_suffix|>"
    middle: str = "<|fim_middle|>"
    file: str | None = None
    """Stands before the path, as `<|file_sep|>`; None where the model is told no path."""

    def encode(self, parts: ContextParts, budget: int) -> Prompt:
        """Context of at most `budget` tokens of text, and the marks and the path; a third goes to what follows.

        What `old` and `ask` say has no place in this form.

        Raises:
            ValueError: for more than one gap and fewer sentinels than gaps.
            ModelError: when the tokenizer lacks a mark.
        """
        tokenizer, gaps = self.tokenizer, self.tokenizer.special.gaps
        after = beginning(tokenizer, parts.after, budget, budget // 3)
        between = tokenizer.encode("\n")
        before = before_last_gap(tokenizer, parts, gaps, between, budget - len(after))
        prefix, suffix, middle = map(tokenizer.id_of, (self.prefix, self.suffix, self.middle))
        ids = [*self._path(parts.path), prefix, *before, suffix, *after]
        if parts.earlier:
            return Prompt.in_order(np.array([*ids, middle], dtype=np.int64), gaps)
        return Prompt.in_order(np.array(ids, dtype=np.int64), [middle])

    def _path(self, path: str) -> list[int]:
        if self.file is None or not path:
            return []
        return [
            self.tokenizer.id_of(self.file),
            *self.tokenizer.encode(path)[-MAX_PATH:],
            *self.tokenizer.encode("\n"),
        ]
