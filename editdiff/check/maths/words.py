"""What may stand beside an equation for it to be judged, and which words around it speak against that."""

from __future__ import annotations

import re
from collections.abc import Sequence

from editdiff.check.maths.tokens import BEGINS_OPERAND, ENDS_OPERAND, MATHS, Kind, Token
from editdiff.check.maths.vocabulary import (
    CHOOSING,
    CONNECTIVES,
    OPERATIONS,
    OTHER_ARITHMETIC,
    SENTENCES,
    SILENCING,
    STATING,
    UNITS,
    UNKNOWN_LANGUAGE,
)

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

NEAR = 80
"""Code points on either side of an equation, within its paragraph, in which words against it count."""
BEFORE, BEHIND = 400, 200
"""Code points in which words count that tell of another arithmetic."""
_BORDER = re.compile(
    r"[.!?:;][\"')\]$]*\s | \n[ \t>#/*%;]*\n | \n[ \t>]*(?:[-*+•|] | [0-9]{1,2}[.)][ \t])",
    re.VERBOSE,
)
"""Where a sentence ends, or a paragraph or an item of a list begins."""
_LINE_ENDING = re.compile(r"\r\n?|\n")
_ITEM = re.compile(
    r"[ \t>#/*%;]*(?:[-*+•|>] | \(?[0-9a-zA-Z]{1,2}[.)][ \t] | \\(?:begin|item|\[) | \$\$ | [^\n]*=)",
    re.VERBOSE,
)
"""A line of a list, a quotation or a displayed formula: what introduces it stands above."""
_MARGIN = " \t>#/*%;_"


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
        if not latex and token.text[0].isupper() and token.text.lower() not in STATING | SENTENCES:
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
    if last and last[1].lower() in OPERATIONS - CONNECTIVES:
        return False
    if last and last[1].lower() in CONNECTIVES and _OF_TWO.search(before):
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
        return not _ends_operation(tokens)
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
    return word not in UNITS and word not in OPERATIONS - CONNECTIVES


def may_precede(before: Sequence[Token], run: Sequence[Token], latex: bool) -> bool:
    """Whether a side may begin behind these tokens, the last four before it."""
    if not before or not run:
        return bool(run)
    token, touches = before[-1], not run[0].spaced
    if token.kind is Kind.WORD and len(run) == 1 and token.text.lower() not in STATING:
        return False  # `Room 4 = 2 + 3 beds`
    if token.kind is Kind.WORD:
        is_unit = token.text.split()[-1].lower() in UNITS
        return (latex or not touches) and not is_unit and not _ends_operation(before)
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
    if (
        token.text in (".", ":")
        and token.spaced
        and len(before) > 1
        and before[-2].kind in ENDS_OPERAND
    ):
        return False  # `. 84`, `6 : 2 + 1`
    if token.text == "," and before[-2:-1] and before[-2].kind is Kind.NUMBER:
        return len(run[0].text) != 3  # `14, 400`
    return token.text not in _BRACKETS and (token.kind is Kind.STOP or token.text in _LOOSE)


def _ends_operation(tokens: Sequence[Token]) -> bool:
    """Whether the last of these tokens, a word, may belong to an operation: `plus`, `log2`, `three times the`."""
    words = [token.text.split()[-1].lower() for token in tokens[-2:] if token.kind is Kind.WORD]
    if words[-1] == "the" and len(words) > 1:
        return words[0] in OPERATIONS - CONNECTIVES
    return words[-1].rstrip("0123456789") in OPERATIONS


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
    near = f"{before[sentence:]} \0 {behind}"
    if SILENCING.search(near) or UNKNOWN_LANGUAGE.search(near):
        return True
    if _is_introduced_as_doubtful(text, start):
        return True
    around = f"{text[max(0, start - BEFORE) : start]} \0 {text[end : end + BEHIND]}"
    return OTHER_ARITHMETIC.search(around) is not None


def _is_introduced_as_doubtful(text: str, start: int) -> bool:
    """Whether the line above the list or paragraph of an equation speaks against it: `Common mistakes:`."""
    lines = _LINE_ENDING.split(text[max(0, start - BEFORE) : start])[:-1]
    above = (line for line in reversed(lines) if line.strip(_MARGIN) and not _ITEM.match(line))
    line = next(above, "").strip(_MARGIN)
    if CHOOSING.search(line):
        return True
    leads_on = line[-1:].isalpha() or line[-1:] in (":", "?")
    return leads_on and SILENCING.search(line) is not None
