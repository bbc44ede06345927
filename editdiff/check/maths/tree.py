"""What one side of an equation is, once it has been parsed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(frozen=True)
class Number:
    """A number as it is written."""

    text: str
    """With its separators; see `notation`."""
    value: Fraction
    places: int = 0
    """Digits behind the decimal point; negative where an exponent moves it to the right."""
    at: int = field(default=-1, compare=False)
    """Where it begins in the text that was read, in code points; -1 where that is not known."""

    @property
    def unit(self) -> Fraction:
        """What one unit in its last place is worth."""
        return Fraction(10) ** -self.places


@dataclass(frozen=True)
class Name:
    """A variable, or the constant `pi`."""

    text: str


@dataclass(frozen=True)
class Apply:
    """An operation: `+ - * / ^`, `neg`, `!`, `%`, `end!` or a function of `FUNCTIONS`."""

    operation: str
    arguments: tuple[Tree, ...]


Tree = Number | Name | Apply

CONSTANTS = frozenset({"pi"})
"""Names that are numbers; `e` is a variable in most texts, and true identities hold for every `e`."""
FUNCTIONS = frozenset(
    {"abs", "ceil", "cos", "exp", "floor", "ln", "log10", "log2", "root", "sin", "sqrt", "tan"}
)
"""`root` takes the radicand and the degree, all others one argument."""


def walk(tree: Tree) -> Iterator[Tree]:
    """The tree and everything below it."""
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, Apply):
            stack.extend(reversed(node.arguments))


def variables(tree: Tree) -> frozenset[str]:
    """Names that are no constants."""
    return frozenset(n.text for n in walk(tree) if isinstance(n, Name)) - CONSTANTS


def calculates(tree: Tree) -> bool:
    """Whether something is to be worked out: more than a number, its sign and its percent sign."""
    while isinstance(tree, Apply) and tree.operation in ("neg", "%", "end!"):
        tree = tree.arguments[0]
    return isinstance(tree, Apply)


def to_json(tree: Tree) -> object:
    """Lists of lists: a number as two strings, a name as one, an operation with its arguments."""
    match tree:
        case Number(value=value):
            return ["number", str(value.numerator), str(value.denominator)]
        case Name(text=text):
            return ["name", text]
        case Apply(operation=operation, arguments=arguments):
            return [operation, *map(to_json, arguments)]
