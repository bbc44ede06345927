r"""How a document writes and means its numbers, as far as it differs from `1,234.5`; whether `\pi` is a name.

Told from all its numbers: `2,5` and `0,500` show decimal commas, `1.234.567` points of thousands. A number that
may then be read in two ways becomes unreadable. Where it speaks of another base or of a modulus anywhere, what is
right in that base or modulo that number is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from editdiff.check.maths.tokens import SUBSCRIPTS, Kind, Token

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
_BASES = {
    "bina": 2, "binä": 2, "dual": 2, "tern": 3, "quin": 5, "octa": 8, "okta": 8, "duod": 12, "doze": 12, "hex": 16,
    "hexa": 16, "vige": 20, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "twelve": 12, "sixteen": 16, "twenty": 20,
}  # fmt: skip
_BASE = re.compile(
    r"\b(?:(bina|binä|dual|tern|quin|octa|okta|duod|doze|hexa|vige)[^\W\d]*|(hex)"
    r"|(?:base|radix)[- ]\$?([0-9]{1,2}|two|three|four|five|six|seven|eight|nine|twelve|sixteen|twenty))\b",
    re.IGNORECASE,
)
_MODULUS = re.compile(
    r"(?:\bmod(?:ul[oe]|ulus)?\.?|\\[bp]?mod)[\s$\\{,(]{0,4}([0-9]{1,9}|[a-zA-Z])(?![^\W_])"
    r"|(?<![^\W_])(?:GF\(|[ZF]_\{?|[ℤ𝔽][_{]{0,2}|\\?mathbb\s?\{?[ZF]\}?[_/{]{0,2})([0-9₀-₉]{1,9})"
    r"|[ZℤR]\}?/\(?([0-9]{1,9})"
)
_CLOCK = re.compile(r"\bclock|\bo'clock|\bUhr", re.IGNORECASE)
MAX_TOLD = 8
"""Bases, and moduli, of a document that are kept in mind."""
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
    bases: frozenset[int] = frozenset()
    """Bases other than ten in which numbers may be written."""
    moduli: frozenset[int] = frozenset()
    """Numbers modulo which it may be calculated."""

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


USUAL = Conventions()


def conventions(text: str) -> Conventions:
    """Read them off a document; time linear in it."""
    decimal = _DECIMAL_COMMA.search(text) is not None
    comma = decimal and _COMMA_OF_THOUSANDS.search(text) is None
    point = comma or _POINT_OF_THOUSANDS.search(text) is not None
    return Conventions(
        comma,
        point,
        _PI.search(text) is not None,
        frozenset(_bases(text)),
        frozenset(_moduli(text)),
    )


def _bases(text: str) -> list[int]:
    """Bases that are named."""
    found = [next(filter(None, match.groups())).lower() for match in _BASE.finditer(text)]
    bases = {int(name) if name.isdecimal() else _BASES[name] for name in found}
    return sorted(base for base in bases if 2 <= base <= 36 and base != 10)[:MAX_TOLD]


def _moduli(text: str) -> list[int]:
    """Moduli that are named, by a number or a letter that is one: `n = 33`, then `mod n`."""
    named = [next(filter(None, match.groups())) for match in _MODULUS.finditer(text)]
    found = {12, 24} if _CLOCK.search(text) else set()
    for name in dict.fromkeys(named):
        if name.isalpha():
            told = re.search(rf"(?<![^\W_\\]){name}\s*=\s*\$?([0-9]{{1,9}})(?!\w|\.[0-9])", text)
            name = told[1] if told else "0"
        found.add(int(name.translate(SUBSCRIPTS)))
    return sorted(found - {0, 1})[:MAX_TOLD]
