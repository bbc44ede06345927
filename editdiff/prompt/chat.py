r"""What an instruct model is told: the part of a text, what to do with it, and how to answer.

    <|im_start|>system … <|im_end|> <|im_start|>user … <|im_end|> <|im_start|>assistant ```python

(ChatML.) The answer begins with a fence that is given, so what is written behind it is the new part, and the
closing fence ends it. Text of the document is data: it is encoded as text, whatever it spells, and its fence is
longer than any that stands in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from editdiff.prompt.base import ContextParts, Prompt
from editdiff.prompt.windows import beginning, window
from editdiff.text.language import language_of
from editdiff.tokens.base import Tokenizer

_TICKS = re.compile(r"`{3,}")
_NAMES = {"shellscript": "bash", "typescriptreact": "tsx", "javascriptreact": "jsx"}
"""Language identifiers that a fence spells otherwise."""
_PROSE = frozenset(("markdown", "plaintext", "restructuredtext", ""))


@dataclass(frozen=True)
class Instruction:
    """The form of an instruct model whose special tokens have these names."""

    tokenizer: Tokenizer
    system: str
    around: bool
    """Whether it is shown what stands around the part."""
    start: str = "<|im_start|>"
    end: str = "<|im_end|>"
    last: str = "<|endoftext|>"

    def encode(self, parts: ContextParts, budget: int) -> Prompt:
        """The question about `parts.old`, with at most `budget` tokens of what stands around it, and the fence.

        Raises:
            ValueError: where there is nothing that could be asked, or nothing to ask it of.
            ModelError: when the tokenizer lacks a mark.
        """
        if parts.old is None or parts.ask is None:
            raise ValueError("an instruction says what to do with a text")
        encode, id_of = self.tokenizer.encode, self.tokenizer.id_of
        start, end = id_of(self.start), id_of(self.end)
        opening = f"{fence_of(parts)}\n"
        ids = [
            *(start, *encode(f"system\n{self.system}"), end, *encode("\n")),
            *(start, *encode("user\n"), *self._question(parts, budget), end, *encode("\n")),
            *(start, *encode(f"assistant\n{opening}")),
        ]
        *told, head = ids
        ends = (end, id_of(self.last))
        made = Prompt.in_order(np.array(told, dtype=np.int64), (head,))
        return Prompt(made.ids, made.at, made.heads, ends=ends)

    def closing(self, parts: ContextParts) -> str:
        """The closing fence, on a line of its own."""
        return "\n" + ticks_of(parts)

    def _question(self, parts: ContextParts, budget: int) -> list[int]:
        encode, fence, ticks = self.tokenizer.encode, fence_of(parts), ticks_of(parts)
        what = kind_of(parts)
        shown = f"{fence}\n{parts.old}\n{ticks}\n"
        if not self.around:
            answer = f"Answer with the new {what} alone, and change nothing else."
            return encode(f"Rewrite this {what}: {parts.ask}\n{shown}{answer}")
        after = beginning(self.tokenizer, parts.after, budget, budget // 3)
        before = window(self.tokenizer, parts.before, budget - len(after))
        return [
            *encode(f"This is a file:\n{fence}\n"),
            *(*before, *encode(parts.old or ""), *after),
            *encode(
                f"\n{ticks}\n\nRewrite this part of it: {parts.ask}\n{shown}"
                "Answer with the new part alone, and change nothing else."
            ),
        ]


def kind_of(parts: ContextParts) -> str:
    """What a part of a text is called in a question about it."""
    return "text" if _language(parts) in _PROSE else "code"


def fence_of(parts: ContextParts) -> str:
    """The opening fence of what is shown of a text."""
    language = _language(parts)
    return ticks_of(parts) + _NAMES.get(language, language)


def ticks_of(parts: ContextParts) -> str:
    """Backticks, one more than any run of them in what is shown or asked."""
    runs = (
        _TICKS.findall(text or "") for text in (parts.before, parts.old, parts.after, parts.ask)
    )
    longest = max((len(ticks) for found in runs for ticks in found), default=2)
    return "`" * (longest + 1)


def _language(parts: ContextParts) -> str:
    return language_of(parts.path, f"{parts.before}{parts.old}")
