"""One number of a side changed, so that the side is what it should be: candidates for sides that are calculations.

Only one number is ever changed, and it is written as it was: with its decimals and separators; or else one sign
before a number. What a change leads to is for the judge to see: it reads the new text again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import NamedTuple

from editdiff.check.maths import latex as latex_notation
from editdiff.check.maths import plain
from editdiff.check.maths.exact import NotRationalError, NoValueError, TooLargeError, value
from editdiff.check.maths.notation import MAX_LENGTH, rewritten_number
from editdiff.check.maths.parser import ParseError, parse
from editdiff.check.maths.tree import Apply, Name, Number, Tree, walk

MAX_NUMBERS = 12
"""Numbers of a side that are tried."""
MAX_EXPONENT = 64
"""Whole exponents that are tried."""
UNKNOWN = Name("?")
"""Stands for the number that is looked for: no name of a text is read as it."""
Solutions = Callable[[Tree], Iterable[Fraction]]
"""What `UNKNOWN` may be for a tree to be what it should be."""
Holds = Callable[[Tree], bool]
"""Whether a tree is what it should be."""
_FLIPPED = {"+": "-", "-": "+", "−": "+"}


class Change(NamedTuple):
    """A number of a side, and what the side reads when it is changed."""

    number: Number
    text: str
    flips: bool
    """Whether the sign before it changes."""
    twice: bool = False
    """Whether the number changes with its sign: that is no single slip, but shows that a sign may be wrong."""


def read(text: str, latex: bool) -> Tree | None:
    """The tree of a side that stands alone; None where it cannot be read."""
    with suppress(ParseError):
        return parse(latex_notation.tokens(text) if latex else plain.tokens(text))
    return None


def changes(text: str, latex: bool, solutions: Solutions, holds: Holds) -> list[Change]:
    """Every number of a side that could be changed so that it is right, the others kept.

    Where no number will do, a term without one may get a coefficient.
    """
    found = list(_changes(text, latex, solutions, holds))
    if not found:
        for more, at in _with_coefficients(text):
            found += _changes(more, latex, solutions, holds, at)
    return found


def the_only(found: Sequence[Change], kept: Collection[Fraction] = ()) -> tuple[str, ...]:
    """The text of the only change; none where there are several.

    Of several, the one that is not `kept`, what stands in the side before too being carried over; but none where
    a sign may be wrong instead.
    """
    if len(found) > 1 and not any(change.flips for change in found):
        found = [change for change in found if change.number.value not in kept]
    return (found[0].text,) if len(found) == 1 and not found[0].twice else ()


def all_of(found: Sequence[Change]) -> tuple[str, ...]:
    """The texts of all changes of a single number or sign, each once."""
    return tuple(dict.fromkeys(change.text for change in found if not change.twice))


def _changes(
    text: str, latex: bool, solutions: Solutions, holds: Holds, only: int | None = None
) -> Iterator[Change]:
    """What may be changed in a side, one number at a time; `only` the one that begins there."""
    tree = read(text, latex)
    if tree is None:
        return
    for number in _numbers(tree):
        if only is not None and number.at != only:
            continue
        for solution in solutions(_without(tree, number)):
            new = rewritten(text, number, solution, implied=only is not None)
            changed = read(new, latex) if new else None
            if new and changed and holds(changed):
                yield Change(number, new, solution < 0, solution < 0 and -solution != number.value)


def _with_coefficients(text: str) -> Iterator[tuple[str, int]]:
    """The text with a 1 before one of its terms that has no number, and where: `a^2 + ab` with `1ab`."""
    for at, sign in enumerate(text[:MAX_LENGTH]):
        if sign.isalpha() and text[:at].rstrip()[-1:] in ("", "+", "-", "−"):
            yield f"{text[:at]}1{text[at:]}", at


def _numbers(tree: Tree) -> list[Number]:
    """The numbers of a side that was read alone, in the order of its text; none where they are too many."""
    found = [node for node in walk(tree) if isinstance(node, Number) and node.at >= 0]
    return sorted(found, key=lambda number: number.at) if len(found) <= MAX_NUMBERS else []


def _without(tree: Tree, number: Number) -> Tree:
    """The tree with `UNKNOWN` in the place of a number."""
    if isinstance(tree, Apply):
        return Apply(tree.operation, tuple(_without(part, number) for part in tree.arguments))
    here = isinstance(tree, Number) and tree.at == number.at
    return UNKNOWN if here else tree


def solved(tree: Tree, result: Fraction) -> Fraction | None:
    """What `UNKNOWN` has to be for the tree to have this value; None where that is not known, or nothing.

    The operations on the way to it are undone one after the other, so there is one answer: of two roots the
    positive one.
    """
    try:
        while isinstance(tree, Apply):
            at = next(k for k, part in enumerate(tree.arguments) if UNKNOWN in walk(part))
            others = [value(part) for k, part in enumerate(tree.arguments) if k != at]
            result = _INVERSES[tree.operation, at](result, *others)
            tree = tree.arguments[at]
    except (KeyError, ZeroDivisionError, NoValueError, NotRationalError, TooLargeError):
        return None
    return result


def rewritten(text: str, number: Number, new: Fraction, *, implied: bool = False) -> str | None:
    """The text of a side with a number changed; None where the new one cannot be written as the old one is.

    An `implied` number is left out where it is to be 1.
    """
    end = number.at + len(number.text)
    before, after = text[: number.at], text[end:]
    if new < 0:
        sign = len(before.rstrip()) - 1
        if sign < 0 or before[sign] not in _FLIPPED:
            return None
        before = before[:sign] + _FLIPPED[before[sign]] + before[sign + 1 :]
    written = rewritten_number(number, abs(new))
    if written is None:
        return None
    found = before + ("" if implied and abs(new) == 1 else written) + after
    return found if found != text else None


def _root(result: Fraction, degree: Fraction) -> Fraction:
    return value(Apply("root", (Number("", result), Number("", degree))))


def _exponent(result: Fraction, base: Fraction) -> Fraction:
    for exponent in range(MAX_EXPONENT):
        if base**exponent == result:
            return Fraction(exponent)
    raise NoValueError("no whole exponent")


_INVERSES: dict[tuple[str, int], Callable[..., Fraction]] = {
    ("+", 0): lambda result, other: result - other,
    ("+", 1): lambda result, other: result - other,
    ("-", 0): lambda result, other: result + other,
    ("-", 1): lambda result, other: other - result,
    ("*", 0): lambda result, other: result / other,
    ("*", 1): lambda result, other: result / other,
    ("/", 0): lambda result, other: result * other,
    ("/", 1): lambda result, other: other / result,
    ("^", 0): _root,
    ("^", 1): _exponent,
    ("neg", 0): lambda result: -result,
    ("%", 0): lambda result: result * 100,
    ("sqrt", 0): lambda result: result * result,
}
"""Operation and the place of the unknown in it, to what the unknown is: of the result and the other argument."""
