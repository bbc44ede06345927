"""What an equation that is not true as it stands may mean instead: nothing is said where one of these may be meant.

Definitions, ranges, dates, labels of a list, cycles of permutations, shapes, two currencies, sums that run on; a
dash that is a sign or none, numbers of other countries, notes at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from editdiff.check.maths.exact import NotRationalError, NoValueError, TooLargeError, value
from editdiff.check.maths.plain import CURRENCY
from editdiff.check.maths.repair import read
from editdiff.check.maths.tokens import read_number
from editdiff.check.maths.tree import Apply, Name, Number, Tree, calculates, variables, walk
from editdiff.text.span import Span

_RANGE = re.compile("([0-9]{1,9})[-−]([0-9]{1,9})((?:[-−][0-9]+)*)")
_DATE = re.compile(
    r"[0-9]{1,2}([/.-])[0-9]{1,2}\1(?:[0-9]{4}|[0-9]{2})|[0-9]{4}([/.-])[0-9]{1,2}\2[0-9]{1,2}"
)
_YEARS = re.compile(r"([12][0-9])([0-9]{2})[-−–]([0-9]{2})")
_DAY = re.compile(r"[0-9]{1,2}/[0-9]{1,2}")
_NAME_OF_MONTH = re.compile(r"\.?\s(?!(?:and|or|so|of|the|in|is)\b)[^\W\d]{3,}")
_NUMBERED = re.compile(r"[0-9]{1,3}\s+[-−]\s+(.+)")
_LABEL_WORD = re.compile(r"\b[^\W\d_a-z][^\W\d_]*\.?\s$")
_MIXED = re.compile(r"(?<![\w.)^*/-])([0-9]{1,4})[-−]([0-9]{1,3}/[0-9]{1,3})(?![\w./])")
_CYCLES = re.compile(
    r"(?:\\left)?\((?:[0-9]|[\s,~]|\\[,;: ])*(?:\\right)?\)"
    r"(?:\s*(?:\^(?:[0-9]|\{-?[0-9]{1,3}\})|\\c?dot|\\circ|\\,"
    r"|(?:\\left)?\((?:[0-9]|[\s,~]|\\[,;: ])*(?:\\right)?\)))*"
)
_IDENTITY = {"1", "e", "()", "(1)"}
_GROUPED = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_BLANK_CELL = re.compile(r"\+[ \t]+\+")
"""In one of several sums below each other, `64+ + +16`, to which more may belong."""
_SHAPE = re.compile(r"(?<=[0-9])[xX×](?=[0-9])")
_REST = re.compile(r"\s*[,(]?\s*rests?\b", re.IGNORECASE)
_LABEL = re.compile(r"(?<![\w.,+*/^=-])([0-9]{1,3})[ \t]{0,2}=(?!=)")
_NOTE = re.compile(r"[0-9.,]+[⁰¹²³⁴-⁹]+")
_PERIODIC = frozenset({"sin", "cos", "tan"})
_FAR = Fraction(1, 5)
"""Relative difference from which on the constant pi is believed to be a name."""
_COINS = CURRENCY + "¢"
MAX_SPINE = 40
"""Terms of a side that may be what the side before it is."""


def is_definition(sides: Sequence[Tree | None], at: int) -> bool:
    """Whether the first side is but a name: `x = x + 1`, `pi = 22/7`, `pi^1 = 0.5`."""
    first = sides[0]
    if isinstance(first, Apply) and first.operation == "^" and not variables(first):
        first = first.arguments[0]
    return at == 1 and isinstance(first, Name)


def in_degrees(*sides: Tree) -> bool:
    """Whether an angle may be one in degrees: `sin(30)`."""
    return any(
        isinstance(node, Apply)
        and node.operation in _PERIODIC
        and not any(isinstance(n, Name) for n in walk(node))
        for side in sides
        for node in walk(side)
    )


def is_unclear(name: str) -> bool:
    """Whether a name may stand for a matrix, a set or a truth value, or the imaginary unit."""
    return name[0].isupper() or name in ("i", "j")


def is_range(text: str) -> bool:
    """Whether a side may be a range or a date: `90-100`, `2024-01-02`, `10/5/2024`."""
    years = _YEARS.fullmatch(text)
    if _DATE.fullmatch(text) or (years and years[2] < years[3]):
        return True
    found = _RANGE.fullmatch(text)
    return found is not None and (found[3] != "" or int(found[1]) <= int(found[2]))


def is_other(passage: str, before: Span, behind: Span) -> bool:
    """Whether two sides of a passage show that it is no equation of numbers, or one of two currencies."""
    left, right = before.slice(passage), behind.slice(passage)
    if is_range(right) or _are_cycles(left, right):
        return True
    if _SHAPE.search(left) and _SHAPE.search(right):
        return True
    if _BLANK_CELL.search(left):
        return True
    following = passage[behind.end : behind.end + 30]
    if _names_day(left, right, following) or _REST.match(following):  # `11/2 = 5 rest 1`
        return True
    coins = [_coins(passage, side) for side in (before, behind)]
    if coins[0] != coins[1] and (all(coins) or "¢" in coins[0] | coins[1]):
        return True
    return left.isdecimal() and _is_label(left, passage, before.start)


def _names_day(left: str, right: str, following: str) -> bool:
    """Whether a quotient may be a date that is then said in words: `4/7 = 4. Juli`."""
    word = _NAME_OF_MONTH.match(following)
    return bool(word) and _DAY.fullmatch(left) is not None and right in left.split("/")


def _coins(passage: str, side: Span) -> set[str]:
    """Signs of currencies in a side and beside it."""
    around = passage[max(0, side.start - 2) : side.start].strip()[-1:] + side.slice(passage)
    return set(around + passage[side.end : side.end + 2].strip()[:1]) & set(_COINS)


def _are_cycles(left: str, right: str) -> bool:
    """Whether both sides may be permutations written as cycles: `(123) = (13)(12)`."""
    if not any(_CYCLES.fullmatch(text) for text in (left, right)):
        return False
    return all(_CYCLES.fullmatch(text) or text in _IDENTITY for text in (left, right))


def _is_label(number: str, passage: str, start: int) -> bool:
    """Whether a number names a choice: `0=525/60, 1=625/50`."""
    line = passage[max(0, passage.rfind("\n", 0, start)) : start + 400]
    labels = {int(found[1]) for found in _LABEL.finditer(line.partition("\n\n")[0])}
    here = int(number) if len(number) <= 3 else -9
    return here in labels and bool({here - 1, here + 1} & labels)


def is_far(one: Fraction, other: Fraction, *sides: Tree) -> bool:
    """Whether pi stands in a side and the sides are so different that it may be no number."""
    named = any(isinstance(node, Name) for side in sides for node in walk(side))
    return named and abs(one - other) > _FAR * max(abs(one), abs(other))


def _begins_with(tree: Tree, result: Fraction) -> bool:
    """Whether a side calculates on from something that has this value: `8 + 2 - 1` from 8, and from 10."""
    for _ in range(MAX_SPINE):
        if not isinstance(tree, Apply):
            break
        tree = tree.arguments[0]
        if value(tree) == result:
            return True
    return False


def runs_on(left: Tree, right: Tree, behind: Tree | None) -> bool:
    """Whether a side goes on calculating with what the side before it is: `5 + 3 = 8 + 2 = 10`."""
    if behind is None or not calculates(right):
        return False
    try:
        result = value(right)
        goes_on = value(behind) == result or _begins_with(behind, result)
        return goes_on and _begins_with(right, value(left))
    except (NoValueError, NotRationalError, TooLargeError):
        return False


def readings(
    left: Tree, right: Tree, texts: tuple[str, str], before: str, dashed: bool
) -> Iterator[tuple[Tree, Tree]]:
    """Other trees that two sides may stand for; `before` is what stands in the passage before them."""
    if dashed:
        yield _negated(left), right
    numbered = _NUMBERED.fullmatch(texts[0]) if _LABEL_WORD.search(before[-30:]) else None
    behind = read(numbered[1], False) if numbered else None
    if behind:  # `Step 2 - 3 + 4 = 7`
        yield behind, right
    if _NOTE.fullmatch(texts[1]) and isinstance(right, Apply):
        yield left, right.arguments[0]
    swapped = _of_other_countries(left), _of_other_countries(right)
    if swapped != (left, right):
        yield swapped
    mixed = [read(_MIXED.sub(r"\1+\2", text), False) for text in texts]
    if any(map(_MIXED.search, texts)) and mixed[0] and mixed[1]:
        yield mixed[0], mixed[1]


def _negated(tree: Tree) -> Tree:
    """With a minus sign before its first term."""
    if isinstance(tree, Apply) and tree.operation in ("+", "-"):
        return Apply(tree.operation, (_negated(tree.arguments[0]), tree.arguments[1]))
    return Apply("neg", (tree,))


def _of_other_countries(tree: Tree) -> Tree:
    """With point and comma of its numbers exchanged, where that changes how one of them is read."""
    if isinstance(tree, Apply):
        return Apply(tree.operation, tuple(map(_of_other_countries, tree.arguments)))
    if isinstance(tree, Number):
        text = tree.text.replace("{,}", ",")
        if not _GROUPED.fullmatch(text):
            return tree
        swapped = text.translate(str.maketrans(",.", ".,"))
        return (swapped != text and read_number(swapped)) or tree
    return tree
