"""Worked solutions made wrong: which numbers of an equation belong together, and how one of them is changed."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from editdiff.evaluation.data.equations import Equation, Number, content, equations, numbers
from editdiff.evaluation.data.upstream import in_random_order
from editdiff.text.span import Span

Kind = Literal["result", "operand"]
KINDS: tuple[Kind, ...] = ("result", "operand")
_WORD = re.compile(r"(?<![0-9.,])(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?![0-9]|[.,][0-9])")
"""A number of running text; 1,000 is none, since no equation writes it so."""


@dataclass(frozen=True)
class Place:
    """A value of an equation and its copy beside the annotation, if there is one."""

    spans: tuple[Span, ...]
    """Disjoint, in order."""
    kind: Kind
    equation: int
    """Which equation of the text, from 0."""
    number: int
    """Which number of its side, from 0."""

    def read(self, text: str) -> str:
        """The value as it stands there."""
        return self.spans[0].slice(text)

    def write(self, text: str, value: str) -> str:
        """The text with another value there, in all its copies."""
        for span in reversed(self.spans):
            text = text[: span.start] + value + text[span.end :]
        return text


@dataclass(frozen=True)
class Item:
    """A solution and the same made wrong."""

    text: str
    """Question and correct solution."""
    wrong: str
    place: Place
    """What was made wrong; the spans are the same in both."""

    @property
    def kind(self) -> Kind:
        """Which side of the equation is wrong."""
        return self.place.kind

    def to_json(self) -> dict[str, Any]:
        """Where the wrong number stands and what it was, without the text."""
        before, after = self.place.read(self.text), self.place.read(self.wrong)
        at = [span.start for span in self.place.spans]
        return {"kind": self.kind, "right": before, "wrong": after, "at": at}


def places(text: str) -> list[Place]:
    """Values of all equations of a text, in order.

    The copy of a result stands right behind its annotation; that of an operand is the nearest number of the same
    digits before it in the same line, each taken once.
    """
    every: list[Place] = []
    end = 0
    for index, equation in enumerate(equations(text)):
        start = max(end, text.rfind("\n", 0, equation.left.start) + 1)
        every += _operands(text, Span(start, equation.left.start - len("<<")), equation, index)
        end = equation.right.end + len(">>")
        result = _result(text, equation, index)
        if result is not None:
            every.append(result)
            end = max(end, result.spans[-1].end)
    return every


def _operands(text: str, before: Span, equation: Equation, index: int) -> list[Place]:
    """Numbers of the left side, paired from right to left with those of the text `before` the annotation."""
    side = equation.sides[0]
    copies = [Span(*m.span()).shift(before.start) for m in _WORD.finditer(before.slice(text))]
    operands = []
    for i, number in reversed(list(enumerate(numbers(side) if side else []))):
        span = number.span.shift(equation.left.start)
        digits = span.slice(text)
        copy = next((c for c in reversed(copies) if c.slice(text) == digits), None)
        if copy is not None:
            copies.remove(copy)
        operands.append(Place((copy, span) if copy else (span,), "operand", index, i))
    return operands[::-1]


def _result(text: str, equation: Equation, index: int) -> Place | None:
    """The right side, if it is a number alone."""
    side = equation.sides[1]
    if not isinstance(side, Number):
        return None
    span = side.span.shift(equation.right.start)
    copy = _WORD.match(text, equation.right.end + len(">>"))
    if copy is None or copy[0] != span.slice(text):
        return Place((span,), "result", index, 0)
    return Place((span, Span(*copy.span())), "result", index, 0)


def draw_items(solutions: Sequence[tuple[str, str]], limit: int, seed: int) -> list[Item]:
    """Make at most `limit` solutions (question, answer) wrong, result and operand in turn.

    A smaller limit gives the first of a larger one's. Solutions are passed over in which an equation does not hold,
    or no value of the kind due can be made wrong as `corrupted` says.
    """
    items: list[Item] = []
    for number in in_random_order(range(len(solutions)), seed):
        if len(items) == limit:
            break
        question, answer = solutions[number]
        text = f"{question}\n\n{answer}\n"
        # pairs: both kinds in the half that sets the threshold as well as in the other
        kind = KINDS[len(items) // 2 % 2]
        item = corrupted(text, kind, random.Random(f"{seed}:{number}"))
        if item is not None:
            items.append(item)
    return items


def corrupted(text: str, kind: Kind, rng: random.Random) -> Item | None:
    """Make a value of one equation wrong, and its copy: one digit becomes another one, no 0 at the front.

    None unless all equations hold. A value is taken only where it is certain what belongs together: a result has
    its copy, neither the right nor the wrong number stands a further time in the line, and the equation does not
    hold afterwards.
    """
    if not content(text):
        return None
    fitting = [p for p in places(text) if p.kind == kind and (kind == "operand" or p.spans[1:])]
    for place in rng.sample(fitting, len(fitting)):
        wrong = misread(place.read(text), rng)
        line = _line(text, place.spans[0].start)
        said = [number for number in _all_numbers(line) if number in (place.read(text), wrong)]
        changed = place.write(text, wrong)
        if len(said) == len(place.spans) and not content(changed):
            return Item(text, changed, place)
    return None


def misread(number: str, rng: random.Random) -> str:
    """Give a number with another digit at one place; as long, and not led by a further 0."""
    at = rng.choice([i for i, character in enumerate(number) if character.isdigit()])
    leads = at == 0 and number[1:2].isdigit()
    others = [digit for digit in "0123456789"[leads:] if digit != number[at]]
    return number[:at] + rng.choice(others) + number[at + 1 :]


def _line(text: str, at: int) -> str:
    return text[text.rfind("\n", 0, at) + 1 : text.find("\n", at)]


def _all_numbers(line: str) -> list[str]:
    """Numbers of a line, those of annotations and those of running text."""
    return re.findall(r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+", line)
