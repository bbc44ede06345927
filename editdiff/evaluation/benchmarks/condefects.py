"""The benchmark `condefects`: contest programs with one wrong line, and the accepted version that followed.

Data: one-line faults of ConDefects (Wu et al. 2023, arXiv 2310.16253), one JSON object a line: `id`, `buggy`,
`fixed`, and `ops`, the one replaced line of each item.

A) The line is given: the gap is its content from behind the indentation, and the model sees the old text. A hit at
k is a program equal to the accepted one (`same_code`) among the first k ranked candidates. Candidates that are
the old program again are passed over: it is known to be wrong. No test chooses.
B) The line is not given: all lines with content are put in order of the model's own doubt.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from statistics import mean, median
from typing import Any

from editdiff.edits.mutations import mutations, names_in
from editdiff.engines.base import Draft, Engine, FillOptions, FillTask, Sketch
from editdiff.errors import InputError
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.floors import simple_floors
from editdiff.evaluation.core.locate import (
    Doubt,
    at_random,
    content_lines,
    longest,
    rank,
    ranked,
    surprise,
)
from editdiff.evaluation.core.rows import Number, Row, RowReport, Seconds
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.same_code import forms, same
from editdiff.evaluation.core.scoring import scorer
from editdiff.evaluation.core.table import Share
from editdiff.evaluation.data.packages import trained_floors
from editdiff.evaluation.data.upstream import in_random_order, records
from editdiff.text.span import Span

NAME = "condefects"
FILE = "single_line_2021_2022.jsonl"
FIELDS = ("id", "buggy", "fixed", "ops")
PATH = "main.py"
"""File name as the model is told it."""
BUDGET = 10
"""Drafts of the model, and candidates counted of every row."""
MUTATIONS = 100
"""Mutations that the model puts in order with its drafts."""
AT = (1, 5, 10)
TOP = (1, 3)
COLUMNS = {
    **{f"exact_at_{k}": f"EM@{k} % [95 %]" for k in AT},
    **{f"top_{k}": f"line in top {k} % [95 %]" for k in TOP},
    "nfe": "NFE",
    "seconds": "time, mean",
}


@dataclass(frozen=True)
class Item:
    """A wrong program."""

    id: str
    text: str
    fixed: str
    line: int
    """The wrong line, from 0."""
    moved: bool = False
    """Whether the accepted line has another indentation."""

    @property
    def span(self) -> Span:
        """Content of the wrong line; it is not blank."""
        at = {line.number: line.span for line in content_lines(self.text)}
        return at[self.line]

    @property
    def task(self) -> FillTask:
        """What the model is given when it knows the line."""
        return FillTask(self.text, (self.span,), PATH, old=self.span.slice(self.text))

    def fill(self, text: str) -> str:
        """The program with `text` in place of the wrong line's content."""
        return self.text[: self.span.start] + text + self.text[self.span.end :]


@dataclass(frozen=True)
class Proposed:
    """Candidates for a line, best first."""

    texts: Sequence[str]
    nfe: int = 0
    """Network evaluations."""
    seconds: float = 0.0
    """Wall time."""


Proposer = Callable[[Item], Proposed]


@dataclass(frozen=True)
class Repaired:
    """What became of one item whose line was given."""

    candidates: Sequence[str]
    """At most BUDGET, without those that are the old program."""
    hit: int | None
    """Rank of the first right one, from 1."""
    nfe: int
    seconds: float
    """Wall time, comparison of programs apart."""


@dataclass(frozen=True)
class Located:
    """Where the wrong line of one item stood in the order of doubt."""

    rank: int | None
    """Place of the wrong line, from 1; None for a line without content."""
    lines: int
    """Lines with content."""
    seconds: float


def evaluate(engine: Engine, request: Request, progress: Progress) -> RowReport:
    """Repair lines that are given, find lines that are not.

    Raises:
        UsageError: without `--data`, or when the engine cannot score texts.
        InputError: when the file cannot be read or an item is not of this benchmark.
    """
    items = read_items(request)
    learnt, missing = trained_floors(request)
    doubts: list[tuple[str, Doubt, bool]] = [
        (f"{engine.name}, surprise of the line", surprise(engine, PATH), False),
        ("any line", at_random(request.seed), True),
        ("longest line", longest, True),
    ]
    ways = [*proposers(engine, request.options), *floors([*simple_floors(), *learnt])]
    return report(items, ways, doubts, request, missing, progress)


def read_items(request: Request) -> list[Item]:
    """The items drawn; a smaller limit gives the first of a larger one's."""
    return in_random_order(all_items(request), request.seed)[: request.limit]


def all_items(request: Request) -> list[Item]:
    """All items of the file."""
    return [_item(record) for record in records(request.data, FILE, FIELDS)]


def _item(record: dict[str, Any]) -> Item:
    try:
        (change,) = record["ops"]
        (old,), (new,) = change["buggy_lines"], change["fixed_lines"]
        moved = old[: -len(old.lstrip())] != new[: -len(new.lstrip())]
        line = change["buggy_start"]
        item = Item(str(record["id"]), record["buggy"], record["fixed"], line, moved)
        if item.span.slice(item.text) != old.strip():
            raise ValueError(f"line {line + 1} reads otherwise")
    except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
        raise InputError(
            f"item {record['id']} has not one replaced line: {error}",
            f"the benchmark takes {FILE}, items with one replaced line each",
        ) from error
    return item


def proposers(engine: Engine, options: FillOptions) -> list[tuple[str, Proposer, bool]]:
    """Rows of the model: its drafts, and these and blind mutations in the order of its own score."""
    model = Model(engine, replace(options, drafts=BUDGET))
    return [
        (f"{engine.name}, {BUDGET} drafts", model.drafts, False),
        (f"{engine.name}, drafts and {MUTATIONS} mutations", model.drafts_and_mutations, False),
    ]


@dataclass
class Model:
    """An engine that proposes lines; its drafts are kept, for both rows ask for them."""

    engine: Engine
    options: FillOptions
    _kept: dict[str, Proposed] = field(default_factory=dict)

    def drafts(self, item: Item) -> Proposed:
        """Drafts of the engine, best first."""
        if item.id not in self._kept:
            self._kept[item.id] = drafts(self.engine, self.options, item)
        return self._kept[item.id]

    def drafts_and_mutations(self, item: Item) -> Proposed:
        """Drafts and mutations of the old line, the likeliest first."""
        own, started = self.drafts(item), time.perf_counter()
        texts = list(dict.fromkeys([*own.texts, *mutated(item, MUTATIONS).texts]))
        scores = scorer(self.engine).score(item.task, [(text,) for text in texts])
        order = sorted(range(len(texts)), key=lambda i: -scores[i])
        seconds = own.seconds + time.perf_counter() - started
        return Proposed([texts[i] for i in order], own.nfe, seconds)


def drafts(engine: Engine, options: FillOptions, item: Item) -> Proposed:
    """What an engine writes for the line, best first."""
    started = time.perf_counter()
    updates = list(engine.fill(item.task, options))
    seconds = time.perf_counter() - started
    steps = [update.step for update in updates if isinstance(update, Sketch)]
    texts = [update.texts[0] for update in updates if isinstance(update, Draft)]
    return Proposed(texts, max(steps, default=0), seconds)


def mutated(item: Item, budget: int = BUDGET) -> Proposed:
    """Blind mutations of the old line with the names of the program."""
    return Proposed(mutations(item.span.slice(item.text), names_in(item.text), budget))


def unchanged(item: Item) -> Proposed:
    """The old line."""
    return Proposed([item.span.slice(item.text)])


def floors(engines: Sequence[Engine]) -> list[tuple[str, Proposer, bool]]:
    """Rows that cost nothing: the old line, drafts of engines without a network, mutations."""
    single = [(e.name, partial(drafts, e, FillOptions(drafts=1)), True) for e in engines]
    return [("the old line", unchanged, True), *single, ("mutation", mutated, True)]


def report(
    items: Sequence[Item],
    ways: Sequence[tuple[str, Proposer, bool]],
    doubts: Sequence[tuple[str, Doubt, bool]],
    request: Request,
    notes: Sequence[str] = (),
    progress: Progress = lambda name, done, total: None,
) -> RowReport:
    """Run every row over all items."""
    repaired: list[list[Repaired]] = []
    for done, item in enumerate(items, 1):
        repaired.append(repair(item, [way(item) for _, way, _ in ways]))
        progress("lines given, all rows", done, len(items))
    columns = zip(*repaired, strict=True)
    rows = [
        repair_row(name, column, floor)
        for (name, _, floor), column in zip(ways, columns, strict=True)
    ]
    for name, doubt, floor in doubts:
        located = []
        for item in items:
            located.append(locate(item, doubt))
            progress(name, len(located), len(items))
        rows.append(locate_row(name, located, floor))
    settings = {
        "limit": request.limit,
        "seed": request.seed,
        "options": asdict(replace(request.options, drafts=BUDGET)),
    }
    title = f"{NAME}: {len(items)} programs with one wrong line"
    entries = [{"id": item.id, "line": item.line + 1} for item in items]
    return RowReport(
        NAME, title, settings, COLUMNS, rows, [*_notes(items, request), *notes], entries
    )


def repair(item: Item, rows: Sequence[Proposed]) -> list[Repaired]:
    """Look in each row for the right candidate among those that change the program; one child process for all."""
    programs = list(dict.fromkeys(item.fill(text) for row in rows for text in row.texts))
    true_form, old_form, *other_forms = forms([item.fixed, item.text, *programs])
    known = dict(zip(programs, other_forms, strict=True))

    def changes(text: str) -> bool:
        program = item.fill(text)
        return not same(program, item.text, known[program], old_form)

    def right(text: str) -> bool:
        program = item.fill(text)
        return same(program, item.fixed, known[program], true_form)

    judged = []
    for row in rows:
        new = [text for text in row.texts if changes(text)][:BUDGET]
        hit = next((n for n, text in enumerate(new, 1) if right(text)), None)
        judged.append(Repaired(new, hit, row.nfe, row.seconds))
    return judged


def locate(item: Item, doubt: Doubt) -> Located:
    """Put the lines of an item in order and look for the wrong one."""
    started = time.perf_counter()
    order = ranked(item.text, doubt)
    return Located(rank(order, item.line), len(order), time.perf_counter() - started)


def repair_row(name: str, outcomes: Sequence[Repaired], floor: bool) -> Row:
    """Count hits among the first candidates."""
    figures: dict[str, Any] = {
        f"exact_at_{k}": Share.of([o.hit is not None and o.hit <= k for o in outcomes]) for k in AT
    }
    if not floor:
        figures["nfe"] = Number(median(outcome.nfe for outcome in outcomes))
    return _timed(name, figures, outcomes, floor)


def locate_row(name: str, outcomes: Sequence[Located], floor: bool) -> Row:
    """Count wrong lines among the first of the order."""
    figures: dict[str, Any] = {
        f"top_{k}": Share.of([o.rank is not None and o.rank <= k for o in outcomes]) for k in TOP
    }
    return _timed(name, figures, outcomes, floor)


def _timed(
    name: str, figures: dict[str, Any], outcomes: Sequence[Repaired | Located], floor: bool
) -> Row:
    if not floor:
        figures["seconds"] = Seconds(mean(outcome.seconds for outcome in outcomes))
    return Row(name, figures, [asdict(outcome) for outcome in outcomes], floor)


def _notes(items: Sequence[Item], request: Request) -> list[str]:
    options, lines = request.options, [len(content_lines(item.text)) for item in items]
    moved = sum(item.moved for item in items)
    return [
        f"EM@k: one of the first k candidates gives the syntax tree of the accepted program. {moved} of the "
        "items need another indentation, which lies outside the gap: out of reach, counted as missed.",
        f"seed {request.seed}; {options.steps} steps, threshold {options.threshold:g}, canvas of {options.canvas} "
        "places; the line's length is never given, its old text is.",
        f"lines in order of doubt: the model's surprise, in nats a line; {median(lines):g} lines with "
        "content in the median program.",
    ]
