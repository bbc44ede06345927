"""The benchmark `fix-tests`: programs with one fault and the test that they fail, mended as `fix --test` does it.

HumanEvalFix (Muennighoff et al. 2023, arXiv 2308.07124), the Python part, with docstrings; nobody says where the
fault is. Each program lies in a project of its own with its test, so that pytest tells which lines the test runs.
Lines are suspected, edits drafted and tried, the likeliest first, until the test passes or the budget is spent. The
tries themselves run in the sandbox of the benchmarks, in milliseconds. Passing is all that is judged: beside it, in
how many of what passes the program is the one without the fault.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from editdiff.check.registry import guards, keystroke_guards
from editdiff.edits.proposal import Proposal
from editdiff.edits.tested.drafts import Drafting
from editdiff.edits.tested.search import Budget, Search
from editdiff.edits.tested.suspects import Evidence, Suspect, Suspicion
from editdiff.engines.base import Doubter, Draft, Engine, FillOptions, FillTask, Update
from editdiff.engines.doubters import doubter_of, network_of
from editdiff.errors import InputError
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.metrics import paired_difference
from editdiff.evaluation.core.pass_at_k import BUDGETS
from editdiff.evaluation.core.rows import Figure, Number, Row, RowReport, Seconds
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.same_code import forms, same
from editdiff.evaluation.core.sandbox import Sandbox
from editdiff.evaluation.core.table import Share
from editdiff.evaluation.data.faulty import FIELDS, FILE, Item, Judge, check_right
from editdiff.evaluation.data.upstream import in_random_order, records
from editdiff.text.document import Document
from editdiff.trials.proving import Confirmed, Edited, Prover
from editdiff.trials.running import Confinement, Limits
from editdiff.trials.told import Case

NAME = "fix-tests"
SECONDS = 600.0
"""For one program; tries are what is limited."""
HANGS = 15.0
"""Seconds after which a program is taken to run for ever: nobody knows then what it ran."""
COLUMNS = {
    **{f"pass@{k}": f"passes within {k} % [95 %]" for k in BUDGETS},
    "same": "of these, the program without the fault % [95 %]",
    "suspected": "faulty line suspected first % [95 %]",
    "tried": "edits tried, median",
    "seconds": "time, median",
}


@dataclass(frozen=True)
class Mended:
    """What became of one program."""

    tried: int
    """Edits that were run."""
    passed: bool
    same: bool = False
    """Whether what passes is the program without the fault."""
    place: int | None = None
    """Of the faulty line among the suspicious ones, from 1; None where there is no one such line."""
    source: str = ""
    """Who made what passes."""
    text: str = ""
    """The program that passes."""
    seconds: float = 0.0


@dataclass(frozen=True)
class InSandbox:
    """Tries programs by their test, in the sandbox."""

    judge: Judge
    item: Item

    def sees(self, path: str) -> bool:
        """It runs what it is given."""
        return True

    def passes(self, edited: Edited) -> bool:
        """Whether the program passes its test."""
        return self.judge.program(self.item, edited.data.decode()).passed

    def confirm(self, edited: Edited) -> Confirmed:
        """There are no other tests, and without an edit they fail."""
        return Confirmed(self.passes(edited), True)

    def end(self) -> None:
        """A try takes milliseconds."""


class Nobody:
    """An engine that has nothing to say: what is left are blind mutations."""

    name = "mutation"

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Nothing."""
        yield from tuple[Draft, ...]()


def evaluate(engine: Engine, request: Request, progress: Progress) -> RowReport:
    """Mend programs with the engine, and by blind mutation.

    Raises:
        UsageError: without the path of the data, or where tests cannot be confined.
        InputError: when it cannot be read, or a program without its fault fails its own test here.
    """
    every = [Item.of(record) for record in records(request.data, FILE, FIELDS)]
    items = in_random_order(every, request.seed)[: request.limit]
    doubter = doubter_of(network_of(engine), engine.name, request.of_tokens)
    arms: list[tuple[str, Engine, Doubter | None]] = [
        (engine.name, engine, doubter),
        ("mutation", Nobody(), None),
    ]
    outcomes: dict[str, list[Mended]] = {name: [] for name, _, _ in arms}
    with Sandbox() as sandbox:
        judge = Judge(sandbox)
        check_right(items, judge, progress)
        for done, item in enumerate(items, 1):
            cases = witnessed(item)
            for name, filler, doubts in arms:
                trial = InSandbox(judge, item)
                outcomes[name].append(mend(item, filler, doubts, cases, trial, request.options))
            progress(engine.name, done, len(items))
    rows = [_row(name, outcomes[name], floor=name == "mutation") for name in outcomes]
    settings = {
        "limit": request.limit,
        "seed": request.seed,
        "options": asdict(request.options),
        "tries": BUDGETS[-1],
    }
    ids = [
        {"task_id": item.task_id, "line": item.faulty and item.faulty.number + 1} for item in items
    ]
    title = f"{NAME}: {len(items)} of {len(every)} programs, nobody says where they are faulty"
    return RowReport(NAME, title, settings, COLUMNS, rows, _notes(outcomes, engine.name), ids)


def witnessed(item: Item) -> list[Case]:
    """What pytest tells of the item's test, in a project of its own."""
    with tempfile.TemporaryDirectory(prefix="editdiff-") as folder:
        root = Path(folder).resolve()
        name = item.entry_point
        (root / item.path).write_text(item.text, encoding="utf-8")
        test = f"from {name} import *\n{item.test}\n\ndef test_it():\n    check({name})\n"
        (root / f"test_{name}.py").write_text(test, encoding="utf-8")
        command = f"PYTHONPATH=. {sys.executable} -m pytest -q -p no:cacheprovider"
        with Prover(root, command, Confinement(root), Limits(HANGS)) as prover:
            try:
                baseline = prover.begin()
            except InputError:  # it runs for ever
                return []
            return prover.traced() or list(baseline.cases)


def mend(
    item: Item,
    engine: Engine,
    doubter: Doubter | None,
    cases: Sequence[Case],
    trial: InSandbox,
    options: FillOptions,
) -> Mended:
    """Suspect, draft and try."""
    started = time.perf_counter()
    document = Document(item.path, item.text, language="python")
    suspects = Suspicion({item.path: document}, Evidence(cases), doubter).suspects()
    failure = next((case.message for case in cases if case.failed), "")
    drafting = Drafting(document, item.path, engine, options, keystroke_guards(), failure)
    budget = Budget(BUDGETS[-1], SECONDS)
    found = Search({item.path: drafting}, suspects, trial, guards(), budget).run()
    seconds = time.perf_counter() - started
    place = _place(item, suspects)
    if not isinstance(found.outcome, Proposal):
        return Mended(found.tried, False, place=place, seconds=seconds)
    text = found.outcome.after.text
    form, right = forms([text, item.right])
    is_same = same(text, item.right, form, right)
    return Mended(found.tried, True, is_same, place, found.source, text, seconds)


def _place(item: Item, suspects: Sequence[Suspect]) -> int | None:
    if item.faulty is None:
        return None
    lines = [suspect.line for suspect in suspects]
    return lines.index(item.faulty.number) + 1 if item.faulty.number in lines else len(lines) + 1


def _row(name: str, outcomes: Sequence[Mended], floor: bool) -> Row:
    passing = [each for each in outcomes if each.passed]
    known = [each.place for each in outcomes if each.place is not None]
    figures: dict[str, Figure] = {
        **{f"pass@{k}": Share.of([o.passed and o.tried <= k for o in outcomes]) for k in BUDGETS},
        "same": Share.of([each.same for each in passing]),
        "suspected": Share.of([place == 1 for place in known]),
        "tried": Number(median(each.tried for each in outcomes)),
        "seconds": Seconds(median(each.seconds for each in outcomes)),
    }
    return Row(name, figures, [asdict(each) for each in outcomes], floor)


def _notes(outcomes: dict[str, list[Mended]], name: str) -> list[str]:
    ours, floor = outcomes[name], outcomes["mutation"]
    notes = []
    for k in BUDGETS:
        by_model, blindly = (
            [each.passed and each.tried <= k for each in some] for some in (ours, floor)
        )
        middle, low, high = (100 * x for x in paired_difference(by_model, blindly))
        notes.append(
            f"{name}, against mutation within {k}: {middle:+.1f} points [{low:+.1f}, {high:+.1f}] (paired)."
        )
    sources = sorted({each.source for each in ours if each.passed})
    told = ", ".join(f"{sum(e.source == s for e in ours)} {s}" for s in sources)
    notes.append(f"who made what passes: {told or 'nobody'}.")
    notes.append(
        "mutation: lines by what the tests run, blind mutations of them by turns. The tests choose among the edits "
        "tried; within 1 nothing is chosen."
    )
    return notes
