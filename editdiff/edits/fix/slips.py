"""Texts that are one slip of punctuation away from a line: what a finger forgets, doubles or takes for another.

They are found without a model, cost nothing but their checks, and keep all else that the user wrote. Which of
them is meant is for a model to say.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise

from editdiff.text.spelling import one_slip_apart

OPENERS, CLOSERS, QUOTES = "([{", ")]}", "'\""
LONG_QUOTES = ('"""', "'''", "```")
REMOVED = OPENERS + CLOSERS + QUOTES + ":;,"
"""Marks that may stand there once too often."""
REPLACED = {
    **{mark: OPENERS.replace(mark, "") for mark in OPENERS},
    **{mark: CLOSERS.replace(mark, "") for mark in CLOSERS},
    "'": '"',
    '"': "'",
    ";": ":,",
    ":": ";,",
    ".": ",",
    ",": ".",
}
"""Mark to the marks that may have been meant."""
DOUBLED = "="
"""A mark that also stands twice: one of two, or two for one."""
BEHIND = CLOSERS + QUOTES + ",:;"
"""Marks that are missing behind something, at the end of a word or sign."""
BEFORE = OPENERS + QUOTES
"""Marks that are missing before something; an opener also inside of a word, as `len(x)` without it is `lenx)`."""
AT_END = ("(", "[", "{", " {")
"""What is missing at the end of a line that opens a block or a list."""
ENDS, MOST_OPEN = ("", ":", " {", ";"), 2
"""What stands behind the last bracket of a line that is left too early, and how many brackets it may lack."""
LEVEL = "    "
"""White space of one level of indentation, where a text tells none."""
MOST = 300
"""Texts for one line, those nearest to the place first."""
MOST_WORDS = 4
"""Other words for one, the most frequent first."""
_WORD = re.compile(r"[^\W\d]\w*")
_PIECE = re.compile(r"\w+|\s+|[^\w\s]")
_INDENT = re.compile(r"[ \t]*")


def level(text: str) -> str:
    """White space by which the lines of a text are mostly indented deeper than those above them."""
    depths = [(line, _indent(line)) for line in text.split("\n") if line.strip()]
    steps = Counter(
        below[0][above[1] : below[1]] for above, below in pairwise(depths) if below[1] > above[1]
    )
    return steps.most_common(1)[0][0] if steps else LEVEL


def slips(line: str, at: int = 0, above: str = "", deeper: str = LEVEL) -> list[str]:
    """Distinct texts for a line without its ending: indented otherwise, then changed, nearest to column `at` first.

    `above` is the line before it that is not blank, from which indentation is taken; `deeper` is one level of it.
    """
    changes = sorted(_marks(line), key=lambda change: abs(change[0] - at))
    texts = [*_indented(line, above, deeper), *(text for _, text in changes[:MOST])]
    return [text for text in dict.fromkeys(texts) if text != line]


def spelled(line: str, words: Mapping[str, int]) -> list[str]:
    """Texts for a line in which one word is another of `words` with two letters swapped, one more, less or other.

    `words` counts those of the document, its keywords among them: a word that stands there as often is left.
    """
    texts = []
    for match in _WORD.finditer(line):
        word = match[0]
        likely = [w for w, n in words.items() if n > words.get(word, 0) and one_slip_apart(word, w)]
        likely.sort(key=lambda w: -words[w])
        texts += [line[: match.start()] + w + line[match.end() :] for w in likely[:MOST_WORDS]]
    return texts


def once(lines: str) -> list[str]:
    """Texts for several lines without one of two neighbours that are equal."""
    rows = lines.split("\n")
    kept = [rows[:i] + rows[i + 1 :] for i in range(1, len(rows)) if rows[i - 1] == rows[i] != ""]
    return list(dict.fromkeys("\n".join(row) for row in kept))


def swapped(lines: str) -> list[str]:
    """Texts for several lines with two neighbours swapped, none of them one where a long string begins or ends."""
    rows = lines.split("\n")
    ways = [
        [*rows[:i], below, above, *rows[i + 2 :]]
        for i, (above, below) in enumerate(pairwise(rows))
        if above.strip() and below.strip() and not any(q in above + below for q in LONG_QUOTES)
    ]
    texts = dict.fromkeys("\n".join(way) for way in ways)
    return [text for text in texts if text != lines]


def reindented(lines: str, deeper: str = LEVEL) -> list[str]:
    """Texts for several lines with one of them indented otherwise; `deeper` is one level."""
    rows = lines.split("\n")
    ways = []
    for i, row in enumerate(rows):
        above = next((other for other in reversed(rows[:i]) if other.strip()), row)
        ways += [[*rows[:i], text, *rows[i + 1 :]] for text in _indented(row, above, deeper)]
    texts = dict.fromkeys("\n".join(way) for way in ways)
    return [text for text in texts if text != lines]


def closings(lines: str) -> list[str]:
    """Texts for several lines with one closing bracket more: nobody said where one left open should close."""
    texts = []
    for match in _PIECE.finditer(lines):
        if match[0].strip():
            at = match.end()
            texts += [lines[:at] + mark + lines[at:] for mark in CLOSERS]
    return texts[:MOST]


def _marks(line: str) -> Iterator[tuple[int, str]]:
    """Column of a change, and the line with it: one mark removed, replaced or inserted."""
    indent = _indent(line)
    for i, mark in enumerate(line):
        if mark in REMOVED:
            yield i, line[:i] + line[i + 1 :]
        for other in REPLACED.get(mark, ""):
            yield i, line[:i] + other + line[i + 1 :]
        if mark == DOUBLED:
            twice = line[i + 1 : i + 2] == mark
            yield i, line[:i] + (line[i + 1 :] if twice else mark + line[i:])
    for quote in LONG_QUOTES:
        if line.count(quote) % 2:  # it is closed in its line, as most are
            yield len(line), line + quote
    if line[-1:].strip():
        yield from ((len(line), line + mark) for mark in AT_END)
        yield from ((len(line), line + end) for end in _ends(line))
    borders = {match.end() for match in _PIECE.finditer(line)} | {indent}
    for i in range(indent, len(line) + 1):
        left, right = line[i - 1 : i].strip(), line[i : i + 1].strip()
        marks = ""
        if i in borders:
            marks = (BEHIND if left else "") + (BEFORE if right else "")
        elif left and right:
            marks = OPENERS[:2]
        for mark in dict.fromkeys(marks):
            yield i, line[:i] + mark + line[i:]


def _ends(line: str) -> Iterator[str]:
    """What a line lacks that was left too early: the brackets that it leaves open, one or two, and what ends it."""
    opened = list[str]()
    for mark in line:
        if mark in OPENERS:
            opened.append(CLOSERS[OPENERS.index(mark)])
        elif mark in CLOSERS and (not opened or opened.pop() != mark):
            return
    if 1 <= len(opened) <= MOST_OPEN and line[-1] not in OPENERS:
        yield from ("".join(reversed(opened)) + end for end in ENDS)


def _indented(line: str, above: str, deeper: str) -> Iterator[str]:
    """The line indented as the one above, and one level more or less than that or than now."""
    body = line[_indent(line) :]
    if not body:
        return
    own, other = line[: _indent(line)], above[: _indent(above)]
    step = "\t" if "\t" in own + other else deeper
    for indent in dict.fromkeys((other, own)):
        yield indent + body
        yield indent + step + body
        if indent:
            yield indent.removesuffix(step) + body


def _indent(line: str) -> int:
    match = _INDENT.match(line)
    return match.end() if match else 0
