r"""Tokens of LaTeX maths: what stands between `$` and `$`, or in an environment such as `align`.

White space, spacing commands, `\left` and `\right` mean nothing, nor does `&` beside a relation or at the
beginning of a row; elsewhere it is the border of a cell. `\\` ends a row, unless it ends with an operator or the
next one goes on with a relation or an operator. What is not known makes the side that it stands in unreadable,
and no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from editdiff.check.maths.tokens import Kind, Token, read_number
from editdiff.check.maths.tree import FUNCTIONS

_TOKEN = re.compile(
    r"""
    (?P<skip>[\s~\0]+ | \{\} | \\[hv]?phantom\{[^{}]{0,200}\} | \\hspace\*?\{[^{}]{0,40}\} | %[^\n\r]* | \\[,;:!\ ]
      | \\(?:left|right|[bB]igg?[lr]?|limits|displaystyle|nonumber|notag)(?![A-Za-z.])(?!\s*\.))
  | (?P<dots>\.\.+ | \.\s+\.\s+\.)
  | (?P<row>\\\\(?:\[[^\]\n]{0,20}\])?
      | \\(?:begin|end)\{(?:align|aligned|gather|gathered|split|equation|multline)\*?\})
  | (?P<number>[0-9]{1,3}(?:(?:,|\{,\}|\\,)[0-9]{3})+(?![0-9])(?:\.[0-9]+)?
      | [0-9]+(?:\.[0-9]+)? | \.[0-9]+)
  | (?P<text>\\(?:text|mathrm|textrm|mbox|operatorname)\ *\{(?P<words>[^{}]{0,200})\})
  | (?P<label>\\(?:tag|label)\*?\{[^{}]{0,200}\})
  | (?P<command>\\(?:[A-Za-z]+|.))
  | (?P<letter>[A-Za-z])
  | (?P<subscript>_(?:[A-Za-z0-9]|\{[A-Za-z0-9]{1,20}\}))
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_OPERATORS = {sign: sign for sign in "+-*/^"} | {
    "\\cdot": "*", "\\times": "*", "\\ast": "*", "×": "*", "·": "*", "\\div": "/", "−": "-",
}  # fmt: skip
_RELATIONS = {sign: sign for sign in "=<>≈≤≥"} | {
    "\\approx": "≈", "\\simeq": "≈", "\\lt": "<", "\\gt": ">",
    "\\le": "≤", "\\leq": "≤", "\\ge": "≥", "\\geq": "≥",
}  # fmt: skip
_STOPS = {
    ",", ";", ".", ":", "?", "\\quad", "\\qquad", "\\implies", "\\Rightarrow", "\\Longrightarrow", "\\iff",
    "\\rightarrow", "\\to", "\\Leftrightarrow", "\\therefore", "\\because", "\\land",
}  # fmt: skip
_LABELS = ("\\label", "\\tag", "\\quad", "\\qquad")
_OPEN, _CLOSE = {"(": ")", "{": "}", "\\{": "}", "[": "]"}, {")", "}", "]", "\\}"}
_PREFIXES = {"\\frac": "frac", "\\dfrac": "frac", "\\tfrac": "frac", "\\sqrt": "sqrt"}
_FUNCTIONS = FUNCTIONS - {"root", "sqrt", "log2", "log10", "abs", "ceil", "floor"}
_GREEK = re.compile(
    "alpha|beta|gamma|delta|(?:var)?epsilon|zeta|eta|(?:var)?theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|"
    "(?:var)?phi|chi|psi|omega"
)


def tokens(text: str) -> list[Token]:
    """Cut maths into tokens; rows that go on are joined, and indices to their names."""
    found: list[Token] = []
    for token in _in_rows(list(_raw(text))):
        last = found[-1] if found else None
        if last and token.text.startswith("_") and token.kind is Kind.UNKNOWN:
            found[-1] = _indexed(last, token)
        elif last and token.kind is Kind.ROW and last.kind is Kind.RELATION:
            continue
        elif last and token.kind is Kind.RELATION and last.kind is Kind.ROW:
            found[-1] = token
        elif last and last.text == "^" and token.kind is Kind.NUMBER and len(token.text) > 1:
            # only one digit is raised without braces
            found.append(token._replace(kind=Kind.UNKNOWN))
        else:
            found.append(token)
    return found


def _in_rows(found: list[Token]) -> Iterator[Token]:
    """Tokens without the marks of alignment, and without the ends of rows within an expression."""
    last: Token | None = None
    for at, token in enumerate(found):
        after = found[at + 1] if at + 1 < len(found) else None
        joins = last is not None and last.kind in (Kind.OPERATOR, Kind.RELATION)
        if token.text == "&" and (_begins(last) or _aligns(last, after)):
            continue
        doubtful = last is not None and last.kind is Kind.UNKNOWN and last.text.startswith("\\\\")
        if (joins or doubtful) and (token.text.startswith(_LABELS) or token.text == "&"):
            continue
        if token.kind is Kind.ROW and last is not None:
            row = _row(token, last, _first_of_row(found, at + 1))
            if row is None:
                continue
            token = row
        last = token
        yield token


def _begins(last: Token | None) -> bool:
    """Whether nothing of a row stands before."""
    return last is None or last.kind is Kind.ROW or last.text in ("\\quad", "\\qquad")


def _aligns(last: Token | None, after: Token | None) -> bool:
    """Whether `&` stands beside a relation, or behind an operator at the end of a row."""
    return (last is not None and last.kind in (Kind.RELATION, Kind.OPERATOR)) or (
        after is not None and after.kind is Kind.RELATION
    )


def _first_of_row(found: list[Token], at: int) -> Token | None:
    """The first token of a row that means something."""
    while at < len(found) and found[at].text in ("&", "\\quad", "\\qquad"):
        at += 1
    return found[at] if at < len(found) else None


def _row(row: Token, last: Token, following: Token | None) -> Token | None:
    """What the end of a row is: None within an expression; unknown where a sign may belong to either row."""
    sign = following.text if following and following.kind is Kind.OPERATOR else ""
    if last.kind is Kind.OPERATOR:
        return row._replace(kind=Kind.UNKNOWN) if sign else None
    if sign and last.kind not in (Kind.STOP, Kind.ROW, Kind.WORD, Kind.RELATION):
        return None if sign in "*/" else row._replace(kind=Kind.UNKNOWN)
    return row


def _indexed(token: Token, index: Token) -> Token:
    """A name or logarithm with its subscript."""
    inside = index.text.strip("_{}")
    if token.text == "\\log" and inside in ("2", "10"):
        return token._replace(kind=Kind.FUNCTION, text=f"log{inside}", end=index.end)
    kind = Kind.NAME if token.kind is Kind.NAME else Kind.UNKNOWN
    return token._replace(kind=kind, text=f"{token.text}_{inside}", end=index.end)


def _raw(text: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        group = match.lastgroup
        start, end = match.span()
        if group == "skip" or match[0] == "\\$":
            continue
        if group == "label":
            yield Token(Kind.STOP, match[0], start, end, False)
        elif group == "text":
            words = match["words"].strip()
            yield Token(Kind.WORD if words else Kind.STOP, words, start, end, False)
        else:
            yield Token(*_kind(group, match[0]), start, end, False)


def _kind(group: str | None, piece: str) -> tuple[Kind, str]:
    """Kind of a token, and its normalised text."""
    name = piece.removeprefix("\\")
    if group == "dots":
        return Kind.UNKNOWN, "..."
    if group == "row":
        return Kind.ROW, piece
    if group == "number":
        return (Kind.NUMBER if read_number(piece) else Kind.UNKNOWN), piece
    if group in ("letter", "subscript"):
        # a subscript belongs to the name before it, as `chains` finds out
        return (Kind.NAME if group == "letter" else Kind.UNKNOWN), piece
    if piece in _OPERATORS:
        return Kind.OPERATOR, _OPERATORS[piece]
    if piece in _RELATIONS:
        return Kind.RELATION, _RELATIONS[piece]
    if piece in _STOPS:
        return Kind.STOP, piece
    if piece in _OPEN or piece in _CLOSE:
        return (Kind.OPEN if piece in _OPEN else Kind.CLOSE), name
    if piece in _PREFIXES:
        return Kind.PREFIX, _PREFIXES[piece]
    if piece in ("!", "\\%"):
        return Kind.POSTFIX, name
    if group == "command" and name in _FUNCTIONS:
        return Kind.FUNCTION, name
    if group == "command" and _GREEK.fullmatch(name):
        return Kind.NAME, name
    return Kind.UNKNOWN, piece
