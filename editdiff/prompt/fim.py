"""Fill in the middle: the form of context that public checkpoints of code were trained with.

    <|file_sep|> path, text of each other file
    <|fim_prefix|> text before <|fim_suffix|> text after <|fim_middle|> what was typed

(Bavarian et al. 2022, arXiv 2207.14255, prefix-suffix-middle; Hui et al. 2024, arXiv 2409.12186, for files of a
repository.) What fills the gap is written behind `<|fim_middle|>`, or behind what is known of it: its last token is
the gap's head and no part of the context. Text before, after and between gaps is encoded apart.

Several gaps are one middle with locked text in it: gap 1, the text between, gap 2 … Where a tokenizer has sentinels
they are used instead: each stands for its gap in the text before the last, and heads what is written for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from editdiff.prompt.base import ContextParts, OtherFile, Prompt
from editdiff.prompt.windows import before_last_gap, beginning, window
from editdiff.tokens.base import Tokenizer

MAX_PATH = 32
"""Most tokens of the path."""
OTHER_SHARE = 2
"""Other files have at most one part in so many of the budget, and of that what the own text leaves;"""
ON_TOP = 4
"""but one part in so many on top of it in any case: what they would push out of the own text tells more."""
_BORDER = re.compile(r"(?: ?[^\W\d]+| ?\d| ?[^\s\w]{1,3}|[^\S\r\n])\Z")
"""What a token across the border may have before it: a word or a sign with the space before it, or the last space
of an indentation, which a word takes into its token; the others stand in a token of their own."""
LONGEST_WORD = 32
"""Code points of a word that are taken back."""


@dataclass(frozen=True)
class FillInMiddle:
    """The form of a checkpoint whose special tokens have these names."""

    tokenizer: Tokenizer
    prefix: str = "<|fim_prefix|>"
    suffix: str = "<|fim_suffix|>"
    middle: str = "<|fim_middle|>"
    file: str | None = None
    """Stands before the path, as `<|file_sep|>`; None where the model is told no path."""
    heals: bool = False
    """Whether a piece of a word before the gap is written again."""

    def encode(self, parts: ContextParts, budget: int) -> Prompt:
        """Context of at most `budget` tokens of text, and the marks and the path; a third goes to what follows.

        Other files come on top where the text leaves them no room, see ON_TOP.

        What `old` and `ask` say has no place in this form.

        Raises:
            ValueError: for more gaps than sentinels, where there are any.
            ModelError: when the tokenizer lacks a mark.
        """
        if parts.earlier and self.tokenizer.special.gaps:
            return self._with_sentinels(parts, budget)
        return self._one_middle(parts, budget)

    def _with_sentinels(self, parts: ContextParts, budget: int) -> Prompt:
        tokenizer, gaps = self.tokenizer, self.tokenizer.special.gaps
        after = beginning(tokenizer, parts.after, budget, budget // 3)
        between = tokenizer.encode("\n")
        before = before_last_gap(tokenizer, parts, gaps, between, budget - len(after))
        ids = [*self._file(parts.path), *self._around(before, after), tokenizer.id_of(self.middle)]
        return Prompt.in_order(np.array(ids, dtype=np.int64), gaps)

    def _one_middle(self, parts: ContextParts, budget: int) -> Prompt:
        tokenizer = self.tokenizer
        before, *between = *parts.earlier, parts.before
        locked = [tokenizer.encode(text) for text in between]
        before, typed = before[: len(before) - parts.typed], before[len(before) - parts.typed :]
        before, typed, begins = self._healed(before, typed)
        known = [tokenizer.id_of(self.middle), *tokenizer.encode(typed)]
        own = max(0, budget - sum(map(len, locked)))
        after = beginning(tokenizer, parts.after, own, own // 3)
        near = window(tokenizer, before, own - len(after), taken=len(known) - 1)
        left = own - len(after) - len(near)
        room = min(budget // OTHER_SHARE, left + budget // ON_TOP)
        others, paths = self._others(parts.others, room)
        path = self._file(parts.path) if others else []
        *told, head = [*others, *path, *self._around(near, after), *known]
        heads = (head, *(ids[-1] if ids else head for ids in locked))
        made = Prompt.in_order(np.array(told, dtype=np.int64), heads)
        return replace(made, begins=begins, locked=tuple(map(tuple, locked)), others=paths)

    def _around(self, before: list[int], after: list[int]) -> list[int]:
        prefix, suffix = map(self.tokenizer.id_of, (self.prefix, self.suffix))
        return [prefix, *before, suffix, *after]

    def _healed(self, before: str, typed: str) -> tuple[str, str, bytes]:
        """Take back what may share a token with the gap, and tell the rest of it as the beginning of the middle.

        What stands before loses the same piece whatever is typed, so a key changes nothing of the context.
        """
        if not self.heals:
            return before, typed, b""
        start = _border(before)
        before, typed = before[:start], before[start:] + typed
        start = _border(typed)
        return before, typed[:start], typed[start:].encode()

    def _others(
        self, others: tuple[OtherFile, ...], budget: int
    ) -> tuple[list[int], tuple[str, ...]]:
        """Files, of each the beginning, and their paths.

        The last one has what it needs, those before it what is left.
        """
        told: list[int] = []
        paths: tuple[str, ...] = ()
        for other in reversed(others):
            head = self._file(other.path)
            room = budget - len(told) - len(head)
            if not head or room <= 0:
                break
            told = [*head, *beginning(self.tokenizer, other.text, room, room), *told]
            paths = (other.path, *paths)
        return told, paths

    def _file(self, path: str) -> list[int]:
        if self.file is None or not path:
            return []
        return [
            self.tokenizer.id_of(self.file),
            *self.tokenizer.encode(path)[-MAX_PATH:],
            *self.tokenizer.encode("\n"),
        ]


def _border(text: str) -> int:
    """Where the piece begins that may share a token with what follows a text; at its end there may be none."""
    border = _BORDER.search(text[-LONGEST_WORD:])
    return len(text) - (len(border.group()) if border else 0)
