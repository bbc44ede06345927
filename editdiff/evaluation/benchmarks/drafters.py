"""The benchmark `drafters`: whether a canvas earns its place beside what is looked up, and what typical tokens do.

Protocol: gaps of four kinds in the files of a folder, evenly over its languages and packages, each filled greedily
by turns in every way, by the same engine with the same weights. The context is read beforehand, so the time is that
of the writing alone. A way that takes exact tokens writes the text that the network writes a token at a time, near
ties apart, which are counted. What a GPU would gain is reckoned, not measured: with costs of forwards that do not
depend on their rows the same ways draft more, and their forwards are counted. Gaps that take long are fewer, and
what is a control or reckoned is asked of the first gaps of a kind alone.

Controls that must not gain: the network a token at a time, lookup as the only drafter, and a canvas without the
adapter's branches. (What a canvas drafts is judged by the same network in the same context, so other text behind
the gap would change what is written, and not how often it is drafted right.)
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from statistics import mean
from typing import Any, NamedTuple, Protocol, cast

from editdiff.engines.base import EXACT, TYPICAL, Draft, Engine, FillOptions, FillTask, Sketch
from editdiff.engines.recall import WithLookup
from editdiff.engines.twin.engine import TwinEngine
from editdiff.engines.twin.writing import Tokens
from editdiff.errors import UsageError
from editdiff.evaluation.benchmarks.drafters_gaps import Kind, Place, kinds
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.metrics import exact, paired_difference
from editdiff.evaluation.core.rows import Figure, Number, Row, RowReport
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.table import Share
from editdiff.evaluation.data.folder_files import LARGEST, by_language
from editdiff.evaluation.speed.timing import Ratio
from editdiff.families.base import FLAT, DraftingDenoiser, StepCosts, costs_of

NAME = "drafters"
FEW = 48
"""Gaps of a kind that are filled in every way; those behind them in the ways that a user can choose."""
COLUMNS = {
    "gaps": "gaps",
    "forwards": "forwards, mean",
    "tokens": "tokens a forward",
    "time": "time / lookup's, all [95 %]",
    "forwards_ratio": "forwards / lookup's [95 %]",
    "same": "the network's own text % [95 %]",
    "exact": "exact % [95 %]",
    "by_text": "tokens looked up %",
    "by_canvas": "tokens of the canvas %",
    "refused": "taken back, of those drafted %",
}


class Way(NamedTuple):
    """How tokens are drafted and taken."""

    name: str
    guesses: bool
    canvas: bool
    accept: str = EXACT
    shut: bool = False
    """Whether the adapter's branches are left out."""
    costs: StepCosts | None = None
    """What forwards are said to cost; None for what they do."""

    @property
    def many(self) -> bool:
        """Whether all gaps are filled in this way."""
        return not self.shut and self.costs is None and (self.guesses or not self.canvas)


ALONE, LOOKUP, CANVAS, BOTH = (
    "a token at a time", "lookup", "canvas", "lookup and canvas",
)  # fmt: skip
WAYS = (
    Way(ALONE, False, False),
    Way(LOOKUP, True, False),
    Way(CANVAS, False, True),
    Way(BOTH, True, True),
    Way(f"{BOTH}, typical", True, True, TYPICAL),
    Way(f"{LOOKUP}, typical", True, False, TYPICAL),
    Way(f"{CANVAS} without its adapter", False, True, shut=True),
    Way(f"{LOOKUP}, rows cost nothing", True, False, costs=FLAT),
    Way(f"{CANVAS}, rows cost nothing", False, True, costs=FLAT),
    Way(f"{BOTH}, rows cost nothing", True, True, costs=FLAT),
)


class Drafter(DraftingDenoiser, Protocol):
    """A network whose canvas may be shut, and whose costs may be told."""

    canvas: Any
    costs: StepCosts


@dataclass(frozen=True)
class Trial:
    """One fill."""

    texts: tuple[str, ...] | None
    """The best draft; None where there is none."""
    seconds: float
    """Wall time, the context read beforehand."""
    forwards: int
    tokens: Tokens


def evaluate(engine: Engine, request: Request, progress: Progress) -> RowReport:
    """Draw `request.limit` gaps of each kind in the folder `request.data`, and fill them in every way.

    Raises:
        UsageError: when the model has no canvas at hand.
        InputError: when there is no such folder, or nothing in it that can be hidden.
    """
    twin = drafting(engine)
    return report(twin, kinds(by_language(request.data, LARGEST), request), request, progress)


def report(
    engine: TwinEngine,
    drawn: Sequence[Kind],
    request: Request,
    progress: Progress = lambda name, done, total: None,
    ways: Sequence[Way] = WAYS,
) -> RowReport:
    """Fill the gaps of all kinds, the first of each in every way."""
    made: dict[str, list[Tried]] = {kind.name: [] for kind in drawn}
    total, done = sum(len(kind.places) for kind in drawn), 0
    for kind in drawn:
        attempt(engine, kind.places[0].task, kind.options, ways[0])  # whatever is slower first
        for number, place in enumerate(kind.places):
            list(engine.fill(place.task, kind.options))  # reads the context
            asked = [way for way in ways if way.many or number < FEW]
            first = number % len(asked)
            made[kind.name].append(
                {
                    way.name: attempt(engine, place.task, kind.options, way)
                    for way in (*asked[first:], *asked[:first])
                }
            )
            done += 1
            progress(engine.name, done, total)
    rows = [
        _row(f"{kind.name}: {way.name}", kind, made[kind.name], way)
        for kind in drawn
        for way in ways
    ]
    settings = {
        "limit": request.limit,
        "seed": request.seed,
        "options": {kind.name: asdict(kind.options) for kind in drawn},
        "costs": asdict(costs_of(engine.denoiser)),
    }
    places = [place for kind in drawn for place in kind.places]
    languages, packages = {p.language for p in places}, {p.package for p in places}
    title = (
        f"{NAME}: {total} gaps of {len(languages)} languages in {len(packages)} packages, each filled in "
        f"up to {len(ways)} ways"
    )
    items = [_item(kind, place) for kind in drawn for place in kind.places]
    return RowReport(NAME, title, settings, COLUMNS, rows, _notes(drawn, made, ways), items)


Tried = Mapping[str, Trial]
"""What came of one gap, by the names of ways."""


def attempt(engine: TwinEngine, task: FillTask, options: FillOptions, way: Way) -> Trial:
    """Fill a gap in one way."""
    with _set_to(engine, way):
        before = replace(engine.tokens)
        started = time.perf_counter()
        updates = list(engine.fill(task, replace(options, accept=way.accept)))
        seconds = time.perf_counter() - started
    steps = [update.step for update in updates if isinstance(update, Sketch)]
    texts = next((update.texts for update in updates if isinstance(update, Draft)), None)
    return Trial(texts, seconds, max(steps, default=0), engine.tokens.since(before))


@contextmanager
def _set_to(engine: TwinEngine, way: Way) -> Iterator[None]:
    """Let an engine draft in one way."""
    network = cast(Drafter, engine.denoiser)
    kept = engine.guesses, engine.canvas, network.canvas, network.costs
    engine.guesses, engine.canvas = way.guesses, way.canvas
    network.costs = way.costs or network.costs
    if way.shut:
        network.canvas = replace(network.canvas, shut=True)
    try:
        yield
    finally:
        engine.guesses, engine.canvas, network.canvas, network.costs = kept


def drafting(engine: Engine) -> TwinEngine:
    """The engine whose canvas drafts, without what is looked up beside it.

    Raises:
        UsageError: when there is none.
    """
    inner = engine.inner if isinstance(engine, WithLookup) else engine
    drafts = isinstance(inner, TwinEngine) and isinstance(inner.denoiser, DraftingDenoiser)
    if not drafts or not cast(Drafter, cast(TwinEngine, inner).denoiser).canvas_places:
        raise UsageError(
            f"{engine.name} has no canvas at hand that drafts tokens ahead",
            "name a model that has one, and load it: --model coder --drafter canvas",
        )
    return cast(TwinEngine, inner)


def _row(name: str, kind: Kind, made: Sequence[Tried], way: Way) -> Row:
    """Figures of one way, over the gaps that were filled in it."""
    pairs = [
        (place, tried) for place, tried in zip(kind.places, made, strict=True) if way.name in tried
    ]
    trials, alone, beside = (
        [tried[each] for _, tried in pairs] for each in (way.name, ALONE, LOOKUP)
    )
    taken = sum(trial.tokens.taken for trial in trials)
    right = sum(trial.tokens.right for trial in trials)
    by_canvas = sum(trial.tokens.by_canvas for trial in trials)
    refused = sum(trial.tokens.refused for trial in trials)
    figures: dict[str, Figure] = {
        "gaps": Number(len(trials)),
        "forwards": Number(mean(trial.forwards for trial in trials)),
        "tokens": Number(taken / max(1, sum(trial.forwards for trial in trials))),
        "forwards_ratio": Ratio.of_sums(
            [float(trial.forwards) for trial in trials], [float(trial.forwards) for trial in beside]
        ),
        "same": Share.of([a.texts == b.texts for a, b in zip(trials, alone, strict=True)]),
        "exact": Share.of([_exact(tried[way.name], place) for place, tried in pairs]),
        "by_text": Number(100 * (right - by_canvas) / max(1, taken)),
        "by_canvas": Number(100 * by_canvas / max(1, taken)),
        "refused": Number(100 * refused / max(1, right + refused)),
    }
    if way.costs is None:
        figures["time"] = Ratio.of_sums([t.seconds for t in trials], [t.seconds for t in beside])
    return Row(name, figures, [asdict(trial) for trial in trials], floor=way.shut)


def _exact(trial: Trial, place: Place) -> bool:
    return trial.texts is not None and all(map(exact, trial.texts, place.truths))


def _item(kind: Kind, place: Place) -> dict[str, Any]:
    return {
        "kind": kind.name,
        "package": place.package,
        "path": place.path,
        "offsets": [gap.start for gap in place.task.gaps],
        "language": place.language,
        "truths": place.truths,
    }


def _notes(
    drawn: Sequence[Kind], made: Mapping[str, Sequence[Tried]], ways: Sequence[Way]
) -> list[str]:
    notes = [
        "time: of writing alone, the context read beforehand, by turns; intervals by the bootstrap over gaps. "
        "Where rows cost nothing, as on a GPU that waits for its memory, forwards are what counts.",
        "the network's own text: that of a token at a time; it parts where typical tokens are taken.",
        "tokens: those that an ending cuts off among them; looked up and of the canvas: what saved a forward.",
    ]
    pairs = [
        (place, tried)
        for kind in drawn
        for place, tried in zip(kind.places, made[kind.name], strict=True)
    ]
    for way in ways:
        of_way = [(place, tried) for place, tried in pairs if way.name in tried]
        if way.name != ALONE and way.many:
            middle, low, high = (
                100 * x
                for x in paired_difference(
                    [_exact(tried[way.name], place) for place, tried in of_way],
                    [_exact(tried[ALONE], place) for place, tried in of_way],
                )
            )
            notes.append(
                f"exact, {way.name} less {ALONE}: {middle:+.1f} points [{low:+.1f}, {high:+.1f}]."
            )
    return notes
