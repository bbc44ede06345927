"""The benchmarks `review-humanevalfix` and `review-condefects`: whether doubt finds the faulty lines of programs.

Protocol: programs that differ from a right one in one line, as their authors published them. Each is read whole,
with the model's calibration as `review` uses it, and its lines are put in the order of their most doubtful token.
Nothing is fitted here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from editdiff.engines.base import Engine
from editdiff.engines.doubt import ALL_FEATURES, FEATURES, PLAIN
from editdiff.engines.doubters import doubter_of, network_of
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks import condefects
from editdiff.evaluation.benchmarks.review import counting, resampled
from editdiff.evaluation.benchmarks.token_judgements import (
    Judged,
    by_line,
    faulty_ranks,
    joined,
    judge,
)
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.locate import Doubt, Line, at_random, content_lines, longest
from editdiff.evaluation.core.logistic import auroc
from editdiff.evaluation.core.rows import Figure, Number, Row, RowReport
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.table import Share
from editdiff.evaluation.data import faulty
from editdiff.evaluation.data.injected import Stretch
from editdiff.evaluation.data.upstream import in_random_order, records
from editdiff.text.span import Span
from editdiff.tokens.base import BoolArray, FloatArray, IntArray

COLUMNS = {
    "line_auroc": "AUROC, lines [95 %]",
    "top1": "faulty line first % [95 %]",
    "top3": "of 3 %",
    "top10": "of 10 %",
    "seconds": "CPU s a program",
}


class Program(NamedTuple):
    """A wrong program."""

    name: str
    path: str
    """File name as the model is told it."""
    text: str
    wrong: Span
    """Content of the wrong line."""


def of_humanevalfix(request: Request) -> list[Program]:
    """Programs of which one line is all that has to become another.

    Raises:
        UsageError, InputError: when there is no such file, or it cannot be read.
    """
    found = []
    for record in records(request.data, faulty.FILE, faulty.FIELDS):
        item = faulty.Item.of(record)
        if (line := item.faulty) is not None:
            found.append(Program(item.task_id, item.path, item.text, line.span))
    return found


def of_condefects(request: Request) -> list[Program]:
    """Programs with one replaced line, whose indentation stays.

    Raises:
        UsageError, InputError: when there is no such file, or it cannot be read.
    """
    items = condefects.all_items(request)
    return [
        Program(item.id, condefects.PATH, item.text, item.span) for item in items if not item.moved
    ]


@dataclass(frozen=True)
class Pairs:
    """One of the benchmarks."""

    name: str
    read: Callable[[Request], list[Program]]

    def evaluate(self, engine: Engine, request: Request, progress: Progress) -> RowReport:
        """Read the programs and rank their lines, beside floors.

        Raises:
            UsageError: when the engine has no network on this machine, or no data is named.
            InputError: when the data cannot be read.
        """
        programs = in_random_order(self.read(request), request.seed)[: request.limit]
        if not programs:
            raise InputError(
                f"{request.data} holds no program that is wrong in one line",
                "name its file: --data",
            )
        return report(self.name, engine, programs, request, progress)


HUMANEVALFIX = Pairs("review-humanevalfix", of_humanevalfix)
CONDEFECTS = Pairs("review-condefects", of_condefects)


def report(
    name: str,
    engine: Engine,
    programs: Sequence[Program],
    request: Request,
    progress: Progress = lambda name, done, total: None,
) -> RowReport:
    """Rank the lines of all programs."""
    calibration = request.of_tokens
    doubter = doubter_of(network_of(engine), engine.name, calibration)
    judgements = []
    for program in programs:
        text = program.text
        stretch = Stretch("", program.path, text, Span(0, len(text)), program.wrong, name)
        judgements.append(judge(doubter, stretch, calibration, None))
        progress(engine.name, len(judgements), len(programs))
    judged = joined(judgements)
    p = (calibration or PLAIN).first.probability(judged.features, FEATURES)
    if calibration is not None and len(judged.again):
        p[judged.again] = calibration.again.probability(judged.guessed, ALL_FEATURES)
    rows = [_row(engine.name, p, judged, float(judged.seconds.sum()))]
    for label, doubt in (("longest line", longest), ("any line", at_random(request.seed))):
        rows.append(_floor(label, doubt, programs))
    settings = {"limit": request.limit, "seed": request.seed, "calibrated": calibration is not None}
    notes = [
        "a line is as doubtful as its most doubtful token; behind equal ones it ranks last.",
        *([counting(p, judged)] if calibration else []),
    ]
    title = f"{name}: {len(programs)} programs, each wrong in one line"
    items = [{"name": program.name} for program in programs]
    return RowReport(name, title, settings, COLUMNS, rows, notes, items)


def _row(name: str, p: FloatArray, judged: Judged, seconds: float) -> Row:
    lines, wrong, program = by_line(p, judged)
    ranks = faulty_ranks(lines, wrong, program)
    figures = _figures(lines, wrong, program, ranks)
    figures["seconds"] = Number(seconds / len(ranks))
    return Row(name, figures, [{"rank": rank} for rank in ranks])


def _floor(name: str, doubt: Doubt, programs: Sequence[Program]) -> Row:
    p, wrong, number = list[float](), list[bool](), list[int]()
    for i, program in enumerate(programs):
        for line in content_lines(program.text):
            p.append(doubt(program.text, line))
            wrong.append(_is(line, program.wrong))
            number.append(i)
    lines, faulty_lines, of = np.array(p), np.array(wrong), np.array(number)
    ranks = faulty_ranks(lines, faulty_lines, of)
    return Row(name, _figures(lines, faulty_lines, of, ranks), [{"rank": r} for r in ranks], True)


def _is(line: Line, wrong: Span) -> bool:
    return line.span.overlaps(wrong)


def _figures(
    lines: FloatArray, wrong: BoolArray, program: IntArray, ranks: Sequence[int]
) -> dict[str, Figure]:
    return {
        "line_auroc": resampled(auroc, lines, wrong, program),
        **{f"top{n}": Share.of([rank <= n for rank in ranks]) for n in (1, 3, 10)},
    }
