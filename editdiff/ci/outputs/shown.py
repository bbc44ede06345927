"""Text of a repository, made safe to show: whoever wrote it may want to be taken for us.

What is shown looks like what it is: control characters, and those that turn or hide what stands around them, become
visible. In Markdown, whatever is not a plain word stands in a code span, where nothing is a link, a picture, HTML,
or the name of somebody to be told.
"""

from __future__ import annotations

import re

from editdiff.text.printable import printable

_LONE = re.compile("[\ud800-\udfff]")
_HIDDEN = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""What turns the direction of a text, breaks a line where none is seen, or takes no room at all."""
_PLAIN = re.compile(r"\(?(?:[^\W\d_]+(?:'[a-z]+)?|\d{1,6}(?:[.-]\d{1,6})?|[%+/=])\)?")
_LISTED = re.compile(r"\d+[.)]|\+")
"""What would make a list of a line that it begins."""
_MARKS = ",;:.!?"
"""What stands behind a word."""
_TICKS = re.compile("`+")
_SHORTEST = 3
"""Backticks of a fence."""
MOST = 1000
"""Characters of a sentence that somebody else has written."""


def scalar(text: str) -> str:
    """The same with U+FFFD for halves of characters, as in names that are not UTF-8: JSON and UTF-8 have none."""
    return _LONE.sub("\ufffd", text)


def visible(text: str) -> str:
    r"""The same with pictures or names for what is not seen; only `\n` and `\t` stay."""
    return _HIDDEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", printable(scalar(text)))


def one_line(text: str, most: int = MOST) -> str:
    """All of it on one line, cut behind `most` characters."""
    line = visible(text.strip()).replace("\n", "␊").replace("\t", " ")
    return line if len(line) <= most else f"{line[: most - 1]}…"


def code(text: str) -> str:
    """A code span of Markdown that shows a text, on one line."""
    line = one_line(text) or " "
    fence = "`" * (_longest(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def prose(text: str, most: int = MOST) -> str:
    """Words in Markdown, on one line: plain ones as they are, any other in a code span."""
    words = one_line(text, most).split()
    return " ".join(_word(word, first=not i) for i, word in enumerate(words))


def cell(markdown: str) -> str:
    """The same for a cell of a table."""
    return markdown.replace("|", "\\|")


def fenced(text: str, info: str) -> str:
    """A block of code; its fence is longer than any that a line of the text could be taken for."""
    shown = visible(text).removesuffix("\n")
    fence = "`" * max(_SHORTEST, _longest(shown) + 1)
    return f"{fence}{info}\n{shown}\n{fence}"


def _word(word: str, *, first: bool) -> str:
    said, marks = word.rstrip(_MARKS), word[len(word.rstrip(_MARKS)) :]
    if _PLAIN.fullmatch(said) and not (first and _LISTED.fullmatch(word)):
        return word
    return code(_unquoted(said)) + marks if said else code(word)


def _unquoted(word: str) -> str:
    """Without the backticks that already make code of it."""
    inside = word[1:-1]
    return inside if inside and word[0] == word[-1] == "`" and "`" not in inside else word


def _longest(text: str) -> int:
    """The longest run of backticks."""
    return max(map(len, _TICKS.findall(text)), default=0)
