"""A line that stands twice: what a model that has lost its thread writes, and nearly nobody else.

Of 218,000 lines in Python, JavaScript, TypeScript, C, JSON, Markdown and shell one in 36,000 repeats the line above
it, blank lines apart; of HTML seven in a thousand do (docs/log.md).
"""

from __future__ import annotations

import re
from itertools import pairwise

from editdiff.text.span import Span

MARKUP = ("html", "vue", "xml")
"""Languages in which lines do stand twice."""
LENGTH = 8
"""Code points of a line that says something; `}` and `else:` may follow each other."""
LETTERS = 4
"""Letters and digits of one."""
_FAR = 2000
"""Code points on either side of a span in which its neighbours are looked for."""
_LINE = re.compile(r"[^\S\r\n]*(\S[^\r\n]*)")
"""A line with something on it, from its first character."""


def doubled(text: str, span: Span, language: str) -> int | None:
    """Where the first line begins that repeats the one above it, if a span touches one of the two; None without."""
    if language in MARKUP:
        return None
    found = _LINE.finditer(text, max(0, span.start - _FAR), span.end + _FAR)
    for above, line in pairwise(found):
        is_same = above[1].rstrip() == line[1].rstrip() and _says_something(line[1])
        if is_same and any(_touches(span, each) for each in (above, line)):
            return line.start(1)
    return None


def _says_something(line: str) -> bool:
    return len(line.rstrip()) >= LENGTH and sum(map(str.isalnum, line)) >= LETTERS


def _touches(span: Span, line: re.Match[str]) -> bool:
    return line.start() <= span.end and span.start <= line.end()
