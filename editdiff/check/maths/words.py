"""What may stand beside an equation for it to be judged, and which words around it speak against that.

The lists are long on the side of silence: a true fault not reported costs less than a false alarm.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from editdiff.check.maths.tokens import BEGINS_OPERAND, ENDS_OPERAND, MATHS, Kind, Token


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


OPERATIONS = _words(
    """
    plus minus times by over of divided multiplied multiply add added subtract subtracted sum difference product
    quotient ratio average mean median mod modulo remainder per half twice double triple square squared cube cubed
    root log ln lg ld sin cos tan cot exp abs det than choose power exponent base to between from and or xor not
    sqrt max min gcd lcm less more
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
    euros usd eur gbp chf jpy bucks score mol kelvin x am pm oclock st nd rd th
    mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday
    jan feb mar apr jun jul aug sep sept oct nov dec january february march april june july august september
    october november december
    """
)
"""Words behind a number that give it a unit, a size or a date: it is left alone."""
_BEHIND = _words("and by from in less more of or to")
"""Words among these that may well stand behind an equation."""
_STATING = _words("and as because get gives hence is since so that then therefore thus we")
"""Words before a number alone that do not make it a label."""
_SENTENCES = _words(
    """
    a all an but both each he her his how i if in it its let next no now of on one or our she the their there these
    they this to when where which with you your
    """
)
"""Words that often begin a sentence."""
_ARTICLES = {"a", "A", "I"}
_OPENING = set("([{\"“‘'*_|`")
_CLOSING = set(".,;:?!)]}\"”’'*_|`") | {"\\}"}
_LOOSE = _OPENING | _CLOSING | {"—", "–", "--", "->", "=>", "→", "⇒", "//", "#", "•"}
_DOTS = {"...", "…"}
_LAST_WORD = re.compile(r"([^\W\d_]+)[ \t~]*(?:\r?\n[ \t]*)?$")
_FIRST_WORD = re.compile(r"[ \t~]*(?:\r?\n[ \t]*)?(?:\\,)?([^\W\d_]+)")
_OF_TWO = re.compile(
    r"\b(?:sum|product|difference|quotient|ratio|mean|average|between|add\w*|subtract\w*|multipl\w+|divid\w+)\b[^.;]*$"
)
_BEHIND_NUMBER = {".", ":", ")"}
"""What stands behind the number of an item."""
DASHES = {"–", "—"}
_RULES = re.compile(r"\0+|==+|--+|\*{3,}")
"""What may begin or end a line beside an equation: something covered, the lines under a heading."""
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
      | almost | nearly | (?<!\\)approx\w* | remain\w* | left\ over | leftover | ca | circa | etwa | ungefähr | rund
      | falsch | nicht | wenn | environ | faux | matri\w+ | dimensions? | shapes? | version\w* | score[sd]?
      | release\w* | left\ to\ right )\b
      | [✗✘❌] | \? | ≠ | != | ≡ | \\ne\b | \\neq | \\equiv | \\pmod | \\bmod | \\mod\b | ⊕ | \\oplus
      | [QRℚℝZℤ]\}?/(?:\\|mathbb|mathbf|\{)*[Zℤ] | [Zℤ]\}?/(?:[0-9n(]|\\|mathbb)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_OTHER_ARITHMETIC = re.compile(
    r"""
    \b(?: mod | modulo | modulus | congruen\w+ | binary | octal | hex | hexadecimal | (?:in|to|number)\ base | bases
      | base[-\ ]\$?(?:[0-9]+|p|two|eight|ten|sixteen) | radix | xor | bitwise | gf | tropical | nim\w* | saturat\w*
      | wrap\w*[-\ ]around | truncat\w* | floor(?:ed|s)? | rounded | rounding | rounds?
      | integer\ (?:division|arithmetic) | whole\ numbers? | significant\ (?:digit|figure)s? | clock | boolean
      | permutations? | o'clock | gerundet | runden | modular | dozenal | balanced\ ternary | finite\ fields? )\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Words that tell how the numbers of a whole section are meant."""
NEAR = 80
"""Code points on either side of an equation, within its paragraph, in which words against it count."""
BEFORE, BEHIND = 400, 200
"""Code points in which words count that tell of another arithmetic."""
_BORDER = re.compile(
    r"[.!?:;][\"')\]$]*\s | \n[ \t>#/*%;]*\n | \n[ \t>]*(?:[-*+•|] | [0-9]{1,2}[.)][ \t])",
    re.VERBOSE,
)
"""Where a sentence ends, or a paragraph or an item of a list begins."""


def may_follow(tokens: Sequence[Token], latex: bool) -> bool:
    """Whether a side may end before these tokens, the next four of the passage."""
    if not tokens:
        return True
    token = tokens[0]
    if token.broken:
        return _may_follow_line(tokens)
    if token.kind is Kind.WORD:
        if token.text == "and" and any(other.text in "(/" for other in tokens[1:3]):
            return False  # `5 and 2/3`
        if (
            not latex
            and token.text[0].isupper()
            and token.text.lower() not in _STATING | _SENTENCES
        ):
            return False  # a month, a unit: `5 October`
        inches = token.text == "in" and (len(tokens) < 2 or tokens[1].kind is not Kind.WORD)
        return (latex or token.spaced) and _is_no_unit(token.text) and (latex or not inches)
    if latex:
        return token.kind in (Kind.STOP, Kind.ROW)
    if token.kind in (Kind.STOP, Kind.CLOSE) and not token.spaced:
        return token.text in _CLOSING and not _touches_more(tokens)
    if token.text in DASHES and len(tokens) > 1 and tokens[1].kind in BEGINS_OPERAND:
        return False  # a minus sign, or a range
    if token.text == "//" and len(tokens) > 1 and tokens[1].kind in MATHS:
        return False  # a division without a rest
    if token.kind is Kind.NAME:
        return token.text in _ARTICLES
    if token.text == "(":
        return len(tokens) > 1 and tokens[1].kind not in (Kind.NUMBER, Kind.NAME, Kind.OPERATOR)
    return token.text in _LOOSE


def _may_follow_line(tokens: Sequence[Token]) -> bool:
    """Whether a side may end with its line, before these tokens of the next one."""
    token = tokens[0]
    if token.kind is Kind.WORD:
        begins = (
            token.text[0].isupper() and token.text.lower() in OPERATIONS
        )  # `Per week that makes`
        return begins or _is_no_unit(token.text)
    if token.kind is Kind.UNKNOWN:
        alone = len(tokens) == 1 or tokens[1].broken
        return _RULES.fullmatch(token.text) is not None or (alone and token.text in _DOTS)
    if token.kind not in BEGINS_OPERAND:
        return token.kind is Kind.STOP
    if token.kind is Kind.OPEN and len(tokens) > 2 and tokens[2].text == ",":
        return True  # a pair
    if token.text in _ARTICLES or (len(tokens) > 1 and tokens[1].text in _BEHIND_NUMBER):
        return True
    if token.kind is Kind.OPEN and len(tokens) > 1 and tokens[1].kind is Kind.WORD:
        return True
    return any(other.kind in (Kind.RELATION, Kind.OPERATOR, Kind.CLOSE) for other in tokens[1:])


def may_stand_in(before: str, behind: str) -> bool:
    r"""Whether a formula may stand alone between these texts: `twice $3 + 4 = 14$`, `$60 \cdot 60 = 1$ hour`."""
    last = _LAST_WORD.search(before)
    if last and last[1].lower() in OPERATIONS - _BEHIND:
        return False
    if last and last[1].lower() in _BEHIND and _OF_TWO.search(before):
        return False
    first = _FIRST_WORD.match(behind)
    begins = first and first[1][0].isupper() and first[1].lower() in OPERATIONS
    return not first or bool(begins) or _is_no_unit(first[1])


def may_end_line(tokens: Sequence[Token]) -> bool:
    """Whether a side may begin with its line, the last one having these tokens at its end."""
    if not tokens:
        return True
    token = tokens[-1]
    if token.kind is Kind.WORD:
        return token.text.lower() not in OPERATIONS
    if token.kind is Kind.UNKNOWN:
        alone = token.broken and token.text in _DOTS
        return alone or _RULES.fullmatch(token.text) is not None
    if token.kind is Kind.STOP:
        return True
    for other in reversed(
        tokens
    ):  # an equation stands there, or else what may be the beginning of this one
        if other.kind is Kind.RELATION or other.text[:1] == "=":
            return True
        if other.broken:
            break
    return False


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
    if token.text in DASHES | {"//"} and len(before) > 1 and before[-2].kind in ENDS_OPERAND:
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


def speak_against(text: str, start: int, end: int) -> bool:
    """Whether the words around an equation say that it is not stated as true, or not of ordinary numbers."""
    before, behind = text[max(0, start - NEAR) : start], text[end : end + NEAR]
    line = before.rfind("\n") + 1  # of the lines around, what belongs to the same sentence
    sentence = max((border.end() for border in _BORDER.finditer(before, 0, line)), default=0)
    line = behind.find("\n")
    border = _BORDER.search(behind, line) if line >= 0 else None
    behind = behind[: border.start()] if border else behind
    if _SILENCING.search(f"{before[sentence:]} \0 {behind}"):
        return True
    around = f"{text[max(0, start - BEFORE) : start]} \0 {text[end : end + BEHIND]}"
    return _OTHER_ARITHMETIC.search(around) is not None
