"""Lines whose author wants them left as they are: `# editdiff: ignore`, in the comments of the language.

Behind something the comment stands for its own line, alone in a line for the next one.
"""

from __future__ import annotations

import re

from editdiff.text.lines import LINE_ENDING
from editdiff.text.literals import literals

_WORDS = "editdiff:"
_IGNORE = re.compile(r"editdiff:[ \t]*ignore\b(?!-)")


def ignored_lines(text: str, language: str) -> frozenset[int]:
    """Lines, from 0, that are marked so; each is read by itself, as the text need not parse."""
    if _WORDS not in text:
        return frozenset()
    lines = enumerate(LINE_ENDING.split(text))
    marked = ((number, _marked(line, language)) for number, line in lines if _WORDS in line)
    return frozenset(number + shift for number, shift in marked if shift is not None)


def _marked(line: str, language: str) -> int | None:
    """How many lines below a comment the marked line is; None where none is."""
    for literal in literals(line, language):
        if literal.comment and _IGNORE.search(line, literal.start, literal.end):
            alone = not (line[: literal.start] + line[literal.end :]).strip()
            return 1 if alone else 0
    return None
