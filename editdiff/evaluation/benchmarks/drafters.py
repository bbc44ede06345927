"""The benchmark `drafters`: whether a canvas earns its place beside what is looked up, and what typical tokens do.

Protocol: gaps of four kinds in the files of a folder, evenly over its languages and packages, each filled greedily
by turns in every way, by the same engine with the same weights. The context is read beforehand, so the time is that
of the writing alone. A way that takes exact tokens writes the text that the network writes a token at a time, near
ties apart, which are counted. What a GPU would gain is reckoned, not measured: with costs of forwards that do not
depend on their rows the same ways draft more, and their forwards are counted.

Controls that must not gain: the network a token at a time, lookup as the only drafter, and a canvas without the
adapter's branches. (What a canvas drafts is judged by the same network in the same context, so other text behind
the gap would change what is written, and not how often it is drafted right.)
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from statistics import mean
from typing import Any, NamedTuple, Protocol, cast

from editdiff.edits.infill import fill_task
from editdiff.engines.base import EXACT, TYPICAL, Draft, Engine, FillOptions, FillTask, Sketch
from editdiff.engines.recall import WithLookup
from editdiff.engines.twin.engine import TwinEngine
from editdiff.engines.twin.writing import Tokens
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.benchmarks.infill_lines import of_file
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.gaps import spread
from editdiff.evaluation.core.metrics import exact, paired_difference
from editdiff.evaluation.core.rows import Figure, Number, Row, RowReport
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.table import Share
from editdiff.evaluation.data.folder_files import LARGEST, FolderFile, by_language, in_turn
from editdiff.evaluation.speed.timing import Ratio
from editdiff.families.base import FLAT, DraftingDenoiser, StepCosts, costs_of
from editdiff.text.document import Document
from editdiff.text.span import Span

NAME = "drafters"
SEVERAL = 3
"""Lines of the longest gaps."""
APART = 12
"""Most lines between the two gaps of a pair."""
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
_WORD = re.compile(r"\w+|[^\w\s]")


class Place(NamedTuple):
    """One gap, or two that are filled together."""

    package: str
    path: str
    language: str
    task: FillTask
    truths: tuple[str, ...]
    """What stood there."""


class Kind(NamedTuple):
    """Gaps that are alike, and how they are filled."""

    name: str
    places: Sequence[Place]
    options: FillOptions


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


def kinds(files: Mapping[str, Sequence[FolderFile]], request: Request) -> list[Kind]:
    """At most `request.limit` gaps of each kind.

    Raises:
        InputError: when there are none of a kind.
    """
    each = -(-request.limit // len(files))
    greedy = replace(request.options, drafts=1, temperature=0.0)

    def draw(name: str, hide: Hide, options: FillOptions, lines: int = 1) -> Kind:
        drawn = [
            partial(_drawn, files, each, request.seed, language, lines, hide)()
            for language in files
        ]
        found = in_turn(drawn, request.limit)
        if not found:
            raise InputError(
                f"--data: {request.data} holds no line to be filled",
                "name a folder with more packages",
            )
        return Kind(name, found, options)

    one = replace(greedy, lines=1)
    return [
        draw("inside of a line", _inside, one),
        draw("a line", _whole, one),
        draw(f"{SEVERAL} lines", _whole, greedy, SEVERAL),
        draw("two lines together", _pair, one),
    ]


class Hidden(NamedTuple):
    """Spans of a text that are hidden."""

    text: str
    spans: tuple[Span, ...]


Hide = Callable[[str, Span, random.Random], Hidden | None]
"""A text, a line or some of it, and what draws -> what is hidden; None where nothing fits."""


def _whole(text: str, span: Span, rng: random.Random) -> Hidden | None:
    return Hidden(text, (span,))


def _inside(text: str, span: Span, rng: random.Random) -> Hidden | None:
    """Some words inside of a line, with something on both sides of them."""
    words = [Span(*m.span()).shift(span.start) for m in _WORD.finditer(span.slice(text))]
    if len(words) < 4:
        return None
    first = rng.randrange(1, len(words) - 2)
    last = rng.randrange(first, min(len(words) - 1, first + 6))
    return Hidden(text, (Span(words[first].start, words[last].end),))


def _pair(text: str, span: Span, rng: random.Random) -> Hidden | None:
    """A line, and another one shortly behind it."""
    behind = [
        Span(m.start() + len(m[0]) - len(m[0].lstrip()), m.end())
        for m in re.finditer(r"[^\n]*\w[^\n]*", text[span.end :])
    ]
    near = [line.shift(span.end) for line in behind[1 : 1 + APART] if line.length > 3]
    return Hidden(text, (span, rng.choice(near))) if near else None


def _drawn(
    files: Mapping[str, Sequence[FolderFile]],
    limit: int,
    seed: int,
    language: str,
    lines: int,
    hide: Hide,
) -> Iterator[Place]:
    """Gaps of one language."""
    of_language = partial(of_file, language=language, count=lines)
    for line in spread(files[language], limit, seed, of_language):
        text, span, _ = line.hidden.ending
        rng = random.Random(f"{seed} {line.path} {span.start}")
        hidden = hide(text, span, rng)
        if hidden is None:
            continue
        truths = tuple(each.slice(text) for each in hidden.spans)
        kept, gaps, end = "", list[Span](), 0
        for each in hidden.spans:
            kept += text[end : each.start]
            gaps.append(Span(len(kept), len(kept)))
            end = each.end
        document = Document(line.path, kept + text[end:], language=line.language)
        task = fill_task(document, gaps)
        yield Place(line.hidden.package, line.path, language, task, truths)


def report(
    engine: TwinEngine,
    drawn: Sequence[Kind],
    request: Request,
    progress: Progress = lambda name, done, total: None,
    ways: Sequence[Way] = WAYS,
) -> RowReport:
    """Fill all gaps of all kinds in every way."""
    made: dict[str, list[list[Trial]]] = {kind.name: [] for kind in drawn}
    total, done = sum(len(kind.places) for kind in drawn), 0
    for kind in drawn:
        attempt(engine, kind.places[0].task, kind.options, ways[0])  # whatever is slower first
        for number, place in enumerate(kind.places):
            list(engine.fill(place.task, kind.options))  # reads the context
            turned = [*ways[number % len(ways) :], *ways[: number % len(ways)]]
            tried = {way.name: attempt(engine, place.task, kind.options, way) for way in turned}
            made[kind.name].append([tried[way.name] for way in ways])
            done += 1
            progress(engine.name, done, total)
    rows = []
    for kind in drawn:
        rows += [
            _row(f"{kind.name}: {way.name}", kind, made[kind.name], number, ways)
            for number, way in enumerate(ways)
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
        f"{len(ways)} ways"
    )
    items = [_item(kind, place) for kind in drawn for place in kind.places]
    return RowReport(NAME, title, settings, COLUMNS, rows, _notes(drawn, made, ways), items)


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


def _row(
    name: str, kind: Kind, made: Sequence[Sequence[Trial]], number: int, ways: Sequence[Way]
) -> Row:
    """Figures of one way."""
    names = [way.name for way in ways]
    trials = [tried[number] for tried in made]
    alone = [tried[names.index(ALONE)] for tried in made]
    beside = [tried[names.index(LOOKUP)] for tried in made]
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
        "exact": Share.of([_exact(t, p) for t, p in zip(trials, kind.places, strict=True)]),
        "by_text": Number(100 * (right - by_canvas) / max(1, taken)),
        "by_canvas": Number(100 * by_canvas / max(1, taken)),
        "refused": Number(100 * refused / max(1, right + refused)),
    }
    if ways[number].costs is None:
        figures["time"] = Ratio.of_sums([t.seconds for t in trials], [t.seconds for t in beside])
    return Row(name, figures, [asdict(trial) for trial in trials], floor=ways[number].shut)


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
    drawn: Sequence[Kind], made: Mapping[str, Sequence[Sequence[Trial]]], ways: Sequence[Way]
) -> list[str]:
    names = [way.name for way in ways]
    notes = [
        "time: of writing alone, the context read beforehand, by turns; intervals by the bootstrap over gaps. "
        "Where rows cost nothing, as on a GPU that waits for its memory, forwards are what counts.",
        "the network's own text: that of a token at a time; it parts at near ties, which rounding decides, and "
        "where typical tokens are taken.",
        "tokens: those that an ending cuts off among them; looked up and of the canvas: what saved a forward.",
    ]
    places = [place for kind in drawn for place in kind.places]
    tried = [each for kind in drawn for each in made[kind.name]]
    for way in ways:
        if way.accept == TYPICAL:
            number, own = names.index(way.name), names.index(ALONE)
            pairs = list(zip(tried, places, strict=True))
            middle, low, high = (
                100 * x
                for x in paired_difference(
                    [_exact(t[number], p) for t, p in pairs], [_exact(t[own], p) for t, p in pairs]
                )
            )
            notes.append(
                f"exact, {way.name} less {ALONE}: {middle:+.1f} points [{low:+.1f}, {high:+.1f}]."
            )
    return notes
