"""The layout of a context: which tokens the network sees before the canvas, and in which order.

    <file> path <suf> whole lines after <pre> text before <tail> rest of the line <fill>

Suffix first, prefix last: typing appends to `<pre>`, so a key-value cache over the context is extended by a
few tokens instead of rebuilt. The rest of the cursor's line stands in the short `<tail>`, because editors
write brackets and quotes there. Each section is encoded by itself, in training and in use, so that a gap may
begin inside a word without any healing of tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from editdiff.tokens.canvas import IntArray
from editdiff.tokens.tokenizer import Tokenizer

JUMP = 256
"""Tokens by which the start of `<pre>` moves when it outgrows its window: a fixed start is a valid cache."""
MAX_PATH = 16
"""Most tokens of the path."""
MAX_TAIL = 64
"""Most tokens of the rest of the line."""
_CHARS_PER_TOKEN = 12
"""An upper estimate: text further away than budget times this is not even tokenised."""


@dataclass(frozen=True)
class ContextParts:
    """What stands around a gap."""

    before: str
    """Text before the gap."""
    after: str
    """Text after the gap."""
    path: str = ""
    """File name, as the model is told it."""
    old: str | None = None
    """Text to be replaced, where the task shows it (repair, instruction)."""
    ask: str | None = None
    """Instruction in words."""


def encode_context(tokenizer: Tokenizer, parts: ContextParts, budget: int) -> IntArray:
    """Context ids `[C]`, `C <= budget` plus at most MAX_PATH + MAX_TAIL + 8, `<old>` and `<ask>`.

    `budget` counts the tokens of `<suf>` and `<pre>` together: a third goes to what follows, the rest and
    whatever the suffix leaves unused to what stands before.
    """
    special = tokenizer.special
    tail_text, suffix_text = split_line(parts.after)
    suffix = tokenizer.encode(_head(suffix_text, budget))[: budget // 3]
    prefix = _window(tokenizer, parts.before, budget - len(suffix))
    ids = [special.file, *tokenizer.encode(parts.path)[-MAX_PATH:], special.suf, *suffix]
    if parts.old is not None:
        ids += [special.old, *tokenizer.encode(parts.old)]
    if parts.ask is not None:
        ids += [special.ask, *tokenizer.encode(parts.ask)]
    ids += [
        special.pre,
        *prefix,
        special.tail,
        *tokenizer.encode(tail_text)[:MAX_TAIL],
        special.fill,
    ]
    return np.array(ids, dtype=np.int64)


def split_line(after: str) -> tuple[str, str]:
    """Rest of the line, and everything from the line's end on (which begins with its line break)."""
    ends = [i for i in (after.find("\n"), after.find("\r")) if i >= 0]
    end = min(ends, default=len(after))
    return after[:end], after[end:]


def shared_prefix(a: IntArray, b: IntArray) -> int:
    """Number of ids that two contexts share at their beginning."""
    n = min(len(a), len(b))
    differ = np.flatnonzero(a[:n] != b[:n])
    return int(differ[0]) if len(differ) else n


def _head(text: str, budget: int) -> str:
    return text[: budget * _CHARS_PER_TOKEN]


def _window(tokenizer: Tokenizer, before: str, budget: int) -> list[int]:
    """Last tokens of `before`, at most `budget`; the start stays put while text is appended."""
    if budget <= 0:
        return []
    step = JUMP * _CHARS_PER_TOKEN
    far = max(0, len(before) - budget * _CHARS_PER_TOKEN)
    start = far // step * step
    if start:  # tokens from inside a line would depend on where the cut fell
        start = before.find("\n", start) + 1 or start
    ids = tokenizer.encode(before[start:])
    over = max(0, len(ids) - budget)
    jump = min(JUMP, max(1, budget // 2))
    return ids[-(-over // jump) * jump :]
