"""Where a program is wrong, by a model's own word: its lines in the order of doubt; and floors of that order."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from editdiff.engines.base import Engine, FillTask
from editdiff.evaluation.core.scoring import scorer
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

Doubt = Callable[[str, "Line"], float]
"""How doubtful a line of a text is; only the order counts."""


@dataclass(frozen=True)
class Line:
    """A line with content."""

    number: int
    """Number of the line, from 0."""
    span: Span
    """Its content, from behind its indentation to before white space at its end."""


def content_lines(text: str) -> list[Line]:
    """Lines that are not blank, in order."""
    table = LineTable(text)
    lines = []
    for number in range(len(table)):
        line = table.content(number)
        content = line.slice(text)
        if content.strip():
            start = line.start + len(content) - len(content.lstrip())
            lines.append(Line(number, Span(start, line.start + len(content.rstrip()))))
    return lines


def ranked(text: str, doubt: Doubt) -> list[int]:
    """Line numbers of a text, the most doubtful first; of equally doubtful ones the upper."""
    doubts = {line.number: doubt(text, line) for line in content_lines(text)}
    return sorted(doubts, key=lambda number: (-doubts[number], number))


def surprise(engine: Engine, path: str) -> Doubt:
    """Nats that the text of a line costs in its place, its end included: one scoring a line.

    Not a mean over tokens, and not what a draft for the line would gain: on 20 programs of `condefects` the first
    found fewer of the lines, the second no more in six times the time.
    """
    score = scorer(engine).score

    def doubt(text: str, line: Line) -> float:
        task = FillTask(text, (line.span,), path)
        return -score(task, [(line.span.slice(text),)])[0]

    return doubt


def longest(text: str, line: Line) -> float:
    """The floor: long lines have more to be wrong."""
    return line.span.length


def at_random(seed: int) -> Doubt:
    """The floor: any line."""
    return lambda text, line: random.Random(f"{seed}:{line.number}:{text}").random()


def rank(order: Sequence[int], line: int) -> int | None:
    """Place of a line in an order, from 1; None where it is not in it."""
    return order.index(line) + 1 if line in order else None
