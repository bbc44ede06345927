"""What came along with a text that was pasted: fences of Markdown, prompts of Python, the marks of a patch.

Each is taken out as a whole, and nobody has to guess what was meant: it is offered where the text parses then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from editdiff.text.edit import Edits, TextEdit
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

_FENCE = re.compile(r"[ \t]*(?:```|~~~)[ \t]*[\w+#.-]*[ \t]*")
_PROMPT = re.compile(r"(?:>>>|\.\.\.)(?: |$)")
_HEADER = re.compile(r"diff --git |index [0-9a-f]+\.\.|--- |\+\+\+ |@@ ")
"""A line of a patch that is no line of the text."""
_HUNK = re.compile(r"diff --git |@@ -\d")
"""What tells a patch: other headers are signs of other languages, too."""
_MARKED = re.compile(r"[+-]")
_OF_PATCH = re.compile(rf"{_HEADER.pattern}|[ \\]|$")
"""Another line of a patch that has a header."""


def without_paste(text: str, line: int) -> Iterator[Edits]:
    """Ways to take out what was pasted along, each a whole; `line`, from 0, is where the text fails to parse."""
    table = LineTable(text)
    for way in (_without_outer_fences, _without_fences, _without_prompts, _without_marks):
        edits = way(text, table, line)
        if edits:
            yield Edits(tuple(edits))


def _without_outer_fences(text: str, table: LineTable, line: int) -> list[TextEdit]:
    """The first and the last line of a text, where they are of a fence; what strings hold of others stays."""
    filled = [n for n in range(len(table)) if table.content(n).slice(text).strip()]
    outer = dict.fromkeys((*filled[:1], *filled[-1:]))
    return [_gone(table, number) for number in outer if _is_fence(text, table, number)]


def _without_fences(text: str, table: LineTable, line: int) -> list[TextEdit]:
    """The fence about a place: the line where it begins, and the one where it ends."""
    numbers = [n for n in range(line, len(table)) if _is_fence(text, table, n)][:2]
    return [_gone(table, n) for n in numbers] if numbers[:1] in ([line], [line + 1]) else []


def _is_fence(text: str, table: LineTable, number: int) -> bool:
    return bool(_FENCE.fullmatch(table.content(number).slice(text)))


def _without_prompts(text: str, table: LineTable, line: int) -> list[TextEdit]:
    """The prompts taken out of the lines about a place."""
    edits = []
    for number in _together(text, table, line, lambda one: bool(_PROMPT.match(one))):
        start = table.start(number)
        prompt = _PROMPT.match(text, start, table.content(number).end)
        edits.append(TextEdit(Span(start, prompt.end() if prompt else start), ""))
    return edits


def _without_marks(text: str, table: LineTable, line: int) -> list[TextEdit]:
    """A patch applied: its new lines without their marks, its old ones and its headers taken out.

    Without a header it is the marked lines about a place, and one of them has to be a new one.
    """
    headed = any(_HUNK.match(table.content(n).slice(text)) for n in range(len(table)))

    def belongs(content: str) -> bool:
        return bool(_MARKED.match(content) or (headed and _OF_PATCH.match(content)))

    edits, new = list[TextEdit](), False
    for number in _together(text, table, line, belongs):
        start, content = table.start(number), table.content(number).slice(text)
        if content.startswith(("+", " ")) and not _HEADER.match(content):
            edits.append(TextEdit(Span(start, start + 1), ""))
            new |= content[0] == "+"
        elif content:
            edits.append(_gone(table, number))
    return edits if new else []


def _together(text: str, table: LineTable, line: int, belongs: Callable[[str], bool]) -> list[int]:
    """Lines around one that all belong to it; none where that one, and the next, do not."""
    start = next(
        (n for n in (line, line + 1) if n < len(table) and belongs(table.content(n).slice(text))),
        None,
    )
    if start is None:
        return []
    first = last = start
    while first > 0 and belongs(table.content(first - 1).slice(text)):
        first -= 1
    while last + 1 < len(table) and belongs(table.content(last + 1).slice(text)):
        last += 1
    return list(range(first, last + 1))


def _gone(table: LineTable, number: int) -> TextEdit:
    return TextEdit(table.full(number), "")
