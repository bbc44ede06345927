"""What an equation that is not true as it stands may mean instead: nothing is said where one of these may be meant.

Definitions, labels of a list, permutations, shapes, scores, sums that run on; a dash that is a sign or none,
numbers of other countries, powers of ten whose exponent is not raised, notes at the end. Dates are in `dates`,
units and shares in `quantities`, numbers of another base in `positional`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction

from editdiff.check.maths.dates import counts_days, is_range, names_day, of_the_clock
from editdiff.check.maths.exact import NotRationalError, NoValueError, TooLargeError, value
from editdiff.check.maths.notation import is_writing, written
from editdiff.check.maths.positional import is_expansion
from editdiff.check.maths.quantities import is_other_quantity
from editdiff.check.maths.repair import read
from editdiff.check.maths.tokens import read_number
from editdiff.check.maths.tree import Apply, Name, Number, Tree, calculates, variables, walk
from editdiff.check.maths.vocabulary import ITEMS
from editdiff.text.span import Span

_NUMBERED = re.compile(r"[0-9]{1,3}(?:\s+[-−]|/)\s+(.+)")
_LABEL_WORD = re.compile(
    rf"(?:^|\n|\b[^\W\d_a-z][^\W\d_]*\.?\s|\b(?:{'|'.join(sorted(ITEMS))})\.?\s)\Z"
)
_MIXED = re.compile(r"(?<![\w.)^*/-])([0-9]{1,4})[-−]([0-9]{1,3}/[0-9]{1,3})(?![\w./])")
_CYCLE = r"(?:\\left|\\[bB]igg?l?)?\((?:[0-9]|[\s,~]|\\[,;: ])*(?:\\right|\\[bB]igg?r?)?\)"
_CYCLES = re.compile(
    rf"{_CYCLE}(?:\s*(?:\^(?:-?[0-9]|\{{-?[0-9]{{1,3}}\}})|[⁰¹²³⁴-⁹⁻]+|\\c?dot|\\circ|\\ast|\\,|[*·∘]|{_CYCLE}))*"
)
_IDENTITY = {"1", "e", "()", "(1)"}
_FROM_ONE_ON = {"123456789"[:count] for count in range(3, 10)}
_GROUPED = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_BLANK_CELL = re.compile(r"\+[ \t]+\+")
"""In one of several sums below each other, `64+ + +16`, to which more may belong."""
_ROWS = 2
"""Rows above and below a sum in which blank cells are looked for."""
_SHAPE = re.compile(r"(?<=[0-9])[xX×](?=[0-9])")
_WIDE_SHAPE = re.compile(r"(?<=[0-9])\s?[xX]\s?(?=[0-9])")
_SCORE = re.compile(r"([0-9]{1,3})[-−–]([0-9]{1,3})")
_WINS_AND_LOSSES = re.compile(r"\+[0-9]{1,2}\s?[-−–]\s?[0-9]{1,2}")
_ODDS = re.compile(r"[0-9]{1,3}/[0-9]{1,3}")
_SETTING = re.compile(r"[^\W\d_][\w-]+=\Z")
_VERSION = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})\s\+\s(?:0\.)?([0-9]{1,3})")
_TEN = re.compile(
    r"(?:(?<=[x×*·]\s)|(?<=[x×*·])|(?<![\w.,^])(?=10[-−–]))10([-−–]?[0-9]{1,2})(?![\w.,])"
)
"""A power of ten whose exponent is not raised any more: `3 × 10-3`."""
_REST = re.compile(
    r"\s*[,(]?\s*(?:rests?\b|(?:and\s|und\s)?[0-9]+\s(?:left|over|remain\w*|übrig)\b)",
    re.IGNORECASE,
)
_LOSS = re.compile(r"\(([$€£]?[0-9][0-9.,]*)\)")
"""A number below nought as accounts have it: `($500) + $800 = $300`."""
_MODULUS = re.compile(r"\s?[\[(]([1-9][0-9]{0,5})[\])]")
"""Behind a congruence that is written as an equation: `3 * 5 = 1 [7]`."""
_LABEL = re.compile(r"(?<![\w.,+*/^=-])([0-9]{1,3})[ \t]{0,2}=(?!=)")
_NOTE = re.compile(r"[0-9.,]+(?:[⁰¹²³⁴-⁹]+|(?:\\[ ,;]|[\s~])+\([0-9]+\))")
_PERIODIC = frozenset({"sin", "cos", "tan"})
_FAR = Fraction(1, 5)
"""Relative difference from which on the constant pi is believed to be a name."""
_NEAR = Fraction(1, 1000)
"""Relative difference up to which a fraction may stand for what is none: `22/7 = π`."""
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


def is_other(
    passage: str,
    sides: tuple[Span, Span],
    trees: tuple[Tree, Tree],
    values: tuple[Fraction, Fraction],
) -> bool:
    """Whether two sides of a passage that differ show that it is no equation of numbers, or not of these."""
    left, right = (side.slice(passage) for side in sides)
    following = passage[sides[1].end : sides[1].end + 30]
    if is_range(right) or names_day(left, right, following) or counts_days(left, right):
        return True
    if _are_cycles(left, right) or _are_orders(left, right) or _are_shapes(left, right):
        return True
    modulus = _MODULUS.match(following)
    if modulus and (values[0] - values[1]) % int(modulus[1]) == 0:
        return True
    if _has_blank_cells(passage, sides[0]) or _REST.match(following):  # `11/2 = 5 rest 1`
        return True
    if _is_score(passage, sides, values) or _are_odds((left, right), values):
        return True
    if _is_next_version(left, right) or _is_setting(passage[: sides[0].start]):
        return True
    if _is_part(left, trees[1], values):
        return True
    if is_expansion(left, trees[1], values[1]) or is_expansion(right, trees[0], values[0]):
        return True
    if _is_close(trees, values) or is_other_quantity(passage, sides, trees, values):
        return True
    return left.isdecimal() and _is_label(left, passage, sides[0].start)


def _has_blank_cells(passage: str, side: Span) -> bool:
    """Whether a side stands in a table of sums of which cells are blank, in its row or in the next ones."""
    begin, end = side.start, side.end
    for _ in range(_ROWS + 1):
        begin = max(0, passage.rfind("\n", 0, begin))
        end = passage.find("\n", end) + 1 or len(passage)
    return _BLANK_CELL.search(passage, begin, end) is not None


def _are_shapes(left: str, right: str) -> bool:
    """Whether both may be lengths and widths: `2x4 = 1.5 x 3.5`."""
    if not (_SHAPE.search(left) or _SHAPE.search(right)):
        return False
    return bool(_SHAPE.search(left) and _SHAPE.search(right)) or bool(
        _WIDE_SHAPE.search(left) and _WIDE_SHAPE.search(right)
    )


def _is_score(passage: str, sides: tuple[Span, Span], values: tuple[Fraction, Fraction]) -> bool:
    """Whether a side may be a score, told its games, points or share: `3-1 = 4 goals`, `3-1 = 3`, `10-5 = .667`."""
    left, right = (side.slice(passage) for side in sides)
    if _WINS_AND_LOSSES.fullmatch(left):
        return True
    score = _SCORE.fullmatch(left)
    if not score or not passage[sides[0].end].isspace():
        return False
    won, lost = int(score[1]), int(score[2])
    games = won + lost
    points = 3 if won > lost else 1 if won == lost else 0
    share = games and _is_writing_of(right, Fraction(won, games))
    return bool(_SCORE.fullmatch(right) or values[1] in (games, points) or share)


def _are_odds(sides: tuple[str, str], values: tuple[Fraction, Fraction]) -> bool:
    """Whether a fraction is told with the stake itself: the odds `11/10 = 2.1`."""
    return bool(_ODDS.fullmatch(sides[0])) and "." in sides[1] and values[1] == values[0] + 1


def _is_setting(before: str) -> bool:
    """Whether what stands before a side hands it to a name, and is no part of an equation: `key=1+1=3`."""
    return _SETTING.search(before) is not None


def _is_next_version(left: str, right: str) -> bool:
    """Whether numbers with a point may be versions: `3.9 + 1 = 3.10`."""
    version = _VERSION.fullmatch(left)
    return version is not None and right == f"{version[1]}.{int(version[2]) + int(version[3])}"


def _is_part(left: str, right: Tree, values: tuple[Fraction, Fraction]) -> bool:
    """Whether a fraction is told one of its numbers: a date, a time signature, marks: `7/8 = 2+2+3`, `3/4 = 4`."""
    parts = left.split("/")
    if len(parts) != 2 or not all(part.isdecimal() and len(part) <= 2 for part in parts):
        return False
    numbers = [Fraction(part) for part in parts]
    if values[0].denominator == 1:
        return False
    return values[1] in numbers if values[0] < 1 else values[1] == numbers[0] and calculates(right)


def _is_close(trees: tuple[Tree, Tree], values: tuple[Fraction, Fraction]) -> bool:
    """Whether a fraction may stand for what is none: `22/7 = π`, `99/70 = √2`."""
    if len([tree for tree in trees if _is_rational(tree)]) != 1:
        return False
    return abs(values[0] - values[1]) <= _NEAR * abs(values[0]) and all(
        not isinstance(tree, Number) for tree in trees
    )


def _is_rational(tree: Tree) -> bool:
    with suppress(NotRationalError, NoValueError, TooLargeError):
        value(tree)
        return True
    return False


def _are_orders(left: str, right: str) -> bool:
    """Whether all numbers are the digits from 1 on in another order: permutations, `213 * 132 = 231`."""
    numbers = re.findall("[0-9]+", f"{left} {right}")
    orders = {"".join(sorted(number)) for number in numbers}
    return len(numbers) > 2 and len(orders) == 1 and orders <= _FROM_ONE_ON


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


def _is_writing_of(text: str, share: Fraction) -> bool:
    """Whether a text is a number that says a share."""
    form = written(read(text, False))
    return form is not None and is_writing(form, share, False)


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
    if not calculates(right):
        return False
    try:
        result = value(right)
        goes_on = behind is None or value(behind) == result or _begins_with(behind, result)
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
    yield of_the_clock(left), of_the_clock(right)
    yield _with_index(left), _with_index(right)
    losses = [read(_LOSS.sub(r"(-\1)", text), False) for text in texts]
    if any(map(_LOSS.search, texts)) and losses[0] and losses[1]:
        yield losses[0], losses[1]
    raised = [read(_TEN.sub(r"10^\1", text.replace("–", "-")), False) for text in texts]
    if any(map(_TEN.search, texts)) and raised[0] and raised[1]:
        yield raised[0], raised[1]
    mixed = [read(_MIXED.sub(r"\1+\2", text), False) for text in texts]
    if any(map(_MIXED.search, texts)) and mixed[0] and mixed[1]:
        yield mixed[0], mixed[1]


def _negated(tree: Tree) -> Tree:
    """With a minus sign before its first term."""
    if isinstance(tree, Apply) and tree.operation in ("+", "-"):
        return Apply(tree.operation, (_negated(tree.arguments[0]), tree.arguments[1]))
    return Apply("neg", (tree,))


def _with_index(tree: Tree) -> Tree:
    """With the number before the sign of a root as its degree: `3√8`."""
    match tree:
        case Apply("*", (Number() as degree, Apply("sqrt", (radicand,)))):
            return Apply("root", (radicand, degree))
        case Apply(operation, arguments):
            return Apply(operation, tuple(map(_with_index, arguments)))
    return tree


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
