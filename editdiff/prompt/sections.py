"""The layout of a context: which tokens the network sees before the canvas, and in which order.

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

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from editdiff.text.span import Span
from editdiff.tokens.bpe import Tokenizer
from editdiff.tokens.canvas import IntArray

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
    """What stands around the gaps."""

    before: str
    """Text before the last gap, but after the one before it."""
    after: str
    """Text after the last gap."""
    path: str = ""
    """File name, as the model is told it."""
    old: str | None = None
    """Text to be replaced, where the task shows it (repair, instruction)."""
    ask: str | None = None
    """Instruction in words."""
    earlier: tuple[str, ...] = ()
    """Of several gaps, the text before the first, between the first and the second, and so on."""

    @classmethod
    def around(cls, text: str, gaps: Sequence[Span], path: str = "") -> ContextParts:
        """Everything around the `gaps` of a text: disjoint, in order, at least one."""
        starts = [0, *(gap.end for gap in gaps)]
        ends = [*(gap.start for gap in gaps), len(text)]
        *earlier, before, after = (text[s:e] for s, e in zip(starts, ends, strict=True))
        return cls(before, after, path, earlier=tuple(earlier))


def encode_context(tokenizer: Tokenizer, parts: ContextParts, budget: int) -> IntArray:
    """Context ids `[C]`, `C <= budget` plus at most MAX_PATH + MAX_TAIL + 8, `<old>` and `<ask>`.

    `budget` counts the tokens of `<suf>` and `<pre>` together: a third goes to what follows, the rest and
    whatever the suffix leaves unused to what stands before. Raise ValueError for more gaps than sentinels.
    """
    special = tokenizer.special
    tail_text, suffix_text = split_line(parts.after)
    suffix = tokenizer.encode(_head(suffix_text, budget))[: budget // 3]
    prefix = _prefix(tokenizer, parts, budget - len(suffix))
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


def shared_prefix(
    a: IntArray, b: IntArray, a_at: IntArray | None = None, b_at: IntArray | None = None
) -> int:
    """Number of ids that two contexts share at their beginning, and of places, where both `at` are given."""
    n = min(len(a), len(b))
    differ = a[:n] != b[:n]
    if a_at is not None and b_at is not None:
        differ |= a_at[:n] != b_at[:n]
    found = np.flatnonzero(differ)
    return int(found[0]) if len(found) else n


def _head(text: str, budget: int) -> str:
    return text[: budget * _CHARS_PER_TOKEN]


def _prefix(tokenizer: Tokenizer, parts: ContextParts, budget: int) -> list[int]:
    """What stands before the last gap, at most `budget` tokens and the marks between its excerpts."""
    if not parts.earlier:
        return _window(tokenizer, parts.before, budget)
    special = tokenizer.special
    if len(parts.earlier) >= len(special.gaps):
        raise ValueError(f"{len(parts.earlier) + 1} gaps, but {len(special.gaps)} sentinels")
    first, *between = parts.earlier[0], *parts.earlier[1:], parts.before
    pieces = [_ends(tokenizer, text, budget) for text in between]
    start = tokenizer.encode(first[max(0, len(first) - budget * _CHARS_PER_TOKEN) :])
    allowed = _level([len(start), *map(len, pieces)], budget)
    ids = start[len(start) - allowed[0] :]
    for sentinel, piece, room in zip(special.gaps, pieces, allowed[1:], strict=False):
        ids += [sentinel, *_excerpts(piece, room, special.pre)]
    return ids


def _ends(tokenizer: Tokenizer, text: str, budget: int) -> list[int]:
    """Ids of a text; of one that cannot fit, those of its two ends."""
    near = budget * _CHARS_PER_TOKEN
    if len(text) <= 2 * near:
        return tokenizer.encode(text)
    return tokenizer.encode(text[:near]) + tokenizer.encode(text[len(text) - near :])


def _excerpts(ids: list[int], room: int, mark: int) -> list[int]:
    """Ids, or `room` of them: as many from the start as from the end, with a mark between."""
    if len(ids) <= room:
        return ids
    head = room // 2
    return [*ids[:head], mark, *ids[len(ids) - (room - head) :]]


def _level(lengths: list[int], total: int) -> list[int]:
    """How many of each length fit in `total`: the short ones whole, the long ones equally many."""
    allowed, left = [0] * len(lengths), total
    for done, i in enumerate(sorted(range(len(lengths)), key=lengths.__getitem__)):
        allowed[i] = min(lengths[i], left // (len(lengths) - done))
        left -= allowed[i]
    return allowed


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
