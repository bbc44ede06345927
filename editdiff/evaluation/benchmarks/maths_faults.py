"""The benchmark `maths-faults`: worked solutions in which one number is wrong, be it a result or an operand.

Data: `train.jsonl` of grade-school-math (Cobbe et al. 2021, arXiv 2110.14168). A document holds the author's
calculations, each in a line of its own; every other one begins with the question. In half of them one digit of a
result is wrong, in the other half one of an operand (`corruption`). A checker of equations sees both alike, and
would work the result out anew in either. `fix` is asked with its defaults and that checker alone.
"""

from __future__ import annotations

from dataclasses import asdict

from editdiff.check.registry import choose_checkers, guards
from editdiff.check.remember import remembering
from editdiff.edits.fix.mending import NoModel
from editdiff.edits.fix.standards import Checks
from editdiff.engines.base import Engine
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks.everyday_faults import COLUMNS, Item, judge, rows_of
from editdiff.evaluation.benchmarks.gsm8k import read_solutions
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.rows import RowReport
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.data.corruption import draw_items
from editdiff.evaluation.data.equations import equations
from editdiff.text.document import Document

NAME = "maths-faults"
DRAWN = 3
"""Solutions drawn for each that is wanted: of some the checker judges nothing, in some more than one fails."""
PATH, LANGUAGE = "solution.md", "markdown"


def evaluate(engine: Engine, request: Request, progress: Progress) -> RowReport:
    """Make numbers wrong in the solutions of `request.data`, and have each mended, by a model and without one.

    Raises:
        InputError: when the file cannot be read or holds no solution that can be made wrong.
    """
    checks = Checks(remembering(guards()), remembering(choose_checkers(["math"])))
    items = draw(request, checks)
    if not items:
        raise InputError(
            f"{request.data} holds no solution whose equations a checker judges",
            "name a file of grade-school-math: --data",
        )
    outcomes, floor = [], []
    for item in items:
        outcomes.append(judge(item, engine, request.options, request.of_fixes, checks))
        progress(engine.name, len(outcomes), len(items))
    for item in items:
        floor.append(judge(item, NoModel(), request.options, checks=checks))
        progress("no model", len(floor), len(items))
    settings = {
        "limit": request.limit, "seed": request.seed, "options": asdict(request.options),
    }  # fmt: skip
    title = f"{NAME}: {len(items)} solutions, one number wrong in each"
    told = [asdict(item) for item in items]
    return RowReport(NAME, title, settings, COLUMNS, rows_of(outcomes, floor), (), told)


def draw(request: Request, checks: Checks) -> list[Item]:
    """At most as many documents as are wanted: no equation fails in them, and one does once a number is wrong.

    Raises:
        InputError: when the file cannot be read.
    """
    items = list[Item]()
    for item in draw_items(read_solutions(request), DRAWN * request.limit, request.seed):
        if len(items) == request.limit:
            break
        told = len(items) % 2 == 0
        right, wrong = _document(item.text, told=told), _document(item.wrong, told=told)
        kind = f"{item.kind}, {'below the question' if told else 'alone'}"
        if [_failing(text, checks) for text in (right, wrong)] == [0, 1]:
            items.append(Item(kind, PATH, LANGUAGE, right, wrong))
    return items


def _document(solution: str, *, told: bool) -> str:
    """The calculations of a solution, one a line, below its question or alone."""
    question, *_ = solution.partition("\n\n")
    lines = [
        f"{each.left.slice(solution).strip()} = {each.right.slice(solution).strip()}\n"
        for each in equations(solution)
    ]
    return (f"{question}\n\n## Solution\n\n" if told else "") + "".join(lines)


def _failing(text: str, checks: Checks) -> int:
    return len(checks.problems(Document(PATH, text, language=LANGUAGE)))
