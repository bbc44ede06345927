"""What IPython reads before Python does: magics (`%time f()`), commands (`!ls`), questions (`f?`), and the like.

Told by their signs, as IPython tells them; none begins inside of brackets or strings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from editdiff.text.lines import LineTable
from editdiff.text.literals import literals
from editdiff.text.span import Span

PYTHON_CELLS = (
    "capture",
    "debug",
    "ipytest",
    "prun",
    "pypy",
    "python",
    "python3",
    "time",
    "timeit",
)
"""Cell magics behind whose line the cell goes on in Python; that of any other is another language."""

_CELL = re.compile(
    r"(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|\n|\r))*[ \t]*(?:%%(\w*)|%(?:fs|md|r|scala|sh|sql)\b)"
)
"""The magic of a cell; those with one sign are of Databricks, where they hand over the whole cell as well."""
_LINE = re.compile(
    r"""(?P<indent>[ \t]*)(?:
      %%?[A-Za-z_] | ! | \? | [,;/][A-Za-z_]   # %magic, !command, ?question, calls without brackets
    | (?!\d)[\w*%.\[\]'"]+\?{1,2}[ \t]*$       # question?
    | (?:pip|conda|mamba)[ ]+(?:install|uninstall|list|show|freeze|update|upgrade)\b  # they need no sign
    | (?:cat|cd|cp|ls|man|mkdir|mv|rm|rmdir)[ ]+(?!(?:and|for|if|in|is|not|or)\b)(?:[\w./~]|-\w)
    )""",
    re.VERBOSE,
)
_ASSIGNED = re.compile(r"(?P<indent>[^=#'\"]*=[ \t]*)[!%](?!=)")
_BRACKETS = re.compile(r"([(\[{])|[)\]}]")
_LINE_START = re.compile(r"(?<![^\r\n])[^\r\n]")
_EVEN_INSIDE = re.compile(
    r"(?P<indent>)(?:!(?!=)|%(?:autoreload|conda|config|load_ext|matplotlib|pip|pylab|run|timeit?)\b)"
)
"""What is no Python in brackets either: there it tells that one was not closed."""


def is_foreign(cell: str) -> bool:
    """Whether a cell is handed to something else than Python, as one that begins with `%%bash`."""
    magic = _CELL.match(cell)
    return magic is not None and magic[1] not in PYTHON_CELLS


def magics(cell: str) -> Iterator[Span]:
    """Where IPython's own stands in a cell: rest of a line, and the lines that it goes on in; in order."""
    table, pieces = LineTable(cell), [literal.span for literal in literals(cell, "python")]
    inside = {n for piece in pieces for n in _later_lines(piece, table)}
    bare = _without(cell, pieces)
    depth, number, goes_on = 0, 0, False
    while number < len(table):
        content = table.content(number)
        line = content.slice(cell)
        continued = depth > 0 or goes_on or number in inside
        found = None if continued else _LINE.match(line) or _ASSIGNED.match(line)
        if number not in inside:
            found = found or _EVEN_INSIDE.match(line)
        if found:
            depth = 0
            while line.endswith("\\") and number + 1 < len(table):
                number += 1
                line = table.content(number).slice(cell)
            yield Span(content.start + found.end("indent"), table.content(number).end)
        else:
            for bracket in _BRACKETS.finditer(bare, content.start, content.end):
                depth = depth + 1 if bracket[1] else max(0, depth - 1)
        goes_on = not found and line.endswith("\\")
        number += 1


def masked(cell: str, spans: Iterable[Span]) -> str:
    """A cell with a comment for each magic, and a statement before it in a line that begins with something else.

    It is as long, so that every place stays.
    """
    parts, done = [], 0
    for span in spans:
        before = cell[span.start - 1 : span.start] if span.start else ""
        statement = "0" if before.strip("\r\n") else ""
        rest = cell[span.start + len(statement) : span.end]
        parts += [cell[done : span.start], statement, _LINE_START.sub("#", rest)]
        done = span.end
    return "".join([*parts, cell[done:]])


def _later_lines(span: Span, table: LineTable) -> range:
    """The lines that begin inside of a span."""
    return range(table.position(span.start).line + 1, table.position(span.end).line + 1)


def _without(text: str, spans: list[Span]) -> str:
    """A text with `_` for all that stands in some spans."""
    parts, done = [], 0
    for span in spans:
        parts += [text[done : span.start], "_" * span.length]
        done = span.end
    return "".join([*parts, text[done:]])
