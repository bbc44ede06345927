"""Variables that hold a value for a moment, and assignments that use their own target."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from editdiff.text.edit import TextEdit
from editdiff.text.span import Span
from editdiff.training.transforms.expressions import (
    LOOSE,
    NUMBERS,
    bindings,
    builtin_call,
    is_binding,
    is_name,
    lone,
    lone_assign,
    one_line,
    replaced,
)
from editdiff.training.transforms.renaming import HIDDEN_USES, word_lists
from editdiff.training.transforms.source import Site, Source

CALM = (
    "len",
    "str",
    "list",
    "tuple",
    "set",
    "sorted",
    "int",
    "float",
    "repr",
    "print",
    "isinstance",
    "dict",
)
"""Builtins; looking their name up before an argument is evaluated makes no difference."""
STICKY = (cst.Yield, cst.Await, cst.NamedExpr, cst.Lambda)
BARE_SLOTS = (cst.Arg, cst.Return, cst.Assign, cst.If, cst.For, cst.Expr, cst.Raise, cst.Assert)
"""Where any expression may stand without parentheses."""


def inline_variable(source: Source) -> Iterator[Site]:
    """`x = value` goes, the next statement uses the value itself; the way back extracts it again.

    Exact: the variable is the function's own, used once, in the next statement, where it is the first thing to be
    evaluated; before it stand at most the names of builtins.
    """
    for line in source.of(cst.SimpleStatementLine):
        pair, function = lone_assign(line), source.function(line)
        if pair is None or function is None or not source.plain(line) or not one_line(source, line):
            continue
        target, value = pair
        use = _next_first(source, line, target)
        if use is None or not isinstance(target, cst.Name) or _looked_through(source, function):
            continue
        once = source.own(function, target.value) and len(source.uses(function, target.value)) == 2
        if not once or source.has(value, *STICKY) or isinstance(value, cst.StarredElement):
            continue
        bare = isinstance(source.parent(use), BARE_SLOTS) and not isinstance(value, LOOSE)
        text = source.code(value) if bare else source.operand(value)
        lines = source.lines(line)
        after = source.rows[source.row(lines.end) + 1].start
        edits = (TextEdit(Span(lines.start, after), ""), TextEdit(source.span(use), text))
        yield Site(edits, {"name": target.value, "expression": source.code(value)})


def extract_variable(source: Source) -> Iterator[Site]:
    """The first value that a statement evaluates gets a name on the line before; exact as `inline_variable`."""
    for statement in (*source.of(cst.SimpleStatementLine), *source.of(cst.If), *source.of(cst.For)):
        root, indent = _root(statement), source.indent(statement)
        function = source.function(statement)
        if root is None or indent is None or function is None or _looked_through(source, function):
            continue
        if not source.siblings(statement):  # an elif
            continue
        path = list(_evaluated_first(source, root))
        whole = isinstance(lone(statement), cst.Assign | cst.Expr)
        candidates = [node for node in path[whole:] if _worth_a_name(source, node)]
        names = [name for name in word_lists()["common"] if name not in source.all_names]
        if candidates and names:
            node, name = source.random.choice(candidates), source.random.choice(names)
            start = source.lines(statement).start
            line = f"{indent}{name} = {source.code(node)}{source.newline}"
            edits = (TextEdit(Span(start, start), line), TextEdit(source.outer(node), name))
            yield Site(edits, {"name": name, "expression": source.code(node)})


def _looked_through(source: Source, function: cst.FunctionDef) -> bool:
    """Whether a function reads its variables by other means than their names."""
    return any(is_name(n) for hidden in HIDDEN_USES for n in source.names(function, hidden))


def _next_first(
    source: Source, line: cst.SimpleStatementLine, target: cst.BaseExpression
) -> cst.Name | None:
    """Where the next statement uses the variable `target`, if it does so before all else."""
    after = source.following(line)
    root = _root(after) if after is not None else None
    if root is None or not isinstance(target, cst.Name):
        return None
    last = list(_evaluated_first(source, root))[-1]
    return last if isinstance(last, cst.Name) and last.value == target.value else None


def _root(statement: cst.CSTNode) -> cst.BaseExpression | None:
    """The expression that a statement evaluates first."""
    if isinstance(statement, cst.If):
        return statement.test
    if isinstance(statement, cst.For):
        return statement.iter if statement.asynchronous is None else None
    inner = lone(statement)
    if isinstance(inner, cst.Return | cst.Expr | cst.Assign):
        return inner.value
    return inner.exc if isinstance(inner, cst.Raise) else None


def _evaluated_first(source: Source, node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """An expression, the part of it that is evaluated first, the part of that, and so on."""
    at: cst.BaseExpression | None = node
    while at is not None:
        yield at
        at = _first_part(source, at)


def _first_part(source: Source, node: cst.BaseExpression) -> cst.BaseExpression | None:
    if isinstance(node, cst.Call):
        if not builtin_call(source, node, *CALM):
            return node.func
        return node.args[0].value if node.args and not node.args[0].star else None
    if isinstance(node, cst.Attribute | cst.Subscript):
        return node.value
    if isinstance(node, cst.Comparison | cst.BinaryOperation | cst.BooleanOperation):
        return node.left
    if isinstance(node, cst.UnaryOperation):
        return node.expression
    if isinstance(node, cst.Tuple | cst.List) and node.elements:
        first = node.elements[0]
        return first.value if isinstance(first, cst.Element) else None
    if isinstance(node, cst.IfExp):
        return node.test
    if isinstance(node, cst.ListComp | cst.SetComp | cst.DictComp):
        return node.for_in.iter if node.for_in.asynchronous is None else None
    return None


def _worth_a_name(source: Source, node: cst.BaseExpression) -> bool:
    kinds = (cst.Call, cst.Subscript, cst.BinaryOperation, cst.ListComp)
    fits = isinstance(node, kinds) and 10 <= len(source.code(node)) <= 60
    return fits and one_line(source, node) and not source.has(node, *STICKY)


def augment(source: Source) -> Iterator[Site]:
    """`x = x + 1` becomes `x += 1`.

    Exact for variables of a function that are only ever bound to numbers, or only ever to strings: neither can be
    changed in place. `_sort` says what counts.
    """
    for node in source.of(cst.Assign):
        target, value = lone_assign(node) or (None, None)
        if not isinstance(target, cst.Name) or not isinstance(value, cst.BinaryOperation):
            continue
        if is_name(value.left, target.value) and not value.lpar and _immutable(source, target):
            operator = source.span(value.operator).slice(source.text).strip()
            text = f"{target.value} {operator}= {source.code(value.right)}"
            yield replaced(source, node, text, name=target.value, operator=operator)


def unaugment(source: Source) -> Iterator[Site]:
    """`x += 1` becomes `x = x + 1`; exact as `augment`."""
    for node in source.of(cst.AugAssign):
        if isinstance(node.target, cst.Name) and _immutable(source, node.target):
            operator = source.span(node.operator).slice(source.text).strip().removesuffix("=")
            text = (
                f"{node.target.value} = {node.target.value} {operator} {source.operand(node.value)}"
            )
            yield replaced(source, node, text, name=node.target.value, operator=operator)


def _immutable(source: Source, target: cst.Name) -> bool:
    """Whether every binding of a function's variable gives it a number, or every one a string."""
    function, name = source.function(target), target.value
    if function is None or not source.own(function, name):
        return False
    sorts = {_bound_sort(source, use) for use in bindings(source, function, name)}
    return len(sorts) == 1 and None not in sorts


def _bound_sort(source: Source, use: cst.Name) -> str | None:
    above = source.parent(use)
    if isinstance(above, cst.AugAssign):
        return _sort(source, above.value, use.value)
    statement = source.parent(above) if above is not None else None
    pair = lone_assign(statement) if statement is not None else None
    return _sort(source, pair[1], use.value) if pair is not None else None


def _sort(source: Source, value: cst.BaseExpression, name: str) -> str | None:
    """`number` or `string` where an expression is certainly one, given that the variable `name` is."""
    if isinstance(value, NUMBERS) or builtin_call(source, value, "len", "int", "ord"):
        return "number"
    if isinstance(value, cst.FormattedString) or builtin_call(source, value, "str", "repr"):
        return "string"
    if isinstance(value, cst.SimpleString):
        return None if "b" in value.prefix.lower() else "string"
    if isinstance(value, cst.UnaryOperation) and isinstance(value.operator, cst.Minus):
        return _sort(source, value.expression, name)
    if isinstance(value, cst.BinaryOperation) and not isinstance(
        value.operator, cst.Modulo | cst.MatrixMultiply
    ):
        left = _sort(source, value.left, name)
        right = _sort(source, value.right, name)
        if is_name(value.left, name):
            return right
        return left if left == right or is_name(value.right, name) else None
    return None


def reads(source: Source, function: cst.FunctionDef, name: str) -> list[cst.Name]:
    """Where a function, or a scope inside it, reads a name."""
    return [use for use in source.uses(function, name) if not is_binding(source, use)]
