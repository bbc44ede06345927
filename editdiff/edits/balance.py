"""Whether a line with ghost text in it closes what it opens: quotation marks, brackets that something follows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from editdiff.text.brackets import BRACKETS, unpaired
from editdiff.text.literals import CODE, literals

ABOVE = 20_000
"""Code points before the line in which a bracket that it closes may have been opened."""
_QUOTES = re.compile("[\"']")
_WORD_SIGN = re.compile(r"\w")
_ALONE = "()[]{}\"'` \t"
"""What repeats nothing by itself."""
_LONG = re.compile(r'"""|' + "'''|`")


def unbalanced(above: str, head: str, text: str, tail: str, language: str) -> str:
    """Say what `text` leaves unbalanced in a line between `head` and `tail`; empty when nothing.

    `above` is the text before the line. A bracket may stay open at the line's end, or close one of those above.
    """
    if language not in CODE or _in_literal(above, head, tail, language):
        return ""
    line = head + text + tail
    quotes = _QUOTES if language != "rust" else re.compile('"')
    if quotes.search(bare(line, language)) and not _LONG.search(line):
        return "the line leaves a quotation mark open"
    if language == "shellscript":  # a pattern of `case` closes what nothing opens
        return ""
    closed, openers = unpaired(line, language)
    before_closed, before_openers = unpaired(head + tail, language)
    if len(closed) > len(before_closed) and not _opened(
        above, [line[at] for at in closed], language
    ):
        return "the line closes a bracket that is not open"
    if tail.strip() and len(openers) > len(before_openers):
        return "the line leaves a bracket open before what follows the cursor"
    return ""


def without_repeat(above: str, head: str, text: str, tail: str, language: str) -> str:
    """The text without what `tail` repeats of its end: whole words and signs, or what leaves the line unbalanced.

    Closing brackets and quotation marks alone may be meant twice, as in `f(g(x))`.
    """
    balanced = not unbalanced(above, head, text, tail, language)
    for length in range(min(len(text), len(tail)), 0, -1):
        repeated, shorter = tail[:length], text[:-length]
        if (
            text.endswith(repeated)
            and shorter.strip()
            and (not balanced or _whole(repeated, tail[length:]))
            and not unbalanced(above, head, shorter, tail, language)
        ):
            return shorter
    return text


def _whole(repeated: str, rest: str) -> bool:
    """Whether something more than brackets and quotation marks is repeated, and no part of a word."""
    cut = _WORD_SIGN.match(repeated[-1]) and _WORD_SIGN.match(rest)
    return not cut and bool(repeated.strip(_ALONE))


def closers(text: str, language: str) -> str:
    """Closing brackets for what a text opens."""
    _, opened = unpaired(text, language)
    return "".join(BRACKETS[text[at]] for at in reversed(opened))


def _in_literal(above: str, head: str, tail: str, language: str) -> bool:
    """Whether the cursor stands in a string of several lines or a comment, where all is prose."""
    start = max(0, len(above) - ABOVE)
    before = above[start:] + head
    rest = (
        tail
        + "\n"
        + '"""' * (before.count('"""') % 2)
        + "*/" * (before.count("/*") > before.count("*/"))
    )
    inside = (
        it
        for it in literals(before + rest, language)
        if it.start < len(before) < it.end or (it.comment and it.start < len(before) == it.end)
    )
    return any(it.comment or "\n" in (before + rest)[it.start : it.end] for it in inside)


def bare(line: str, language: str) -> str:
    """A line with its strings and comments gone."""
    done, bare = 0, []
    for it in literals(line, language):
        bare.append(line[done : it.start])
        done = it.end
    return "".join([*bare, line[done:]])


def _opened(above: str, closed: Sequence[str], language: str) -> bool:
    """Whether what stands above has opened the brackets that are closed."""
    near = above[-ABOVE:]
    _, opened = unpaired(near, language)
    return [BRACKETS[near[at]] for at in reversed(opened)][: len(closed)] == list(closed)
