r"""How a document writes its numbers, as far as it differs from `1,234.5`, and whether `\pi` is a name in it.

Told from all its numbers: `2,5` and `0,500` show decimal commas, `1.234.567` points of thousands. A number that
may then be read in two ways becomes unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from editdiff.check.maths.tokens import Kind, Token

_COMMA = r"(?:,|\{,\})"
_DECIMAL_COMMA = re.compile(
    rf"(?<![\w.,(\[{{}}])(?:[0-9]{{1,9}}{_COMMA}(?:[0-9]{{1,2}}|[0-9]{{4,9}})|0{_COMMA}[0-9]{{1,9}})(?![\w)\]}}]|[.,][0-9])"
)
_COMMA_OF_THOUSANDS = re.compile(
    rf"(?<![\w.,])[0-9]{{1,3}}(?:{_COMMA}[0-9]{{3}}){{2,}}(?![0-9])|[0-9]{_COMMA}[0-9]{{3}}\.[0-9]"
)
_POINT_OF_THOUSANDS = re.compile(
    rf"(?<![\w.,])[0-9]{{1,3}}(?:\.[0-9]{{3}}){{2,}}(?![\w.])|(?<![\w.])[0-9]{{1,3}}\.[0-9]{{3}}{_COMMA}[0-9]"
)
_PI = re.compile(
    r"\\pi\s*(?:\[|_|\(\s*[0-9]|\^\s*\{?\s*(?:1\b|[^\s0-9{-])|\\?'|\\in\b)"
    r"|[$&(,;]\s{0,3}\\pi\s*=\s*(?:0?\.[0-9]|[0-24-9][0-9]*\s*(?:[$,]|\\\)))"
)
_POINTED = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")


@dataclass(frozen=True)
class Conventions:
    """What is peculiar to a document."""

    comma: bool = False
    """Whether a comma in a number may be a decimal one."""
    point: bool = False
    """Whether a point in a number may separate thousands."""
    pi: bool = False
    r"""Whether `\pi` is a name."""

    def applied(self, tokens: Iterable[Token]) -> list[Token]:
        """Tokens with the numbers unreadable that may be read in two ways, and pi a variable where it is one."""
        return [self._applied(token) for token in tokens]

    def _applied(self, token: Token) -> Token:
        if token.kind is Kind.NUMBER:
            comma = self.comma and "," in token.text
            if comma or (self.point and _POINTED.fullmatch(token.text)):
                return token._replace(kind=Kind.UNKNOWN)
        if self.pi and token.kind is Kind.NAME and token.text == "pi":
            return token._replace(text="pi'")
        return token


def conventions(text: str) -> Conventions:
    """Read them off a document; time linear in it."""
    decimal = _DECIMAL_COMMA.search(text) is not None
    comma = decimal and _COMMA_OF_THOUSANDS.search(text) is None
    point = comma or _POINT_OF_THOUSANDS.search(text) is not None
    return Conventions(comma, point, _PI.search(text) is not None)
