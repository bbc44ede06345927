"""What an editor makes of the keys of somebody who types code: changes of a document, and where the cursor stands.

As VS Code does it: an opening bracket or quote comes with its partner in one change, the cursor between the
two; typing the partner replaces it by itself; a line break brings the indentation of the line before, one
step more behind a colon or an opening bracket, and takes away what it brought to a line that stayed empty.
Only partners on the same line are closed by the editor, so nobody has to delete one.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from editdiff.errors import InputError
from editdiff.evaluation.data.keystrokes import pairs
from editdiff.text.edit import TextEdit
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

CHARACTER, PAIR, LINE, JUMP = "character", "bracket or quote", "line break", "after a jump"
KINDS = (CHARACTER, PAIR, LINE, JUMP)
"""Kinds of keystrokes. Tab and Backspace are characters; the first key after a jump is that, whatever it is."""
STEP = 4
"""Spaces of an indentation."""
OPENING = (":", "(", "[", "{")
"""At the end of a line: the next one is indented by a step."""


class Key(NamedTuple):
    """One key, relative to the cursor."""

    kind: str
    text: str
    """What is put in."""
    back: int = 0
    """Code points taken away before the cursor."""
    over: int = 0
    """Code points taken away behind it."""
    stay: int = 0
    """Code points of `text` that the cursor stays before."""


class Stroke(NamedTuple):
    """One key in a document."""

    kind: str
    edit: TextEdit
    """What the key does to the text before it."""
    cursor: int
    """Offset in the text after it, in code points."""


@dataclass
class _Place:
    """Where something is being typed."""

    cursor: int
    keys: Iterator[Key]


class Typist:
    """Types what was taken out of a file, now here, now there."""

    def __init__(self, finished: str, spans: Sequence[Span], seed: int, stay: int = 10) -> None:
        """Take `spans` out of a finished file.

        They are at least one, disjoint and in order; each consists of whole lines but for the indentation
        of the first one and the ending of the last one, and neither of these two is blank. `stay` is the
        mean number of keys between two jumps.
        """
        self.text = finished
        """The file as it is now."""
        self._random = random.Random(seed)
        self._stay = stay
        self._places: list[_Place] = []
        for span in reversed(spans):
            self.text = self.text[: span.start] + self.text[span.end :]
        gone = 0
        for span in spans:
            self._places.append(_Place(span.start - gone, keys(finished, span)))
            gone += span.length
        self._here = self._places[0]
        self._jumped = False

    def __iter__(self) -> Iterator[Stroke]:
        """Every stroke until nothing is missing; `text` is what it makes of the file."""
        while self._places:
            key = next(self._here.keys, None)
            if key is None:
                self._places.remove(self._here)
                self._jump(self._places)
                continue
            yield self._pressed(key)
            if self._random.random() * self._stay < 1:
                self._jump([place for place in self._places if place is not self._here])

    def _jump(self, places: Sequence[_Place]) -> None:
        if places:
            self._here = self._random.choice(places)
            self._jumped = True

    def _pressed(self, key: Key) -> Stroke:
        """Change the text as a key does at the cursor."""
        here = self._here.cursor
        edit = TextEdit(Span(here - key.back, here + key.over), key.text)
        self.text = self.text[: edit.span.start] + key.text + self.text[edit.span.end :]
        for place in self._places:
            if place.cursor > here:
                place.cursor += edit.growth
        self._here.cursor = edit.span.start + len(key.text) - key.stay
        kind, self._jumped = JUMP if self._jumped else key.kind, False
        return Stroke(kind, edit, self._here.cursor)


def keys(finished: str, span: Span) -> Iterator[Key]:
    """Keys that put `span` of a finished file where it was; the cursor stands behind its first indentation."""
    table = LineTable(finished)
    first, last = (table.position(at).line for at in (span.start, span.end))
    given = finished[table.start(first) : span.start]  # the indentation that stands there already
    for line in range(first, last + 1):
        content = table.content(line).slice(finished)
        body = content.lstrip(" \t")
        wanted = content.removesuffix(body)
        if body:
            yield from _indented(given, wanted)
            yield from _typed(content, len(wanted))
        if line == last:
            return
        ending = finished[table.content(line).end : table.full(line).end]
        left = "" if body else wanted
        back = 0 if body else len(given)
        given = (wanted if body else given) + " " * (STEP * body.endswith(OPENING))
        yield Key(LINE, left + ending + given, back)


def _indented(given: str, wanted: str) -> Iterator[Key]:
    """Backspace and Tab, from one indentation to another."""
    while not wanted.startswith(given):
        kept = (len(given) - 1) // STEP * STEP
        yield Key(CHARACTER, "", len(given) - kept)
        given = given[:kept]
    if given != wanted:
        yield Key(CHARACTER, wanted[len(given) :])


def _typed(content: str, start: int) -> Iterator[Key]:
    """The characters of a line, from `start` to its end."""
    ends = {opened: closed for opened, closed in pairs(content) if closed is not None}
    closed = set(ends.values())
    for at in range(start, len(content)):
        if at in closed:
            yield Key(PAIR, content[at], over=1)
        elif at in ends:
            yield Key(PAIR, content[at] + content[ends[at]], stay=1)
        else:
            yield Key(CHARACTER, content[at])


def bodies(text: str, count: int) -> list[Span]:
    r"""Bodies of `count` functions of a Python file, without their docstrings; those of at least five lines.

    Of all such functions they are the richest in brackets, quotes and line breaks: most keys are plain
    characters as it is.

    Raises:
        InputError: when the file is not Python, or has no such function.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise InputError(f"the file is not Python: {error}", "name another file") from error
    table, ranges = LineTable(text), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
            if body and (body[-1].end_lineno or 0) - body[0].lineno >= STEP:
                ranges.add((body[0].lineno - 1, (body[-1].end_lineno or 0) - 1))
    outer = [span for span in sorted(ranges) if not any(_inside(span, other) for other in ranges)]
    if not outer:
        raise InputError("no function of the file has five lines", "name another file")
    spans = [_lines(text, table, first, last) for first, last in outer]
    return sorted(sorted(spans, key=lambda span: -_variety(span.slice(text)))[:count])


def _variety(body: str) -> float:
    """Share of its keys that are no plain characters, or nearly."""
    lines = [line.strip() for line in body.split("\n")]
    closed = sum(end is not None for line in lines for _, end in pairs(line))
    return (2 * closed + len(lines)) / sum(map(len, lines))


def _inside(span: tuple[int, int], other: tuple[int, int]) -> bool:
    return other != span and other[0] <= span[0] and span[1] <= other[1]


def _lines(text: str, table: LineTable, first: int, last: int) -> Span:
    content = table.content(first).slice(text)
    start = table.start(first) + len(content) - len(content.lstrip(" \t"))
    return Span(start, table.content(last).end)
