"""Two gaps that have to agree: the line that binds a local name, and the only line that reads it.

Both lines are hidden from behind their indentation to their end. The name stands nowhere else in the file, so
nothing but the one gap can tell the other what it is called.
"""

from __future__ import annotations

import ast
import keyword
import random
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from editdiff.engines.base import FillTask
from editdiff.evaluation.core.gaps import Source, spread
from editdiff.text.document import Document
from editdiff.text.lines import LINE_ENDING, LineTable
from editdiff.text.names import Name, line_content, local_names, occurrences
from editdiff.text.shown import unix
from editdiff.text.span import Span

NEAR = 40
"""Most lines between the two, so that both stand in the model's window."""
_SHAPES = ("@", "@ pass", "if 0: pass\n@ pass", "try: pass\n@ pass", "0(@)", "[0 @]", "[@]", "{@}")
"""What a line `@` may be: a statement, the head of one, arguments, what goes on after a value, items."""
_QUOTED = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|#.*")
_WORD = re.compile(r"(?<![\w.])[^\W\d]\w*")
_BINDS = re.compile(
    r"^([^=]*?)[-+*/%&|^@]?(?<![=!<>:])=(?!=)|\b(?:for|as|def|class)\s+([^:(]+?)(?:\bin\b|[:(]|$)"
)
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_OPENING = {")": "0(", "]": "[", "}": "{"}


@dataclass(frozen=True)
class Pair:
    """The hidden contents of two lines of one file."""

    package: str
    path: str
    """Path inside the package's distribution."""
    text: str
    r"""The whole file, its line endings `\n`."""
    name: str
    spans: tuple[Span, Span]
    """Where the hidden texts stand in `text`: the line that binds the name, the line that reads it."""
    lines: tuple[int, int]
    """Line numbers, from 1."""

    @property
    def truths(self) -> tuple[str, str]:
        """The hidden texts."""
        return self.spans[0].slice(self.text), self.spans[1].slice(self.text)

    @property
    def document(self) -> Document:
        """The file as it was."""
        return Document(self.path, self.text, language="python")

    def fill(self, first: str, second: str) -> str:
        """Return the file with these texts in place of what was hidden."""
        a, b = self.spans
        return (
            self.text[: a.start] + first + self.text[a.end : b.start] + second + self.text[b.end :]
        )

    def task(self, first: str | None = None, *, second: bool = True) -> FillTask:
        """Return what an engine is given; neither hidden text, nor its length, is in it.

        Gaps are the first, unless it is given, and the second, unless that is not asked for; where it is not,
        its line is empty.
        """
        a, b = self.spans
        written = first or ""
        start = b.start - a.length + len(written)
        gaps = [Span(a.start, a.start)] if first is None else []
        gaps += [Span(start, start)] if second else []
        return FillTask(self.fill(written, ""), tuple(gaps), PurePosixPath(self.path).name)


def draw_pairs(files: Iterable[Source], limit: int, seed: int) -> list[Pair]:
    """Draw at most `limit` pairs of lines, spread over packages and files as `gaps.draw` does."""
    return spread(files, limit, seed, _of_file)


def _of_file(file: Source, rng: random.Random) -> Iterator[Pair]:
    """Pairs of one file in random order, each two lines once."""
    text = unix(file.text)  # as the model is shown every document
    table = LineTable(text)
    names = {_lines(name): name for name in local_names(text) if _alone(name, text, table)}
    for lines in rng.sample(sorted(names), len(names)):
        a, b = (line_content(text, table, line) for line in lines)
        numbers = lines[0] + 1, lines[1] + 1
        yield Pair(file.package, file.path, text, names[lines].name, (a, b), numbers)


def _lines(name: Name) -> tuple[int, int]:
    return name.binding, name.uses[0]


def _alone(name: Name, text: str, table: LineTable) -> bool:
    """Whether the name stands on two near lines, one that binds it and one that reads it, and on no other."""
    if len(name.uses) > 1 or name.uses[0] - name.binding > NEAR:
        return False
    stands = {table.position(word.start).line for word in occurrences(name.name, text)}
    return stands == set(_lines(name))


def agreed(first: str, second: str) -> frozenset[str]:
    """Names that the first text binds and the second one reads."""
    return bound_names(first) & read_names(second)


def bound_names(text: str) -> frozenset[str]:
    """Names bound by any line: targets, loop variables, `as`, `:=`, imports, functions, classes, parameters.

    A line is parsed as a statement, the head of one, arguments, or items, its brackets balanced. Of one
    that is none of these (what a model writes need not be Python), the words count that stand before a lone
    `=`, between `for` and `in`, and behind `as`, `def` or `class`.
    """
    return frozenset().union(*map(_bound, LINE_ENDING.split(text)))


def read_names(text: str) -> frozenset[str]:
    """Names read by any line; of one that cannot be parsed all words but attributes, keywords and bound ones."""
    return frozenset().union(*map(_read, LINE_ENDING.split(text)))


def _bound(line: str) -> set[str]:
    tree = _parse(line)
    if tree is None:
        code = _QUOTED.sub("''", line)
        return _words(" ".join(part for groups in _BINDS.findall(code) for part in groups))
    names: set[str | None] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                names.add(name)
            case ast.alias(name=name, asname=alias):
                names.add(alias or name.split(".")[0])
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.ClassDef(name=name) | ast.ExceptHandler(name=name):
                names.add(name)
    return {name for name in names if name}


def _read(line: str) -> set[str]:
    tree = _parse(line)
    if tree is None:
        return _words(_QUOTED.sub("''", line)) - _bound(line)
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return {node.id for node in nodes if isinstance(node.ctx, ast.Load)}


def _words(code: str) -> set[str]:
    return {word for word in _WORD.findall(code) if not keyword.iskeyword(word)}


def _parse(line: str) -> ast.AST | None:
    """Parse one line as whatever it may be a part of; None for none of `_SHAPES`."""
    balanced = _balanced(line.strip())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escape sequences
        for shape in _SHAPES:
            try:
                return ast.parse(shape.replace("@", balanced))
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
    return None


def _balanced(line: str) -> str:
    """Return the line with the brackets that are missing before or behind it; `)` closes a call."""
    opened: list[str] = []
    before = ""
    for bracket in re.findall(r"[()\[\]{}]", _QUOTED.sub("", line)):
        if bracket in _CLOSING:
            opened.append(_CLOSING[bracket])
        elif opened:
            opened.pop()
        else:
            before = _OPENING[bracket] + before
    return before + line + "".join(reversed(opened))
