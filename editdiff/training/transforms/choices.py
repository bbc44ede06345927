"""A value chosen by a condition: conditional expressions, `if` statements, truth values."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from editdiff.text.span import Span
from editdiff.training.transforms.branches import last_statement
from editdiff.training.transforms.expressions import (
    LOOSE,
    is_elif,
    is_name,
    is_truth,
    lone,
    lone_assign,
    one_line,
    rewritten,
    small,
)
from editdiff.training.transforms.source import Site, Source


def ternary_to_if(source: Source) -> Iterator[Site]:
    """`x = a if test else b` becomes an `if` statement with `x = a` and `x = b`, `return` likewise.

    Exact: the same expressions are evaluated in the same order; targets come after values either way.
    """
    for line in source.of(cst.SimpleStatementLine):
        statement, indent = lone(line), source.indent(line)
        if not source.plain(line) or not one_line(source, line) or indent is None:
            continue
        head, value = _head(source, statement)
        if isinstance(value, cst.IfExp) and not source.has(value.body, cst.IfExp, cst.NamedExpr):
            deeper, end = indent + source.step, source.newline
            text = f"{indent}if {source.code(value.test)}:{end}{deeper}{head}{source.code(value.body)}{end}"
            text += f"{indent}else:{end}{deeper}{head}{source.code(value.orelse)}"
            if not isinstance(value.orelse, cst.IfExp):
                yield rewritten(source.lines(line), text, **_words(source, statement))


def if_to_ternary(source: Source) -> Iterator[Site]:
    """An `if` statement that assigns one of two values to a target, or returns one, becomes one line.

    Exact as `ternary_to_if`. A returned value may also follow an `if` without `else`.
    """
    for node in source.of(cst.If):
        statements = _two(source, node)
        if statements is None or not one_line(source, node.test):
            continue
        (head1, yes), (head2, no) = (_head(source, s) for s in statements)
        returns = all(isinstance(s, cst.Return) for s in statements)
        if head1 != head2 or yes is None or no is None or not (node.orelse or returns):
            continue
        parts = (yes, node.test, no)
        if all(one_line(source, p) and not isinstance(p, LOOSE) for p in parts):
            a, test, b = map(source.code, parts)
            text = f"{source.indent(node)}{head1}{a} if {test} else {b}"
            yield rewritten(_both(source, node), text, **_words(source, statements[0]))


def truth_to_if(source: Source) -> Iterator[Site]:
    """`return test` becomes `if test: return True`, `else: return False`.

    Exact for the tests that are True or False whatever they are given; `is_truth` says which.
    """
    for line in source.of(cst.SimpleStatementLine):
        statement, indent = lone(line), source.indent(line)
        if not isinstance(statement, cst.Return) or indent is None or not source.plain(line):
            continue
        if statement.value and is_truth(source, statement.value) and one_line(source, line):
            deeper, end = indent + source.step, source.newline
            other = source.random.random() < 0.5
            text = f"{indent}if {source.code(statement.value)}:{end}{deeper}return True{end}"
            text += f"{indent}else:{end}{deeper}" if other else indent
            yield rewritten(source.lines(line), f"{text}return False")


def if_to_truth(source: Source) -> Iterator[Site]:
    """`if test: return True`, `else: return False` becomes `return test`; exact as `truth_to_if`."""
    for node in source.of(cst.If):
        statements = _two(source, node)
        if statements is None or not is_truth(source, node.test) or not one_line(source, node.test):
            continue
        values = [s.value if isinstance(s, cst.Return) else None for s in statements]
        if is_name(values[0], "True") and is_name(values[1], "False"):
            text = f"{source.indent(node)}return {source.code(node.test)}"
            yield rewritten(_both(source, node), text)


def _two(
    source: Source, node: cst.If
) -> tuple[cst.BaseSmallStatement, cst.BaseSmallStatement] | None:
    """The one statement that runs if the condition holds, and the one that runs if not; no comments between."""
    yes, no = small(node.body), last_statement(source, node)
    if yes is None or no is None or is_elif(source, node) or source.indent(node) is None:
        return None
    if node.orelse is None and not isinstance(yes, cst.Return):
        return None
    return None if source.commented(_both(source, node)) else (yes, no)


def _both(source: Source, node: cst.If) -> Span:
    """Lines of an `if` statement, and of the statement behind it where it has no `else`."""
    last = node if node.orelse else source.following(node)
    return source.lines(node, last)


def _head(
    source: Source, statement: cst.BaseSmallStatement | None
) -> tuple[str | None, cst.BaseExpression | None]:
    """What stands before the value of an assignment to one target, or of a `return`; and the value."""
    if isinstance(statement, cst.Return):
        return "return ", statement.value
    pair = lone_assign(statement)
    if pair is None or not isinstance(pair[0], cst.Name | cst.Attribute | cst.Subscript):
        return None, None
    return f"{source.code(pair[0])} = ", pair[1]


def _words(source: Source, statement: cst.BaseSmallStatement | None) -> dict[str, str]:
    pair = lone_assign(statement)
    return {"target": source.code(pair[0])} if pair and isinstance(pair[0], cst.Name) else {}
