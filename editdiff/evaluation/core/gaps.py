"""Gaps drawn from source files: what is hidden, and what an engine is shown of the rest.

A gap is the content of one line of code, or of some that follow each other, from behind its indentation to before
its line break. Lines
that are blank, hold only a comment, or belong to a docstring, to any other statement that is only a
string, or to a string of several lines, are not drawn; nor are lines of fewer than `MIN_CHARS`
characters, most of them closing brackets.
"""

from __future__ import annotations

import io
import random
import tokenize
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import PurePosixPath
from typing import Protocol, TypeVar

from editdiff.engines.base import FillTask
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.shown import unix
from editdiff.text.span import Span

MIN_CHARS = 4
"""Fewest characters of a gap, white space not counted."""
_LAYOUT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}
T = TypeVar("T")


class Source(Protocol):
    """A file to draw from, as `training.corpus.sources.SourceFile` is one."""

    @property
    def package(self) -> str:
        """Name of the distribution it belongs to."""
        ...

    @property
    def path(self) -> str:
        """Path inside the distribution, with `/` between folders."""
        ...

    @property
    def text(self) -> str:
        """The whole file."""
        ...


OfFile = Callable[[Source, random.Random], Iterator[T]]
"""What is drawn of one file, in the order that the generator gives."""


@dataclass(frozen=True)
class Gap:
    """The hidden content of one line, or of several."""

    package: str
    path: str
    """Path inside the package's distribution."""
    text: str
    r"""The whole file, its line endings `\n`."""
    span: Span
    """Where the hidden text stands in `text`."""
    line: int
    """Number of the first line, from 1."""

    @property
    def truth(self) -> str:
        """The hidden text."""
        return self.span.slice(self.text)

    @property
    def document(self) -> Document:
        """The file as it was."""
        return Document(self.path, self.text, language="python")

    def fill(self, text: str) -> str:
        """Return the file with `text` in place of what was hidden."""
        return self.text[: self.span.start] + text + self.text[self.span.end :]

    @property
    def task(self) -> FillTask:
        """Return what an engine is given: the file without the hidden text, so not even its length.

        The gap is empty. The path is the file's name only, as in every use.
        """
        here = Span(self.span.start, self.span.start)
        return FillTask(self.fill(""), (here,), PurePosixPath(self.path).name)


def draw(files: Iterable[Source], limit: int, seed: int, lines: int = 1) -> list[Gap]:
    """Draw at most `limit` gaps of so many `lines`, spread evenly over packages and, within one, over its files.

    The same files, limit and seed give the same gaps, whatever the order of the files; a smaller
    limit gives the first of a larger one's.
    """
    return spread(files, limit, seed, partial(_of_file, count=lines))


def spread(files: Iterable[Source], limit: int, seed: int, of_file: OfFile[T]) -> list[T]:
    """Take at most `limit` things of files, evenly over packages and, within one, over its files.

    `of_file` gives those of one file in random order; the rest is as `draw` says.
    """
    packages: dict[str, list[Source]] = {}
    for file in sorted(files, key=lambda file: (file.package, file.path)):
        packages.setdefault(file.package, []).append(file)
    turns = [_of_package(group, seed, of_file) for group in packages.values()]
    return list(islice(_in_turn(turns), limit))


def _of_package(files: Sequence[Source], seed: int, of_file: OfFile[T]) -> Iterator[T]:
    order = random.Random(f"{seed}:{files[0].package}").sample(files, len(files))
    rngs = [random.Random(f"{seed}:{file.package}:{file.path}") for file in order]
    return _in_turn([of_file(file, rng) for file, rng in zip(order, rngs, strict=True)])


def _of_file(file: Source, rng: random.Random, count: int) -> Iterator[Gap]:
    """Gaps of one file in random order; nothing is read before the first is asked for."""
    text = unix(file.text)  # as the model is shown every document
    table = LineTable(text)
    lines = sorted(code_lines(text))
    code = set(lines)
    for line in rng.sample(lines, len(lines)):
        if not code.issuperset(range(line, line + count)):
            continue
        content = Span(table.content(line).start, table.content(line + count - 1).end)
        inside = content.slice(text)
        span = Span(content.start + len(inside) - len(inside.lstrip()), content.end)
        if len("".join(inside.split())) >= MIN_CHARS:
            yield Gap(file.package, file.path, text, span, line + 1)


def _in_turn(iterators: Sequence[Iterator[T]]) -> Iterator[T]:
    """Take one of each in turn until all are exhausted."""
    waiting = list(iterators)
    while waiting:
        for iterator in list(waiting):
            try:
                yield next(iterator)
            except StopIteration:
                waiting.remove(iterator)


def code_lines(text: str) -> set[int]:
    r"""Lines of code, counted from 0, of a Python text whose lines end in `\n`.

    The text is only cut into tokens; none is found in a text that cannot be.
    """
    code: set[int] = set()
    strings: set[int] = set()
    statement: list[tokenize.TokenInfo] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline="\n").readline):
            if token.start[0] != token.end[0]:  # nothing but a string has several lines
                strings.update(_rows(token))
            if token.type not in _LAYOUT:
                statement.append(token)
            elif token.type == tokenize.NEWLINE:
                if any(part.type != tokenize.STRING for part in statement):
                    code.update(row for part in statement for row in _rows(part))
                statement = []
    except (tokenize.TokenError, SyntaxError):
        return set()
    return code - strings


def _rows(token: tokenize.TokenInfo) -> range:
    """Lines that a token touches, from 0."""
    return range(token.start[0] - 1, token.end[0])
