"""The benchmark `gsm8k`: a wrong number in a worked solution has to come back, and nothing else may change.

Data: `train.jsonl` of grade-school-math (Cobbe et al. 2021, arXiv 2110.14168): `question`, and `answer` with the
author's calculations annotated as `<<18*3=54>>54`. The document is the question, a blank line, the solution.

In half of the items the result of one equation is made wrong, in the other half an operand, each with its copy:
`corruption` says how. Every item is asked twice, made wrong and as it was; the second must come back unchanged.
Half of the items set the threshold of the row that has no checker; the figures are of the other half.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import mean, median
from typing import Any

from editdiff.engines.base import Doubter, Engine, FillOptions
from editdiff.engines.doubters import doubter_of, network_of
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks.revision import (
    DOUBTED,
    Answer,
    Reviser,
    calculate,
    leave,
    model_alone,
    model_and_calculator,
    model_and_checker,
    most_doubtful,
)
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.rows import Number, Row, RowReport, Seconds
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.table import Share
from editdiff.evaluation.data.corruption import Item, Kind, draw_items
from editdiff.evaluation.data.upstream import records

NAME = "gsm8k"
FILE = "train.jsonl"
FIELDS = ("question", "answer")
CANVAS = 8
"""Places of a number's canvas, sentinel included; no number is continued on another canvas."""
COLUMNS = {
    "restored": "restored % [95 %]",
    "restored_result": "… a result",
    "restored_operand": "… an operand",
    "unchanged": "correct ones unchanged % [95 %]",
    "nfe": "NFE",
    "seconds": "time, median",
}
Way = Callable[[str], Answer]


@dataclass(frozen=True)
class Outcome:
    """What became of one item in one row."""

    restored: bool
    """Whether the solution made wrong came back exactly as it was."""
    unchanged: bool
    """Whether the correct solution came back unchanged."""
    written: str | None
    """What was written into the wrong solution; None where it was left as it was."""
    kind: Kind
    nfe: int
    """Network evaluations for the wrong solution."""
    seconds: float
    """Wall time for the wrong solution, encoding and scoring included."""


def evaluate(engine: Engine, request: Request, progress: Progress) -> RowReport:
    """Make solutions wrong, have them revised in every way, count what came back.

    Raises:
        UsageError: without `--data`, or when the engine cannot score texts or has no network on this machine.
        InputError: when the file cannot be read or holds no solution that can be made wrong.
    """
    items = draw_items(read_solutions(request), request.limit, request.seed)
    if len(items) < 2:
        raise InputError(
            f"{len(items)} solutions can be made wrong, at least 2 are needed",
            "raise --limit; half of the items set a threshold, the other half is measured",
        )
    options = number_options(request.options)
    doubter = doubter_of(network_of(engine), engine.name)
    return report(engine, doubter, items, options, request, progress)


def read_solutions(request: Request) -> list[tuple[str, str]]:
    """Questions and answers."""
    return [(r["question"], r["answer"]) for r in records(request.data, FILE, FIELDS)]


def number_options(options: FillOptions) -> FillOptions:
    """`options` with a canvas that fits a number: up to `CANVAS` - 2 tokens, and no second canvas."""
    return replace(options, canvas=CANVAS, max_tokens=CANVAS - 1)


def report(
    engine: Engine,
    doubter: Doubter,
    items: Sequence[Item],
    options: FillOptions,
    request: Request,
    progress: Progress = lambda name, done, total: None,
) -> RowReport:
    """Set the threshold on every other item, measure every row on the rest."""
    reviser = Reviser(engine, doubter, options)
    trial, measured = items[::2], items[1::2]
    bound = threshold(reviser, trial, progress)
    ways: list[tuple[str, Way, bool]] = [
        (f"{engine.name} alone", lambda text: model_alone(reviser, text, bound), False),
        (f"{engine.name} and checker", lambda text: model_and_checker(reviser, text), False),
        (f"{engine.name} and calculator", lambda text: model_and_calculator(reviser, text), False),
        ("leave it", leave, True),
        ("calculator alone", calculate, True),
    ]
    rows = []
    for name, way, floor in ways:
        outcomes = []
        for item in measured:
            outcomes.append(judge(item, way))
            progress(name, len(outcomes), len(measured))
        rows.append(row(name, outcomes, floor))
    settings = {
        "limit": request.limit,
        "seed": request.seed,
        "options": asdict(options),
        "threshold": bound,
        "threshold_items": len(trial),
        "doubted": DOUBTED,
    }
    title = f"{NAME}: one wrong number in each of {len(measured)} worked solutions"
    entries = [item.to_json() for item in measured]
    return RowReport(NAME, title, settings, COLUMNS, rows, notes(trial, bound, options), entries)


def judge(item: Item, way: Way) -> Outcome:
    """Revise the wrong and the correct solution of an item."""
    wrong, right = way(item.wrong), way(item.text)
    return Outcome(
        restored=wrong.text == item.text,
        unchanged=right.text == item.text,
        written=wrong.written,
        kind=item.kind,
        nfe=wrong.nfe,
        seconds=wrong.seconds,
    )


def row(name: str, outcomes: Sequence[Outcome], floor: bool) -> Row:
    """Count at least one outcome."""
    figures: dict[str, Any] = {
        "restored": Share.of([outcome.restored for outcome in outcomes]),
        "unchanged": Share.of([outcome.unchanged for outcome in outcomes]),
    }
    for kind in ("result", "operand"):
        of_kind = [outcome.restored for outcome in outcomes if outcome.kind == kind]
        figures[f"restored_{kind}"] = Share.of(of_kind)
    if not floor:
        figures["nfe"] = Number(mean(outcome.nfe for outcome in outcomes))
        figures["seconds"] = Seconds(median(outcome.seconds for outcome in outcomes))
    return Row(name, figures, [asdict(outcome) for outcome in outcomes], floor)


def threshold(reviser: Reviser, items: Sequence[Item], progress: Progress) -> float:
    """Doubt in nats above which the model alone changes a number, the best one for `items`.

    The one with the greatest sum of solutions restored and correct ones left unchanged; of several the highest.
    """
    cases: list[tuple[float, int]] = []
    for done, item in enumerate(items, 1):
        doubt, answer = most_doubtful(reviser, item.wrong)
        cases.append((doubt, int(answer.text == item.text)))
        doubt, _ = most_doubtful(reviser, item.text)
        cases.append((doubt, -1))
        progress("setting the threshold", done, len(items))
    return best_bound(cases)


def best_bound(cases: Sequence[tuple[float, int]]) -> float:
    """The bound with the greatest sum of the gains of all cases (value, gain) above it; of several the highest.

    Never below 0: a number less likely than the one that stands there is no proposal.
    """
    bounds = {0.0} | {value for value, _ in cases if value > 0}
    return max((sum(gain for value, gain in cases if value > b), b) for b in bounds)[1]


def notes(trial: Sequence[Item], bound: float, options: FillOptions) -> list[str]:
    """What a reader has to know."""
    return [
        "restored: the text is again exactly what it was. A wrong result: <<18*3=84>>84; a wrong operand: "
        "19*3 = <<19*3=54>>54. One digit is another one, the number keeps its length; other lines, the question "
        "and the final answer stay.",
        "a value is drafted from what stands before it; a draft is as likely as the rest of the solution is with "
        "it in all copies.",
        f"alone: the solution is read once, its {DOUBTED} most doubtful values are drafted, and the one whose best "
        f"draft gains most is replaced if that is more than {bound:.2f} nats (set on {len(trial)} other items). "
        "Checker: drafts for the values of the equation that does not hold, the likeliest first, until all "
        "equations hold. Calculator: for each value of that equation the number that makes it true, and the model "
        "ranks these.",
        f"{options.drafts} drafts, {options.steps} steps, threshold {options.threshold:g}, canvas of "
        f"{options.canvas} places for each number; a number's length is never given.",
    ]
