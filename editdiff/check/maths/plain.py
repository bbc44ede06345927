r"""Tokens of a paragraph of plain text or Markdown, or of a comment: every character is read once.

Words are no part of expressions, single letters are. Currency signs before or behind a number are left out,
as are GSM8K's annotations `<<18*3=54>>`, which are passages of their own. `x` between two numbers multiplies.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from editdiff.check.maths.tokens import Kind, Token, read_number
from editdiff.check.maths.tree import FUNCTIONS

ANNOTATION = re.compile(r"<<([^<>=\r\n]{1,200}=[^<>\r\n]{1,200})>>")
CURRENCY = "$€£¥₹¢"
DOUBT = "\x01"
"""Stands where nobody knows whether a sign marks an item of a list or belongs to an expression."""

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<hole>\0+)
  | (?P<annotation><<[^<>=\r\n]{1,200}=[^<>\r\n]{1,200}>>)
  | (?P<unknown>0[xXbBoO][0-9A-Fa-f_]\w* | ==+ | <=+>? | >=+ | => | ->+ | <-+ | <<+ | >>+ | :=+ | =~ | <>
      | --+ | \+[-−] | \+\++ | (?:!|[-+/%&|^])= | //+ | &&+ | \|\|+ | \.\.+ | \*{3,} | :: | \\[^*_])
  | (?P<number>[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])(?:\.[0-9]+)?
      | [0-9]{1,3}(?:_[0-9]{3})+(?![0-9_])(?:\.[0-9]+)?
      | [0-9]+(?:\.[0-9]+)?[eE][-+]?[0-9]{1,4}(?!\w)
      | [0-9]*[¼½¾⅐-⅞] | [0-9]+(?:\.[0-9]+)? | \.[0-9]+)
  | (?P<times>(?<=[0-9])[xX](?=[0-9]))
  | (?P<super>[⁰¹²³⁴-⁹⁻]+)
  | (?P<word>[^\W\d]\w*)
  | (?P<relation>~=|[=≈≃≅≤≥])
  | (?P<operator>\*\*|\\[*_]|[-+−*×·⋅∗/÷∕^])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_OPERATORS = {
    "−": "-", "×": "*", "·": "*", "⋅": "*", "∗": "*", "\\*": "*", "÷": "/", "∕": "/", "**": "^",
}  # fmt: skip
_RELATIONS = {"~=": "≈", "≃": "≈", "≅": "≈"}
_ARROWS = {"//", "->", "=>", "--", "→", "⇒", "—", "–", "#", "•"}
_PUNCTUATION = set(".,;:?!()[]{}\"'“”‘’`_|") | _ARROWS
_CONSTANTS = {"π": "pi"}


def tokens(text: str) -> list[Token]:
    """Cut a paragraph into tokens."""
    found = list(_raw(text))
    found = [_resolved(found, at, text) for at in range(len(found))]
    parts: list[Token] = []
    for line in _by_lines(found):
        names = {token.text for token in line if token.kind is Kind.NAME}
        for before, token in zip([None, *line], line, strict=False):
            parts += _split(before, token, names)
    return parts


def _by_lines(found: list[Token]) -> Iterator[list[Token]]:
    """The tokens of each line."""
    start = 0
    for at, token in enumerate(found):
        if token.broken and at > start:
            yield found[start:at]
            start = at
    yield found[start:]


def _split(before: Token | None, token: Token, names: set[str]) -> list[Token]:
    """`ab` behind a number or an operator as two names, where both stand alone in the same line."""
    is_factor = before is not None and (
        before.kind in (Kind.OPERATOR, Kind.RELATION, Kind.OPEN)
        or (before.kind is Kind.NUMBER and not token.spaced)
    )
    if (
        token.kind is not Kind.WORD
        or len(token.text) > 3
        or not is_factor
        or not names.issuperset(token.text)
    ):
        return [token]
    return [
        Token(
            Kind.NAME,
            letter,
            token.start + k,
            token.start + k + 1,
            k == 0 and token.spaced,
            k == 0 and token.broken,
        )
        for k, letter in enumerate(token.text)
    ]


def _raw(text: str) -> Iterator[Token]:
    """Tokens by their looks alone."""
    spaced, broken = True, False
    for match in _TOKEN.finditer(text):
        group, piece = match.lastgroup, match[0]
        start, end = match.span()
        if group == "space":
            spaced, broken = True, broken or "\n" in piece or "\r" in piece
            continue
        if group == "annotation" or (piece in CURRENCY and _beside_number(text, start)):
            continue  # what follows stands where it stands
        yield _token(group, piece, start, end, spaced)._replace(broken=broken)
        spaced, broken = False, False


def _beside_number(text: str, at: int) -> bool:
    following = text[at + 1 : at + 2]
    return (
        following.isdecimal() or following in (".", "<") or text[:at].rstrip(" ")[-1:].isdecimal()
    )


def _token(group: str | None, piece: str, start: int, end: int, spaced: bool) -> Token:
    kind, text = Kind.UNKNOWN, piece
    if group == "number" and read_number(piece):
        kind = Kind.NUMBER
    elif group == "times":
        kind, text = Kind.OPERATOR, "*"
    elif group == "word":
        text = _CONSTANTS.get(piece, piece)
        kind = Kind.NAME if len(piece) == 1 or text == "pi" else Kind.WORD
        kind = Kind.STOP if piece.strip("_") == "" else kind
    elif group == "relation":
        kind, text = Kind.RELATION, _RELATIONS.get(piece, piece)
    elif group == "operator" and piece != "\\_":
        kind, text = Kind.OPERATOR, _OPERATORS.get(piece, piece)
    elif group == "super":
        kind = Kind.POSTFIX
    elif piece in "()":
        kind = Kind.OPEN if piece == "(" else Kind.CLOSE
    elif piece == "√":
        kind, text = Kind.PREFIX, "sqrt"
    elif piece in _PUNCTUATION:
        kind = Kind.STOP
    elif unicodedata.category(piece[0]) == "So":  # ✅ and other bullets
        kind, text = Kind.STOP, "•"
    return Token(kind, text, start, end, spaced)


def _resolved(found: list[Token], at: int, text: str) -> Token:
    """A token by what stands beside it."""
    token = found[at]
    before = found[at - 1] if at else None
    after = found[at + 1] if at + 1 < len(found) else None
    touches = before is not None and not token.spaced
    if token.text == "%" and before and before.kind is Kind.NUMBER and _is_percent(after, text):
        return token._replace(kind=Kind.POSTFIX)
    if (
        token.text == "!"
        and touches
        and before
        and before.kind in (Kind.NUMBER, Kind.NAME, Kind.CLOSE)
    ):
        return token._replace(kind=Kind.POSTFIX)
    if token.text == "of" and before and before.text == "%":
        return token._replace(kind=Kind.OPERATOR, text="*")
    if token.text in ("x", "X") and before and after and _numbers(before, after, text):
        return token._replace(kind=Kind.OPERATOR, text="*")
    if token.text in FUNCTIONS and after and after.text == "(" and not after.spaced:
        return token._replace(kind=Kind.FUNCTION)
    if token.text == "~" and before and before.kind is Kind.RELATION:
        return token._replace(kind=Kind.RELATION, text="≈")
    return token


def _numbers(before: Token, after: Token, text: str) -> bool:
    """Whether an `x` stands between what ends with a number and what begins with one."""
    return before.kind in (Kind.NUMBER, Kind.CLOSE) and after.kind in (Kind.NUMBER, Kind.OPEN)


def _is_percent(after: Token | None, text: str) -> bool:
    """Whether nothing follows that a remainder could be taken by."""
    return (
        after is None
        or after.broken
        or after.text == "of"
        or after.kind not in {*_OPERANDS, Kind.WORD}
        or (after.spaced and after.kind is Kind.WORD)
    )


_OPERANDS = frozenset({Kind.NUMBER, Kind.NAME, Kind.OPEN, Kind.FUNCTION, Kind.PREFIX})
