"""Tokens that plain text and LaTeX have in common, and how numbers are read."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from editdiff.check.maths.tree import Number

MAX_DIGITS = 400
"""Digits of a number; a longer one is read as something unknown."""
MAX_EXPONENT = 300
"""Of a number such as 6.02e23."""


class Kind(StrEnum):
    """What a token is for the parser and for the search of sides."""

    NUMBER = "number"
    NAME = "name"
    FUNCTION = "function"
    OPERATOR = "operator"
    PREFIX = "prefix"
    r"""`\frac`, `\sqrt`, `√`: takes what follows."""
    POSTFIX = "postfix"
    """Percent sign, factorial, superscript."""
    OPEN = "open"
    CLOSE = "close"
    RELATION = "relation"
    WORD = "word"
    STOP = "stop"
    """Punctuation: no part of an expression, but one may stand beside it."""
    ROW = "row"
    """The end of a row of aligned equations."""
    UNKNOWN = "unknown"
    """Nothing that an expression may stand beside, for it may belong to it."""


class Token(NamedTuple):
    """A piece of a passage."""

    kind: Kind
    text: str
    """Normalised: `*` for every sign of multiplication."""
    start: int
    end: int
    """In code points of the passage."""
    spaced: bool
    """Whether white space stands before it; never in LaTeX, where it means nothing."""
    broken: bool = False
    """Whether a line ends before it; never in LaTeX."""


MATHS = frozenset(
    {Kind.NUMBER, Kind.NAME, Kind.FUNCTION, Kind.OPERATOR, Kind.PREFIX, Kind.POSTFIX, Kind.OPEN, Kind.CLOSE}
)  # fmt: skip
"""Kinds that an expression is made of."""
ENDS_OPERAND = frozenset({Kind.NUMBER, Kind.NAME, Kind.CLOSE, Kind.POSTFIX})
BEGINS_OPERAND = frozenset({Kind.NUMBER, Kind.NAME, Kind.FUNCTION, Kind.PREFIX, Kind.OPEN})

SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SEPARATORS = re.compile(r",|_|\{,\}|\\,")
_LEADING_NOUGHT = re.compile("0[0-9]")


@lru_cache(maxsize=4096)  # each is read by the lexer and by the parser
def read_number(text: str) -> Number | None:
    """Read a number of either notation; None for one that may be a code (`007`) or has too many digits."""
    if len(text) > MAX_DIGITS or _LEADING_NOUGHT.match(text):
        return None
    if not text[-1].isdecimal():  # `½`, `1½`
        whole = text[:-1] or "0"
        over, under = unicodedata.normalize("NFKC", text[-1]).split("⁄")
        return Number(text, int(whole) + Fraction(int(over), int(under)))
    mantissa, _, exponent = _SEPARATORS.sub("", text).lower().partition("e")
    power = int(exponent or "0")
    if abs(power) > MAX_EXPONENT:
        return None
    places = len(mantissa.partition(".")[2]) - power
    number = Fraction(mantissa)
    return Number(text, number * Fraction(10) ** power if power else number, places)
