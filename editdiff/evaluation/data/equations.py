"""Equations written into a text as `<<18*3=54>>`: found, checked and solved in exact fractions, never evaluated.

    expression := term (("+" | "-") term)*
    term       := factor (("*" | "/") factor)*
    factor     := ("+" | "-") factor | "(" expression ")" | number
    number     := digits ["." digits] | "." digits

A side of an equation is bounded in length and depth, so hostile text can neither stall nor crash the parser.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from editdiff.text.span import Span

MAX_CHARS = 200
"""Code points of a side; a longer one is no arithmetic."""
MAX_DEPTH = 32
"""Parentheses and signs around a number."""
NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+")
"""A number as it stands in an expression, without its sign."""
_EQUATION = re.compile(r"<<([^<>=\r\n]*)=([^<>=\r\n]*)>>")
_SPACE = re.compile(r"[ \t]*")
_OPERATIONS: Mapping[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


@dataclass(frozen=True)
class Number:
    """A number of an expression."""

    span: Span
    """Where it stands in the expression, in code points."""
    value: Fraction


@dataclass(frozen=True)
class Operation:
    """Two expressions and what joins them; a sign is an operation on 0."""

    symbol: str
    left: Expression
    right: Expression


Expression = Number | Operation


class _Parser:
    """Recursive descent over one side of an equation; every method returns what it read, or raises ValueError."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0

    def whole(self) -> Expression:
        if len(self.text) > MAX_CHARS:
            raise ValueError("too long")
        expression = self.expression()
        if self.at < len(self.text):
            raise ValueError(f"not arithmetic from character {self.at} on")
        return expression

    def expression(self) -> Expression:
        return self._chain("+-", self.term)

    def term(self) -> Expression:
        return self._chain("*/", self.factor)

    def factor(self) -> Expression:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ValueError("too deep")
        try:
            if sign := self._take("+-"):
                nought = Number(Span(self.at, self.at), Fraction(0))
                return Operation(sign, nought, self.factor())
            if not self._take("("):
                return self._number()
            inside = self.expression()
            if not self._take(")"):
                raise ValueError("a parenthesis is not closed")
            return inside
        finally:
            self.depth -= 1

    def _chain(self, symbols: str, part: Callable[[], Expression]) -> Expression:
        left = part()
        while symbol := self._take(symbols):
            left = Operation(symbol, left, part())
        return left

    def _number(self) -> Number:
        match = NUMBER.match(self.text, self._skip())
        if match is None:
            raise ValueError(f"no number at character {self.at}")
        self.at = match.end()
        self._skip()
        return Number(Span(*match.span()), Fraction(match[0]))

    def _take(self, symbols: str) -> str:
        """Read one of `symbols` and the spaces around it; nothing if another one comes."""
        symbol = self.text[self._skip() : self.at + 1]
        if not symbol or symbol not in symbols:
            return ""
        self.at += 1
        self._skip()
        return symbol

    def _skip(self) -> int:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.at


def parse(text: str) -> Expression | None:
    """Read a whole text as an expression; None if it is none, too long or too deep."""
    try:
        return _Parser(text).whole()
    except ValueError:
        return None


def numbers(expression: Expression) -> list[Number]:
    """Numbers that stand in an expression, from left to right."""
    if isinstance(expression, Operation):
        return numbers(expression.left) + numbers(expression.right)
    return [expression] if expression.span.length else []


def value(expression: Expression) -> Fraction | None:
    """Value of an expression; None where it divides by nought."""
    if isinstance(expression, Number):
        return expression.value
    left, right = value(expression.left), value(expression.right)
    if left is None or right is None or (expression.symbol == "/" and right == 0):
        return None
    return _OPERATIONS[expression.symbol](left, right)


def solve(expression: Expression, unknown: Number, target: Fraction) -> Fraction | None:
    """Find what the number `unknown` of an expression has to be for its value to be `target`.

    It stands there once, so the operations around it are undone one by one. None where no number will do, or
    every one.
    """
    if isinstance(expression, Number):
        return target if expression is unknown else None
    on_left = _holds_number(expression.left, unknown)
    other = value(expression.right if on_left else expression.left)
    wanted = None if other is None else _undo(expression.symbol, other, target, on_left)
    inner = expression.left if on_left else expression.right
    return None if wanted is None else solve(inner, unknown, wanted)


def _holds_number(expression: Expression, number: Number) -> bool:
    if isinstance(expression, Number):
        return expression is number
    return _holds_number(expression.left, number) or _holds_number(expression.right, number)


def _undo(symbol: str, other: Fraction, target: Fraction, on_left: bool) -> Fraction | None:
    """One side of an operation whose value is `target`, given the other side."""
    if symbol == "+":
        return target - other
    if symbol == "-":
        return target + other if on_left else other - target
    if symbol == "*":
        return target / other if other else None
    if on_left:
        return target * other if other else None
    return other / target if target and other else None


def write(number: Fraction) -> str | None:
    """Write a number with as few digits as are exact; None for a negative one and for endless digits."""
    rest, places = number.denominator, 0
    for prime in (2, 5):
        power = 0
        while rest % prime == 0:
            rest, power = rest // prime, power + 1
        places = max(places, power)
    if rest != 1 or number < 0:
        return None
    digits = str(int(number * 10**places)).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits


@dataclass(frozen=True)
class Equation:
    """An annotation `<<left=right>>` of a text."""

    left: Span
    """Left side, in code points of the text, without the marks."""
    right: Span
    text: str
    """The annotation itself, without the marks."""

    @property
    def sides(self) -> tuple[Expression | None, Expression | None]:
        """Both sides, None where one is no arithmetic; positions in each count from its own start."""
        left, right = self.text.split("=")
        return parse(left), parse(right)

    @property
    def holds(self) -> bool:
        """Whether both sides have values, and the same."""
        values = [value(side) for side in self.sides if side is not None]
        return len(values) == 2 and values[0] is not None and values[0] == values[1]


def equations(text: str) -> Iterator[Equation]:
    """Annotations of a text, in order, true or not."""
    for match in _EQUATION.finditer(text):
        left, right = (Span(*match.span(group)) for group in (1, 2))
        yield Equation(left, right, text[left.start : right.end])


def content(text: str) -> bool:
    """Whether every equation of a text holds: the checker's verdict."""
    return all(equation.holds for equation in equations(text))
