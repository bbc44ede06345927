"""The benchmark `joint`: the line that binds a name and the line that reads it, both hidden.

The same two gaps are filled at once, each in view of the other; one after the other, the first in
ignorance of the second; and from left to right by the same network, in one stream. Greedy drafts, the
first of several for the joint fill as well, as the engine ranks them and as they agree (`edits.agreeing`); no
length is known to anyone; no checker chooses.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any

from editdiff.check.anatomy import TextAnatomist
from editdiff.check.base import Anatomist, Checker
from editdiff.check.registry import guards
from editdiff.edits.agreeing import agreeing
from editdiff.engines.base import Draft, Engine, FillOptions, FillTask, Sketch, Update
from editdiff.errors import InputError
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.floors import simple_floors
from editdiff.evaluation.core.metrics import exact, paired_difference
from editdiff.evaluation.core.runner import Progress, parses
from editdiff.evaluation.core.table import NONE, Share, Table, milliseconds
from editdiff.evaluation.data.packages import held_out, trained_floors
from editdiff.evaluation.data.pairs import NEAR, Pair, agreed, draw_pairs
from editdiff.text.document import Document
from editdiff.text.names import occurrences

NAME = "joint"
HEADER = (
    "filled",
    "agree % [95 %]",
    "on a new name % [95 %]",
    "both exact % [95 %]",
    "first exact %",
    "second exact %",
    "parses % [95 %]",
    "NFE",
    "time, median",
)


@dataclass(frozen=True)
class Filled:
    """Drafts for both gaps of a pair."""

    texts: tuple[str, str] = ("", "")
    answered: bool = False
    """Whether there was a draft for both; without one nothing agrees, matches or parses."""
    nfe: int = 0
    """Network evaluations of everything."""
    seconds: float = 0.0
    """Time of drafts that were made for another row and are ranked again here."""


@dataclass(frozen=True)
class Way:
    """One row of the table."""

    name: str
    fill: Callable[[Pair], Filled]
    floor: bool = False
    """Whether it is there only to be compared with."""
    rival: str = ""
    """Name of the row that it is compared with beside the first one."""


@dataclass(frozen=True)
class Outcome:
    """What became of one pair."""

    first: str
    second: str
    answered: bool
    agree: bool
    """Whether the second text reads a name that the first one binds (`pairs.agreed`)."""
    new_name: bool
    """Whether one such name stands nowhere else in the file: a parameter of the function would be easy."""
    exact_first: bool
    exact_second: bool
    parses: bool
    """Whether the file has no new problem with both texts in it."""
    nfe: int
    seconds: float
    """Wall time, context encoding and ranking included."""

    @property
    def exact(self) -> bool:
        """Whether both are as they were."""
        return self.exact_first and self.exact_second


def evaluate(engine: Engine, request: Request, progress: Progress) -> JointReport:
    """Fetch the held-out packages, draw the pairs, fill them in every way.

    Raises:
        InputError: when the manifest cannot be used or holds out no package with such a pair.
    """
    pairs = draw_pairs(held_out(request.manifest, request.cache), request.limit, request.seed)
    if not pairs:
        raise InputError(
            f"{request.manifest} holds out no pair of lines to be filled",
            'give packages in it `split = "heldout"`',
        )
    learnt, missing = trained_floors(request)
    floors = [floor for floor in simple_floors() if floor.name == "pass"] + learnt
    rows = ways(engine, request.twin, floors, request.options)
    return report(pairs, rows, request, missing, progress)


def ways(
    engine: Engine, twin: Engine | None, floors: Iterable[Engine], options: FillOptions
) -> list[Way]:
    """Rows of the table; nothing is looked up, for it is the network that is compared with itself."""
    options = replace(options, lookup=0)
    greedy = replace(options, drafts=1, temperature=0.0)
    rows = [Way("both at once, greedy", at_once(engine, greedy))]
    if options.drafts > 1 and options.temperature > 0:
        best = f"both at once, best of {options.drafts} drafts"
        agree = f"both at once, {options.drafts} drafts that agree"
        made = Made(engine, options)
        rows.append(Way(best, made.first()))
        rows.append(Way(agree, made.first(TextAnatomist()), rival=best))
    rows.append(Way("one after the other, greedy", in_turn(engine, greedy)))
    if twin is not None:
        rows.append(Way("left to right, greedy", at_once(twin, greedy)))
    return rows + [Way(floor.name, at_once(floor, greedy), floor=True) for floor in floors]


def at_once(engine: Engine, options: FillOptions) -> Callable[[Pair], Filled]:
    """One fill of both gaps."""
    return Made(engine, options).first()


class Made:
    """Drafts of both gaps at once; they are made once, however often they are ranked."""

    def __init__(self, engine: Engine, options: FillOptions) -> None:
        """Fill by an engine."""
        self._engine, self._options = engine, options
        self._known: dict[Pair, tuple[list[Update], float]] = {}

    def first(self, anatomist: Anatomist | None = None) -> Callable[[Pair], Filled]:
        """The best draft as the engine ranks them; with an anatomist, as `edits.infill` does."""

        def fill(pair: Pair) -> Filled:
            if pair in self._known:
                updates, seconds = self._known[pair]
            else:
                began = time.perf_counter()
                updates, seconds = list(self._engine.fill(pair.task(), self._options)), 0.0
                self._known[pair] = updates, time.perf_counter() - began
            texts, nfe = _best(pair.task(), updates, anatomist)
            both = (texts[0], texts[1]) if texts else ("", "")
            return Filled(both, bool(texts), nfe, seconds)

        return fill


def in_turn(engine: Engine, options: FillOptions) -> Callable[[Pair], Filled]:
    """Fill the first gap while the second line is empty, then the second behind that draft."""

    def fill(pair: Pair) -> Filled:
        first, nfe = _best(*_filled(engine, pair.task(second=False), options))
        if not first:
            return Filled(nfe=nfe)
        second, more = _best(*_filled(engine, pair.task(first[0]), options))
        return Filled((first[0], second[0] if second else ""), bool(second), nfe + more)

    return fill


def _filled(engine: Engine, task: FillTask, options: FillOptions) -> tuple[FillTask, list[Update]]:
    return task, list(engine.fill(task, options))


def _best(
    task: FillTask, updates: Sequence[Update], anatomist: Anatomist | None = None
) -> tuple[tuple[str, ...], int]:
    """Texts of the best-ranked draft, none without a draft, and what it cost."""
    drafts = [update for update in updates if isinstance(update, Draft)]
    document = Document(task.path, task.text, language="python")
    for draft in agreeing(drafts, document, task.gaps, anatomist):
        return draft.texts, draft.nfe
    return (), max((update.step for update in updates if isinstance(update, Sketch)), default=0)


def judge(pair: Pair, way: Way, checkers: Sequence[Checker]) -> Outcome:
    """Fill one pair and measure it against what was hidden."""
    started = time.perf_counter()
    filled = way.fill(pair)
    seconds = time.perf_counter() - started + filled.seconds
    first, second = filled.texts
    names = agreed(first, second)
    hidden = pair.fill("", "")
    return Outcome(
        first,
        second,
        filled.answered,
        agree=bool(names),
        new_name=any(not occurrences(name, hidden) for name in names),
        exact_first=filled.answered and exact(first, pair.truths[0]),
        exact_second=filled.answered and exact(second, pair.truths[1]),
        parses=filled.answered and parses(pair.document, pair.fill(first, second), checkers),
        nfe=filled.nfe,
        seconds=seconds,
    )


def report(
    pairs: list[Pair],
    rows: Iterable[Way],
    request: Request,
    notes: Iterable[str] = (),
    progress: Progress = lambda name, done, total: None,
    checkers: Sequence[Checker] | None = None,
) -> JointReport:
    """Fill all pairs in every way; by default the guards of every draft judge the fills."""
    checkers = guards() if checkers is None else checkers
    done = []
    for way in rows:
        outcomes: list[Outcome] = []
        for pair in pairs:
            outcomes.append(judge(pair, way, checkers))
            progress(way.name, len(outcomes), len(pairs))
        done.append((way, outcomes))
    settings = {
        "limit": request.limit,
        "seed": request.seed,
        "manifest": request.manifest.as_posix(),
        "options": asdict(request.options),
        "checkers": [checker.name for checker in checkers],
        "near": NEAR,
    }
    return JointReport(settings, pairs, done, [*_notes(pairs, done, request), *notes])


@dataclass(frozen=True)
class JointReport:
    """The benchmark, run: the settings, and what each way made of every pair."""

    settings: dict[str, Any]
    pairs: Sequence[Pair]
    rows: Sequence[tuple[Way, Sequence[Outcome]]]
    notes: Sequence[str] = ()

    @property
    def table(self) -> Table:
        """For people."""
        packages = sorted({pair.package for pair in self.pairs})
        files = len({(pair.package, pair.path) for pair in self.pairs})
        title = (
            f"{NAME}: {len(self.pairs)} pairs of a name's lines from {files} files of "
            f"{len(packages)} held-out packages ({', '.join(packages)})"
        )
        cells = [_cells(way, outcomes) for way, outcomes in self.rows]
        return Table(title, HEADER, cells, self.notes)

    def to_json(self) -> dict[str, Any]:
        """Return settings, figures, and one entry for every pair and way."""
        return {
            "benchmark": NAME,
            "settings": self.settings,
            "notes": list(self.notes),
            "pairs": [
                {"package": p.package, "path": p.path, "lines": p.lines, "name": p.name, "truths": p.truths}
                for p in self.pairs
            ],
            "ways": [_way_json(way, outcomes) for way, outcomes in self.rows],
        }  # fmt: skip


def _shares(outcomes: Sequence[Outcome]) -> dict[str, Share]:
    names = ("agree", "new_name", "exact", "exact_first", "exact_second", "parses")
    return {name: Share.of([getattr(outcome, name) for outcome in outcomes]) for name in names}


def _cells(way: Way, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    shares = _shares(outcomes)
    first, second = (shares[name] for name in ("exact_first", "exact_second"))
    return (
        f"floor: {way.name}" if way.floor else way.name,
        *(str(shares[name]) for name in ("agree", "new_name", "exact")),
        *(f"{100 * share.hits / share.total:.1f}" for share in (first, second)),
        str(shares["parses"]),
        NONE if way.floor else f"{median(outcome.nfe for outcome in outcomes):g}",
        NONE if way.floor else milliseconds(median(outcome.seconds for outcome in outcomes)),
    )


def _way_json(way: Way, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    return {
        "name": way.name,
        "floor": way.floor,
        "figures": {
            **{name: share.to_json() for name, share in _shares(outcomes).items()},
            "nfe_median": median(outcome.nfe for outcome in outcomes),
            "seconds_median": median(outcome.seconds for outcome in outcomes),
        },
        "outcomes": [asdict(outcome) for outcome in outcomes],
    }


def _notes(
    pairs: Sequence[Pair], rows: Sequence[tuple[Way, Sequence[Outcome]]], request: Request
) -> list[str]:
    options = request.options
    ceiling = sum(pair.name in agreed(*pair.truths) for pair in pairs)
    notes = [
        f"seed {request.seed}; {options.steps} steps, threshold {options.threshold:g}, canvas of "
        f"{options.canvas} places; the two lines lie at most {NEAR} lines apart and the name stands nowhere else.",
        "agree: the second text reads a name that the first one binds; on a new name: one that stands nowhere else "
        f"in the file. The hidden lines themselves agree in {ceiling} of {len(pairs)}.",
        "exact: equal after strip; parses: neither tree-sitter nor Python's compiler finds a new problem.",
    ]
    if len(pairs) < request.limit:
        notes.insert(0, f"{request.limit} pairs were asked for; there are {len(pairs)}.")
    compared = [row for row in rows if not row[0].floor] or [rows[0]]
    notes += [_less(compared[0], other) for other in compared[1:]]
    return notes + [
        _less(row, other) for row in compared for other in compared if other[0].name == row[0].rival
    ]


def _less(first: tuple[Way, Sequence[Outcome]], other: tuple[Way, Sequence[Outcome]]) -> str:
    """How much better one row is than another, pair by pair."""
    parts = [
        _difference(label, *([getattr(each, name) for each in row[1]] for row in (first, other)))
        for label, name in (("agreement", "agree"), ("on a new name", "new_name"), ("both exact", "exact"))
    ]  # fmt: skip
    return f"{first[0].name} less {other[0].name}, points: {', '.join(parts)}"


def _difference(label: str, first: Sequence[bool], second: Sequence[bool]) -> str:
    """A paired difference in points with its interval."""
    middle, low, high = (100 * x for x in paired_difference(first, second))
    return f"{label} {middle:+.1f} [{low:+.1f}, {high:+.1f}]"
