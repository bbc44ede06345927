"""Measures: units with exact factors, areas and volumes, averages."""

from __future__ import annotations

from fractions import Fraction

from editdiff.training.tasks.maths.exact import value
from editdiff.training.tasks.maths.work import (
    Rng,
    Step,
    Work,
    distinct,
    one,
    show,
    some_number,
    whole,
)

UNITS = (
    ("km", "m", "1000"),
    ("m", "cm", "100"),
    ("m", "mm", "1000"),
    ("cm", "mm", "10"),
    ("kg", "g", "1000"),
    ("t", "kg", "1000"),
    ("g", "mg", "1000"),
    ("L", "mL", "1000"),
    ("hours", "minutes", "60"),
    ("minutes", "seconds", "60"),
    ("days", "hours", "24"),
    ("weeks", "days", "7"),
    ("hours", "seconds", "3600"),
    ("feet", "inches", "12"),
    ("yards", "feet", "3"),
    ("miles", "feet", "5280"),
    ("inches", "cm", "2.54"),
    ("miles", "km", "1.609344"),
    ("feet", "m", "0.3048"),
    ("pounds", "ounces", "16"),
    ("pounds", "kg", "0.45359237"),
    ("gallons", "quarts", "4"),
    ("bytes", "bits", "8"),
    ("KiB", "bytes", "1024"),
    ("MiB", "KiB", "1024"),
    ("dozen", "pieces", "12"),
    ("kWh", "kJ", "3600"),
    ("degrees", "arc minutes", "60"),
    ("hectares", "m²", "10000"),
    ("bar", "kPa", "100"),
)
"""How many of the second make one of the first, exactly (the international yard and pound, SI)."""
FORMULAS: tuple[tuple[str, str, str], ...] = (
    ("rectangle", "{a} * {b}", "A rectangle of {a} by {b} has the area {{}}."),
    ("perimeter", "2 * ({a} + {b})", "Its perimeter, with sides {a} and {b}, is {{}}."),
    ("square", "{a}**2", "A square with side {a} has the area {{}}."),
    ("triangle", "{a} * {b} / 2", "A triangle with base {a} and height {b} has the area {{}}."),
    (
        "trapezoid",
        "({a} + {b}) * {c} / 2",
        "A trapezoid with parallel sides {a} and {b} and height {c} has the area {{}}.",
    ),
    ("box", "{a} * {b} * {c}", "A box of {a} by {b} by {c} has the volume {{}}."),
    (
        "surface",
        "2 * ({a} * {b} + {a} * {c} + {b} * {c})",
        "The surface of a box with edges {a}, {b} and {c} is {{}}.",
    ),
    ("cube", "{a}**3", "A cube with edge {a} has the volume {{}}."),
    ("circle", "pi * {a}**2", "A circle with radius {a} has the area {{}}."),
    ("circumference", "2 * pi * {a}", "A circle with radius {a} has the circumference {{}}."),
    ("cylinder", "pi * {a}**2 * {b}", "A cylinder with radius {a} and height {b} holds {{}}."),
    ("cone", "pi * {a}**2 * {b} / 3", "A cone with radius {a} and height {b} holds {{}}."),
    ("pyramid", "{a}**2 * {b} / 3", "A pyramid on a square of side {a}, {b} high, holds {{}}."),
    ("diagonal", "{a}**2 + {b}**2", "The squared diagonal of a {a} by {b} rectangle is {{}}."),
    ("angles", "180 * ({a} - 2)", "The angles of a polygon with {a} corners add up to {{}}."),
)
"""Name, formula and sentence; the angle formula needs three corners."""
THINGS = ("marks", "readings", "lengths", "prices", "times", "scores", "heights", "ages", "samples")


def units(rng: Rng) -> Work:
    """Measures in another unit."""
    steps: list[Step] = []
    wanted = whole(rng, 3, 6)
    while len(steps) < wanted:
        large, small, factor = UNITS[whole(rng, 0, len(UNITS) - 1)]
        amount = Fraction(some_number(rng), 10 ** whole(rng, 0, 1))
        if rng.random() < 0.7:
            sides = (f"{show(amount)} * {factor}", show(amount * Fraction(factor)))
            words = f"{show(amount)} {large} = {{}} {small}"
        else:
            small_amount = amount * Fraction(factor)
            sides = (f"{show(small_amount)} / {factor}", show(amount))
            words = f"{show(small_amount)} {small} = {{}} {large}"
        if value(sides[0]) == value(sides[1]):  # shown in four decimals, some are not exact
            steps.append(Step(sides, words, name=small.replace(" ", "_").replace("²", "2").lower()))
    return Work(one(rng, "Units", "Conversions", "Unit conversion", "In other units"), tuple(steps))


def geometry(rng: Rng) -> Work:
    """Formulas of shapes with numbers put in."""
    steps = []
    for _ in range(whole(rng, 2, 5)):
        name, formula, words = FORMULAS[whole(rng, 0, len(FORMULAS) - 1)]
        a, b, c = (whole(rng, 3, 40) for _ in range(3))
        filled = formula.format(a=a, b=b, c=c)
        result = value(filled.replace("pi * ", "").replace(" * pi", ""))
        text = show(result)
        text = f"({text})" if "/" in text and "pi" in formula else text
        right = f"{text} * pi" if "pi" in formula else text
        steps.append(Step((filled, right), words.format(a=a, b=b, c=c), name=name))
    return Work(one(rng, "Areas and volumes", "Geometry", "Shapes"), tuple(steps))


def averages(rng: Rng) -> Work:
    """Means of a few numbers, by their total."""
    steps = []
    for _ in range(whole(rng, 2, 3)):
        count = int(rng.choice((2, 4, 5, 8, 10, 3)))
        numbers = [whole(rng, 2, 120) for _ in range(count)]
        if count == 3:
            numbers[-1] += -sum(numbers) % 3
        total = sum(numbers)
        listed = f"({' + '.join(map(str, numbers))}) / {count}"
        sides = distinct(listed, f"{total} / {count}", show(Fraction(total, count)))
        thing = one(rng, *THINGS)
        steps.append(Step(sides, f"The mean of the {count} {thing} is {{}}.", name="mean"))
    return Work(one(rng, "Averages", "Means", "Mean values"), tuple(steps))
