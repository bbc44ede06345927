"""Files closed by `with` or by hand, and `with` statements in one another."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from editdiff.text.edit import TextEdit
from editdiff.text.span import Span
from editdiff.training.transforms.expressions import (
    bindings,
    builtin_call,
    lone_assign,
    one_line,
    rewritten,
    small,
)
from editdiff.training.transforms.source import Site, Source


def with_to_try(source: Source) -> Iterator[Site]:
    """`with open(p) as f:` becomes `f = open(p)` and `try`, with `f.close()` in its `finally`.

    Exact where the file binds no other `open` and the function binds its variable f here only, for a file's exit
    is its `close`.
    """
    for node in source.of(cst.With):
        function, indent, block = (
            source.function(node),
            source.indent(node),
            source.block(node.body),
        )
        if (
            function is None
            or indent is None
            or block is None
            or node.asynchronous
            or len(node.items) > 1
        ):
            continue
        call, name = node.items[0].item, node.items[0].asname
        opened = builtin_call(source, call, "open") and one_line(source, call)
        if not opened or name is None or not isinstance(name.name, cst.Name):
            continue
        header = Span(source.lines(node).start, block.start)
        f = name.name.value
        if _bound_once(source, function, f) and not source.commented(header):
            end, deeper = source.newline, indent + source.step
            start = f"{indent}{f} = {source.code(call)}{end}{indent}try:{end}"
            close = f"{end}{indent}finally:{end}{deeper}{f}.close()"
            edits = (TextEdit(header, start), TextEdit(Span(block.end, block.end), close))
            yield Site(edits, {"name": f})


def try_to_with(source: Source) -> Iterator[Site]:
    """`f = open(p)` and `try` with nothing but `f.close()` in its `finally` become `with open(p) as f:`.

    Exact as `with_to_try`.
    """
    for node in source.of(cst.Try):
        function, block = source.function(node), source.block(node.body)
        around = list(source.siblings(node))
        before = around[around.index(node) - 1] if around and around[0] is not node else None
        pair = lone_assign(before) if before is not None else None
        if function is None or block is None or pair is None or not isinstance(pair[0], cst.Name):
            continue
        if (
            node.handlers
            or node.orelse
            or not _closes(source, node, pair[0].value)
            or before is None
        ):
            continue
        header = Span(source.lines(before).start, block.start)
        tail = Span(block.end, source.lines(node).end)
        opened = builtin_call(source, pair[1], "open") and _bound_once(
            source, function, pair[0].value
        )
        if opened and not source.commented(header) and not source.commented(tail):
            line = f"{source.indent(node)}with {source.code(pair[1])} as {pair[0].value}:{source.newline}"
            yield Site((TextEdit(header, line), TextEdit(tail, "")), {"name": pair[0].value})


def _bound_once(source: Source, function: cst.FunctionDef, name: str) -> bool:
    return source.own(function, name) and len(bindings(source, function, name)) == 1


def _closes(source: Source, node: cst.Try, name: str) -> bool:
    """Whether the `finally` of a `try` is `name.close()`."""
    last = small(node.finalbody.body) if node.finalbody else None
    return isinstance(last, cst.Expr) and source.code(last.value) == f"{name}.close()"


def split_with(source: Source) -> Iterator[Site]:
    """`with a, b:` becomes `with a:` that holds `with b:`: the same by definition of the language."""
    for node in source.of(cst.With):
        block, indent = source.block(node.body), source.indent(node)
        if block is None or indent is None or node.asynchronous or len(node.items) != 2:
            continue
        inner = source.indent(node.body.body[0]) or ""
        text = source.moved(block, inner, inner + source.step)
        header = Span(source.lines(node).start, block.start)
        first, second = (_item(source, item) for item in node.items)
        if text and not source.commented(header) and one_line(source, node.items[1]):
            lines = [f"{indent}with {first}:", f"{inner}with {second}:", text]
            if source.row(header.end) == source.row(header.start) + 1:
                yield rewritten(Span(header.start, block.end), source.newline.join(lines))


def merge_withs(source: Source) -> Iterator[Site]:
    """`with a:` that holds nothing but `with b:` becomes `with a, b:`: the same by definition of the language."""
    for node in source.of(cst.With):
        block, indent = source.block(node.body), source.indent(node)
        if block is None or indent is None or node.asynchronous or len(node.body.body) != 1:
            continue
        inner = node.body.body[0]
        body = source.block(inner.body) if isinstance(inner, cst.With) else None
        if body is None or not isinstance(inner, cst.With) or inner.asynchronous:
            continue
        items = [*node.items, *inner.items]
        header = Span(source.lines(node).start, body.start)
        text = source.moved(
            body, source.indent(inner.body.body[0]) or "", source.indent(inner) or ""
        )
        if text and not source.commented(header) and all(one_line(source, item) for item in items):
            line = (
                f"{indent}with {', '.join(_item(source, item) for item in items)}:{source.newline}"
            )
            yield rewritten(Span(header.start, body.end), line + text)


def _item(source: Source, item: cst.WithItem) -> str:
    name = item.asname
    bound = f" as {source.code(name.name)}" if name else ""
    return source.code(item.item) + bound
