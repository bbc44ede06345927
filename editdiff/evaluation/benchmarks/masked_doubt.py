"""The benchmark `masked-doubt`: whether a canvas finds a wrong line by hiding its tokens one at a time.

Data: programs of ConDefects, see `condefects`; their lines are put in the order of doubt. Each token of a line is
hidden in turn, and the canvas says how likely it is in view of all others of the line and of the text on both
sides: the pseudo-log-likelihood (Salazar et al. 2020, arXiv 1910.14659). Beside it the same network from left to
right, which sees the text on both sides of the line, and of the line what stands before a token: one scoring for a
line, where the canvas takes one for each token. Floors: the longest line, any line.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np

from editdiff.engines.base import Engine, FillTask
from editdiff.engines.local.engine import context_parts
from editdiff.evaluation.benchmarks import condefects
from editdiff.evaluation.benchmarks.condefects import PATH, TOP, Item
from editdiff.evaluation.benchmarks.drafters import drafting
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.locate import (
    Doubt,
    Line,
    at_random,
    content_lines,
    longest,
    rank,
    surprise,
)
from editdiff.evaluation.core.metrics import paired_difference
from editdiff.evaluation.core.rows import Figure, Row, RowReport, Seconds
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.table import Share
from editdiff.families.base import Denoiser
from editdiff.text.span import Span
from editdiff.tokens.base import FloatArray
from editdiff.tokens.canvas import Canvas

NAME = "masked-doubt"
CONTEXT = 512
"""Most tokens of the text on both sides."""
COLUMNS = {**{f"top_{k}": f"line in top {k} % [95 %]" for k in TOP}, "seconds": "time, mean"}
TRUNK, LONGEST, ANY = "from left to right, the line", "longest line", "any line"
SUM, WORST = "hidden in turn, the line", "hidden in turn, its worst token"

Judge = Callable[[str, Line], Sequence[float]]
"""A text and one of its lines to numbers, the greater the more doubtful."""


@dataclass(frozen=True)
class Found:
    """Where the wrong line of a program stands in the order of doubt."""

    rank: int | None
    lines: int
    seconds: float
    """Of judging all lines."""


def evaluate(engine: Engine, request: Request, progress: Progress) -> RowReport:
    """Put the lines of `request.limit` programs in every order.

    Raises:
        UsageError: when the model has no canvas at hand; without `--data`.
        InputError: when the file cannot be read.
    """
    twin = drafting(engine)
    items = condefects.read_items(request)
    ways: dict[tuple[str, ...], Judge] = {
        (SUM, WORST): partial(_both, twin.denoiser),
        (TRUNK,): _alone(surprise(twin, PATH)),
        (LONGEST,): _alone(longest),
        (ANY,): _alone(at_random(request.seed)),
    }
    found: dict[str, list[Found]] = {name: [] for names in ways for name in names}
    for done, item in enumerate(items, 1):
        for names, judge in ways.items():
            for name, place in zip(names, _ranks(item, judge), strict=True):
                found[name].append(place)
        progress(NAME, done, len(items))
    rows = [_row(name, some) for name, some in found.items()]
    title = f"{NAME}: {len(items)} programs with one wrong line"
    settings = {"limit": request.limit, "seed": request.seed, "context": CONTEXT}
    told = [{"id": item.id, "line": item.line + 1} for item in items]
    return RowReport(NAME, title, settings, COLUMNS, rows, _notes(found), told)


def hidden_in_turn(network: Denoiser, text: str, line: Span) -> FloatArray:
    """[n] log-probability of each token of a line when it is hidden, in view of all else."""
    gap = Span(line.start, line.start)
    task = FillTask(text[: line.start] + text[line.end :], (gap,), PATH)
    parts = context_parts(task, task.text, task.gaps, network.traits)
    prompt = network.prompt.encode(parts, min(network.traits.context, CONTEXT))
    ids = network.tokenizer.encode(prompt.begins.decode() + line.slice(text))
    special, head, count = network.tokenizer.special, prompt.heads[0], len(ids)
    context = network.encode(prompt)
    told = []
    for place in range(count):
        canvas = Canvas.standing(special, 1, ids, [place], count + 2, head)
        asked = canvas.ids.copy()
        asked[0, 1 : 1 + count] = ids
        guess = network.propose(context, canvas, asked)
        assert guess.asked is not None
        told.append(guess.asked[0, 1 + place])
    return np.array(told)


def _alone(doubt: Doubt) -> Judge:
    return lambda text, line: (doubt(text, line),)


def _both(network: Denoiser, text: str, line: Line) -> tuple[float, float]:
    told = hidden_in_turn(network, text, line.span)
    return -float(told.sum()), -float(told.min())


def _ranks(item: Item, judge: Judge) -> list[Found]:
    """Of each of the numbers that tell of a line, where the wrong one stands in their order."""
    started = time.perf_counter()
    told = {line.number: judge(item.text, line) for line in content_lines(item.text)}
    seconds, found = time.perf_counter() - started, []
    for number in range(len(next(iter(told.values())))):
        order = sorted(told, key=lambda line: (-told[line][number], line))
        found.append(Found(rank(order, item.line), len(order), seconds))
    return found


def _row(name: str, found: Sequence[Found]) -> Row:
    figures: dict[str, Figure] = {
        f"top_{k}": Share.of([each.rank is not None and each.rank <= k for each in found])
        for k in TOP
    }
    floor = name in (LONGEST, ANY)
    if not floor:
        figures["seconds"] = Seconds(sum(each.seconds for each in found) / len(found))
    return Row(name, figures, [asdict(each) for each in found], floor)


def _notes(found: dict[str, list[Found]]) -> list[str]:
    def first(name: str) -> list[bool]:
        return [each.rank == 1 for each in found[name]]

    notes = []
    for name in (SUM, WORST):
        middle, low, high = (100 * x for x in paired_difference(first(name), first(TRUNK)))
        notes.append(
            f"first in the order, {name} less {TRUNK}: {middle:+.1f} points [{low:+.1f}, {high:+.1f}]."
        )
    return notes
