"""What may stand beside an equation for it to be judged, and which words around it speak against that.

The lists are long on the side of silence: a true fault not reported costs less than a false alarm.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from editdiff.check.maths.tokens import BEGINS_OPERAND, ENDS_OPERAND, Kind, Token


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


OPERATIONS = _words(
    """
    plus minus times by over of divided multiplied multiply add added subtract subtracted sum difference product
    quotient ratio average mean median mod modulo remainder per half twice double triple square squared cube cubed
    root log than choose power exponent base to between from and or xor not sqrt max min gcd lcm less more
    """
)
"""Words before a side that may make it a part of something larger."""
UNITS = _words(
    """
    k m g h l s t b d kb mb gb tb pb kib mib gib tib kbit mbit gbit bit bits byte bytes kilobyte kilobytes megabyte
    megabytes gigabyte gigabytes terabyte terabytes ns us µs μs ms sec secs second seconds min mins minute minutes
    hr hrs hour hours day days wk week weeks month months year years yr yrs decade decades century centuries mm cm
    dm km nm µm μm inch inches ft foot feet yd yard yards mile miles mi meter meters metre metres kilometer
    kilometers kilometre kilometres cl ml dl liter liters litre litres gallon gallons gal pint pints quart quarts
    cup cups tbsp tsp teaspoon teaspoons tablespoon tablespoons oz ounce ounces lb lbs pound pounds kg mg gram
    grams kilogram kilograms ton tons tonne tonnes hz khz mhz ghz kwh kw mw gw watt watts w v kv mv volt volts amp
    amps j kj cal kcal calories n pa kpa bar psi degree degrees deg rad radians c f px pt em rem dpi rpm mph kmh
    kph dozen dozens gross pair pairs hundred thousand thousands million millions billion billions trillion
    percent percentage cent cents penny pennies nickel nickels dime dimes quarter quarters dollar dollars euro
    euros usd eur gbp bucks score mol kelvin x
    """
)
"""Words behind a number that give it a unit or a size: it is left alone."""
_BEHIND = _words("and by from in less more of or to")
"""Words among these that may well stand behind an equation."""
_STATING = _words("and as because get gives hence is since so that then therefore thus we")
"""Words before a number alone that do not make it a label."""
_ARTICLES = {"a", "A", "I"}
_OPENING = set("([{\"“‘'*_|`")
_CLOSING = set(".,;:?!)]}\"”’'*_|`") | {"\\}"}
_LOOSE = _OPENING | _CLOSING | {"—", "–", "--", "->", "=>", "→", "⇒", "//", "#", "•"}
_DASHES = {"–", "—"}
_BRACKETS = {"(", "[", "{"}

_SILENCING = re.compile(
    r"""
    \b(?: mod | modul\w* | congruent | binary | octal | hex | hexadecimal | base | radix | xor | bitwise | bool\w*
      | gf | field | ring | tropical | overflow\w* | underflow\w* | saturat\w* | wrap\w* | trunc\w* | floor\w*
      | integer | ceil\w* | clamp\w* | round\w* | if | iff | suppose | assum\w* | pretend | imagine
      | unless | whether | wrong\w* | incorrect\w* | false | mistake\w* | error\w* | typo\w* | instead
      | rather | isn | doesn | don | not | never | cannot | contradict\w* | absurd | invalid | fail\w*
      | bug\w* | broken | solv\w* | equation\w* | would | should | expect\w* | versus | vs | unlike | nan
      | float\w* | precedence | string | concat\w* | syntax | guess\w* | roughly | estimat\w* | about
      | almost | nearly | approx\w* )\b
      | \? | ≠ | != | ≡ | \\ne\b | \\neq | \\equiv | \\pmod | \\bmod | \\mod\b | ⊕ | \\oplus
    """,
    re.VERBOSE | re.IGNORECASE,
)
NEAR = 80
"""Code points on either side of an equation in which such words count."""


def may_follow(tokens: Sequence[Token], latex: bool) -> bool:
    """Whether a side may end before these tokens, the next three of the passage."""
    if not tokens:
        return True
    token = tokens[0]
    if token.kind is Kind.WORD:
        if token.text == "and" and any(other.text in "(/" for other in tokens[1:3]):
            return False  # `5 and 2/3`
        inches = token.text == "in" and (len(tokens) < 2 or tokens[1].kind is not Kind.WORD)
        return (latex or token.spaced) and _is_no_unit(token.text) and (latex or not inches)
    if latex:
        return token.kind in (Kind.STOP, Kind.ROW)
    if token.kind in (Kind.STOP, Kind.CLOSE) and not token.spaced:
        return token.text in _CLOSING and not _touches_more(tokens)
    if token.text in _DASHES and len(tokens) > 1 and tokens[1].kind in BEGINS_OPERAND:
        return False  # a minus sign, or a range
    if token.kind is Kind.NAME:
        return token.text in _ARTICLES
    if token.text == "(":
        return len(tokens) > 1 and tokens[1].kind not in (Kind.NUMBER, Kind.NAME, Kind.OPERATOR)
    return token.text in _LOOSE


def _touches_more(tokens: Sequence[Token]) -> bool:
    """Whether something that is no punctuation stands right behind the punctuation: `7.x`, `7,5`, `7:30`."""
    return (
        len(tokens) > 1
        and not tokens[1].spaced
        and tokens[1].text not in _CLOSING | {"…", "...", ".."}
    )


def _is_no_unit(text: str) -> bool:
    word = re.split(r"\W", text.strip().lower(), maxsplit=1)[0]
    return word not in UNITS and word not in OPERATIONS - _BEHIND


def may_precede(before: Sequence[Token], run: Sequence[Token], latex: bool) -> bool:
    """Whether a side may begin behind these tokens, the last four before it."""
    if not before or not run:
        return bool(run)
    token, touches = before[-1], not run[0].spaced
    if token.kind is Kind.WORD and len(run) == 1 and token.text.lower() not in _STATING:
        return False  # `Room 4 = 2 + 3 beds`
    if token.kind is Kind.WORD:
        return (latex or not touches) and token.text.split()[-1].lower() not in OPERATIONS | UNITS
    if latex:
        return token.kind in (Kind.STOP, Kind.ROW, Kind.OPEN)
    if touches:
        return token.text in _OPENING and not _is_call(before)
    if token.kind is Kind.NAME:
        return token.text in _ARTICLES
    if token.kind is Kind.CLOSE:
        return _is_list_number(before)
    if token.text in _DASHES and len(before) > 1 and before[-2].kind in ENDS_OPERAND:
        return False
    if token.text == "." and token.spaced:
        return False  # `. 84`
    if token.text == "," and before[-2:-1] and before[-2].kind is Kind.NUMBER:
        return len(run[0].text) != 3  # `14, 400`
    return token.text not in _BRACKETS and (token.kind is Kind.STOP or token.text in _LOOSE)


def _is_call(before: Sequence[Token]) -> bool:
    """Whether what opens belongs to what stands before it.

    A call, an index, a prime as in `f'(1+0)`, a bracket of a longer side that is not closed.
    """
    if len(before) < 2:
        return False
    owners = {Kind.WORD, Kind.NAME, Kind.NUMBER, Kind.CLOSE}
    return before[-2].kind is Kind.OPERATOR or (not before[-1].spaced and before[-2].kind in owners)


def _is_list_number(before: Sequence[Token]) -> bool:
    """`1)` or `(a)` at the beginning of a line."""
    inside = [token for token in before[:-1] if token.text != "("]
    return len(before) < 4 and len(inside) == 1 and inside[0].kind in (Kind.NUMBER, Kind.NAME)


def speak_against(passage: str, start: int, end: int) -> bool:
    """Whether the words around an equation say that it is not stated as true, or not of ordinary numbers."""
    line_start = max(passage.rfind("\n", 0, start) + 1, start - NEAR)
    line_end = passage.find("\n", end)
    line_end = min(end + NEAR, len(passage) if line_end < 0 else line_end)
    around = passage[line_start:start] + " \0 " + passage[end:line_end]
    return _SILENCING.search(around) is not None
