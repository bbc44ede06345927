"""Word problems: quantities that change, subtotals that add up, rates, purchases; each step a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from editdiff.training.tasks.maths.exact import value
from editdiff.training.tasks.maths.words import CONTAINERS, DAYS, PEOPLE, PLACES, THINGS, WORK
from editdiff.training.tasks.maths.work import Rng, Step, Work, one, show, whole

MORE = (
    "{name} buys {k} more {things}, which makes {{}} {things}.",
    "After {k} more arrive there are {{}} {things}.",
    "A friend gives {name} {k} {things}: now it is {{}}.",
    "Then {name} finds another {k}, so the total is {{}} {things}.",
    "With {k} new {things} from the {place}, {name} has {{}}.",
    "{k} {things} are added on {day}, for a total of {{}}.",
)
FEWER = (
    "{name} gives {k} {things} away and keeps {{}}.",
    "{k} of the {things} break, so {{}} are left.",
    "On {day} {name} sells {k}, leaving {{}} {things}.",
    "{name} loses {k} {things} on the way to the {place}; {{}} remain.",
    "After {k} {things} are used up, {{}} {things} are still there.",
    "{name} takes {k} {things} to the {place}, so {{}} stay at home.",
)
TIMES = (
    "By {day} the number has grown to {k} times as many: {{}} {things}.",
    "{name} needs {k} such sets, that is {{}} {things}.",
    "{k} people bring as many each, which gives {{}} {things}.",
    "There are {k} {containers} like this, so {{}} {things} in all.",
)
SHARED = (
    "Shared by {k} people, that is {{}} {things} for each.",
    "{name} puts them into {k} {containers}, {{}} {things} in each.",
    "Split over {k} days, {name} can use {{}} {things} a day.",
    "Each of the {k} {containers} then holds {{}} {things}.",
)
SUBTOTALS = (
    "On {day} {name} counts {a} {containers} of {b} {things}: {{}} {things}.",
    "{a} {containers} with {b} {things} each hold {{}} {things}.",
    "At the {place} there are {a} rows of {b} {things}, which is {{}}.",
    "{name} packs {a} {containers} with {b} {things} in each, so {{}} {things}.",
    "{name} has {a} {containers}, and {b} {things} fit in one: {{}} {things}.",
)
TOTALS = (
    "Altogether that is {{}} {things}.",
    "In total there are {{}} {things}.",
    "All of them together make {{}} {things}.",
    "So {name} has {{}} {things} in all.",
    "The sum is {{}} {things}.",
)
COSTS = (
    "{a} {things} at ${b} each cost {{}}.",
    "{name} pays {{}} for {a} {things} at ${b} apiece.",
    "The price of {a} {things} is {{}}, as one costs ${b}.",
    "For {a} {things} at ${b}, {name} spends {{}}.",
)
ENDS = (
    "Answer: {}",
    "The answer is {}.",
    "So the answer is {}.",
    "#### {}",
    "**{}**",
    "Result: {}",
)


Cast = Mapping[str, object]
"""What the words in braces stand for."""


def story(rng: Rng) -> Work:
    """One of the kinds of word problem."""
    kinds = (_running, _subtotals, _shopping, _rates)
    return kinds[int(rng.choice(len(kinds), p=(0.35, 0.25, 0.2, 0.2)))](rng)


def _cast(rng: Rng) -> dict[str, object]:
    """Who and what the story is about."""
    return {
        "name": one(rng, *PEOPLE),
        "things": one(rng, *THINGS),
        "containers": one(rng, *CONTAINERS),
        "place": one(rng, *PLACES),
        "day": one(rng, *DAYS),
    }


def _step(rng: Rng, sentences: Sequence[str], left: str, cast: Cast, sign: str = "") -> Step:
    """A sentence with its equation."""
    words = one(rng, *sentences).format(**cast)
    return Step((left, show(value(left))), words, sign)


def _ended(rng: Rng, title: str, steps: list[Step]) -> Work:
    result = steps[-1].sign + steps[-1].sides[-1]
    answer = one(rng, *ENDS).format(result) if rng.random() < 0.7 else ""
    return Work(title, tuple(steps), answer=answer)


def _running(rng: Rng) -> Work:
    """One quantity that grows, shrinks and is shared."""
    cast = _cast(rng)
    steps, have = [], whole(rng, 6, 200)
    start = have
    for _ in range(whole(rng, 2, 5)):
        sentences: Sequence[str]
        cast["day"] = one(rng, *DAYS)
        divisors = [k for k in range(2, 13) if have % k == 0 and have > k]
        kind = rng.random()
        if kind < 0.2 and divisors:
            k, sign, sentences = divisors[whole(rng, 0, len(divisors) - 1)], "/", SHARED
        elif kind < 0.4 and have < 500:
            k, sign, sentences = whole(rng, 2, 9), "*", TIMES
        elif kind < 0.7 and have > 4:
            k, sign, sentences = whole(rng, 2, have - 2), "-", FEWER
        else:
            k, sign, sentences = whole(rng, 2, 150), "+", MORE
        steps.append(_step(rng, sentences, f"{have} {sign} {k}", {**cast, "k": k}))
        have = int(value(steps[-1].sides[-1]))
    return _ended(rng, f"{cast['name']} has {start} {cast['things']} at first", steps)


def _subtotals(rng: Rng) -> Work:
    """Several products and their sum."""
    cast = _cast(rng)
    steps = []
    for _ in range(whole(rng, 2, 3)):
        cast |= {"day": one(rng, *DAYS), "containers": one(rng, *CONTAINERS)}
        a, b = whole(rng, 2, 24), whole(rng, 2, 60)
        steps.append(_step(rng, SUBTOTALS, f"{a} * {b}", {**cast, "a": a, "b": b}))
    steps.append(_step(rng, TOTALS, " + ".join(s.sides[-1] for s in steps), cast))
    if rng.random() < 0.4:
        total = int(value(steps[-1].sides[-1]))
        k = whole(rng, 2, max(2, min(total - 1, 90)))
        steps.append(_step(rng, FEWER, f"{total} - {k}", {**cast, "k": k}))
    return _ended(rng, f"How many {cast['things']} are there?", steps)


def _shopping(rng: Rng) -> Work:
    """Prices times numbers, their sum, a rebate, the change."""
    cast = _cast(rng)
    steps = []
    for things in rng.choice(THINGS, size=whole(rng, 2, 3), replace=False).tolist():
        price = (
            Fraction(whole(rng, 1, 40)) if rng.random() < 0.6 else Fraction(whole(rng, 5, 199), 20)
        )
        a = whole(rng, 2, 12)
        about = {**cast, "things": things, "a": a, "b": show(price)}
        steps.append(_step(rng, COSTS, f"{a} * {show(price)}", about, "$"))
    together = ("Together that is {{}}.", "The bill is {{}}.", "{name} has to pay {{}} in all.")
    steps.append(_step(rng, together, " + ".join(s.sides[-1] for s in steps), cast, "$"))
    total = Fraction(steps[-1].sides[-1])
    if rng.random() < 0.6:
        given = whole(rng, 1, 5) * 20 + -(-int(total) // 20) * 20
        change = (
            f"From ${given}, {{name}} gets back {{{{}}}}.",
            f"${given} leave {{{{}}}} in change.",
        )
        steps.append(_step(rng, change, f"{given} - {show(total)}", cast, "$"))
    return _ended(rng, f"{cast['name']} goes shopping", steps)


def _rates(rng: Rng) -> Work:
    """A rate: so many an hour, for some hours, on some days."""
    cast = _cast(rng)
    work, things = one(rng, *WORK).split(" ")
    each, hours, days = whole(rng, 3, 60), whole(rng, 2, 9), whole(rng, 2, 14)
    about: Cast = {**cast, "work": work, "things": things, "k": days}
    an_hour = (
        f"In {hours} hours {{name}} {{work}} {{{{}}}} {{things}}, {each} an hour.",
        f"{{name}} {{work}} {each} {{things}} an hour, so {{{{}}}} in {hours} hours.",
    )
    a_day = (
        f"That makes {{{{}}}} {{things}} in {days} days.",
        f"After {days} such days it is {{{{}}}} {{things}}.",
    )
    steps = [_step(rng, an_hour, f"{each} * {hours}", about)]
    steps.append(_step(rng, a_day, f"{steps[0].sides[-1]} * {days}", about))
    total = int(value(steps[-1].sides[-1]))
    if rng.random() < 0.5:
        cents = whole(rng, 1, 19) * 5
        pay = (f"At ${show(Fraction(cents, 100))} for each, {{name}} earns {{{{}}}}.",)
        steps.append(_step(rng, pay, f"{show(Fraction(cents, 100))} * {total}", about, "$"))
    elif rng.random() < 0.6:
        goal = total + whole(rng, 5, 200)
        left = (f"To reach {goal}, {{{{}}}} {{things}} are missing.",)
        steps.append(_step(rng, left, f"{goal} - {total}", about))
    return _ended(rng, f"{cast['name']} {work} {things}", steps)
