"""One expression in the notation of code, of plain text and of LaTeX."""

from __future__ import annotations

import ast
from dataclasses import dataclass

import numpy as np

from editdiff.training.tasks.maths.exact import literal, parse

SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4
"""How strongly a piece holds together."""
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Notation:
    """How operators are written."""

    times: str = " * "
    divided: str = " / "
    plus: str = " + "
    minus: str = " - "
    modulo: str = " % "
    power: str = "**"
    """`**`, `^`, `sup` for raised digits, or `{}` for LaTeX."""
    implicit: bool = False
    """Whether a product with a letter is written without a sign: 3x."""
    latex: bool = False


CODE = Notation()
TIGHT = Notation("*", "/", "+", "-", "%")
ANNOTATION = Notation("*", "/", "+", "-", "%", "^")
PLAIN = (
    Notation(power="^", implicit=True),
    Notation(" × ", " ÷ ", modulo=" mod ", power="sup", implicit=True),
    Notation(" x ", " / ", modulo=" mod ", power="^", implicit=True),
    Notation(" × ", " / ", minus=" − ", modulo=" mod ", power="sup", implicit=True),
    Notation(" · ", " / ", modulo=" mod ", power="^", implicit=True),
    Notation("*", "/", "+", "-", " mod ", "^", implicit=True),
    Notation("*", "/", power="^", implicit=True),
    CODE,
)
LATEX = (
    Notation(r" \cdot ", "", modulo=r" \bmod ", power="{}", implicit=True, latex=True),
    Notation(r" \times ", "", modulo=r" \bmod ", power="{}", implicit=True, latex=True),
)


def draw(rng: np.random.Generator, notations: tuple[Notation, ...]) -> Notation:
    """One of several notations."""
    return notations[int(rng.integers(len(notations)))]


def render(expression: str, notation: Notation) -> str:
    """Write an expression, with the parentheses that its tree needs."""
    return _Writer(expression, notation).write(parse(expression))[0]


@dataclass(frozen=True)
class _Writer:
    expression: str
    to: Notation

    def write(self, node: ast.expr) -> tuple[str, int]:
        """Text of a node, and how strongly it holds together."""
        match node:
            case ast.Constant():
                return literal(self.expression, node), ATOM
            case ast.Name(id="pi"):
                return (r"\pi" if self.to.latex else "pi" if self.to.power == "**" else "π"), ATOM
            case ast.Name(id=name):
                return name, ATOM
            case ast.UnaryOp(operand=inner):
                return self.to.minus.strip() + self._within(inner, PRODUCT), SUM
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return self._within(left, ATOM) + self._raised(right), POWER
            case ast.BinOp(left=ast.UnaryOp(operand=inner), op=ast.Mult() | ast.Div(), right=right):
                text = self._within(ast.BinOp(inner, node.op, right), PRODUCT)
                return self.to.minus.strip() + text, SUM
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                return self._product(left, right), PRODUCT
            case ast.BinOp(left=left, op=ast.Div(), right=right) if self.to.latex:
                return rf"\frac{{{self.write(left)[0]}}}{{{self.write(right)[0]}}}", POWER
            case ast.BinOp(left=left, op=ast.Div() | ast.Mod() as op, right=right):
                sign = self.to.divided if isinstance(op, ast.Div) else self.to.modulo
                return self._within(left, PRODUCT) + sign + self._within(right, POWER), PRODUCT
            case ast.BinOp(left=left, op=op, right=right):
                sign = self.to.plus if isinstance(op, ast.Add) else self.to.minus
                return self._within(left, SUM) + sign + self._within(right, PRODUCT), SUM
            case ast.Call(args=[inner]):
                return self._derivative(inner), PRODUCT
        raise ValueError(f"no notation for {self.expression}")

    def _within(self, node: ast.expr, least: int) -> str:
        """Text of a node, in parentheses if it holds together less than it has to."""
        text, strength = self.write(node)
        if strength >= least:
            return text
        return rf"\left({text}\right)" if self.to.latex and r"\frac" in text else f"({text})"

    def _product(self, left: ast.expr, right: ast.expr) -> str:
        a, b = self._within(left, PRODUCT), self._within(right, POWER)
        letter = b[0].isalpha() or (b.startswith((r"\pi", "(")) and _has_name(right))
        if self.to.implicit and letter and _may_stand_before(left):
            return a + b
        return a + self.to.times + b

    def _raised(self, power: ast.expr) -> str:
        text = self.write(power)[0]
        if self.to.power == "sup":
            return text.translate(SUPERSCRIPTS)
        if self.to.power == "{}":
            return f"^{text}" if len(text) == 1 else f"^{{{text}}}"
        return self.to.power + text

    def _derivative(self, inner: ast.expr) -> str:
        text = self.write(inner)[0]
        if self.to.latex:
            return rf"\frac{{d}}{{dx}}({text})"
        return f"diff({text})" if self.to.power == "**" else f"d/dx ({text})"


def _may_stand_before(node: ast.expr) -> bool:
    """Whether a factor needs no sign behind it: a number, a letter, a power or bracket of letters."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return _has_name(node.right)
    return not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Mod))


def _has_name(node: ast.expr) -> bool:
    return any(isinstance(inner, ast.Name) for inner in ast.walk(node))
