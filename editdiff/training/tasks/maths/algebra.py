"""Algebra in one letter: equations solved, products expanded and factored, derivatives, values."""

from __future__ import annotations

from fractions import Fraction

from editdiff.training.tasks.maths.exact import value
from editdiff.training.tasks.maths.work import Rng, Step, Work, one, ratio, whole

Polynomial = tuple[int, ...]
"""Coefficients, the constant first."""


def linear(rng: Rng) -> Work:
    """A linear equation solved step by step: a x + b = c x + d."""
    a, c = _signed(rng, 12), _signed(rng, 9) if rng.random() < 0.5 else 0
    if a == c:
        a += 1 if a != -1 else 2
    root = Fraction(_signed(rng, 20), whole(rng, 1, 4) if rng.random() < 0.3 else 1)
    b = Fraction(_signed(rng, 40))
    d = a * root + b - c * root
    scale = d.denominator
    a, c, b, d = a * scale, c * scale, b * scale, d * scale
    steps = [Step((_poly((b, a)), _poly((d, c))))]
    if c:
        steps.append(Step((_poly((b, a - c)), _poly((d,)))))
    steps.append(Step((_poly((0, a - c)), _poly((d - b,)))))
    if a - c != 1:
        steps.append(Step(("x", ratio((d - b) / (a - c)))))
    title = one(rng, "Solve for x", "A linear equation", "Solving an equation", "Find x")
    answer = one(rng, "", f"So x is {ratio(root)}.", f"The solution is {ratio(root)}.")
    return Work(title, tuple(steps), root=ratio(root), derived=True, answer=answer)


def expansion(rng: Rng) -> Work:
    """Products of brackets expanded, or the other way round."""
    steps = []
    for _ in range(whole(rng, 2, 4)):
        p, q = (_signed(rng, 9), _factor(rng)), (_signed(rng, 9), _factor(rng))
        if rng.random() < 0.25:
            factors, product = f"({_poly(p)})**2", _times(p, p)
        elif rng.random() < 0.3:
            k = whole(rng, 2, 9)
            factors, product = f"{k} * ({_poly(p)})", _times((k,), p)
        else:
            factors, product = f"({_poly(p)}) * ({_poly(q)})", _times(p, q)
        sides = (factors, _poly(product))
        steps.append(Step(sides if rng.random() < 0.65 else sides[::-1]))
    return Work(one(rng, "Expand and factor", "Products of brackets", "Binomials"), tuple(steps))


def collection(rng: Rng) -> Work:
    """Like terms collected."""
    steps = []
    for _ in range(whole(rng, 2, 4)):
        p, q = (_random(rng, whole(rng, 1, 2)) for _ in range(2))
        total = tuple(a + b for a, b in _aligned(p, q))
        if any(total[1:]):
            steps.append(Step((f"({_poly(p)}) + ({_poly(q)})", _poly(total))))
        else:
            steps.append(Step((f"3 * ({_poly(p)})", _poly(_times((3,), p)))))
    return Work(one(rng, "Collect like terms", "Adding polynomials", "Simplify"), tuple(steps))


def derivative(rng: Rng) -> Work:
    """Derivatives of polynomials without a constant, which nobody could restore from the derivative."""
    steps = []
    for _ in range(whole(rng, 2, 4)):
        p = (0, *_random(rng, whole(rng, 0, 3)))
        slope = tuple(i * a for i, a in enumerate(p))[1:]
        steps.append(Step((f"diff({_poly(p)})", _poly(slope))))
    return Work(one(rng, "Derivatives", "Differentiate", "Slopes of polynomials"), tuple(steps))


def evaluation(rng: Rng) -> Work:
    """Values of a polynomial at a few places."""
    p = (_signed(rng, 12), *_random(rng, whole(rng, 0, 1)))
    text, steps = _poly(p), []
    places = {_signed(rng, 9) for _ in range(whole(rng, 3, 6))} - {1, -1}  # 1 hides its exponents
    for x in sorted(places | {2, 3}):
        filled = text.replace("x", f"({x})" if x < 0 else str(x))
        result = ratio(value(filled))
        steps.append(Step((filled, result), f"At x = {x}: {{}}"))
    return Work(f"Values of {text}", tuple(steps))


def _poly(coefficients: tuple[int | Fraction, ...]) -> str:
    """A polynomial in Python's notation, the highest power first."""
    text = ""
    for power in range(len(coefficients) - 1, -1, -1):
        a = Fraction(coefficients[power])
        if not a:
            continue
        size = ratio(abs(a))
        letter = "" if not power else "x" if power == 1 else f"x**{power}"
        piece = size if not letter else letter if size == "1" else f"{size} * {letter}"
        sign = (" - " if a < 0 else " + ") if text else "-" if a < 0 else ""
        text += sign + piece
    return text or "0"


def _times(p: Polynomial, q: Polynomial) -> Polynomial:
    product = [0] * (len(p) + len(q) - 1)
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            product[i + j] += a * b
    return tuple(product)


def _aligned(p: Polynomial, q: Polynomial) -> list[tuple[int, int]]:
    size = max(len(p), len(q))
    return list(zip(p + (0,) * (size - len(p)), q + (0,) * (size - len(q)), strict=True))


def _random(rng: Rng, degree: int) -> Polynomial:
    """A polynomial of this degree; some of its lower coefficients are 0."""
    lower = [_signed(rng, 12) if rng.random() < 0.8 else 0 for _ in range(degree)]
    return (*lower, _signed(rng, 9))


def _factor(rng: Rng) -> int:
    return 1 if rng.random() < 0.6 else whole(rng, 2, 6)


def _signed(rng: Rng, most: int) -> int:
    """A whole number that is not 0."""
    size = whole(rng, 1, most)
    return -size if rng.random() < 0.35 else size
