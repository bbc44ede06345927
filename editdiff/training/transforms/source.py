"""One Python file, parsed once: its syntax tree, where every node stands, and what a transformation asks of it.

Transformations replace spans of the text itself instead of printing a changed tree, so what they do not touch
keeps its bytes whatever it holds. libcst gives the tree with the place of every token; which scope a name
belongs to comes from the standard library's `symtable`, Python's own answer, which takes 20 ms for 2,600 lines
where libcst's scopes take 1,000.
"""

from __future__ import annotations

import builtins
import gc
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
from itertools import accumulate
from random import Random
from symtable import SymbolTable
from typing import TypeVar
from zlib import crc32

from editdiff.errors import MissingDependencyError
from editdiff.text.edit import TextEdit
from editdiff.text.lines import LINE_ENDING
from editdiff.text.span import Span
from editdiff.training.transforms.scopes import Scopes, is_only_own, is_read_inside

try:
    import libcst as cst
    from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper
except ImportError as error:
    raise MissingDependencyError(
        "the instruction rows need libcst", "pip install 'editdiff[train]'"
    ) from error

MAX_CHARS = 60_000
"""Code points; longer files are not read: libcst takes about 1 s for 100,000."""

N = TypeVar("N", bound=cst.CSTNode)
Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement
ATOMS = (
    *(cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.Integer, cst.Float, cst.SimpleString),
    *(cst.FormattedString, cst.List, cst.Dict, cst.Set, cst.ListComp, cst.DictComp, cst.SetComp),
)
"""Expressions that need no parentheses whatever stands around them."""


@dataclass(frozen=True)
class Site:
    """One place where a transformation applies."""

    edits: tuple[TextEdit, ...]
    """Replacements that carry it out, in the file's text."""
    words: Mapping[str, str] = field(default_factory=dict)
    """What an instruction may mention: names, expressions."""


class Source:
    """A file that Python and libcst both read, and that libcst would print back unchanged."""

    def __init__(self, text: str, module: cst.Module, start: int) -> None:
        self.text = text
        endings = [match.span() for match in LINE_ENDING.finditer(text)]
        self._starts = [0, *(end for _, end in endings)]
        ends = [*(start for start, _ in endings), len(text)]
        self.rows = [Span(*row) for row in zip(self._starts, ends, strict=True)]
        """The lines, without their endings."""
        self._scopes = Scopes(text[start:])
        self.newline = module.default_newline
        self.step = module.default_indent
        """One level of indentation."""
        self._parents: dict[cst.CSTNode, cst.CSTNode] = {}
        self._nodes: dict[type[cst.CSTNode], list[cst.CSTNode]] = {}
        self._names: dict[cst.CSTNode, dict[str, list[cst.Name]]] = {}
        self._walk(module, ())
        wrapper = MetadataWrapper(module, unsafe_skip_copy=True)  # parsed trees share no node
        self._bytes = wrapper.resolve(ByteSpanPositionProvider)
        self._start = start
        self.random = Random(crc32(text.encode()))
        self._comments = sorted(
            self.span(node).start for node in self._bytes if isinstance(node, cst.Comment)
        )

    def _walk(self, node: cst.CSTNode, functions: tuple[cst.FunctionDef, ...]) -> None:
        self._nodes.setdefault(type(node), []).append(node)
        if isinstance(node, cst.Name):
            for function in functions:
                self._names[function].setdefault(node.value, []).append(node)
        if isinstance(node, cst.FunctionDef):
            self._names[node] = {}
            functions = (*functions, node)
        for child in _children(node):
            self._parents[child] = node
            self._walk(child, functions)

    @cached_property
    def _code_points(self) -> list[int] | None:
        """Code-point offset of every byte offset; None where they are the same."""
        if self.text.isascii():
            return None
        starts = (byte & 0xC0 != 0x80 for byte in self.text[self._start :].encode())
        return list(accumulate(starts, initial=0))

    def span(self, node: cst.CSTNode) -> Span:
        """Where a node stands, without its parentheses; a statement without comments around it."""
        place = self._bytes[node]
        start, end = place.start, place.start + place.length
        if self._code_points is not None:
            start, end = self._code_points[start], self._code_points[end]
        return Span(start, end).shift(self._start)

    def outer(self, node: cst.CSTNode) -> Span:
        """Where a node stands, with its parentheses."""
        if not isinstance(node, cst.BaseExpression) or not node.lpar:
            return self.span(node)
        return Span(self.span(node.lpar[0]).start, self.span(node.rpar[-1]).end)

    def code(self, node: cst.CSTNode) -> str:
        """Text of a node, with its parentheses."""
        return self.outer(node).slice(self.text)

    def operand(self, node: cst.BaseExpression) -> str:
        """Text of an expression as it may stand beside any operator."""
        plain = node.lpar or isinstance(node, ATOMS)
        return self.code(node) if plain else f"({self.code(node)})"

    def of(self, kind: type[N]) -> Iterator[N]:
        """All nodes of exactly this type, outer ones before those inside them."""
        for node in self._nodes.get(kind, ()):
            assert isinstance(node, kind)
            yield node

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The node that holds this one."""
        return self._parents.get(node)

    def above(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes that hold this one, from the inside out."""
        at = self._parents.get(node)
        while at is not None:
            yield at
            at = self._parents.get(at)

    def inside(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The node and all below it, white space and comments aside."""
        yield node
        for child in _children(node):
            yield from self.inside(child)

    def has(self, node: cst.CSTNode, *kinds: type[cst.CSTNode]) -> bool:
        """Whether a node of one of these types stands in it, or is it."""
        return any(isinstance(n, kinds) for n in self.inside(node))

    def function(self, node: cst.CSTNode) -> cst.FunctionDef | None:
        """The function whose scope a node of a body belongs to; None at module or class level."""
        for at in self.above(node):
            if isinstance(at, cst.FunctionDef):
                return at
            if isinstance(at, cst.ClassDef | cst.Lambda):
                return None
        return None

    def statement(self, node: cst.CSTNode) -> Statement | None:
        """The innermost whole statement that holds a node."""
        return next((n for n in (node, *self.above(node)) if isinstance(n, Statement)), None)

    def own_nodes(self, function: cst.FunctionDef, kind: type[N]) -> Iterator[N]:
        """Nodes of a type in a function's body, inner functions, lambdas and classes left out."""
        return (n for n in _outside_scopes(function.body) if isinstance(n, kind))

    def names(self, function: cst.FunctionDef, name: str) -> list[cst.Name]:
        """Every `Name` node of this text in a function, whatever its role and scope."""
        return self._names[function].get(name, [])

    def uses(self, function: cst.FunctionDef, name: str) -> list[cst.Name]:
        """Those of them that are variables: no attributes, no keywords of calls."""
        return [node for node in self.names(function, name) if not self.is_label(node)]

    def is_label(self, node: cst.Name) -> bool:
        """Whether a name is an attribute's or a keyword's."""
        above = self.parent(node)
        if isinstance(above, cst.Attribute):
            return above.attr is node
        return isinstance(above, cst.Arg) and above.keyword is node

    @cached_property
    def all_names(self) -> frozenset[str]:
        """Every name in the file, attributes and keywords too."""
        return frozenset(name.value for name in self.of(cst.Name))

    @cached_property
    def bound(self) -> frozenset[str]:
        """Names that any scope of the file binds; builtins that are not among them mean what they say."""
        stars = any(isinstance(i.names, cst.ImportStar) for i in self.of(cst.ImportFrom))
        return self._scopes.bound | frozenset(dir(builtins) if stars else ())

    def scope(self, function: cst.FunctionDef) -> SymbolTable | None:
        """Python's symbol table of a function; None where it has another name there, as in a class of `__f`."""
        return self._scopes.function(function.name.value, self.row(self.span(function.name).start))

    def own(self, function: cst.FunctionDef, name: str) -> bool:
        """Whether a name is a function's own variable, and no scope inside has one of the same name."""
        table = self.scope(function)
        return table is not None and is_only_own(table, name)

    def shared(self, function: cst.FunctionDef, name: str) -> bool:
        """Whether a scope inside a function uses its variable."""
        table = self.scope(function)
        return table is None or is_read_inside(table, name)

    def row(self, offset: int) -> int:
        """The line that an offset stands in, from 0."""
        return bisect_right(self._starts, offset) - 1

    def lines(self, first: cst.CSTNode, last: cst.CSTNode | None = None) -> Span:
        """Whole lines of one node, or from one to another, the last one's line ending left out."""
        start, end = self.outer(first).start, self.outer(last or first).end
        return Span(self.rows[self.row(start)].start, self.rows[self.row(end)].end)

    @cached_property
    def line_runs(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Start and end of the whole lines of every statement, and of every function."""
        found = [
            n for kind, nodes in self._nodes.items() if issubclass(kind, Statement) for n in nodes
        ]
        runs = [(span.start, span.end) for span in map(self.lines, found)]
        functions = [
            run for run, n in zip(runs, found, strict=True) if isinstance(n, cst.FunctionDef)
        ]
        return runs, functions

    def indent(self, node: cst.CSTNode) -> str | None:
        """White space before a node that begins its line; None where something else stands there."""
        start = self.outer(node).start
        before = self.text[self.rows[self.row(start)].start : start]
        return None if before.strip(" \t\f") else before

    def commented(self, span: Span) -> bool:
        """Whether a comment begins in a span."""
        at = bisect_left(self._comments, span.start)
        return at < len(self._comments) and self._comments[at] < span.end

    def plain(self, node: cst.CSTNode) -> bool:
        """Whether the lines of a node hold nothing but it, and no comment."""
        lines = self.lines(node)
        tail = self.text[self.outer(node).end : lines.end]
        return self.indent(node) is not None and not tail.strip() and not self.commented(lines)

    @cached_property
    def _rigid(self) -> list[Span]:
        strings = (*self.of(cst.SimpleString), *self.of(cst.FormattedString))
        spans = map(self.span, strings)
        return [span for span in spans if LINE_ENDING.search(self.text, span.start, span.end)]

    def block(self, body: cst.BaseSuite) -> Span | None:
        """Whole lines of an indented block, comments in it included; None for a suite on its header's line."""
        if not isinstance(body, cst.IndentedBlock):
            return None
        return Span(self.span(body.header).end, self.lines(body.body[-1]).end)

    def moved(self, lines: Span, old: str, new: str) -> str | None:
        """Lines with the indentation `new` in place of `old`.

        None where one of them is indented less, or a string goes over several of them: that would change it.
        """
        if any(lines.overlaps(span) for span in self._rigid):
            return None
        text, parts, done = lines.slice(self.text), [], 0
        for end in [*(m.end() for m in LINE_ENDING.finditer(text)), len(text)]:
            line, done = text[done:end], end
            if not line.strip():
                parts.append(line)
            elif line.startswith(old):
                parts.append(new + line[len(old) :])
            else:
                return None
        return "".join(parts)

    def siblings(self, statement: cst.CSTNode) -> Sequence[cst.CSTNode]:
        """The statements of the block that holds this one, itself among them."""
        above = self.parent(statement)
        if isinstance(above, cst.Module | cst.IndentedBlock):
            return above.body
        return ()

    def following(self, statement: cst.CSTNode) -> cst.CSTNode | None:
        """The next statement of the same block."""
        around = list(self.siblings(statement))
        at = around.index(statement) + 1 if statement in around else len(around)
        return around[at] if at < len(around) else None


def read_source(text: str) -> Source | None:
    """Parse a file; None where it is too long, does not parse, or would not be printed back as it is."""
    if len(text) > MAX_CHARS:
        return None
    start = int(text.startswith("\ufeff"))
    flat = text[start:].replace("\f", " ")  # libcst drops form feeds; a blank has the same place
    with _collector_paused():
        try:
            module = cst.parse_module(flat)
            return Source(text, module, start) if module.code == flat else None
        except (cst.ParserSyntaxError, SyntaxError, ValueError, RecursionError, MemoryError):
            return None


@contextmanager
def _collector_paused() -> Iterator[None]:
    """A tree of tens of thousands of nodes without garbage is built four times as fast so."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _outside_scopes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    if not isinstance(node, cst.FunctionDef | cst.Lambda | cst.ClassDef):
        for child in _children(node):
            yield from _outside_scopes(child)


def _children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    for name in _child_fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            yield value
        elif isinstance(value, list | tuple):
            yield from (item for item in value if isinstance(item, cst.CSTNode))


_SKIPPED = ("whitespace", "leading_lines", "lines_after", "header", "footer", "lpar", "rpar")


@cache
def _child_fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    names = (f.name for f in fields(kind))
    return tuple(n for n in names if not any(part in n for part in _SKIPPED))
