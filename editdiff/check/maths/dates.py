"""Days, ranges and hours that look like calculations: `90-100`, `28/2 + 1 = 1/3`, `9.30 + 1.45 = 11.15`."""

from __future__ import annotations

import re
from datetime import date, timedelta
from fractions import Fraction

from editdiff.check.maths.tree import Apply, Number, Tree

_RANGE = re.compile("([0-9]{1,9})[-−]([0-9]{1,9})((?:[-−][0-9]+)*)")
_DATE = re.compile(
    r"[0-9]{1,2}([/.-])[0-9]{1,2}\1(?:[0-9]{4}|[0-9]{2})|[0-9]{4}([/.-])[0-9]{1,2}\2[0-9]{1,2}"
)
_YEARS = re.compile(r"([12][0-9])([0-9]{2})[-−–]([0-9]{2})")
_DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})")
_DAYS_FROM = re.compile(r"([0-9]{1,2})/([0-9]{1,2})\s*([-+−–])\s*([0-9]{1,3})")
_NAME_OF_MONTH = re.compile(r"\.?\s(?:(?:de|of)\s)?(?!(?:and|or|so|of|the|in|is|de)\b)[^\W\d]{3,}")
_HOURS = re.compile(r"[0-9]{1,2}\.[0-5][0-9]")
_YEARS_TRIED = (2023, 2024)
"""One without and one with a 29th of February."""


def is_range(text: str) -> bool:
    """Whether a side may be a range or a date: `90-100`, `2024-01-02`, `10/5/2024`."""
    years = _YEARS.fullmatch(text)
    if _DATE.fullmatch(text) or (years and years[2] < years[3]):
        return True
    found = _RANGE.fullmatch(text)
    return found is not None and (found[3] != "" or int(found[1]) <= int(found[2]))


def names_day(left: str, right: str, following: str) -> bool:
    """Whether a quotient may be a date that is then said in words: `4/7 = 4. Juli`."""
    word = _NAME_OF_MONTH.match(following)
    return bool(word) and _DAY.fullmatch(left) is not None and right in left.split("/")


def counts_days(left: str, right: str) -> bool:
    """Whether days are counted from a date to another: `31/1 + 1 = 1/2`, `3/31 + 1 = 4/1`."""
    begin, end = _DAYS_FROM.fullmatch(left), _DAY.fullmatch(right)
    if not begin or not end:
        return False
    days = int(begin[4]) if begin[3] == "+" else -int(begin[4])
    for year in _YEARS_TRIED:
        for day, month in ((0, 1), (1, 0)):
            numbers = int(begin[1]), int(begin[2])
            try:
                found = date(year, numbers[month], numbers[day]) + timedelta(days)
            except ValueError:
                continue
            if [found.day, found.month] == [int(end[1 + day]), int(end[1 + month])]:
                return True
    return False


def of_the_clock(tree: Tree) -> Tree:
    """With hours and minutes for numbers with two decimals below 60: `9.30` is nine and a half."""
    if isinstance(tree, Apply):
        return Apply(tree.operation, tuple(map(of_the_clock, tree.arguments)))
    if isinstance(tree, Number) and _HOURS.fullmatch(tree.text):
        hours, minutes = tree.text.split(".")
        return Number(tree.text, int(hours) + Fraction(int(minutes), 60), places=20)
    return tree
