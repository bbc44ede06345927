"""Branches arranged another way: early returns, `else` and `elif`, conditions turned round or joined."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from editdiff.text.edit import TextEdit
from editdiff.text.span import Span
from editdiff.training.transforms.expressions import (
    is_elif,
    leaves,
    lone,
    negated,
    one_line,
    rewritten,
    small,
)
from editdiff.training.transforms.source import Site, Source


def drop_else(source: Source) -> Iterator[Site]:
    """The `else` after a branch that leaves (`return`, `raise`, `continue`, `break`) goes, its lines move left.

    Exact: behind such a branch only the other one gets there.
    """
    for node in source.of(cst.If):
        orelse, indent = node.orelse, source.indent(node)
        if not isinstance(orelse, cst.Else) or is_elif(source, node) or not leaves(node.body):
            continue
        block, end = source.block(orelse.body), source.lines(node.body).end
        if block is None or indent is None:
            continue
        text = source.moved(block, _indent_in(source, orelse), indent)
        if text is not None and not source.commented(Span(end, block.start)):
            yield rewritten(Span(end, block.end), source.newline + text)


def add_else(source: Source) -> Iterator[Site]:
    """What follows a branch that leaves goes into its `else`; exact as `drop_else`."""
    for node in source.of(cst.If):
        rest = _rest(source, node)
        indent = source.indent(node)
        if rest is None or indent is None or node.orelse or not leaves(node.body):
            continue
        text = source.moved(rest, indent, indent + source.step)
        if text is not None:
            text = re.sub(r"\A([ \t]*(\r\n|\n|\r))+", "", text)
            text = f"{indent}else:{source.newline}{text}"
            yield rewritten(rest, text)


def guard(source: Source) -> Iterator[Site]:
    """`if test: body` at the end of a function or loop becomes `if not test: return` (`continue`), then the body.

    Exact: either way nothing is left to do behind it. `negated` says which conditions.
    """
    for node in source.of(cst.If):
        exit_, indent, block = _way_out(source, node), source.indent(node), source.block(node.body)
        if exit_ is None or indent is None or block is None or node.orelse or is_elif(source, node):
            continue
        test, text = (
            negated(source, node.test),
            source.moved(block, _indent_in(source, node), indent),
        )
        header = Span(source.lines(node).start, block.start)
        long = len(node.body.body) > 1 or source.has(node.body, cst.If, cst.For, cst.With, cst.Try)
        if test and text and long and not source.commented(header) and one_line(source, node.test):
            lines = [f"{indent}if {test}:", f"{indent}{source.step}{exit_}", text]
            yield rewritten(Span(header.start, block.end), source.newline.join(lines))


def nest(source: Source) -> Iterator[Site]:
    """`if test: return` (`continue`), then the rest becomes `if not test:` with the rest in it.

    Exact as `guard`; the way back is the early return.
    """
    for node in source.of(cst.If):
        rest, indent = _rest(source, node), source.indent(node)
        leaving = small(node.body)
        above = list(source.above(node))[:2]
        if rest is None or indent is None or node.orelse or len(above) < 2:
            continue
        bare = isinstance(leaving, cst.Return) and leaving.value is None
        ends = isinstance(above[1], cst.FunctionDef) if bare else _in_loop(above[1])
        if not ends or not (bare or isinstance(leaving, cst.Continue)):
            continue
        test, text = negated(source, node.test), source.moved(rest, indent, indent + source.step)
        if (
            test
            and text
            and not source.commented(source.lines(node))
            and one_line(source, node.test)
        ):
            text = re.sub(r"\A([ \t]*(\r\n|\n|\r))+", "", text)
            start = source.lines(node).start
            yield rewritten(Span(start, rest.end), f"{indent}if {test}:{source.newline}{text}")


def _rest(source: Source, node: cst.If) -> Span | None:
    """Whole lines of the statements that follow in the same block; None where nothing does, or for `elif`."""
    around = source.siblings(node)
    if is_elif(source, node) or not around or around[-1] is node:
        return None
    if isinstance(source.parent(node), cst.Module):
        return None
    after = source.row(source.lines(node).end) + 1
    return Span(source.rows[after].start, source.lines(around[-1]).end)


def _way_out(source: Source, node: cst.If) -> str | None:
    """What leaves the block that ends with this statement without doing anything else."""
    above = list(source.above(node))[:2]
    if len(above) < 2 or source.following(node) is not None:
        return None
    if isinstance(above[1], cst.FunctionDef):
        return "return"
    return "continue" if _in_loop(above[1]) else None


def _in_loop(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.For | cst.While)


def _indent_in(source: Source, node: cst.If | cst.Else) -> str:
    """Indentation of the statements in an indented block."""
    return source.indent(node.body.body[0]) or ""


def swap_branches(source: Source) -> Iterator[Site]:
    """`if test: A else: B` becomes `if not test: B else: A`; exact, `negated` says for which conditions."""
    for node in source.of(cst.If):
        if not isinstance(node.orelse, cst.Else) or is_elif(source, node):
            continue
        yes, no = source.block(node.body), source.block(node.orelse.body)
        test = negated(source, node.test)
        if yes is None or no is None or test is None:
            continue
        if _indent_in(source, node) == _indent_in(source, node.orelse):
            edits = ((source.outer(node.test), test), (yes, no.slice(source.text)))
            replacements = [TextEdit(*edit) for edit in (*edits, (no, yes.slice(source.text)))]
            yield Site(tuple(replacements))


def elif_nested(source: Source) -> Iterator[Site]:
    """`elif test:` becomes `else:` with an `if` in it: the same by definition of the language."""
    for node in source.of(cst.If):
        if not is_elif(source, node):
            continue
        chunk = source.lines(node)
        indent = source.indent(node)
        inner = None if indent is None else source.moved(chunk, indent, indent + source.step)
        if inner is not None and inner.lstrip().startswith("elif"):
            text = inner.replace("elif", "if", 1)
            yield rewritten(chunk, f"{indent}else:{source.newline}{text}")


def elif_joined(source: Source) -> Iterator[Site]:
    """`else:` that holds nothing but an `if` becomes `elif`: the same by definition of the language."""
    for node in source.of(cst.Else):
        outer, block = source.parent(node), source.block(node.body)
        if not isinstance(outer, cst.If) or block is None or len(node.body.body) != 1:
            continue
        inner, indent = node.body.body[0], source.indent(node)
        if not isinstance(inner, cst.If) or indent is None:
            continue
        text = source.moved(block, _indent_in(source, node), indent)
        start = source.lines(node).start
        if (
            text
            and text.startswith(f"{indent}if")
            and not source.commented(Span(start, block.start))
        ):
            yield rewritten(Span(start, block.end), text.replace("if", "elif", 1))


def merge_ifs(source: Source) -> Iterator[Site]:
    """`if a:` that holds nothing but `if b:`, both without `else`, becomes `if a and b:`: the same."""
    for node in source.of(cst.If):
        block, indent = source.block(node.body), source.indent(node)
        if block is None or indent is None or node.orelse or len(node.body.body) != 1:
            continue
        inner = node.body.body[0]
        body = source.block(inner.body) if isinstance(inner, cst.If) and not inner.orelse else None
        if body is None or not isinstance(inner, cst.If) or is_elif(source, node):
            continue
        header = Span(source.lines(node).start, body.start)
        text = source.moved(body, _indent_in(source, inner), _indent_in(source, node))
        tests = [_conjunct(source, test) for test in (node.test, inner.test)]
        if text and None not in tests and not source.commented(header):
            line = f"{indent}if {tests[0]} and {tests[1]}:"
            yield rewritten(Span(header.start, body.end), line + source.newline + text)


def split_if(source: Source) -> Iterator[Site]:
    """`if a and b:` without `else` becomes `if a:` that holds `if b:`: the same."""
    for node in source.of(cst.If):
        block, indent, test = source.block(node.body), source.indent(node), node.test
        if block is None or indent is None or node.orelse or is_elif(source, node):
            continue
        if not isinstance(test, cst.BooleanOperation) or not isinstance(test.operator, cst.And):
            continue
        inner = _indent_in(source, node)
        text = source.moved(block, inner, inner + source.step)
        header = Span(source.lines(node).start, block.start)
        simple = one_line(source, test) and not test.lpar and not source.commented(header)
        if text and simple:
            lines = [
                f"{indent}if {source.code(test.left)}:",
                f"{inner}if {source.code(test.right)}:",
            ]
            yield rewritten(Span(header.start, block.end), source.newline.join([*lines, text]))


def _conjunct(source: Source, test: cst.BaseExpression) -> str | None:
    """A condition as it may stand beside `and`."""
    if not one_line(source, test) or isinstance(test, cst.Lambda | cst.NamedExpr | cst.IfExp):
        return None
    loose = isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.Or)
    return f"({source.code(test)})" if loose and not test.lpar else source.code(test)


def last_statement(source: Source, node: cst.If) -> cst.BaseSmallStatement | None:
    """What runs where the condition fails: the `else` of one statement, or the statement that follows."""
    if isinstance(node.orelse, cst.Else):
        return small(node.orelse.body)
    return lone(source.following(node)) if node.orelse is None else None
