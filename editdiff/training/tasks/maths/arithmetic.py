"""Sums: whole numbers, decimals, fractions, percentages, precedence step by step, division with remainder."""

from __future__ import annotations

from fractions import Fraction

from editdiff.training.tasks.maths.exact import value
from editdiff.training.tasks.maths.work import (
    Rng,
    Step,
    Work,
    distinct,
    one,
    ratio,
    show,
    some_number,
    term,
    whole,
)

Tree = str | tuple[str, "Tree", "Tree"]
"""A number, or an operator between two trees."""
RANK = {"+": 1, "-": 1, "*": 2, "/": 2}
MOST = 1_000_000
"""No value is larger."""


def integers(rng: Rng) -> Work:
    """Independent sums of whole numbers."""
    steps = tuple(_sum(rng, whole(rng, 1, 4)) for _ in range(whole(rng, 3, 7)))
    return Work(one(rng, "Sums", "Arithmetic", "Practice", "Mental arithmetic", "Checks"), steps)


def decimals(rng: Rng) -> Work:
    """Sums, differences, products and quotients of decimals."""
    steps: list[Step] = []
    wanted = whole(rng, 3, 6)
    while len(steps) < wanted:
        a, b = (Fraction(some_number(rng), 10 ** whole(rng, 0, 2)) for _ in range(2))
        sign = "+-*/"[whole(rng, 0, 3)]
        left = f"{term(show(a))} {sign} {term(show(b))}"
        if sign == "/":
            left = f"{term(show(a * b))} / {show(b)}"
        result = value(left)
        if (result * 10_000).denominator == 1:
            steps.append(Step((left, show(result))))
    return Work(one(rng, "Decimals", "Working with decimals", "Decimal practice"), tuple(steps))


def fractions(rng: Rng) -> Work:
    """Fractions added over a common denominator, multiplied, or put in lowest terms."""
    steps: list[Step] = []
    wanted = whole(rng, 3, 5)
    while len(steps) < wanted:
        a, b, c, d = (whole(rng, 1, 12) for _ in range(4))
        kind = rng.random()
        if kind < 0.3 and Fraction(a, b + 1).denominator != 1:
            k, low = whole(rng, 2, 12), Fraction(a, b + 1)
            steps.append(Step((f"{low.numerator * k}/{low.denominator * k}", ratio(low))))
        elif kind < 0.65 and b > 1 and d > 1:
            sign = "+-"[whole(rng, 0, 1)]
            left = f"{a}/{b} {sign} {c}/{d}"
            steps.append(
                Step(distinct(left, f"({a * d} {sign} {c * b})/{b * d}", ratio(value(left))))
            )
        elif b > 1 and d > 1:
            left = f"({a}/{b}) * ({c}/{d})"
            steps.append(Step(distinct(left, f"{a * c}/{b * d}", ratio(value(left)))))
    return Work(one(rng, "Fractions", "Adding and multiplying fractions"), tuple(steps))


def chain(rng: Rng) -> Work:
    """Sums worked out one operation at a time."""
    steps: list[Step] = []
    wanted = whole(rng, 2, 3)
    while len(steps) < wanted:
        tree = _tree(rng, whole(rng, 2, 4))
        sides = [_text(tree)]
        while not isinstance(tree, str):
            tree = _reduced(tree)
            sides.append(_text(tree))
        steps.append(Step(distinct(*sides)))
    title = one(rng, "Order of operations", "Step by step", "Worked examples", "Precedence")
    return Work(title, tuple(steps))


def percentages(rng: Rng) -> Work:
    """Shares of an amount, raised and lowered prices."""
    steps: list[Step] = []
    wanted = whole(rng, 3, 5)
    while len(steps) < wanted:
        percent, amount = whole(rng, 1, 19) * 5, some_number(rng) * whole(rng, 1, 20)
        share = show(Fraction(percent, 100))
        part = Fraction(percent * amount, 100)
        if (part * 100).denominator != 1:
            continue
        kind = rng.random()
        if kind < 0.5:
            words = f"{percent}% of {amount} is {{}}."
            steps.append(Step((f"{share} * {amount}", show(part)), words, name="part"))
        else:
            sign, word = ("-", "Lowered") if kind < 0.75 else ("+", "Raised")
            factor = show(1 + (Fraction(percent, 100) if sign == "+" else -Fraction(percent, 100)))
            sides = (f"{amount} * (1 {sign} {share})", f"{amount} * {factor}")
            result = show(value(sides[0]))
            words = f"{word} by {percent}%, {amount} becomes {{}}."
            steps.append(Step(distinct(*sides, result), words, name="price"))
    return Work(one(rng, "Percentages", "Per cent", "Discounts and shares"), tuple(steps))


def remainders(rng: Rng) -> Work:
    """Division with remainder, one after the other: Euclid's algorithm."""
    common = whole(rng, 1, 12)
    a, b = (common * some_number(rng) for _ in range(2))
    a, b = max(a, b) + min(a, b), min(a, b)
    a += a % b == 0  # one step would be no algorithm
    steps, first = [], (a, b)
    while b:
        quotient, rest = divmod(a, b)
        right = f"{quotient} * {b} + {rest}" if rest else f"{quotient} * {b}"
        steps.append(Step((str(a), right)))
        a, b = b, rest
    answer = f"The greatest common divisor of {first[0]} and {first[1]} is {a}."
    title = f"{one(rng, 'Greatest common divisor', 'Euclid')} of {first[0]} and {first[1]}"
    return Work(title, tuple(steps[-8:]), derived=True, answer=answer)


def _sum(rng: Rng, size: int) -> Step:
    """One sum with its result; sometimes with a square or a negative number."""
    kind = rng.random()
    if kind < 0.12:
        base, power = (whole(rng, 2, 30), 2) if rng.random() < 0.6 else (whole(rng, 2, 9), 3)
        left = f"{base}**{power} {'+-'[whole(rng, 0, 1)]} {some_number(rng)}"
    elif kind < 0.25:
        sign = "+-*"[whole(rng, 0, 2)]
        left = f"{some_number(rng)} {sign} (-{some_number(rng)})"
    else:
        left = _text(_tree(rng, size))
    return Step((left, show(value(left))))


def _tree(rng: Rng, size: int) -> Tree:
    """A random sum of `size` operators whose intermediate values are whole, not zero and not huge."""
    while True:
        tree = _grow(rng, size)
        if tree is not None and _value(tree) != 0:
            return tree


def _grow(rng: Rng, size: int) -> Tree | None:
    if not size:
        return str(some_number(rng))
    sign = "+-*/"[int(rng.choice(4, p=(0.3, 0.25, 0.3, 0.15)))]
    left_size = whole(rng, 0, size - 1)
    left, right = _grow(rng, left_size), _grow(rng, size - 1 - left_size)
    if left is None or right is None:
        return None
    if sign == "/" and isinstance(left, str) and isinstance(right, str):
        left = str(int(left) * int(right))
    result = _apply(sign, _value(left), _value(right))
    fits = result is not None and 0 < result <= MOST and result.denominator == 1
    return (sign, left, right) if fits else None


def _apply(sign: str, a: Fraction, b: Fraction) -> Fraction | None:
    if sign == "/":
        return a / b if b else None
    return a + b if sign == "+" else a - b if sign == "-" else a * b


def _value(tree: Tree) -> Fraction:
    if isinstance(tree, str):
        return Fraction(tree)
    number = _apply(tree[0], _value(tree[1]), _value(tree[2]))
    if number is None:
        raise ValueError(f"division by zero in {tree}")
    return number


def _text(tree: Tree) -> str:
    """The sum, with parentheses only where they are needed."""
    if isinstance(tree, str):
        return tree
    sign, left, right = tree
    a, b = _text(left), _text(right)
    if not isinstance(left, str) and RANK[left[0]] < RANK[sign]:
        a = f"({a})"
    if not isinstance(right, str) and RANK[right[0]] <= RANK[sign]:
        b = f"({b})"
    return f"{a} {sign} {b}"


def _reduced(tree: Tree) -> Tree:
    """The sum after its next operation: the first one of two plain numbers."""
    if isinstance(tree, str):
        return tree
    sign, left, right = tree
    if not isinstance(left, str):
        return sign, _reduced(left), right
    if not isinstance(right, str):
        return sign, left, _reduced(right)
    return show(_value(tree))
