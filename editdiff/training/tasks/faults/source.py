"""Python source as faults see it: the tokens of one line, and what stands around it.

A file is tokenised once and kept as three small arrays, nine bytes a token, because many examples are cut from it.
For files of packages: the parser runs in this process, so not for documents of users.
"""

from __future__ import annotations

import ast
import io
import keyword
import re
import tokenize
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from editdiff.text.edit import TextEdit
from editdiff.text.span import Span

T = TypeVar("T")
KEPT = (tokenize.NAME, tokenize.NUMBER, tokenize.OP, tokenize.STRING, tokenize.NEWLINE)
OPENERS, CLOSERS = ("(", "[", "{"), (")", "]", "}")
NEAR = 80
"""Lines; a scope is looked for no further up and down than this."""
MARK = re.compile(r"#+:?[ ]*|[a-zA-Z]*(\"\"\"|'''|\"|')")
"""What opens a comment or a string; the group also closes it."""
NOT_A_SITE = {"case", "match"}
"""Lines of patterns: what is an operator elsewhere is none there."""


class Token(NamedTuple):
    """A name, number, string, operator or end of a logical line."""

    kind: int
    text: str
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        """Whether it is a name and no keyword."""
        return self.kind == tokenize.NAME and not keyword.iskeyword(self.text)

    @property
    def ends_operand(self) -> bool:
        """Whether a binary operator may follow it."""
        if self.kind == tokenize.OP:
            return self.text in CLOSERS
        return self.is_word or self.text in ("True", "False", "None") or self.is_literal

    @property
    def is_literal(self) -> bool:
        """Whether it is a number or a string."""
        return self.kind in (tokenize.NUMBER, tokenize.STRING)


@dataclass(frozen=True)
class Source:
    """A Python file and where its tokens stand; those that reach over a line end are not among them."""

    text: str
    kinds: NDArray[np.uint8]
    """[N] types of the module tokenize."""
    starts: NDArray[np.int32]
    """[N] code points, rising."""
    ends: NDArray[np.int32]
    """[N] code points."""
    prose: NDArray[np.int32]
    """[M, 2] start and end of each comment and docstring, without their marks."""

    def tokens(self, within: Span) -> list[Token]:
        """Tokens that lie within a span."""
        first, last = np.searchsorted(self.starts, (within.start, within.end))
        bounds = zip(
            self.kinds[first:last].tolist(),
            self.starts[first:last].tolist(),
            self.ends[first:last].tolist(),
            strict=True,
        )
        return [Token(k, self.text[s:e], s, e) for k, s, e in bounds if e <= within.end]

    def line(self, at: int) -> Span:
        """The line that holds offset `at`: indentation and content, without its ending."""
        start = self.text.rfind("\n", 0, at) + 1
        end = self.text.find("\n", at)
        end = len(self.text) if end < 0 else end
        return Span(start, end - (self.text[start:end].endswith("\r")))

    def after(self, line: Span) -> Span | None:
        """The line that follows, if there is one."""
        end = self.text.find("\n", line.end)
        return None if end < 0 or end + 1 == len(self.text) else self.line(end + 1)

    def before(self, line: Span) -> Span | None:
        """The line that stands before, if there is one."""
        return self.line(line.start - 1) if line.start else None

    def draw(self, rng: np.random.Generator) -> Site:
        """A line with code; longer ones more often."""
        return self.site(self.line(int(self.starts[rng.integers(len(self.starts))])))

    def site(self, line: Span) -> Site:
        """The site of a line."""
        return Site(self, line)


@dataclass(frozen=True)
class Site:
    """One line in which something shall go wrong."""

    source: Source
    line: Span
    """Indentation and content."""

    @cached_property
    def content(self) -> Span:
        """The line after its indentation."""
        text = self.line.slice(self.source.text)
        return Span(self.line.end - len(text.lstrip()), self.line.end)

    @cached_property
    def tokens(self) -> list[Token]:
        """Tokens of the line; none of a line of patterns."""
        tokens = self.source.tokens(self.line)
        tokens = [t for t in tokens if t.kind != tokenize.NEWLINE]
        return [] if tokens and tokens[0].text in NOT_A_SITE else tokens

    @property
    def first(self) -> str:
        """Text of the first token."""
        return self.tokens[0].text if self.tokens else ""

    @property
    def is_declaration(self) -> bool:
        """Whether names of the line are bound or imported here rather than used."""
        words = ("def", "class", "import", "from", "global", "nonlocal", "del", "async", "@")
        return self.first in words or any(t.text == "lambda" for t in self.tokens)

    @cached_property
    def ends_statement(self) -> bool:
        """Whether a logical line ends with this one."""
        i = int(np.searchsorted(self.source.starts, self.tokens[-1].end)) if self.tokens else 0
        return i < len(self.source.kinds) and self.source.kinds[i] == tokenize.NEWLINE

    @cached_property
    def scope(self) -> Span:
        """The function or class around the line, or the lines near it."""
        start = end = self.line
        indent = self.content.start - self.line.start
        for line in _walk(self.source.before, self.line):
            text = line.slice(self.source.text)
            depth = len(text) - len(text.lstrip())
            start = line
            if text.strip() and depth < indent:
                indent = depth
                if text.lstrip().startswith(("def ", "async def ", "class ")):
                    break
        for line in _walk(self.source.after, self.line):
            text = line.slice(self.source.text)
            if text.strip() and indent and len(text) - len(text.lstrip()) <= indent:
                break
            end = line
        return Span(start.start, end.end)

    def text(self, start: int, end: int) -> str:
        """Text from one token up to another, by their numbers, the last not included."""
        return self.source.text[self.tokens[start].start : self.tokens[end - 1].end]

    def at(self, i: int) -> str:
        """Text of a token by its number; empty outside of the line."""
        return self.tokens[i].text if 0 <= i < len(self.tokens) else ""

    def is_binary(self, i: int) -> bool:
        """Whether the operator at `i` stands between two operands."""
        return 0 < i < len(self.tokens) - 1 and self.tokens[i - 1].ends_operand

    def is_simple(self, i: int) -> bool:
        """Whether the token at `i` is an operand by itself: a name or number, no part of a longer one."""
        if not 0 <= i < len(self.tokens):
            return False
        token = self.tokens[i]
        lone = self.at(i - 1) != "." and self.at(i + 1) not in (".", "(", "[", "=", ":=")
        return lone and (token.is_word or token.kind == tokenize.NUMBER)

    def groups(self) -> list[tuple[int, int]]:
        """Numbers of the brackets that open and close on this line."""
        pairs, stack = [], []
        for i, token in enumerate(self.tokens):
            if token.kind == tokenize.OP and token.text in OPENERS:
                stack.append(i)
            elif token.kind == tokenize.OP and token.text in CLOSERS and stack:
                pairs.append((stack.pop(), i))
        return pairs

    def pieces(self, group: tuple[int, int], mark: str = ",") -> list[tuple[int, int]]:
        """What the marks part between two brackets, each from one token up to another."""
        cuts, depth = [group[0]], 0
        for i in range(group[0] + 1, group[1]):
            depth += (self.at(i) in OPENERS) - (self.at(i) in CLOSERS)
            if not depth and self.at(i) == mark:
                cuts.append(i)
        cuts.append(group[1])
        return [(a + 1, b) for a, b in pairwise(cuts)]


Fault = Callable[[Site, np.random.Generator], TextEdit | None]
"""What goes wrong at a site, or None where it cannot."""


def pick(rng: np.random.Generator, items: Sequence[T]) -> T:
    """One of the items, each as likely."""
    return items[int(rng.integers(len(items)))]


def replace_one(
    site: Site, rng: np.random.Generator, choices: Callable[[Site, int], Sequence[str]]
) -> TextEdit | None:
    """Replace one token, drawn from those that have choices, by one of its choices."""
    choosable = [(t, c) for i, t in enumerate(site.tokens) if (c := choices(site, i))]
    if not choosable:
        return None
    token, texts = pick(rng, choosable)
    return TextEdit(Span(token.start, token.end), pick(rng, texts))


def remove(site: Site, start: int, end: int) -> TextEdit:
    """Remove tokens from one number up to another, and the white space up to the next token of the line."""
    tokens = site.tokens
    last = tokens[end].start if end < len(tokens) else tokens[end - 1].end
    return TextEdit(Span(tokens[start].start, last), "")


@lru_cache(maxsize=100_000)
def read(text: str) -> Source | None:
    """Tokenise a file; None where it is no Python, has no code or has bare carriage returns for line ends."""
    if "\r" in text.replace("\r\n", "\n") or not parses(text):
        return None
    try:
        tokens = list(_tokenise(text))
    except (tokenize.TokenError, SyntaxError):
        return None
    kept = [t for t in tokens if t[0] in KEPT and (t[0] == tokenize.NEWLINE or not t[3])]
    if all(kind == tokenize.NEWLINE for kind, *_ in kept):
        return None
    kinds, starts, ends, _ = zip(*kept, strict=True)
    return Source(
        text,
        np.array(kinds, np.uint8),
        np.array(starts, np.int32),
        np.array(ends, np.int32),
        np.array([_inside(text, *span) for span in _prose(tokens)], np.int32).reshape(-1, 2),
    )


def _tokenise(text: str) -> Iterator[tuple[int, int, int, bool]]:
    """Type, start and end of each token that is not empty, and whether it reaches over a line end."""
    starts = [0]
    while (at := text.find("\n", starts[-1]) + 1) > 0:
        starts.append(at)
    for t in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
        if t.string:
            (row, column), (last_row, last_column) = t.start, t.end
            start, end = starts[row - 1] + column, starts[last_row - 1] + last_column
            yield t.type, start, end, row != last_row


def _prose(tokens: Sequence[tuple[int, int, int, bool]]) -> Iterator[tuple[int, int]]:
    """Comments, and strings that are a statement by themselves."""
    layout = (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.COMMENT)
    before = tokenize.NEWLINE
    for (kind, start, end, _), (after, *_) in zip(tokens, [*tokens[1:], tokens[-1]], strict=True):
        alone = before in (tokenize.NEWLINE, tokenize.INDENT) and after == tokenize.NEWLINE
        if kind == tokenize.COMMENT or (kind == tokenize.STRING and alone):
            yield start, end
        if kind not in layout or kind in (tokenize.NEWLINE, tokenize.INDENT):
            before = kind


def _inside(text: str, start: int, end: int) -> tuple[int, int]:
    """A comment or string without its marks."""
    mark = MARK.match(text, start)
    first = mark.end() if mark else start
    return first, end - (len(mark[1]) if mark and mark[1] else 0)


def parses(text: str) -> bool:
    """Whether `text` is Python by its grammar; nothing is compiled or run."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of somebody else's escape sequences
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _walk(step: Callable[[Span], Span | None], line: Span) -> Iterator[Span]:
    """Lines from the next one on, at most NEAR of them."""
    for _ in range(NEAR):
        following = step(line)
        if following is None:
            return
        line = following
        yield line
