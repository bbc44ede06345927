"""The benchmark `syntax-faults`: files of held-out packages that one injected fault keeps from being parsed.

The fault is of the kinds of `training.tasks.faults`; only faults that the checkers notice count. Each file is
fixed whole, with no hint of where the fault is, by `edits.fix`. The floors have no model: the texts that are one
slip of punctuation away, in the order of their table; and the same ranked by the model.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import numpy as np

from editdiff.check.registry import guards
from editdiff.edits.fix import compete
from editdiff.edits.fix.run import Limits, fix
from editdiff.edits.fix.standards import Checks
from editdiff.edits.proposal import Proposal
from editdiff.engines.base import Engine, FillOptions, FillTask, Scorer, Update
from editdiff.errors import InputError
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.gaps import Source, spread
from editdiff.evaluation.core.metrics import quantile
from editdiff.evaluation.core.rows import Row, RowReport, Seconds
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.table import Share
from editdiff.evaluation.data.packages import held_out
from editdiff.text.document import Document
from editdiff.text.edit import Edits
from editdiff.text.shown import unix
from editdiff.training.tasks.faults import KINDS, inject, read

NAME = "syntax-faults"
LONGEST = 60_000
"""Code points of a file."""
VERSIONS = 4
"""Most broken versions of one file, each with one fault; a file's second comes after every file's first."""
BREAKING = tuple(kind for kind in KINDS if kind.keeps_syntax is not True)
"""Kinds of fault after which a file may not parse."""
TRIED = 40
"""Faults that are tried for a file, not all of which break it."""
LIMITS = Limits(problems=4, seconds=60.0)
"""One fault is often several problems."""
COLUMNS = {
    "offered": "fix offered % [95 %]",
    "parses": "of them parsing %",
    "equal": "the original % [95 %]",
    "equal_but_space": "… up to white space",
    "seconds": "time, median",
    "seconds_p90": "time, p90",
}


@dataclass(frozen=True)
class Item:
    """A file, and what it was before the fault."""

    package: str
    path: str
    right: str
    wrong: str
    kind: str

    @property
    def document(self) -> Document:
        """The file with the fault."""
        return Document(self.path, self.wrong, language="python")


@dataclass(frozen=True)
class Outcome:
    """What became of one item in one row."""

    kind: str
    offered: bool
    parses: bool
    """Whether no checker finds a problem in what was offered."""
    equal: bool
    """Whether the original is back."""
    equal_but_space: bool
    seconds: float
    """Wall time, all checks included."""
    reason: str
    """Why there is no fix; empty where there is."""


class OnlySlips:
    """An engine without drafts of its own."""

    name = "slips"

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Yield nothing."""
        yield from ()


@dataclass
class RankedSlips:
    """An engine without drafts of its own, that ranks candidates by the scores of another engine."""

    scorer: Scorer
    name = "slips, ranked by the model"

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Yield nothing."""
        yield from ()

    def score(self, task: FillTask, texts: Sequence[tuple[str, ...]]) -> list[float]:
        """Log-probabilities of texts in nats, by the other engine."""
        return self.scorer.score(task, texts)


def evaluate(engine: Engine, request: Request, progress: Progress) -> RowReport:
    """Break held-out files, have them fixed by every row.

    Raises:
        InputError: when the manifest cannot be used or holds out no file that can be broken.
    """
    items = draw(held_out(request.manifest, request.cache), request.limit, request.seed)
    if not items:
        raise InputError(
            f"{request.manifest} holds out no file that can be broken",
            'give packages in it `split = "heldout"`',
        )
    return report(engine, items, request, progress)


def draw(files: Iterable[Source], limit: int, seed: int) -> list[Item]:
    """At most `limit` broken files, spread evenly over the packages; the same for the same arguments."""
    return spread(files, limit, seed, _of_file)


def report(
    engine: Engine,
    items: Sequence[Item],
    request: Request,
    progress: Progress = lambda name, done, total: None,
) -> RowReport:
    """Run every row over all items."""
    engines: list[tuple[Engine, bool]] = [(engine, False)]
    if isinstance(engine, Scorer):
        engines.append((RankedSlips(engine), True))
    engines.append((OnlySlips(), True))
    rows = []
    for filler, floor in engines:
        outcomes = []
        for item in items:
            outcomes.append(judge(item, filler, request.options))
            progress(filler.name, len(outcomes), len(items))
        rows.append(row(filler.name, outcomes, floor))
    settings = {
        "limit": request.limit,
        "seed": request.seed,
        "manifest": request.manifest.as_posix(),
        "options": asdict(request.options),
        "longest": LONGEST,
        "limits": asdict(LIMITS),
        "slip": [compete.SLIP, compete.SLIP_CHARACTER],
    }
    packages = sorted({item.package for item in items})
    files = {(item.package, item.path) for item in items}
    title = (
        f"{NAME}: {len(items)} broken versions of {len(files)} files of held-out packages "
        f"({', '.join(packages)}), one fault in each"
    )
    return RowReport(NAME, title, settings, COLUMNS, rows, notes(items), [asdict(i) for i in items])


def judge(item: Item, engine: Engine, options: FillOptions) -> Outcome:
    """Fix a file and compare it with what it was."""
    started = time.perf_counter()
    outcome = fix(item.document, engine, Checks(guards()), options, LIMITS).outcome
    seconds = time.perf_counter() - started
    offered = isinstance(outcome, Proposal)
    after = outcome.after if isinstance(outcome, Proposal) else item.document
    return Outcome(
        item.kind,
        offered,
        offered and not any(checker.check(after) for checker in guards()),
        offered and after.text == item.right,
        offered and _bare(after.text) == _bare(item.right),
        seconds,
        "" if isinstance(outcome, Proposal) else outcome.reason,
    )


def row(name: str, outcomes: Sequence[Outcome], floor: bool) -> Row:
    """Count at least one outcome."""
    seconds = [outcome.seconds for outcome in outcomes]
    figures: dict[str, Any] = {
        "offered": Share.of([outcome.offered for outcome in outcomes]),
        "parses": Share.of([outcome.parses for outcome in outcomes if outcome.offered]),
        "equal": Share.of([outcome.equal for outcome in outcomes]),
        "equal_but_space": Share.of([outcome.equal_but_space for outcome in outcomes]),
        "seconds": Seconds(median(seconds)),
        "seconds_p90": Seconds(quantile(seconds, 0.9)),
    }
    return Row(name, figures, [asdict(outcome) for outcome in outcomes], floor)


def notes(items: Sequence[Item]) -> list[str]:
    """What a reader has to know."""
    kinds = sorted({item.kind for item in items})
    counts = ", ".join(f"{kind} {sum(i.kind == kind for i in items)}" for kind in kinds)
    return [
        f"kinds of fault: {counts}; files of at most {LONGEST} characters, fixed whole, the place not told.",
        "parsing: tree-sitter and Python find no problem in the fixed file. Of the fixes offered; the other "
        "shares are of all files.",
        f"drafts for a region are ranked by their causal score less {compete.SLIP:g} nats and "
        f"{compete.SLIP_CHARACTER:g} for each character that they change; the slips alone in the order of their "
        "table, the place's own column first.",
    ]


def _of_file(file: Source, rng: random.Random) -> Iterator[Item]:
    """Broken versions of a file that has no problem itself; none of one that is too long or has any."""
    text = unix(file.text)
    if len(text) > LONGEST or _broken(file.path, text):
        return
    source, generator = read(text), np.random.default_rng(rng.randrange(2**32))
    made = {text}
    for _ in range(TRIED if source is not None else 0):
        injected = inject(source, generator, BREAKING) if source is not None else None
        if injected is None or len(made) > VERSIONS:
            return
        wrong = Edits((injected.edit,)).apply(text)
        if wrong not in made and _broken(file.path, wrong):
            made.add(wrong)
            yield Item(file.package, file.path, text, wrong, injected.kind.name)


def _broken(path: str, text: str) -> bool:
    document = Document(path, text, language="python")
    return any(checker.check(document) for checker in guards())


def _bare(text: str) -> str:
    return "".join(text.split())
