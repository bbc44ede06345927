"""Sums of series, and powers."""

from __future__ import annotations

from editdiff.training.tasks.maths.exact import value
from editdiff.training.tasks.maths.work import Rng, Step, Work, one, show, whole


def series(rng: Rng) -> Work:
    """Arithmetic and geometric series, squares, odd numbers, by their closed forms."""
    kinds = (_natural, _arithmetic, _geometric, _squares, _odd)
    steps = tuple(kinds[whole(rng, 0, len(kinds) - 1)](rng) for _ in range(whole(rng, 2, 4)))
    return Work(one(rng, "Sums of series", "Series", "Closed forms"), steps)


def powers(rng: Rng) -> Work:
    """Powers, products of powers and roots of squares."""
    steps = []
    for _ in range(whole(rng, 3, 6)):
        base = int(rng.choice((2, 2, 3, 5, 7, 10, 12)))
        a, b = whole(rng, 1, 5), whole(rng, 2, 4)
        kind = rng.random()
        if kind < 0.4:
            sides = [f"{base}**{a + b}"]
        elif kind < 0.7:
            sides = [f"{base}**{a} * {base}**{b}", f"{base}**{a + b}"]
        else:
            n, k = whole(rng, 11, 99), whole(rng, 1, 9)
            sides = [f"{n}**2 - {k}**2", f"({n} - {k}) * ({n} + {k})"]
        steps.append(Step((*sides, show(value(sides[0])))))
    return Work(one(rng, "Powers", "Powers and squares"), tuple(steps))


def _listed(terms: list[int]) -> str:
    return " + ".join(map(str, terms))


def _natural(rng: Rng) -> Step:
    n = whole(rng, 4, 100)
    closed, total = f"{n} * ({n} + 1) / 2", show(n * (n + 1) // 2)
    if n <= 9:
        return Step((_listed(list(range(1, n + 1))), closed, total))
    return Step((closed, total), f"The first {n} natural numbers add up to {{}}.", name="total")


def _arithmetic(rng: Rng) -> Step:
    first, step, n = whole(rng, 1, 20), whole(rng, 2, 9), whole(rng, 4, 8)
    terms = [first + step * i for i in range(n)]
    return Step((_listed(terms), f"{n} * ({first} + {terms[-1]}) / 2", show(sum(terms))))


def _geometric(rng: Rng) -> Step:
    base, n = whole(rng, 2, 5), whole(rng, 3, 6)
    terms = [base**i for i in range(n)]
    return Step((_listed(terms), f"({base}**{n} - 1) / ({base} - 1)", show(sum(terms))))


def _squares(rng: Rng) -> Step:
    n = whole(rng, 3, 40)
    closed = f"{n} * ({n} + 1) * (2 * {n} + 1) / 6"
    total = show(sum(i * i for i in range(1, n + 1)))
    if n <= 6:
        return Step((" + ".join(f"{i}**2" for i in range(1, n + 1)), closed, total))
    return Step((closed, total), f"The first {n} squares add up to {{}}.", name="total")


def _odd(rng: Rng) -> Step:
    n = whole(rng, 4, 8)
    return Step((_listed([2 * i + 1 for i in range(n)]), f"{n}**2", show(n * n)))
