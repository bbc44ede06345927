"""The benchmark `maths`: wrong equations have to be found and mended, right ones and traps left alone.

The lines are made by `maths_items` from a seed: `--limit` equations, once wrong and once right, a quarter of
them in each format, and two fifths as many traps. The checker sees all of them. Where it finds a wrong one,
the place that it names is mended in three ways: by the checker's own first candidate; by the model's first
draft; by the model's drafts, of which the checker takes the first one that it finds right.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import mean, median
from typing import Any, NamedTuple

from editdiff.check.base import Problem
from editdiff.check.maths.checker import MathsChecker, Survey
from editdiff.engines.base import Draft, Engine, FillOptions, FillTask, Sketch
from editdiff.errors import UsageError
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.rows import Figure, Number, Row, RowReport, Seconds
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.table import Share
from editdiff.evaluation.data.maths_items import FORMATS, Item, make
from editdiff.text.span import Span

NAME = "maths"
CANVAS = 16
"""Places of a result's canvas, sentinel included; none is continued on another canvas."""
COLUMNS = {
    "found": "found % [95 %]",
    "fixed": "fixed % [95 %]",
    "wrong_fix": "changed to something else %",
    "alone": "right ones left alone % [95 %]",
    "traps": "traps left alone % [95 %]",
    "nfe": "NFE",
    "seconds": "time, median",
}


@dataclass(frozen=True)
class Outcome:
    """What became of one item in one row."""

    format: str
    shape: str
    found: bool
    """Whether a problem touches the place that was made wrong, and none lies elsewhere; of a trap, false."""
    alone: bool
    """Whether the right text has no problem."""
    written: str | None
    """The text of the wrong line after it was mended; None where nothing was changed."""
    fixed: bool
    """Whether that is exactly the right text."""
    nfe: int = 0
    """Network evaluations."""
    seconds: float = 0.0
    """Wall time for the wrong text."""


@dataclass(frozen=True)
class Attempt:
    """What a way to mend made of a text."""

    text: str | None
    """None where it changed nothing."""
    nfe: int = 0
    kept: float = 0.0
    """Seconds that it would have taken more, had the drafts not been there from another way."""


Way = Callable[[Item, Sequence[Problem]], Attempt]


def evaluate(engine: Engine, request: Request, progress: Progress) -> RowReport:
    """Make the lines, look for what is wrong, mend it in every way, and count.

    Raises:
        UsageError: when `--limit` is too small for a line in each format.
    """
    if request.limit < len(FORMATS):
        raise UsageError(
            f"{request.limit} equations are less than one for each of {len(FORMATS)} formats",
            f"use --limit {len(FORMATS)} or more",
        )
    items = make(request.limit // len(FORMATS), request.seed)
    options = replace(request.options, canvas=CANVAS, max_tokens=CANVAS - 1)
    bench = Bench(MathsChecker(), engine, options)
    ways: dict[str, tuple[Way, bool]] = {
        "checker": (bench.calculate, True),
        f"checker, {engine.name}'s first draft": (bench.first_draft, False),
        f"checker, {engine.name}'s drafts chosen by it": (bench.chosen_draft, False),
    }
    rows = []
    for name, (way, by_format) in ways.items():
        outcomes = []
        for item in items:
            outcomes.append(bench.judge(item, way))
            progress(name, len(outcomes), len(items))
        rows += _rows(name, outcomes, by_format)
    settings = {"limit": request.limit, "seed": request.seed, "options": asdict(options)}
    wrong = sum(not item.is_trap for item in items)
    title = f"{NAME}: {wrong} equations, wrong and right, and {len(items) - wrong} traps"
    return RowReport(NAME, title, settings, COLUMNS, rows, NOTES, [_entry(item) for item in items])


class Drafts(NamedTuple):
    """What the model has for a place."""

    texts: list[str]
    nfe: int
    seconds: float


class Bench:
    """The checker with its ways to mend; what it found and the drafts are kept, for every row asks the same."""

    def __init__(self, checker: MathsChecker, engine: Engine, options: FillOptions) -> None:
        self.checker, self.engine, self.options = checker, engine, options
        self._found: dict[tuple[str, str], Survey] = {}
        self._drafted: dict[tuple[str, str, Span], Drafts] = {}

    def survey(self, item: Item, text: str) -> Survey:
        """What the checker finds in a text of the item's format."""
        key = item.format, text
        if key not in self._found:
            self._found[key] = self.checker.survey(item.document(text))
        return self._found[key]

    def judge(self, item: Item, way: Way) -> Outcome:
        """Look at the right and the wrong text, mend the wrong one."""
        alone = not self.survey(item, item.text).problems
        if item.is_trap:
            return Outcome(item.format, item.shape, False, alone, None, False)
        started = time.perf_counter()
        problems = self.checker.check(item.document(item.wrong))
        attempt = way(item, problems) if problems else Attempt(None)
        return Outcome(
            format=item.format,
            shape=item.shape,
            found=bool(problems) and all(_touches(problem, item) for problem in problems),
            alone=alone,
            written=attempt.text,
            fixed=attempt.text == item.text,
            nfe=attempt.nfe,
            seconds=time.perf_counter() - started + attempt.kept,
        )

    def calculate(self, item: Item, problems: Sequence[Problem]) -> Attempt:
        """Write the checker's first candidates."""
        text = item.wrong
        for problem in reversed(problems):
            if problem.candidates:
                text = _put(text, problem, problem.candidates[0])
        return Attempt(text if text != item.wrong else None)

    def first_draft(self, item: Item, problems: Sequence[Problem]) -> Attempt:
        """Write the model's first draft at the first problem."""
        drafts, kept = self._drafts(item, problems[0])
        texts = [_put(item.wrong, problems[0], draft) for draft in drafts.texts]
        return Attempt(texts[0] if texts else None, drafts.nfe, kept)

    def chosen_draft(self, item: Item, problems: Sequence[Problem]) -> Attempt:
        """Write the first draft at the first problem that the checker takes, if it takes one."""
        drafts, kept = self._drafts(item, problems[0])
        for draft in drafts.texts:
            text = _put(item.wrong, problems[0], draft)
            if self._takes(item, text, problems, draft):
                return Attempt(text, drafts.nfe, kept)
        return Attempt(None, drafts.nfe, kept)

    def _takes(self, item: Item, text: str, problems: Sequence[Problem], draft: str) -> bool:
        """Whether there are fewer problems, and the draft was compared: `x` is no problem, and no answer."""
        survey = self.survey(item, text)
        start = problems[0].span.start
        written = Span(start, start + len(draft))
        compared = any(side.overlaps(written) for side in survey.right)
        return compared and len(survey.problems) < len(problems)

    def _drafts(self, item: Item, problem: Problem) -> tuple[Drafts, float]:
        """Drafts for the place of the problem, and the seconds that were saved as they were there already."""
        key = item.format, item.wrong, problem.span
        if key in self._drafted:
            return self._drafted[key], self._drafted[key].seconds
        started = time.perf_counter()
        task = FillTask(item.wrong, (problem.span,), FORMATS[item.format])
        updates = list(self.engine.fill(task, self.options))
        steps = [update.step for update in updates if isinstance(update, Sketch)]
        texts = [update.texts[0] for update in updates if isinstance(update, Draft)]
        usable = [text for text in texts if text.strip() and "\0" not in text]
        seconds = time.perf_counter() - started
        self._drafted[key] = Drafts(usable, max(steps, default=0), seconds)
        return self._drafted[key], 0.0


def _put(text: str, problem: Problem, new: str) -> str:
    return text[: problem.span.start] + new + text[problem.span.end :]


def _touches(problem: Problem, item: Item) -> bool:
    return problem.span.overlaps(item.result)


def _rows(name: str, outcomes: Sequence[Outcome], by_format: bool) -> list[Row]:
    """A row of all outcomes, and one for each format."""
    rows = [_row(name, outcomes)]
    for format_ in FORMATS if by_format else ():
        rows.append(_row(f"{name}, {format_}", [o for o in outcomes if o.format == format_]))
    return rows


def _row(name: str, outcomes: Sequence[Outcome]) -> Row:
    equations = [outcome for outcome in outcomes if outcome.shape != "trap"]
    figures: dict[str, Figure] = {
        "found": Share.of([o.found for o in equations]),
        "fixed": Share.of([o.fixed for o in equations]),
        "wrong_fix": Share.of([o.written is not None and not o.fixed for o in equations]),
        "alone": Share.of([o.alone for o in equations]),
        "traps": Share.of([o.alone for o in outcomes if o.shape == "trap"]),
        "nfe": Number(mean(o.nfe for o in equations)),
        "seconds": Seconds(median(o.seconds for o in equations)),
    }
    return Row(name, figures, [asdict(outcome) for outcome in outcomes])


def _entry(item: Item) -> dict[str, Any]:
    return {"format": item.format, "shape": item.shape, "text": item.text, "wrong": item.wrong}


NOTES = (
    "found: problems at the place that was made wrong, and nowhere else. fixed: the line is exactly what it was; "
    "the checker alone changes one number, and none where several would do. A trap is a definition, a unit, a "
    "version, a date, an equation to be solved, arithmetic of another kind.",
    "The model fills the place that the checker names, its length unknown; in the last row the checker takes the "
    "first draft that leaves fewer problems and that it could compare.",
)
"""What a reader has to know."""
