"""Worked mathematics before it is written down: steps whose equations are checked, exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from editdiff.training.tasks.maths.exact import polynomial, symbols, value

Rng = np.random.Generator


@dataclass(frozen=True)
class Step:
    """One equation, or a chain of them, and the sentence it stands in."""

    sides: tuple[str, ...]
    """Two or more expressions in Python's notation."""
    words: str = "{}"
    """The sentence; the equation stands in the place of the braces."""
    sign: str = ""
    """What stands before the result: a currency."""
    name: str = ""
    """What the result is called in code."""


@dataclass(frozen=True)
class Work:
    """A heading and a few steps."""

    title: str
    steps: tuple[Step, ...]
    root: str = ""
    """Solution of the equation in `x` that is solved; empty where none is: then the sides of a step are equal."""
    derived: bool = False
    """Whether each step follows from those before."""
    answer: str = ""
    """A last line."""


Generator = Callable[[Rng], Work]


def verify(work: Work) -> None:
    """Check every step: numbers by exact fractions, polynomials by sympy.

    Raises:
        ValueError: when an equation is false, which is a bug of a generator.
    """
    for step in work.steps:
        if len(step.sides) < 2 or not _holds(step, work.root):
            raise ValueError(f"a false equation: {' = '.join(step.sides)}")


def _holds(step: Step, root: str) -> bool:
    names = symbols(" ".join(step.sides))
    if root:
        left, right = (polynomial(side, ("x",)) for side in step.sides)
        difference = left - right
        at_root = {value(side, names={"x": Fraction(root)}) for side in step.sides}
        return difference.degree() == 1 and len(at_root) == 1
    if names:
        first, *others = (polynomial(side, names) for side in step.sides)
        return all(other == first for other in others)
    return len({value(side) for side in step.sides}) == 1


def whole(rng: Rng, low: int, high: int) -> int:
    """A whole number from `low` to `high`, both included."""
    return int(rng.integers(low, high + 1))


def some_number(rng: Rng) -> int:
    """A whole number of one to three digits, not 0: small ones more often."""
    at = rng.random()
    return (
        whole(rng, 2, 9) if at < 0.45 else whole(rng, 10, 99) if at < 0.85 else whole(rng, 100, 999)
    )


def show(number: Fraction | int) -> str:
    """A number in Python's notation: whole, decimal if it ends within four places, else a fraction."""
    number = Fraction(number)
    if number.denominator == 1:
        return str(number.numerator)
    if (number * 10_000).denominator == 1:
        sign = "-" if number < 0 else ""
        digits = f"{int(abs(number) * 10_000):05d}"
        return f"{sign}{digits[:-4]}.{digits[-4:]}".rstrip("0")
    return f"{number.numerator}/{number.denominator}"


def ratio(number: Fraction) -> str:
    """A number in Python's notation: whole or a fraction, never a decimal."""
    whole_part = str(number.numerator)
    return whole_part if number.denominator == 1 else f"{whole_part}/{number.denominator}"


def term(text: str) -> str:
    """An operand: in parentheses, if it begins with a minus."""
    return f"({text})" if text.startswith("-") else text


def distinct(*sides: str) -> tuple[str, ...]:
    """Sides without one that is written like the one before."""
    return tuple(side for i, side in enumerate(sides) if not i or side != sides[i - 1])


def one(rng: Rng, *choices: str) -> str:
    """One of several texts."""
    return choices[int(rng.integers(len(choices)))]
