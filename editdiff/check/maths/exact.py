"""The value of a tree in exact fractions, where fractions suffice and stay small: no sympy, no floating point."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from editdiff.check.maths.tree import Name, Number, Tree

MAX_BITS = 14_000
"""Of a numerator or denominator: Python writes no whole number of more than 4,300 digits."""
MAX_FACTORIAL = 1000


class NoValueError(ArithmeticError):
    """There is no value: a division by nought, the factorial of a fraction."""


class TooLargeError(ArithmeticError):
    """There is one, and it is larger than `MAX_BITS`."""


class NotRationalError(ArithmeticError):
    """It cannot be had in fractions: a radical, a function, a variable."""


@dataclass(frozen=True)
class Reading:
    """What signs mean that do not mean the same everywhere."""

    xor: bool = False
    """`5 ^ 3` is 6."""
    whole: Literal["", "floor", "trunc"] = ""
    """How a quotient of whole numbers is one: `7 / 2` is 3, `-7 / 2` -4 or -3."""
    base: int = 10
    """Of the digits: in base 2 `10` is 2."""
    modulus: int = 0
    """Numbers that differ by a multiple of it are the same; none where it is 0."""
    factorial_end: bool = False
    """`= 5!` at the end is 120."""

    @property
    def is_decimal(self) -> bool:
        """Whether numbers mean what they mean everywhere."""
        return self.base == 10 and not self.modulus


ORDINARY = Reading()


def value(tree: Tree, reading: Reading = ORDINARY) -> Fraction:
    """Work out a tree whose depth is bounded.

    Raises:
        NoValueError, TooLargeError, NotRationalError: as they say.
    """
    if isinstance(tree, Number):
        return _number(tree, reading)
    if isinstance(tree, Name):
        raise NotRationalError(tree.text)
    arguments = [value(argument, reading) for argument in tree.arguments]
    if tree.operation == "end!":
        return _factorial(*arguments) if reading.factorial_end else arguments[0]
    if tree.operation == "^" and reading.xor:
        return _xor(*arguments)
    if tree.operation == "/" and reading.whole and all(a.denominator == 1 for a in arguments):
        return Fraction(_WHOLE[reading.whole](_divide(*arguments)))
    if tree.operation not in _OPERATIONS:
        raise NotRationalError(tree.operation)
    return _small(_OPERATIONS[tree.operation](*arguments))


def _number(number: Number, reading: Reading) -> Fraction:
    if reading.base == 10:
        return number.value
    digits = in_base(number.text, reading.base)
    if digits is None:
        raise NoValueError(f"{number.text} is no number in base {reading.base}")
    return Fraction(digits)


def in_base(text: str, base: int) -> int | None:
    """A whole number written in a base from 2 to 36; None where these are not its digits."""
    try:
        return int(text, base) if text.isalnum() else None
    except ValueError:
        return None


def _small(number: Fraction) -> Fraction:
    if max(number.numerator.bit_length(), number.denominator.bit_length()) > MAX_BITS:
        raise TooLargeError
    return number


def _divide(left: Fraction, right: Fraction) -> Fraction:
    if right == 0:
        raise NoValueError("a division by nought")
    return left / right


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        return _root(base, Fraction(exponent.denominator)) ** exponent.numerator
    if base in (0, 1, -1):
        if base == 0 and exponent <= 0:
            raise NoValueError("nought to no positive power")
        return base ** (exponent.numerator % 2 if base == -1 else 1)
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if bits * abs(exponent.numerator) > MAX_BITS:
        raise TooLargeError
    return base**exponent.numerator


def _root(radicand: Fraction, degree: Fraction) -> Fraction:
    """The root, where it is rational; only square and cube roots are tried."""
    if degree not in (2, 3) or radicand < 0:
        raise NotRationalError("a root")
    over, under = (_whole_root(n, degree.numerator) for n in radicand.as_integer_ratio())
    return Fraction(over, under)


def _whole_root(number: int, degree: int) -> int:
    found = math.isqrt(number) if degree == 2 else _cube_root(number)
    if found**degree != number:
        raise NotRationalError("a root")
    return found


def _cube_root(number: int) -> int:
    low, high = 0, 1 << (number.bit_length() // 3 + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**3 <= number else (low, middle - 1)
    return low


def _factorial(number: Fraction) -> Fraction:
    if number.denominator != 1 or number < 0:
        raise NoValueError("the factorial of no whole number")
    if number > MAX_FACTORIAL:
        raise TooLargeError
    return Fraction(math.factorial(number.numerator))


def _xor(left: Fraction, right: Fraction) -> Fraction:
    if left.denominator != 1 or right.denominator != 1 or min(left, right) < 0:
        raise NoValueError("xor of no whole numbers")
    return Fraction(left.numerator ^ right.numerator)


_WHOLE: dict[str, Callable[[Fraction], int]] = {"floor": math.floor, "trunc": math.trunc}
_OPERATIONS: dict[str, Callable[..., Fraction]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "^": _power,
    "neg": lambda a: -a,
    "%": lambda a: a / 100,
    "!": _factorial,
    "sqrt": lambda a: _root(a, Fraction(2)),
    "root": _root,
    "abs": abs,
    "floor": lambda a: Fraction(math.floor(a)),
    "ceil": lambda a: Fraction(math.ceil(a)),
}
