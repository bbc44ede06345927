r"""One side of an equation, from tokens to a tree, by recursive descent.

    sum      := product (("+" | "-") product)*
    product  := signed (("*" | "/") signed | power)*        the second without a sign between: `2x`, `3(x+1)`
    signed   := ("+" | "-") signed | power
    power    := postfix ("^" signed)?                       from right to left
    postfix  := atom ("!" | "%" | superscript)*
    atom     := number | name | "(" sum ")" | function "(" sum ")" | √ atom
              | \frac{sum}{sum} | \sqrt{sum} | \sqrt[sum]{sum} | \function atom

Refused, for people do not agree what is meant: `-2^2`, `1/2x`, `6/2(1+2)`, `6 / 2/3`, `f(x)`, `50 + 10%`,
`1\frac{1}{2}`, `\pi[1]`.
Number of tokens and depth are bounded, so that hostile text can neither stall nor crash it; the time is
linear in the tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from editdiff.check.maths.tokens import BEGINS_OPERAND, SUPERSCRIPTS, Kind, Token, read_number
from editdiff.check.maths.tree import Apply, Name, Number, Tree

MAX_TOKENS = 300
"""Tokens of a side."""
MAX_DEPTH = 40
"""Brackets, signs, powers and functions inside one another."""
_CLOSING = {"(": ")", "{": "}", "[": "]"}
_CALLED = frozenset("fghpquvPFGHTEVLONSCRDMBQ")
"""Letters that name functions more often than factors, before a bracket."""


class ParseError(ValueError):
    """Not a side that can be read; says why."""


class TooLongError(ParseError):
    """More tokens or a greater depth than is looked at."""


def parse(tokens: Sequence[Token]) -> Tree:
    """Parse all of `tokens`.

    Raises:
        TooLongError: beyond `MAX_TOKENS` or `MAX_DEPTH`.
        ParseError: for everything else that is no expression.
    """
    if len(tokens) > MAX_TOKENS:
        raise TooLongError(f"more than {MAX_TOKENS} tokens")
    return _Parser(tokens).whole()


class _Parser:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens, self.at, self.depth = tokens, 0, 0

    def whole(self) -> Tree:
        found = self.sum()
        if self.at < len(self.tokens):
            raise ParseError(f"no expression from {self.tokens[self.at].text!r} on")
        return found

    def sum(self) -> Tree:
        found = self.product()
        while sign := self.take(Kind.OPERATOR, "+-"):
            found = Apply(sign.text, (found, self.product()))
            if len({_is_percent(part) for part in found.arguments}) > 1:
                raise ParseError("a percentage is added to a number")
        return found

    def product(self) -> Tree:
        found, wide = self.signed(), False
        while True:
            if sign := self.take(Kind.OPERATOR, "*/"):
                if wide and not sign.spaced:
                    raise ParseError("a quotient by what stands closer together")
                spaced = sign.spaced or (self.at < len(self.tokens) and self.tokens[self.at].spaced)
                wide = wide or (sign.text == "/" and spaced)
                found = Apply(sign.text, (found, self.signed()))
            elif self.kind in BEGINS_OPERAND:
                found = self.implicit(found)
            else:
                return found

    def implicit(self, left: Tree) -> Tree:
        """A product without a sign."""
        before = self.tokens[self.at - 1]
        if isinstance(left, Apply) and left.operation == "/" and before.text != "}":
            raise ParseError("a product without a sign behind a quotient")
        if self.text == "[" and before.kind in (Kind.NAME, Kind.NUMBER):
            raise ParseError("an index, or a note")
        if self.kind is Kind.NUMBER:
            raise ParseError("a number without a sign before it")
        if (
            before.kind is Kind.NAME
            and self.tokens[self.at].text == "("
            and self.is_call(before.text)
        ):
            raise ParseError("a function is applied")
        is_decimal = isinstance(left, Number) and left.places > 0
        right = self.power()
        if is_decimal and isinstance(right, Number) and before.kind is Kind.NUMBER:
            raise ParseError("a period, or the error of a measurement")
        if isinstance(_unsigned(left), Number) and _is_plain_fraction(right):
            raise ParseError("a mixed number, or a product")
        return Apply("*", (left, right))

    def is_call(self, name: str) -> bool:
        """Whether what stands in the bracket ahead is an argument rather than a factor."""
        inside = self.tokens[self.at + 1 : self.at + 3]
        return name in _CALLED or len(inside) < 2 or inside[1].kind is Kind.CLOSE

    def signed(self) -> Tree:
        sign = self.take(Kind.OPERATOR, "+-")
        if not sign:
            return self.power()
        self.deeper()
        inner = self.signed()
        self.depth -= 1
        if (
            isinstance(inner, Apply)
            and inner.operation == "^"
            and isinstance(inner.arguments[0], Number)
        ):
            raise ParseError("the sign of a power of a number")
        return Apply("neg", (inner,)) if sign.text == "-" else inner

    def power(self) -> Tree:
        base = self.postfix()
        if not self.take(Kind.OPERATOR, "^"):
            return base
        self.deeper()
        exponent = self.signed()
        self.depth -= 1
        return Apply("^", (base, exponent))

    def postfix(self) -> Tree:
        found = self.atom()
        while token := self.take(Kind.POSTFIX):
            if token.text == "!" == self.text:
                raise ParseError("a double factorial")
            if token.text in "!%":
                found = Apply(token.text, (found,))
            else:
                digits = token.text.translate(SUPERSCRIPTS)
                if not digits.removeprefix("-").isdecimal() or len(digits) > 4:
                    raise ParseError("a superscript that is no number")
                found = Apply("^", (found, Number(digits, Fraction(digits))))
        return found

    def atom(self) -> Tree:
        token = self.take()
        if token is None:
            raise ParseError("the end instead of an operand")
        if token.kind is Kind.NUMBER and (number := read_number(token.text)):
            return Number(number.text, number.value, number.places, token.start)
        if token.kind is Kind.NAME:
            return Name(token.text)
        if token.kind not in (Kind.OPEN, Kind.FUNCTION, Kind.PREFIX):
            raise ParseError(f"{token.text!r} instead of an operand")
        self.deeper()
        begin = self.at
        found = self.group(token) if token.kind is Kind.OPEN else self.applied(token)
        inside = self.tokens[begin : self.at]
        if token.text == "[" and all(other.kind is not Kind.OPEN for other in inside):
            raise ParseError("a whole part, a class, or a bracket")  # `[7/2] = 3`
        self.depth -= 1
        return found

    def applied(self, token: Token) -> Tree:
        """A function, a fraction or a root, with what it takes."""
        if token.text == "frac":
            return Apply("/", (self.braces("{"), self.braces("{")))
        if token.text == "sqrt" and self.text == "[":
            degree = self.braces("[")
            return Apply("root", (self.braces("{"), degree))
        if self.text == "(" or self.text == "{":
            return Apply(token.text, (self.atom(),))
        if self.kind not in (Kind.NUMBER, Kind.NAME):
            raise ParseError(f"no argument of {token.text}")
        argument = self.power()
        if self.kind in BEGINS_OPERAND:
            raise ParseError("a product without a sign behind a function")
        return Apply(token.text, (argument,))

    def braces(self, opening: str) -> Tree:
        token = self.take(Kind.OPEN, opening)
        if token is None:
            raise ParseError(f"no {opening}")
        return self.group(token)

    def group(self, opening: Token) -> Tree:
        found = self.sum()
        if not self.take(Kind.CLOSE, _CLOSING[opening.text]):
            raise ParseError("a bracket is not closed")
        return found

    @property
    def kind(self) -> Kind | None:
        """Kind of the next token; None at the end."""
        return self.tokens[self.at].kind if self.at < len(self.tokens) else None

    @property
    def text(self) -> str:
        """Text of the next token; empty at the end."""
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def take(self, kind: Kind | None = None, texts: str | None = None) -> Token | None:
        """The next token, if it is of that kind and one of these characters."""
        if self.at == len(self.tokens):
            return None
        token = self.tokens[self.at]
        if (kind and token.kind is not kind) or (texts is not None and token.text not in texts):
            return None
        self.at += 1
        return token

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TooLongError(f"deeper than {MAX_DEPTH}")


def _unsigned(tree: Tree) -> Tree:
    """What stands behind its minus signs."""
    while isinstance(tree, Apply) and tree.operation == "neg":
        (tree,) = tree.arguments
    return tree


def _is_plain_fraction(tree: Tree) -> bool:
    """Whether it is a fraction of two numbers."""
    return (
        isinstance(tree, Apply)
        and tree.operation == "/"
        and all(isinstance(part, Number) for part in tree.arguments)
    )


def _is_percent(tree: Tree) -> bool:
    """Whether a term is a share: `20%`, and sums of such."""
    while isinstance(tree, Apply) and tree.operation in "+-neg":
        tree = tree.arguments[0]
    return isinstance(tree, Apply) and tree.operation == "%"
