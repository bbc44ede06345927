"""The benchmark `maths-derivations`: a slip in a worked solution that is carried on, and whether all is mended.

Data: `train.jsonl` of grade-school-math (Cobbe et al. 2021, arXiv 2110.14168). One digit of a result is wrong, and
whatever rests on it was worked out with the wrong number (`carried_on`). For every three of these there is one with
a slip that was not carried on, so that nothing but the result is to change, and for each there is the right
solution, of which nothing is. Half of the documents keep the author's annotations, half are the sentences alone;
half of either begin with the question. `fix` is asked with its defaults and the checker of equations alone.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import cycle
from statistics import mean

from editdiff.check.registry import choose_checkers, guards
from editdiff.check.remember import remembering
from editdiff.edits.fix.credible import UNTOLD, Trust
from editdiff.edits.fix.mending import NoModel
from editdiff.edits.fix.standards import Checks
from editdiff.engines.base import Engine
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks.everyday_faults import Item, Outcome, judge
from editdiff.evaluation.benchmarks.gsm8k import read_solutions
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.rows import Figure, Number, Row, RowReport, Seconds
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.data.carried_on import Slip, slips
from editdiff.evaluation.data.upstream import in_random_order
from editdiff.text.document import Document

NAME = "maths-derivations"
PATH, LANGUAGE = "solution.md", "markdown"
EVERY = 3
"""Of so many slips that are carried on there is one that is not."""
MOST_PROBLEMS = 2
"""What the checker may see of one slip: an annotation, and the sentence that it belongs to."""
RESULTS = ("restored", "partly", "wrong", "declined")
COLUMNS = {
    "documents": "documents", "restored": "restored", "partly": "partly", "wrong": "wrong", "declined": "declined",
    "seconds": "time, mean",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A document with a slip in it, or with none."""

    item: Item
    slip: Slip


def evaluate(engine: Engine, request: Request, progress: Progress) -> RowReport:
    """Make slips in the solutions of `request.data`, and have each mended, by a model and without one.

    Raises:
        InputError: when the file cannot be read or holds no solution in which a slip could be carried on.
    """
    checks = Checks(remembering(guards()), remembering(choose_checkers(["math"])))
    cases = draw(request, checks)
    if not cases:
        raise InputError(
            f"{request.data} holds no solution in which a wrong result could be carried on",
            "name a file of grade-school-math: --data",
        )
    outcomes, floor = list[Outcome](), list[Outcome]()
    for found, who, trust, name in (
        (outcomes, engine, request.of_fixes, engine.name),
        (floor, NoModel(), UNTOLD, "no model"),
    ):
        for case in cases:
            found.append(judged(case, who, request, trust, checks))
            progress(name, len(found), len(cases))
    settings = {
        "limit": request.limit, "seed": request.seed, "options": asdict(request.options),
    }  # fmt: skip
    rows = [*_rows("", outcomes, floor=False), *_rows("no model: ", floor, floor=True)]
    told = [asdict(case.item) for case in cases]
    title = f"{NAME}: {len(cases)} solutions, a slip carried on, not carried on, or none"
    return RowReport(NAME, title, settings, COLUMNS, rows, (), told)


def draw(request: Request, checks: Checks) -> list[Case]:
    """At most as many slips that are carried on as are wanted, and the other documents that belong to them.

    Raises:
        InputError: when the file cannot be read.
    """
    solutions = read_solutions(request)
    forms = cycle([(told, annotated) for told in (True, False) for annotated in (True, False)])
    form, cases = next(forms), list[Case]()
    wanted = 0
    for number in in_random_order(range(len(solutions)), request.seed):
        if wanted == request.limit:
            break
        question, answer = solutions[number]
        found = slips(f"{question}\n\n{answer}\n", random.Random(f"{request.seed}:{number}"))
        slip = found.plain(told=form[0], annotated=form[1]) if found else None
        if slip and _is_seen(slip, checks):
            cases += _cases(slip, form, alone=wanted % EVERY == 0)
            form, wanted = next(forms), wanted + 1
    return cases


def _cases(slip: Slip, form: tuple[bool, bool], *, alone: bool) -> Iterator[Case]:
    told, annotated = form
    kind = (
        f"{'annotated' if annotated else 'sentences'}, {'below the question' if told else 'alone'}"
    )
    yield Case(Item(f"carried on, {kind}", PATH, LANGUAGE, slip.text, slip.wrong), slip)
    if alone:
        it = slip.alone
        yield Case(Item(f"not carried on, {kind}", PATH, LANGUAGE, it.text, it.wrong), it)
    yield Case(Item(f"right, {kind}", PATH, LANGUAGE, slip.text, slip.text), slip)


def _is_seen(slip: Slip, checks: Checks) -> bool:
    """Whether the checker sees the slip, whether carried on or not, and nothing else."""
    right, carried, alone = (
        len(checks.problems(Document(PATH, text, language=LANGUAGE)))
        for text in (slip.text, slip.wrong, slip.alone.wrong)
    )
    return right == 0 and carried == alone and 1 <= alone <= MOST_PROBLEMS


def judged(case: Case, engine: Engine, request: Request, trust: Trust, checks: Checks) -> Outcome:
    """Mend a document; what was wrong and is right again in parts is told apart."""
    outcome = judge(case.item, engine, request.options, trust, checks)
    if outcome.result == "wrong" and case.slip.is_between(outcome.after):
        return replace(outcome, result="partly")
    return outcome


def _rows(prefix: str, outcomes: Sequence[Outcome], *, floor: bool) -> list[Row]:
    """All of each kind, and each in its forms."""
    rows = list[Row]()
    for name in ("carried on", "not carried on", "right"):
        of_kind = [outcome for outcome in outcomes if outcome.kind.split(",")[0] == name]
        if of_kind:
            rows.append(_row(prefix + name, of_kind, floor=floor, told=True))
        for kind in dict.fromkeys(outcome.kind for outcome in of_kind):
            form = [outcome for outcome in of_kind if outcome.kind == kind]
            rows.append(_row(f"{prefix}… {kind}", form, floor=floor))
    return rows


def _row(name: str, outcomes: Sequence[Outcome], *, floor: bool, told: bool = False) -> Row:
    results = [outcome.result for outcome in outcomes]
    figures: dict[str, Figure] = {"documents": Number(len(outcomes))}
    figures |= {result: Number(results.count(result)) for result in RESULTS}
    figures["seconds"] = Seconds(mean(outcome.seconds for outcome in outcomes))
    return Row(name, figures, [asdict(outcome) for outcome in outcomes] if told else (), floor)
