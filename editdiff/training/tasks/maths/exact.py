"""Exact values of expressions: rationals by the standard library, polynomials by sympy.

Expressions are strings of our own making in Python's notation: whole numbers, decimals, names, `+ - * / % **`,
parentheses and `diff(...)`. They are read by Python's parser and never evaluated as code.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from editdiff.errors import MissingDependencyError

OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
NAME = re.compile(r"[a-z]\w*")


@lru_cache(maxsize=4096)
def parse(expression: str) -> ast.expr:
    """The tree of an expression."""
    return ast.parse(expression, mode="eval").body


def literal(expression: str, node: ast.Constant) -> str:
    """A number as it is written: Python's parser would make a binary fraction of a decimal one."""
    return expression[node.col_offset : node.end_col_offset]


def value(
    expression: str, leaf: Callable[[str], Any] = Fraction, names: Mapping[str, Any] | None = None
) -> Any:
    """Value of an expression whose numbers are read by `leaf` and whose names stand for `names`.

    Raises:
        ValueError: for anything but arithmetic.
    """

    def of(node: ast.expr) -> Any:
        match node:
            case ast.Constant():
                return leaf(literal(expression, node))
            case ast.Name(id=name):
                return (names or {})[name]
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return -of(inner)
            case ast.BinOp(left=base, op=ast.Pow(), right=ast.Constant(value=int(power))):
                return of(base) ** power
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                return OPERATORS[type(op)](of(left), of(right))
            case ast.Call(func=ast.Name(id="diff"), args=[inner]):
                return of(inner).diff((names or {})["x"])
        raise ValueError(f"no arithmetic: {expression}")

    return of(parse(expression))


def symbols(expression: str) -> tuple[str, ...]:
    """Names of an expression, sorted."""
    return tuple(sorted(set(NAME.findall(expression)) - {"diff"}))


def polynomial(expression: str, names: tuple[str, ...]) -> Any:
    """The expression as sympy's element of Q[names]; two are equal exactly when the polynomials are."""
    to_number, gens = _ring(names)
    return value(expression, to_number, gens)


def python_value(expression: str) -> float | int:
    """What Python itself makes of a sum without names: `/` gives a binary fraction."""
    return value(expression, lambda text: float(text) if "." in text else int(text))  # type: ignore[no-any-return]


@lru_cache(maxsize=64)
def _ring(names: tuple[str, ...]) -> tuple[Callable[[str], Any], Mapping[str, Any]]:
    """How numbers enter Q[names], and its generators."""
    try:
        from sympy import QQ
        from sympy.polys.rings import ring
    except ImportError as error:
        raise MissingDependencyError(
            "mathematics for training needs sympy", "pip install 'editdiff[train]'"
        ) from error
    ground, *gens = ring(list(names), QQ)

    def leaf(text: str) -> Any:
        number = Fraction(text)
        return ground(QQ(number.numerator, number.denominator))

    return leaf, dict(zip(names, gens, strict=True))
