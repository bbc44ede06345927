"""Comparisons written another way: with None, truth values, `not`, in chains, with several types."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from editdiff.training.transforms.expressions import (
    NUMBERS,
    builtin_call,
    is_name,
    one_line,
    plain_arguments,
    replaced,
)
from editdiff.training.transforms.source import Site, Source

Operators = dict[type[cst.CSTNode], str]
EQUAL: Operators = {cst.Is: "==", cst.IsNot: "!="}
IDENTICAL: Operators = {cst.Equal: "is", cst.NotEqual: "is not"}
JOINED: Operators = {cst.In: "not in", cst.Is: "is not"}
PARTED: Operators = {cst.NotIn: "in", cst.IsNot: "is"}


def none_equal(source: Source) -> Iterator[Site]:
    """`x is None` becomes `x == None`: what the way back mends.

    The same for whatever does not define its own `__eq__` to None's liking; the way back is the idiom that the
    style guide PEP 8 asks for.
    """
    yield from _with_none(source, EQUAL)


def none_is(source: Source) -> Iterator[Site]:
    """`x == None` becomes `x is None`: the same where no `__eq__` of x's type says otherwise (PEP 8)."""
    yield from _with_none(source, IDENTICAL)


def _with_none(source: Source, operators: Operators) -> Iterator[Site]:
    for node in source.of(cst.Comparison):
        target = node.comparisons[0]
        operator = operators.get(type(target.operator))
        single = len(node.comparisons) == 1 and one_line(source, node)
        if single and operator and is_name(target.comparator, "None"):
            yield replaced(source, target.operator, operator)


def true_equal(source: Source) -> Iterator[Site]:
    """`if isinstance(a, B):` becomes `if isinstance(a, B) == True:`.

    Exact for the tests that give True or False whatever they are given: `isinstance`, `issubclass`, `callable`,
    `hasattr`, `any`, `all`.
    """
    statements: list[cst.If | cst.While] = [*source.of(cst.If)]
    for statement in [*statements, *source.of(cst.While)]:
        test, value = statement.test, "True"
        if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
            test, value = test.expression, "False"
        if _gives_bool(source, test) and one_line(source, test) and not statement.test.lpar:
            yield replaced(source, statement.test, f"{source.code(test)} == {value}")


def true_plain(source: Source) -> Iterator[Site]:
    """`isinstance(a, B) == True` becomes `isinstance(a, B)`; exact for the tests of `true_equal`."""
    for node in source.of(cst.Comparison):
        target = node.comparisons[0]
        if len(node.comparisons) > 1 or not _gives_bool(source, node.left):
            continue
        if isinstance(target.operator, cst.Equal | cst.Is) and is_name(target.comparator, "True"):
            yield replaced(source, node, source.code(node.left))


def _gives_bool(source: Source, node: cst.BaseExpression) -> bool:
    return builtin_call(
        source, node, "isinstance", "issubclass", "callable", "hasattr", "any", "all"
    )


def not_in(source: Source) -> Iterator[Site]:
    """`not a in b` becomes `a not in b`, `not a is b` `a is not b`: the same by definition of the language."""
    for node in source.of(cst.UnaryOperation):
        test = node.expression
        if not isinstance(node.operator, cst.Not) or not isinstance(test, cst.Comparison):
            continue
        target = test.comparisons[0]
        operator = JOINED.get(type(target.operator))
        if len(test.comparisons) == 1 and operator and one_line(source, node):
            text = f"{source.code(test.left)} {operator} {source.code(target.comparator)}"
            yield replaced(source, node, text, operator=operator)


def in_negated(source: Source) -> Iterator[Site]:
    """`a not in b` becomes `not a in b`, `a is not b` `not a is b`: the same by definition of the language."""
    for node in source.of(cst.Comparison):
        target = node.comparisons[0]
        operator = PARTED.get(type(target.operator))
        if len(node.comparisons) == 1 and operator and one_line(source, node):
            text = f"not {source.code(node.left)} {operator} {source.code(target.comparator)}"
            long = {"in": "not in", "is": "is not"}[operator]
            yield replaced(source, node, text, operator=long)


FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}


def unchained(source: Source) -> Iterator[Site]:
    """`a < b < c` becomes `a < b and b < c`.

    Exact where the middle is a name or a number: evaluating it twice does nothing.
    """
    for node in source.of(cst.Comparison):
        if len(node.comparisons) != 2 or not one_line(source, node):
            continue
        first, second = node.comparisons
        middle, above = first.comparator, source.parent(node)
        bare_not = isinstance(above, cst.UnaryOperation) and not node.lpar
        if not isinstance(middle, (cst.Name, *NUMBERS)) or bare_not:
            continue
        left, right = source.span(first), source.span(second)
        text = f"{source.code(node.left)} {left.slice(source.text).strip()} and "
        text += f"{source.code(middle)} {right.slice(source.text).strip()}"
        yield replaced(source, node, text)


def chained(source: Source) -> Iterator[Site]:
    """`a < b and b < c` becomes `a < b < c`, also where one of the two has to be turned round.

    Exact where b is a name, and only comparisons with a number are turned: numbers leave the comparison with
    any other type to the other side.
    """
    for node in source.of(cst.BooleanOperation):
        first, second = node.left, node.right
        if not isinstance(node.operator, cst.And) or not one_line(source, node):
            continue
        if not (isinstance(first, cst.Comparison) and isinstance(second, cst.Comparison)):
            continue
        pair = _linked(_readings(source, first), _readings(source, second))
        if pair and not first.lpar and not second.lpar:
            (a, op1, b), (_, op2, c) = pair
            yield replaced(source, node, f"{a} {op1} {b} {op2} {c}")


Reading = tuple[str, str, str]


def _readings(source: Source, node: cst.Comparison) -> list[Reading]:
    """A comparison as it stands, and turned round where a number is on one side."""
    target = node.comparisons[0]
    operator = source.span(target.operator).slice(source.text).strip()
    if len(node.comparisons) > 1 or operator not in FLIPPED:
        return []
    left, right = node.left, target.comparator
    if not all(isinstance(s, (cst.Name, cst.Attribute, cst.Call, *NUMBERS)) for s in (left, right)):
        return []
    readings = [(source.code(left), operator, source.code(right))]
    if isinstance(left, NUMBERS) or isinstance(right, NUMBERS):
        readings.append((source.code(right), FLIPPED[operator], source.code(left)))
    return readings


def _linked(first: list[Reading], second: list[Reading]) -> tuple[Reading, Reading] | None:
    """Two readings where the first ends in the name that the second begins with, in one direction."""
    for a in first:
        for b in second:
            if a[2] == b[0] and a[2].isidentifier() and a[1][0] == b[1][0] and a[1][0] in "<>":
                return a, b
    return None


def types_split(source: Source) -> Iterator[Site]:
    """`isinstance(x, (A, B))` becomes `isinstance(x, A) or isinstance(x, B)`; exact where x, A, B are names."""
    for call in source.of(cst.Call):
        if not _type_test(source, call):
            continue
        name, types = (arg.value for arg in call.args)
        if isinstance(types, cst.Tuple) and 1 < len(types.elements) < 4:
            each = [
                e.value for e in types.elements if isinstance(e, cst.Element) and _is_path(e.value)
            ]
            if len(each) == len(types.elements):
                tests = " or ".join(
                    f"isinstance({source.code(name)}, {source.code(t)})" for t in each
                )
                yield replaced(source, call, tests if _stands_alone(source, call) else f"({tests})")


def types_joined(source: Source) -> Iterator[Site]:
    """`isinstance(x, A) or isinstance(x, B)` becomes `isinstance(x, (A, B))`; exact where x, A, B are names."""
    for node in source.of(cst.BooleanOperation):
        sides = (node.left, node.right)
        above = source.parent(node)
        longer = isinstance(above, cst.BooleanOperation) and isinstance(above.operator, cst.Or)
        either = isinstance(node.operator, cst.Or) and not longer
        if not either or not all(_type_test(source, s) for s in sides):
            continue
        tests = [[arg.value for arg in s.args] for s in sides if isinstance(s, cst.Call)]
        (a, left), (b, right) = tests
        if source.code(a) == source.code(b) and _is_path(left) and _is_path(right):
            types = f"({source.code(left)}, {source.code(right)})"
            yield replaced(source, node, f"isinstance({source.code(a)}, {types})")


def _type_test(source: Source, node: cst.CSTNode) -> bool:
    return (
        isinstance(node, cst.Call)
        and builtin_call(source, node, "isinstance")
        and plain_arguments(node)
        and len(node.args) == 2
        and is_name(node.args[0].value)
    )


def _is_path(node: cst.BaseExpression) -> bool:
    while isinstance(node, cst.Attribute):
        node = node.value
    return is_name(node)


def _stands_alone(source: Source, node: cst.BaseExpression) -> bool:
    """Whether an `or` may stand in the place of this expression without parentheses."""
    above = source.parent(node)
    return bool(node.lpar) or isinstance(
        above, cst.If | cst.While | cst.Return | cst.Assign | cst.Arg
    )
