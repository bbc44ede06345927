"""Lines that stand twice: what a model that has lost its thread writes, and nearly nobody else.

Of 218,000 lines in Python, JavaScript, TypeScript, C, JSON, Markdown and shell one in 36,000 repeats the line above
it, blank lines apart; of HTML seven in a thousand do. Several lines at once are rarer still, but not in JSON
(docs/log.md).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from editdiff.text.span import Span

MARKUP = ("html", "vue", "xml")
"""Languages in which lines do stand twice."""
DATA = ("json", "jsonc", "yaml")
"""Languages in which several lines do."""
MOST = 8
"""Lines that are looked at together."""
LENGTH = 8
"""Code points of a line that says something; `}` and `else:` may follow each other."""
LETTERS = 4
"""Letters and digits of one."""
_FAR = 2000
"""Code points on either side of a span in which its neighbours are looked for."""
_LINE = re.compile(r"[^\S\r\n]*(\S[^\r\n]*)")
"""A line with something on it, from its first character."""


def doubled(text: str, span: Span, language: str) -> int | None:
    """Where a line begins that repeats the one above it, or several those above them; None where none does.

    A span touches one of them at least. White space at both ends of lines does not count.
    """
    if language in MARKUP:
        return None
    lines = list(_LINE.finditer(text, max(0, span.start - _FAR), span.end + _FAR))
    said = [line[1].rstrip() for line in lines]
    near = [i for i, line in enumerate(lines) if _touches(span, line)]
    for count in range(1, 2 if language in DATA else MOST + 1):
        first, last = (near[0] - 2 * count + 1, near[-1]) if near else (0, -1)
        for i in range(max(0, first), min(last, len(lines) - 2 * count) + 1):
            middle = i + count
            block = said[i:middle]
            if block == said[middle : middle + count] and _says_something(block):
                return lines[middle].start(1)
    return None


def _says_something(lines: Sequence[str]) -> bool:
    return any(len(line) >= LENGTH and sum(map(str.isalnum, line)) >= LETTERS for line in lines)


def _touches(span: Span, line: re.Match[str]) -> bool:
    return line.start() <= span.end and span.start <= line.end()
