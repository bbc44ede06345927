"""Places where a cursor stands while existing code is edited, and what is typed next there.

A line is typed from its first character to its last, so every place of a line that has something on it is
visited once: before its first character, between any two, at its end. The lines after it stand there already.
An editor that closes brackets and quotes has put the closers of those that were opened on the line behind the
cursor; where it could have, a third of the cursors have them.
"""

from __future__ import annotations

import random
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from editdiff.evaluation.core.gaps import Source, code_lines, spread
from editdiff.evaluation.data.prose import Prose
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.literals import literals
from editdiff.text.shown import unix

CLOSED_SHARE = 1 / 3
"""Share of the cursors inside brackets or quotes that have the closers behind them."""
CLOSERS = {"(": ")", "[": "]", "{": "}", "'": "'", '"': '"'}
"""What an editor puts behind each."""
LONGEST = 500
"""Characters of a line: a file with a longer one was generated, and nobody types it."""


@dataclass(frozen=True)
class Cursor:
    """A cursor on an unfinished line of a file."""

    package: str
    path: str
    """Path inside the package's distribution."""
    text: str
    r"""The file at this keystroke, its line endings `\n`."""
    offset: int
    """Where the cursor stands in `text`, in code points."""
    line: int
    """Line number, from 1."""
    truth: str
    """What is typed next, up to the end of the line or to the closer behind the cursor; may be empty."""
    closers: str = ""
    """What the editor has put behind the cursor."""
    language: str = "python"
    prose: bool = False
    """Whether it stands in a comment, a docstring, or Markdown."""

    @property
    def document(self) -> Document:
        """The file at this keystroke."""
        return Document(self.path, self.text, language=self.language)


def draw(files: Iterable[Source], limit: int, seed: int, language: str = "python") -> list[Cursor]:
    """Draw at most `limit` cursors, spread evenly over packages and, within one, over its files.

    Of a file's lines each is drawn once at most, and none of a file with a line of more than LONGEST characters.
    The rest is as `gaps.draw` says.
    """
    return spread(files, limit, seed, partial(_of_file, language=language))


def halves(files: Iterable[Source]) -> tuple[list[Source], list[Source]]:
    """Two parts that share no file: every other one, in the order of packages and paths."""
    ordered = sorted(files, key=lambda file: (file.package, file.path))
    return ordered[::2], ordered[1::2]


def _of_file(file: Source, rng: random.Random, language: str) -> Iterator[Cursor]:
    """Cursors of one file, its lines in random order; nothing is read before the first is asked for."""
    text = unix(file.text)  # as the model is shown every document
    table = LineTable(text)
    if any(table.content(line).length > LONGEST for line in range(len(table))):
        return
    prose = Prose.of(text, language)
    code = code_lines(text) if language == "python" else _plain_lines(text, table, language)
    lines = [line for line in range(len(table)) if table.content(line).slice(text).strip()]
    for line in rng.sample(lines, len(lines)):
        span = table.content(line)
        content = span.slice(text).rstrip()
        column = rng.randint(len(content) - len(content.lstrip()), len(content))
        wanted = rng.random() < CLOSED_SHARE
        bare = content if language == "python" else _without_comment(content, language)
        closers, at = (closed(bare, column) if wanted and line in code else None) or NOTHING
        yield Cursor(
            file.package,
            file.path,
            text[: span.start + column] + closers + text[span.end :],
            span.start + column,
            line + 1,
            content[column:][:at],
            closers,
            language,
            prose.holds(span.start + column),
        )


def _plain_lines(text: str, table: LineTable, language: str) -> Container[int]:
    """Lines that do not begin inside of a string or a comment."""
    inside = set[int]()
    for each in literals(text, language):
        first, last = (table.position(at).line for at in (each.start, each.end))
        inside.update(range(first + 1, last + 1))
    return set(range(len(table))) - inside


def _without_comment(content: str, language: str) -> str:
    """A line up to where a comment begins."""
    comments = (each.start for each in literals(content, language) if each.comment)
    return content[: next(comments, None)]


class Closed(NamedTuple):
    """What an editor has put behind a cursor."""

    closers: str
    """Closers of all brackets and quotes that are open, the innermost first."""
    at: int | None
    """Where the first of them stands in the finished line, in characters from the cursor."""


NOTHING = Closed("", None)


def closed(content: str, column: int) -> Closed | None:
    """Closers of what a line of code has opened before `column`; None where nothing is, or some close elsewhere."""
    around = [
        (start, end)
        for start, end in pairs(content)
        if start < column and (end is None or column <= end)
    ]
    ends = [end for _, end in around if end is not None]
    if not around or len(ends) < len(around):
        return None
    closers = "".join(CLOSERS[content[start]] for start, _ in reversed(around))
    return Closed(closers, min(ends) - column)


def pairs(content: str) -> list[tuple[int, int | None]]:
    """Where each bracket and quote of a line of code opens and closes, in the order of opening.

    None stands for what closes on a later line. Brackets in strings and comments do not count; a line with
    three quotes in a row has no pairs.
    """
    if "'''" in content or '"""' in content:
        return []
    ends: dict[int, int | None] = {}
    stack: list[int] = []
    places = iter(enumerate(content))
    for at, character in places:
        inside = content[stack[-1]] if stack else ""
        if inside in ("'", '"') and character == "\\":
            next(places, None)
        elif inside and character == CLOSERS[inside]:
            ends[stack.pop()] = at
        elif inside not in ("'", '"'):
            if character == "#":
                break
            if character in CLOSERS:
                stack.append(at)
                ends[at] = None
    return list(ends.items())
