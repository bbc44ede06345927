"""Import statements: sorted, one a line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby

import libcst as cst

from editdiff.text.edit import TextEdit
from editdiff.text.span import Span
from editdiff.training.transforms.expressions import lone, rewritten
from editdiff.training.transforms.source import Site, Source

Import = cst.Import | cst.ImportFrom


def split_imports(source: Source) -> Iterator[Site]:
    """`import a, b` becomes two lines: the same by definition of the language."""
    for line in source.of(cst.SimpleStatementLine):
        node, indent = lone(line), source.indent(line)
        if (
            isinstance(node, cst.Import)
            and len(node.names) > 1
            and indent is not None
            and source.plain(line)
        ):
            lines = [f"{indent}import {_alias(source, name)}" for name in node.names]
            yield rewritten(source.lines(line), source.newline.join(lines))


def join_imports(source: Source) -> Iterator[Site]:
    """Two or three `import` lines become one: the same by definition of the language."""
    for run in _runs(source):
        lines = [line for line in run if isinstance(lone(line), cst.Import)][:3]
        if len(lines) > 1 and lines == run[: len(lines)]:
            names = [_alias(source, n) for line in lines for n in _names(line)]
            text = f"{source.indent(lines[0])}import {', '.join(names)}"
            yield rewritten(source.lines(lines[0], lines[-1]), text)


def shuffle_imports(source: Source) -> Iterator[Site]:
    """Sorted lines that import modules of the standard library lose their order; the way back sorts them.

    These modules can be imported in any order.
    """
    for run in _runs(source):
        for kind in (cst.Import, cst.ImportFrom):
            lines = [line for line in run if isinstance(lone(line), kind)]
            texts = [source.code(line) for line in lines]
            if len(set(texts)) < 3 or texts != sorted(texts, key=str.lower):
                continue
            if _together(run, lines) and all(_is_standard(source, line) for line in lines):
                mixed = _shuffled(source, texts)
                yield rewritten(source.lines(lines[0], lines[-1]), source.newline.join(mixed))


def shuffle_names(source: Source) -> Iterator[Site]:
    """The sorted names of a `from m import ...` lose their order; the way back sorts them.

    Exact for modules of the standard library, and where all names are capitalised: classes and constants, not
    modules that would be imported in another order.
    """
    for line in source.of(cst.SimpleStatementLine):
        node = lone(line)
        if not isinstance(node, cst.ImportFrom) or isinstance(node.names, cst.ImportStar):
            continue
        names = [_alias(source, name) for name in node.names]
        if len(set(names)) < 3 or names != sorted(names) or source.commented(source.lines(line)):
            continue
        if _is_standard(source, line) or all(name[0].isupper() for name in names):
            spans = [source.span(name) for name in node.names]
            mixed = _shuffled(source, names)
            ends = [Span(s.start, s.start + len(n)) for s, n in zip(spans, names, strict=True)]
            if [end.slice(source.text) for end in ends] == names:
                edits = tuple(TextEdit(s, n) for s, n in zip(ends, mixed, strict=True))
                yield Site(edits, {"module": _module(source, line)})


def _runs(source: Source) -> Iterator[list[cst.SimpleStatementLine]]:
    """Import statements on consecutive lines of the module, one statement a line, nothing else on it."""
    lines = [
        line
        for line in source.of(cst.SimpleStatementLine)
        if isinstance(lone(line), Import) and isinstance(source.parent(line), cst.Module)
    ]
    plain = [
        line
        for line in lines
        if source.plain(line) and _rows(source, line)[0] == _rows(source, line)[1]
    ]
    numbered = enumerate(sorted(plain, key=lambda line: source.span(line)))
    for _, group in groupby(numbered, key=lambda pair: _rows(source, pair[1])[0] - pair[0]):
        yield [line for _, line in group]


def _rows(source: Source, node: cst.CSTNode) -> tuple[int, int]:
    span = source.span(node)
    return source.row(span.start), source.row(span.end)


def _together(run: list[cst.SimpleStatementLine], lines: list[cst.SimpleStatementLine]) -> bool:
    start = run.index(lines[0])
    return run[start : start + len(lines)] == lines


def _names(line: cst.SimpleStatementLine) -> list[cst.ImportAlias]:
    node = lone(line)
    return list(node.names) if isinstance(node, cst.Import) else []


def _alias(source: Source, name: cst.ImportAlias) -> str:
    bound = f" as {source.code(name.asname.name)}" if name.asname else ""
    return source.code(name.name) + bound


def _module(source: Source, line: cst.SimpleStatementLine) -> str:
    """The module of a `from` import, or the first of an `import`; empty for a relative one."""
    node = lone(line)
    if isinstance(node, cst.ImportFrom):
        return "" if node.relative or node.module is None else source.code(node.module)
    return source.code(_names(line)[0].name)


def _is_standard(source: Source, line: cst.SimpleStatementLine) -> bool:
    module = _module(source, line)
    return module.split(".")[0] in sys.stdlib_module_names and module not in ("__future__", "this")


def _shuffled(source: Source, texts: list[str]) -> list[str]:
    """The texts in another order."""
    mixed = list(texts)
    while mixed == texts:
        source.random.shuffle(mixed)
    return mixed
