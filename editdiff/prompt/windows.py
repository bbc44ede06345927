"""Windows: which tokens of a long text are kept under a budget.

What is near the gap is kept. The start of a window moves in jumps, so that it stays where it is while something is
typed: a fixed start is a valid cache.
"""

from __future__ import annotations

from collections.abc import Sequence

from editdiff.prompt.base import ContextParts
from editdiff.tokens.base import Tokenizer

JUMP = 256
"""Tokens by which the start of a window moves when it outgrows its budget."""
CHARS_PER_TOKEN = 12
"""An upper estimate: text further away than budget times this is not even tokenised."""
LONGEST_TOKEN = 128
"""Code points: of a line of megabytes no more is tokenised than this for each token that is wanted."""


def beginning(tokenizer: Tokenizer, text: str, budget: int, most: int) -> list[int]:
    """First tokens of a text, at most `most`; what lies beyond `budget` tokens is not looked at."""
    return tokenizer.encode(text[: budget * CHARS_PER_TOKEN])[:most]


def line_beginning(tokenizer: Tokenizer, line: str, most: int) -> list[int]:
    """First tokens of a line that may be very long, at most `most`."""
    return tokenizer.encode(line[: most * LONGEST_TOKEN])[:most]


def split_line(after: str) -> tuple[str, str]:
    """Rest of the line, and everything from the line's end on (which begins with its line break)."""
    ends = [i for i in (after.find("\n"), after.find("\r")) if i >= 0]
    end = min(ends, default=len(after))
    return after[:end], after[end:]


def before_last_gap(
    tokenizer: Tokenizer,
    parts: ContextParts,
    sentinels: Sequence[int],
    mark: Sequence[int],
    budget: int,
) -> list[int]:
    """What stands before the last gap, at most `budget` tokens, with a sentinel for each earlier gap.

    Where the text between two gaps is too long its middle is left out, and `mark` stands there.

    Raises:
        ValueError: for more gaps than sentinels.
    """
    if not parts.earlier:
        return window(tokenizer, parts.before, budget)
    if len(parts.earlier) >= len(sentinels):
        raise ValueError(f"{len(parts.earlier) + 1} gaps, but {len(sentinels)} sentinels")
    first, *between = parts.earlier[0], *parts.earlier[1:], parts.before
    pieces = [_ends(tokenizer, text, budget) for text in between]
    start = tokenizer.encode(first[max(0, len(first) - budget * CHARS_PER_TOKEN) :])
    allowed = _level([len(start), *map(len, pieces)], budget)
    ids = start[len(start) - allowed[0] :]
    for sentinel, piece, room in zip(sentinels, pieces, allowed[1:], strict=False):
        ids += [sentinel, *_excerpts(piece, room, mark)]
    return ids


def _ends(tokenizer: Tokenizer, text: str, budget: int) -> list[int]:
    """Ids of a text; of one that cannot fit, those of its two ends."""
    near = budget * CHARS_PER_TOKEN
    if len(text) <= 2 * near:
        return tokenizer.encode(text)
    return tokenizer.encode(text[:near]) + tokenizer.encode(text[len(text) - near :])


def _excerpts(ids: list[int], room: int, mark: Sequence[int]) -> list[int]:
    """Ids, or `room` of them: as many from the start as from the end, with a mark between."""
    if len(ids) <= room:
        return ids
    head = room // 2
    return [*ids[:head], *mark, *ids[len(ids) - (room - head) :]]


def _level(lengths: list[int], total: int) -> list[int]:
    """How many of each length fit in `total`: the short ones whole, the long ones equally many."""
    allowed, left = [0] * len(lengths), total
    for done, i in enumerate(sorted(range(len(lengths)), key=lengths.__getitem__)):
        allowed[i] = min(lengths[i], left // (len(lengths) - done))
        left -= allowed[i]
    return allowed


def window(tokenizer: Tokenizer, before: str, budget: int, taken: int = 0) -> list[int]:
    """Last tokens of `before`, at most `budget` less those that are `taken`.

    The start stays put while text is appended, or more is taken.
    """
    if budget <= 0:
        return []
    step = JUMP * CHARS_PER_TOKEN
    far = max(0, len(before) - budget * CHARS_PER_TOKEN)
    start = far // step * step
    if start:  # tokens from inside a line would depend on where the cut fell
        start = before.find("\n", start) + 1 or start
    ids = tokenizer.encode(before[start:])
    over = max(0, len(ids) + taken - budget)
    jump = min(JUMP, max(1, budget // 2))
    return ids[-(-over // jump) * jump :]
