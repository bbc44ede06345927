"""Results that say a value in another unit, or something else of it: hours for minutes, a growth, a share.

Told by the numbers and by what stands behind them, for not all units are known: a slip of the pen seldom makes a
result that is a seventh of the right one, or a hundredth, and has a word behind it.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

from editdiff.check.maths.notation import Written, is_writing, written
from editdiff.check.maths.plain import CURRENCY
from editdiff.check.maths.tree import Apply, Tree, walk
from editdiff.check.maths.vocabulary import CONNECTIVES, SENTENCES, STATING
from editdiff.text.span import Span

_COINS = CURRENCY + "¢"
_CENTS = 100
LEAST_FACTOR = 7
"""From which on a word behind a result may be a unit: days of a week, months, hours, hundreds."""
_WORD = re.compile(r"(?:\\[,;: ]|[\s~])*\(?(?:\\(?:text|mathrm|textrm|mbox)\s?\{\s*)?([^\W\d_]+)")
_MORE = re.compile(r"\s+(?:more|less)\b")
_MARK = re.compile("[\"'′″’”]")
_SHARE = re.compile(r"[0-9]{1,9}\s?/\s?[0-9]{1,9}|\\[dt]?frac\{[0-9]{1,9}\}\{[0-9]{1,9}\}")


def is_other_quantity(
    passage: str,
    sides: tuple[Span, Span],
    trees: tuple[Tree, Tree],
    values: tuple[Fraction, Fraction],
) -> bool:
    """Whether the later of two sides, which differ, may be a quantity of another kind than the earlier one."""
    texts = sides[0].slice(passage), sides[1].slice(passage)
    form, following = written(trees[1]), passage[sides[1].end : sides[1].end + 40]
    if form is None or 0 in values:
        return False
    if _is_other_coin(passage, sides, values) or _is_marked(passage, sides[1]):
        return True
    if form.percent:
        named = texts[1][0] in "+-−" or _MORE.match(following) or _names(following)
        return _is_change(form, values[0], bool(named)) or _is_whole(trees[0], form)
    if (
        _SHARE.fullmatch(texts[0])
        and abs(values[0]) < 1
        and is_writing(form, values[0] * 100, False)
    ):
        return True
    return _names(following) and _may_be_counted(trees[0], *values)


def _is_other_coin(
    passage: str, sides: tuple[Span, Span], values: tuple[Fraction, Fraction]
) -> bool:
    """Whether two currencies stand in them, or cents in one: `50 + 50 = $1`."""
    coins = [_coins(passage, side) for side in sides]
    if coins[0] == coins[1]:
        return False
    return all(coins) or "¢" in coins[0] | coins[1] or _factor(*values) == _CENTS


def _coins(passage: str, side: Span) -> set[str]:
    """Signs of currencies in a side and beside it."""
    around = passage[max(0, side.start - 2) : side.start].strip()[-1:] + side.slice(passage)
    return set(around + passage[side.end : side.end + 2].strip()[:1]) & set(_COINS)


def _is_marked(passage: str, side: Span) -> bool:
    """Whether feet, inches or minutes follow, and no quotation ends: `5 * 12 = 5'`."""
    mark = passage[side.end : side.end + 1]
    if not _MARK.fullmatch(mark):
        return False
    line = passage[passage.rfind("\n", 0, side.start) + 1 : side.start]
    return len(_MARK.findall(line)) % 2 == 0 and not re.search("[“‘„]", line)


def _names(following: str) -> bool:
    """Whether a word follows that may be the name of a unit, or of what is counted."""
    word = _WORD.match(following)
    silent = (STATING | SENTENCES | CONNECTIVES) - {"each"}
    return word is not None and word[1].lower() not in silent


def _may_be_counted(tree: Tree, value: Fraction, result: Fraction) -> bool:
    """Whether a result with a word behind it counts in another unit, or in whole pieces: `100/7 = 15 pages`."""
    factor = _factor(value, result)
    if factor is not None and factor >= LEAST_FACTOR:
        return True
    is_quotient = isinstance(tree, Apply) and tree.operation == "/"
    return is_quotient and result in (math.floor(value), math.ceil(value))


def _factor(value: Fraction, result: Fraction) -> int | None:
    """The whole number by which one is larger than the other; None where there is none."""
    for factor in (value / result, result / value):
        if factor.denominator == 1 and factor > 1:
            return int(factor)
    return None


def _is_change(form: Written, value: Fraction, named: bool) -> bool:
    """Whether a quotient is said as growth or loss: `60/50 = 20% more`, `120/100 = +20%`."""
    change = abs(value - 1)
    if not (named or value > 1):
        return False
    return any(is_writing(form, sign * change, False) for sign in (1, -1))


def _is_whole(tree: Tree, form: Written) -> bool:
    """Whether rounded shares are said to be the whole: `33% + 33% + 33% = 100%`."""
    shares = [node for node in walk(tree) if isinstance(node, Apply)]
    parts = [written(node) for node in shares if node.operation == "%"]
    if form.value != 1 or any(node.operation not in ("+", "%") for node in shares):
        return False
    units = sum((part.unit for part in parts if part), Fraction(0))
    return abs(sum((part.value for part in parts if part), Fraction(0)) - 1) <= units / 2
