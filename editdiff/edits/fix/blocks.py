"""The line that closes a block, where it is missing and the indentation of the lines around tells its place.

A block is indented deeper than the line that opens it. Where a line is not, and does not close the block, the line
that closes it is missing above.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from editdiff.text.brackets import BRACKETS, brackets, partners
from editdiff.text.imports import SCRIPTS
from editdiff.text.keywords import keywords
from editdiff.text.lines import LineTable
from editdiff.text.literals import literals
from editdiff.text.span import Span

LANGUAGES = frozenset(("css", "go", "java", "json", "jsonc", "python", "rust", "toml", *SCRIPTS))
"""Languages (LSP identifiers) in which brackets hold what is indented."""
SHELL = {
    "if": "fi",
    "for": "done",
    "while": "done",
    "until": "done",
    "select": "done",
    "case": "esac",
}
"""Words that open a block of a script, and those that close it."""
ENDINGS = ("", ",", ";")
"""What may follow the brackets of a line that closes."""
_LAST_CLOSER = re.compile(r"([)\]}])([;,]?)[ \t]*$")
_ENDS = re.compile(r"[ \t]*(?:(?://|#).*)?$")
"""Nothing more in a line but a comment."""
_ANYWHERE = re.compile(r"//|/\*|\*|#|\w+:$")
"""Comments, labels and lines of a preprocessor, which are indented as they please."""
_CASE = re.compile(r"(?:case\b.*|default\s*):")
"""What may stand below the head of its block."""
_GOES_ON = re.compile(r"[;,]$|(?:else|catch|finally)\b")
"""What stands behind the bracket in the line that closes."""
_MORE = re.compile(r"[=+\-*/%&|^<>?:.\\(\[{]\s*$")
"""What another operand or item has to follow."""
_MORE_SHELL = ("|", "&&", "||", "\\", "then", "do")
_MORE_WITH_COMMA = re.compile(f",\\s*$|{_MORE.pattern}")
_WORD = re.compile(r"[^\W\d]\w*")


class Closing(NamedTuple):
    """Where brackets that close are missing, and what may stand there."""

    span: Span
    """The line above, or the line that takes the brackets."""
    texts: tuple[str, ...]
    r"""The whole of it with the brackets, its line ending `\n`; first what most lines of the text are like."""


@dataclass
class _Opened:
    """A bracket that is not closed yet."""

    closer: str
    line: int
    indent: str
    """White space before its line."""
    body: str
    """The rest of its line."""
    last: bool
    """Whether it ends its line."""
    deeper: bool | None = None
    """Whether what it holds is indented deeper than its line; None until its next line is seen."""


class _Left(NamedTuple):
    """What is open at the end of a text."""

    opened: Sequence[_Opened]
    last: int
    """The last line that is not blank."""


def missing_closing(text: str, language: str) -> Closing | None:
    """The first place where indentation tells that brackets should have been closed; None where it tells none.

    Of a bracket whose next line is not indented deeper nothing is told, nor behind one that closes another.
    """
    found = _read(_Layout(text, language)) if language in LANGUAGES else None
    return found if isinstance(found, Closing) else None


def lost_at_end(text: str, language: str) -> Closing | None:
    """The line that closes the only block that is open at the end, if it was one of lines indented deeper.

    A text that breaks off within more than one, or where another item or operand has to follow, may have lost more
    than that line: then None.
    """
    layout = _Layout(text, language)
    if language == "shellscript":
        return _lost_in_shell(layout)
    found = _read(layout) if language in LANGUAGES else None
    if not isinstance(found, _Left) or len({each.line for each in found.opened}) != 1:
        return None
    top, last = found.opened[-1], layout.line(found.last)
    more = _MORE_WITH_COMMA if language in ("json", "jsonc") else _MORE
    if not top.last or not top.deeper or found.last in layout.inside or more.search(last):
        return None
    closers = "".join(each.closer for each in reversed(found.opened))
    lines = [top.indent + closers + end for end in _endings(layout, top.line, closers)]
    return Closing(layout.table.content(found.last), tuple(f"{last}\n{line}" for line in lines))


def _read(layout: _Layout) -> Closing | _Left | None:
    """The first line that is missing above another one, or what is open at the end; None where brackets cross."""
    opened, above = list[_Opened](), 0
    for number in range(len(layout.table)):
        line = layout.line(number)
        indent, body = line[: _depth(line)], line.strip()
        if body and number not in layout.inside:
            if opened and _is_missing_above(opened[-1], indent, body):
                return _closing(layout, opened, above, number)
            above = number
        for at, mark in layout.brackets.get(number, ()):
            if mark in BRACKETS:
                last = _ENDS.match(layout.text, at + 1, layout.table.content(number).end)
                opened.append(_Opened(BRACKETS[mark], number, indent, body, bool(last)))
            elif not opened or opened.pop().closer != mark:
                return None
    return _Left(opened, above)


def _lost_in_shell(layout: _Layout) -> Closing | None:
    """The same of a script, whose blocks are held by words at the beginning of their lines."""
    opened, last = list[int](), 0
    for number in range(len(layout.table)):
        words = _WORD.findall(layout.line(number))
        if not words or number in layout.inside or layout.line(number).lstrip().startswith("#"):
            continue
        last = number
        if words[0] in SHELL and SHELL[words[0]] not in words:
            opened.append(number)
        elif words[0] in SHELL.values() and (
            not opened or SHELL[layout.word(opened.pop())] != words[0]
        ):
            return None
    if len(opened) != 1 or last == opened[0]:
        return None
    indent = layout.line(opened[0])[: _depth(layout.line(opened[0]))]
    if _depth(layout.line(last)) <= len(indent) or layout.line(last).rstrip().endswith(_MORE_SHELL):
        return None
    closer = indent + SHELL[layout.word(opened[0])]
    return Closing(layout.table.content(last), (f"{layout.line(last)}\n{closer}",))


@dataclass(frozen=True)
class _Layout:
    """The lines of a text, and the brackets in them."""

    text: str
    language: str

    @cached_property
    def table(self) -> LineTable:
        return LineTable(self.text)

    @cached_property
    def brackets(self) -> dict[int, list[tuple[int, str]]]:
        """Line to the offsets and signs of its brackets."""
        found = dict[int, list[tuple[int, str]]]()
        for at, mark in brackets(self.text, self.language):
            found.setdefault(self.table.position(at).line, []).append((at, mark))
        return found

    def line(self, number: int) -> str:
        return self.table.content(number).slice(self.text)

    @cached_property
    def inside(self) -> set[int]:
        """Lines that begin in a string or comment."""
        found = set[int]()
        for literal in literals(self.text, self.language):
            first, last = (self.table.position(at).line for at in (literal.start, literal.end))
            found.update(range(first + 1, last + 1))
        return found

    def word(self, number: int) -> str:
        """The first word of a line; empty where it has none."""
        found = _WORD.search(self.line(number))
        return found[0] if found else ""

    def shape(self, number: int) -> tuple[str, bool]:
        """What lines that open alike have in common: their keyword, and whether they give something a value."""
        line = self.line(number)
        word = _WORD.match(line.strip())
        keyword = word[0] if word and word[0] in keywords(self.language) else ""
        return keyword, "=" in line


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_missing_above(top: _Opened, indent: str, body: str) -> bool:
    """Whether a line cannot stand in a block; of the first one it is learned what the block is like."""
    first = top.deeper is None
    if first:
        top.deeper = len(indent) > len(top.indent)
    if not top.last or not top.deeper:
        return top.last and first and (indent, body) == (top.indent, top.body)
    if body[0] in BRACKETS.values() or _CASE.match(body):
        return len(indent) < len(top.indent)
    if _GOES_ON.match(body):
        return len(indent) <= len(top.indent) + len(" ")  # between it and the bracket
    return len(indent) <= len(top.indent) and not _ANYWHERE.match(body)


def _closing(layout: _Layout, opened: Sequence[_Opened], above: int, number: int) -> Closing:
    """The line to put between two others, or the second of them with the bracket where it goes on behind it.

    A line that opens a block and stands there twice stands there once too often.
    """
    top, body = opened[-1], layout.line(number).strip()
    if (above, body) == (top.line, top.body):
        both = Span(layout.table.start(above), layout.table.content(number).end)
        return Closing(both, (layout.line(number),))
    emptied = [n for n in range(above + 1, number) if layout.line(n) == top.indent != ""]
    if _GOES_ON.match(body) and not emptied:
        between = "" if body in ENDINGS else " "
        whole = top.indent + top.closer + between + body
        return Closing(layout.table.content(number), (whole,))
    closers = "".join(each.closer for each in reversed(opened) if each.line == top.line)
    lines = [top.indent + closers + end for end in _endings(layout, top.line, closers)]
    if emptied:
        return Closing(layout.table.content(emptied[0]), tuple(lines))
    span = layout.table.content(above)
    return Closing(span, tuple(f"{layout.line(above)}\n{line}" for line in lines))


def _endings(layout: _Layout, opens: int, closers: str) -> Iterator[str]:
    """What may follow brackets, the most frequent first: behind lines that open alike, then behind any."""
    alike, usual = Counter[str](), Counter[str]()
    pairs = partners(layout.text, layout.language)
    for number in range(len(layout.table)):
        line = layout.line(number)
        end = _LAST_CLOSER.search(line)
        if end is None or end[1] != closers[-1]:
            continue
        usual[end[2]] += 1
        opener = pairs.get(layout.table.start(number) + end.start(1))
        if opener is None or line.strip().rstrip(",;") != closers:
            continue
        start = layout.table.position(opener).line
        below = _depth(layout.line(start)) == _depth(line)  # else it closes another block
        alike[end[2]] += below and layout.shape(start) == layout.shape(opens)
    told = [end for counts in (alike, usual) for end, n in counts.most_common() if n]
    yield from dict.fromkeys([*told, *ENDINGS])
