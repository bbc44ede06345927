"""The benchmark `humanevalfix`: one faulty line in each solution of HumanEval, judged by their tests.

HumanEvalFix (Muennighoff et al. 2023, arXiv 2308.07124), the Python part, with docstrings. Two tasks:

- Line given: where one line became one other line, that line's content is the gap and the model is shown it as
  the old text. Many drafts, ranked by the model; pass@k as `pass_at_k` says. Beside it blind mutation with the
  same budget, and both together in the model's order, which costs one scoring.
- No location: the model has to find the line as well. A line is doubted by how much likelier than it, in nats,
  is its best draft that is different and parses; the most doubtful line gets that draft. Pass@1.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import median

from editdiff.engines.base import Draft, Engine, FillOptions, Sketch
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.floors import simple_floors
from editdiff.evaluation.core.locate import Line, at_random
from editdiff.evaluation.core.metrics import paired_difference
from editdiff.evaluation.core.pass_at_k import BUDGETS, Search, passed, shares
from editdiff.evaluation.core.rows import Figure, Number, Row, RowReport, Seconds
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.sandbox import Limits, Sandbox, Verdict
from editdiff.evaluation.core.scoring import scorer
from editdiff.evaluation.core.table import Share
from editdiff.evaluation.data.faulty import FIELDS, FILE, Item, Judge, check_right
from editdiff.evaluation.data.packages import trained_floors
from editdiff.evaluation.data.upstream import in_random_order, records

NAME = "humanevalfix"
DRAFTS = 100
"""Drafts for a line that is given: as many as the largest budget, before duplicates are dropped."""
MAX_TOKENS = 64
"""Tokens of a draft for a line."""
POOL = 300
"""Mutations that the model puts in its order."""
GIVEN, ALONE = "line given: ", "no location: "
COLUMNS = {
    **{f"pass@{k}": f"pass@{k} % [95 %]" for k in BUDGETS},
    "located": "line found % [95 %]",
    "nfe": "NFE",
    "seconds": "time, median",
}


@dataclass(frozen=True)
class Ranked:
    """Contents of a line that are not its own, the best first, and what they cost."""

    contents: Sequence[tuple[str, float]]
    """Pairs of a content and its log-probability in nats."""
    nfe: int
    seconds: float


def evaluate(engine: Engine, request: Request, progress: Progress) -> RowReport:
    """Repair the items with `engine` and the floors, run the tests.

    Raises:
        UsageError: without the path of the data, with an engine that cannot score, or where code cannot be
            confined.
        InputError: when they cannot be read, or a program without its fault fails its own test here.
    """
    scorer(engine)  # before any work
    every = [Item.of(record) for record in records(request.data, FILE, FIELDS)]
    items = in_random_order(every, request.seed)[: request.limit]
    given = [(item, line) for item in items if (line := item.faulty) is not None]
    learnt, missing = trained_floors(request)
    with Sandbox() as sandbox:
        judge = Judge(sandbox)
        check_right(items, judge, progress)
        rows, notes = line_given(
            engine, given, [*simple_floors(), *learnt], request, judge, progress
        )
        rows += no_location(engine, items, request, judge, progress)
    settings = {
        "limit": request.limit,
        "seed": request.seed,
        "options": asdict(request.options),
        "drafts_line_given": DRAFTS,
        "max_tokens": MAX_TOKENS,
        "pool": POOL,
        "limits": asdict(Limits()),
    }
    title = (
        f"{NAME}: {len(items)} of {len(every)} programs, {len(given)} of them faulty in one line"
    )
    asked = [
        {"task_id": item.task_id, "line": item.faulty and item.faulty.number + 1} for item in items
    ]
    return RowReport(
        NAME, title, settings, COLUMNS, rows, [*_notes(request), *notes, *missing], asked
    )


def line_given(
    engine: Engine,
    given: Sequence[tuple[Item, Line]],
    floors: Sequence[Engine],
    request: Request,
    judge: Judge,
    progress: Progress,
) -> tuple[list[Row], list[str]]:
    """Rows of the first task, and what the model adds to mutation."""
    many = replace(request.options, drafts=DRAFTS, max_tokens=MAX_TOKENS)
    names = (
        f"{engine.name}, best of {DRAFTS} drafts",
        f"mutations in {engine.name}'s order",
        f"both in {engine.name}'s order",
    )
    costs: dict[str, list[Ranked]] = {name: [] for name in names}
    searches: dict[str, list[Search]] = {name: [] for name in (*names, "mutation")}
    for done, (item, line) in enumerate(given, 1):
        drafted = drafts(engine, item, line, many)
        mutated = scored(engine, item, line, item.mutated(line, POOL))
        lists = dict(zip(names, (drafted, mutated, both(drafted, mutated)), strict=True))
        for name, ranked in lists.items():
            costs[name].append(ranked)
            searches[name].append(judge.search(item, line, [text for text, _ in ranked.contents]))
        blind = item.mutated(line, POOL)
        searches["mutation"].append(judge.search(item, line, blind))
        progress(GIVEN + names[0], done, len(given))
    rows = [_searched(name, searches[name], costs[name]) for name in names]
    rows.append(_searched("mutation", searches["mutation"]))
    rows += [_floor_row(floor, given, request, judge) for floor in floors]
    unchanged = [judge.search(item, line, [item.old(line)]) for item, line in given]
    rows.append(_searched("unchanged", unchanged))
    return rows, [_against(GIVEN + name, searches[name], searches["mutation"]) for name in names]


def _searched(name: str, searches: Sequence[Search], costs: Sequence[Ranked] | None = None) -> Row:
    """A row of the first task; without costs a floor."""
    figures: dict[str, Figure] = {**shares(searches), **_cost(costs or ())}
    return Row(GIVEN + name, figures, [asdict(one) for one in searches], floor=costs is None)


def _floor_row(
    floor: Engine, given: Sequence[tuple[Item, Line]], request: Request, judge: Judge
) -> Row:
    """A floor with one answer has the same figure at every budget."""
    searches = []
    for item, line in given:
        answers = drafts(floor, item, line, request.options).contents
        searches.append(judge.search(item, line, [text for text, _ in answers]))
    return _searched(floor.name, searches)


def drafts(engine: Engine, item: Item, line: Line, options: FillOptions) -> Ranked:
    """Drafts for a line that are not what stands there, as the engine ranks them."""
    started = time.perf_counter()
    updates = list(engine.fill(item.task(line), options))
    seconds = time.perf_counter() - started
    drafts = [(u.texts[0], u.score) for u in updates if isinstance(u, Draft)]
    steps = [update.step for update in updates if isinstance(update, Sketch)]
    others = [draft for draft in drafts if draft[0] != item.old(line)]
    return Ranked(others, max(steps, default=0), seconds)


def scored(engine: Engine, item: Item, line: Line, contents: Sequence[str]) -> Ranked:
    """Contents of a line in the order of the model's score."""
    started = time.perf_counter()
    scores = scorer(engine).score(item.task(line), [(text,) for text in contents])
    ordered = sorted(zip(contents, scores, strict=True), key=lambda one: -one[1])
    return Ranked(ordered, 0, time.perf_counter() - started)


def both(first: Ranked, second: Ranked) -> Ranked:
    """Two lists as one, in the order of the score."""
    contents = dict(second.contents) | dict(first.contents)
    ordered = sorted(contents.items(), key=lambda one: -one[1])
    return Ranked(ordered, first.nfe + second.nfe, first.seconds + second.seconds)


@dataclass(frozen=True)
class Repair:
    """One line changed, the place chosen by who changed it."""

    line: Line
    content: str
    nfe: int = 0
    seconds: float = 0.0


def no_location(
    engine: Engine, items: Sequence[Item], request: Request, judge: Judge, progress: Progress
) -> list[Row]:
    """Rows of the second task."""

    def by_model(item: Item) -> Repair | None:
        return most_doubtful(engine, item, request.options)

    def blindly(item: Item) -> Repair | None:
        doubt = at_random(request.seed)
        lines = sorted(item.lines, key=lambda line: doubt(item.text, line))[-1:]
        mutated = ((line, text) for line in lines for text in item.mutated(line, POOL))
        return next((Repair(line, text) for line, text in mutated if item.parses(line, text)), None)

    drafted = f"{engine.name}, best of {request.options.drafts} drafts"
    return [
        _repair_row(ALONE + drafted, by_model, items, judge, progress),
        _repair_row(ALONE + "mutation of any line", blindly, items, judge, progress, floor=True),
    ]


def most_doubtful(engine: Engine, item: Item, options: FillOptions) -> Repair | None:
    """Rewrite the line whose best other draft gains most on it; None where no line has one that parses."""
    started, nfe = time.perf_counter(), 0
    best: tuple[float, Line, str] | None = None
    for line in item.lines:
        ranked = drafts(engine, item, line, replace(options, max_tokens=MAX_TOKENS))
        nfe += ranked.nfe
        draft = next((one for one in ranked.contents if item.parses(line, one[0])), None)
        if draft is None:
            continue
        gain = draft[1] - scored(engine, item, line, [item.old(line)]).contents[0][1]
        if best is None or gain > best[0]:
            best = gain, line, draft[0]
    return best and Repair(best[1], best[2], nfe, time.perf_counter() - started)


def _repair_row(
    name: str,
    repair: Callable[[Item], Repair | None],
    items: Sequence[Item],
    judge: Judge,
    progress: Progress,
    floor: bool = False,
) -> Row:
    """Repair every item; of those with one faulty line, say how often it was the one."""
    repairs, hits, located, outcomes = [], [], [], []
    for done, item in enumerate(items, 1):
        made = repair(item)
        verdict = Verdict(False, "no edit")
        if made is not None:
            verdict = judge.program(item, item.fill(made.line, made.content))
            repairs.append(made)
        hits.append(verdict.passed)
        if item.faulty is not None:
            located.append(made is not None and made.line == item.faulty)
        place = {"line": made.line.number + 1, "content": made.content} if made else {}
        outcomes.append({**asdict(verdict), **place})
        progress(name, done, len(items))
    figures: dict[str, Figure] = {"pass@1": Share.of(hits), "located": Share.of(located)}
    return Row(name, figures if floor else figures | _cost(repairs), outcomes, floor)


def _cost(done: Sequence[Ranked] | Sequence[Repair]) -> dict[str, Figure]:
    """Median network evaluations and seconds of an item."""
    if not done:
        return {}
    return {
        "nfe": Number(median(one.nfe for one in done)),
        "seconds": Seconds(median(one.seconds for one in done)),
    }


def _against(name: str, ours: Sequence[Search], floor: Sequence[Search]) -> str:
    """What a row adds to mutation at the largest budget."""
    k = BUDGETS[-1]
    middle, low, high = (100 * x for x in paired_difference(passed(ours, k), passed(floor, k)))
    return f"{name}, against mutation at pass@{k}: {middle:+.1f} points [{low:+.1f}, {high:+.1f}] (paired)."


def _notes(request: Request) -> list[str]:
    options, limits = request.options, Limits()
    return [
        f"seed {request.seed}; {options.steps} steps, threshold {options.threshold:g}, canvas of "
        f"{options.canvas} places, temperature {options.temperature:g}, at most {MAX_TOKENS} tokens a line; no "
        "length is ever given.",
        f"pass@k: the first k of a ranked list, tests deciding among them; lists of {DRAFTS} drafts without "
        f"duplicates and of at most {POOL} mutations; what is as it was or does not parse costs no test.",
        f"Tests: {limits.cpu} s of CPU time and {limits.memory >> 20} MiB each; without their faults all "
        "programs pass.",
        "Published pass@1 without location, whole functions rewritten (Muennighoff et al. 2023): StarCoder-16B "
        "8.7, OctoCoder-16B 30.4.",
    ]
