"""The benchmark `guesses`: what it is worth that tokens are guessed ahead from the text at hand.

Protocol: gaps of four kinds in the files of a folder, evenly over its languages and packages, each filled by turns
without guesses and with them, by the same engine. The context is read beforehand, so the time is that of the
writing alone. A draft should be the same either way: batches of different shapes round differently, so that of two
tokens that are as good as equally likely now the one comes, now the other; where two greedy texts part, it is told
how near these two were. The side without guesses is the floor.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from statistics import mean, median
from typing import Any, NamedTuple

import numpy as np

from editdiff.edits.complete import GHOST
from editdiff.edits.infill import fill_task
from editdiff.engines.base import Draft, Engine, FillOptions, FillTask, Sketch
from editdiff.engines.local.engine import context_parts
from editdiff.engines.recall import WithLookup
from editdiff.engines.twin.engine import TwinEngine
from editdiff.engines.twin.stream import spelt_on
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.benchmarks.infill_lines import Line, of_file
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.gaps import spread
from editdiff.evaluation.core.rows import Figure, Number, Row, RowReport
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.table import Share
from editdiff.evaluation.data import keystrokes
from editdiff.evaluation.data.folder_files import LARGEST, FolderFile, by_language, in_turn
from editdiff.evaluation.speed.timing import Ratio
from editdiff.text.document import Document
from editdiff.text.span import Span

NAME = "guesses"
NEAR = 0.02
"""Nats between two tokens of which now the one comes, now the other, that are hardly any."""
SEVERAL = 3
"""Lines of the longest gaps."""
COLUMNS = {
    "gaps": "gaps",
    "forwards_without": "forwards without, mean",
    "forwards_with": "with",
    "time": "time with / without, all [95 %]",
    "time_median": "median of gaps [95 %]",
    "tokens_without": "tokens a forward without",
    "tokens_with": "with",
    "guessed": "guessed, of the tokens %",
    "same": "same text % [95 %]",
    "apart": "nats apart: tokens at which greedy texts part",
    "likelier": "… all texts that part",
}


class Place(NamedTuple):
    """A gap."""

    package: str
    path: str
    language: str
    task: FillTask
    truth: str
    """What stood there."""


class Kind(NamedTuple):
    """Gaps that are alike, and how they are filled."""

    name: str
    places: Sequence[Place]
    options: FillOptions


@dataclass(frozen=True)
class Trial:
    """One fill of a gap."""

    texts: tuple[str, ...]
    """The distinct drafts, best first."""
    seconds: float
    """Wall time, the context read beforehand."""
    forwards: int
    tokens: int
    """Of all drafts, those that were cut off in the end among them."""
    right: int
    """Of these, guessed ones that saved a forward."""

    @property
    def text(self) -> str | None:
        """The best draft; None where there is none."""
        return self.texts[0] if self.texts else None


@dataclass(frozen=True)
class Compared:
    """A gap filled both ways."""

    without: Trial
    guessed: Trial
    apart: float | None = None
    """Nats between the two tokens at which greedy texts part; None of others, and where one goes on as the other
    ends."""
    likelier: float | None = None
    """Nats by which the text with guesses is likelier, both read with what follows; None where they do not part."""

    @property
    def same(self) -> bool:
        """Whether the best draft is the same."""
        return self.without.text == self.guessed.text

    @property
    def ends(self) -> bool:
        """Whether the one text ends where the other goes on."""
        one, other = self.without.text or "", self.guessed.text or ""
        return not self.same and (one.startswith(other) or other.startswith(one))


@dataclass(frozen=True)
class Spread:
    """Some numbers."""

    median: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of at least one value."""
        return cls(median(values), max(values))

    def __str__(self) -> str:
        return f"{self.median:.3f}, {self.most:.3f} at most"

    def to_json(self) -> dict[str, float]:
        """Both."""
        return asdict(self)


def evaluate(engine: Engine, request: Request, progress: Progress) -> RowReport:
    """Draw `request.limit` gaps of each kind in the folder `request.data`, and fill them both ways.

    Raises:
        UsageError: when the model does not guess.
        InputError: when there is no such folder, or nothing in it that can be hidden.
    """
    twin = _guessing(engine)
    drawn = kinds(by_language(request.data, LARGEST), request)
    return report(twin, drawn, request, progress)


def kinds(files: Mapping[str, Sequence[FolderFile]], request: Request) -> list[Kind]:
    """At most `request.limit` gaps of each kind; the same lines are filled with one draft and with several.

    Raises:
        InputError: when there are none of a kind.
    """
    seed, options = request.seed, request.options
    greedy = replace(options, drafts=1, temperature=0.0)

    def draw(of_language: Callable[[str], Iterator[Place]]) -> list[Place]:
        found = in_turn([of_language(language) for language in files], request.limit)
        if not found:
            raise InputError(
                f"--data: {request.data} holds no line to be filled",
                "name a folder with more packages",
            )
        return found

    each = -(-request.limit // len(files))
    cursors = draw(lambda name: _cursors(files[name], each, seed, name))
    lines, several = (
        draw(partial(_lines, files, each, seed, count=count)) for count in (1, SEVERAL)
    )
    return [
        Kind("rest of a line, as ghost text", cursors, replace(GHOST, seed=seed)),
        Kind("a line, greedy", lines, greedy),
        Kind(f"a line, {options.drafts} drafts", lines, options),
        Kind(f"{SEVERAL} lines, greedy", several, greedy),
    ]


def report(
    engine: TwinEngine,
    drawn: Sequence[Kind],
    request: Request,
    progress: Progress = lambda name, done, total: None,
) -> RowReport:
    """Fill all gaps of all kinds both ways."""
    for kind in drawn:  # whatever is slower the first time
        compare(engine, kind.places[0].task, kind.options)
    made: dict[str, list[Compared]] = {kind.name: [] for kind in drawn}
    total = sum(len(kind.places) for kind in drawn)
    for done, (kind, place) in enumerate(_by_turns(drawn), 1):
        turned = len(made[kind.name]) % 2 == 1
        made[kind.name].append(compare(engine, place.task, kind.options, turned=turned))
        progress(engine.name, done, total)
    every = [each for kind in drawn for each in made[kind.name]]
    rows = [_row(engine.name, every, told=True)]
    rows += [_row(f"{engine.name}, {name}", some) for name, some in made.items()]
    settings = {
        "limit": request.limit,
        "seed": request.seed,
        "options": {kind.name: asdict(kind.options) for kind in drawn},
    }
    places = [place for kind in drawn for place in kind.places]
    languages = len({place.language for place in places})
    packages = len({place.package for place in places})
    title = (
        f"{NAME}: {total} gaps of {languages} languages in {packages} packages, each filled without guesses and "
        "with them"
    )
    items = [_item(kind, place) for kind in drawn for place in kind.places]
    return RowReport(NAME, title, settings, COLUMNS, rows, _notes(every), items)


def compare(
    engine: TwinEngine, task: FillTask, options: FillOptions, *, turned: bool = False
) -> Compared:
    """Fill a gap without guesses and with them, the other way round when `turned`."""
    guesses = engine.guesses
    try:
        next(iter(engine.fill(task, options)), None)  # reads the context
        told = {
            guess: attempt(engine, task, options, guess=guess)
            for guess in ((True, False) if turned else (False, True))
        }
    finally:
        engine.guesses = guesses
    both = Compared(told[False], told[True])
    if both.same or both.without.text is None or both.guessed.text is None:
        return both
    texts = both.without.text, both.guessed.text
    old, new = engine.score_with(task, [(text,) for text in texts], options)
    both = replace(both, likelier=new - old)
    if both.ends or options.drafts > 1:
        return both
    return replace(both, apart=parting(engine, task, options, texts))


def attempt(engine: TwinEngine, task: FillTask, options: FillOptions, *, guess: bool) -> Trial:
    """Fill a gap, with guesses or without."""
    engine.guesses, before = guess, replace(engine.tokens)
    started = time.perf_counter()
    updates = list(engine.fill(task, options))
    seconds = time.perf_counter() - started
    steps = [update.step for update in updates if isinstance(update, Sketch)]
    return Trial(
        tuple(update.texts[0] for update in updates if isinstance(update, Draft)),
        seconds,
        steps[-1],
        engine.tokens.taken - before.taken,
        engine.tokens.right - before.right,
    )


def parting(
    engine: TwinEngine, task: FillTask, options: FillOptions, texts: Sequence[str]
) -> float | None:
    """Nats between the two tokens at which two texts part, each spelt in one piece with what follows the gap.

    None where the spellings do not part.
    """
    denoiser = engine.denoiser
    parts = context_parts(task, task.text, task.gaps, engine.traits)
    prompt = denoiser.prompt.encode(parts, min(engine.traits.context, options.context))
    begins, after = prompt.begins.decode(), task.text[task.gaps[-1].end :]
    one, other = (spelt_on(denoiser.tokenizer, begins + text, after) for text in texts)
    pairs = enumerate(zip(one, other, strict=False), 1)
    at = next((end for end, (a, b) in pairs if a != b), None)
    if at is None:
        return None
    rows = np.array([[prompt.heads[0], *ids[:at]] for ids in (one, other)])
    told = denoiser.score(denoiser.encode(prompt), rows)[:, -1]
    return float(abs(told[0] - told[1]))


def _guessing(engine: Engine) -> TwinEngine:
    """The engine that guesses, without what is looked up beside it."""
    inner = engine.inner if isinstance(engine, WithLookup) else engine
    if not isinstance(inner, TwinEngine):
        raise UsageError(
            f"{engine.name} guesses no tokens ahead: it does not write from left to right alone",
            "name a model that does: --model coder",
        )
    return inner


def _cursors(files: Sequence[FolderFile], limit: int, seed: int, language: str) -> Iterator[Place]:
    """The rest of the line at cursors."""
    for cursor in keystrokes.draw(files, limit, seed, language):
        task = fill_task(cursor.document, [Span(cursor.offset, cursor.offset)])
        yield Place(cursor.package, cursor.path, language, task, cursor.truth)


def _lines(
    files: Mapping[str, Sequence[FolderFile]], limit: int, seed: int, language: str, count: int
) -> Iterator[Place]:
    """Whole lines, `count` together."""
    for line in spread(
        files[language], limit, seed, partial(of_file, language=language, count=count)
    ):
        yield _hidden(line)


def _hidden(line: Line) -> Place:
    """What stands on lines taken out."""
    text, span, _ = line.hidden.ending
    document = Document(line.path, text[: span.start] + text[span.end :], language=line.language)
    task = fill_task(document, [Span(span.start, span.start)])
    return Place(line.hidden.package, line.path, line.language, task, line.hidden.truth)


def _by_turns(drawn: Sequence[Kind]) -> Iterable[tuple[Kind, Place]]:
    """One gap of each kind after the other, as long as it has some."""
    for number in range(max(len(kind.places) for kind in drawn)):
        for kind in drawn:
            if number < len(kind.places):
                yield kind, kind.places[number]


def _row(name: str, compared: Sequence[Compared], told: bool = False) -> Row:
    """Figures of some gaps; with every one of them where it is `told`."""
    without, guessed = [c.without for c in compared], [c.guessed for c in compared]
    seconds = [t.seconds for t in guessed], [t.seconds for t in without]
    figures: dict[str, Figure] = {
        "gaps": Number(len(compared)),
        "time": Ratio.of_sums(*seconds),
        "time_median": Ratio.of_pairs(*seconds),
        "same": Share.of([c.same for c in compared]),
    }
    for key, trials in (("without", without), ("with", guessed)):
        forwards = [t.forwards for t in trials]
        figures[f"forwards_{key}"] = Number(mean(forwards))
        figures[f"tokens_{key}"] = Number(sum(t.tokens for t in trials) / sum(forwards))
    if tokens := sum(t.tokens for t in guessed):
        figures["guessed"] = Number(100 * sum(t.right for t in guessed) / tokens)
    for key in ("apart", "likelier"):
        if values := [abs(nats) for c in compared if (nats := getattr(c, key)) is not None]:
            figures[key] = Spread.of(values)
    return Row(name, figures, [asdict(c) for c in compared] if told else ())


def _item(kind: Kind, place: Place) -> dict[str, Any]:
    return {
        "kind": kind.name,
        "package": place.package,
        "path": place.path,
        "offset": place.task.gaps[0].start,
        "language": place.language,
        "truth": place.truth,
    }


def _notes(compared: Sequence[Compared]) -> list[str]:
    parted = [c for c in compared if not c.same]
    ends = sum(c.ends for c in parted)
    apart = [c.apart for c in parted if c.apart is not None]
    near = sum(nats <= NEAR for nats in apart)
    likelier = sum(c.likelier is not None and c.likelier > 0 for c in parted)
    return [
        "time: of writing alone, the context read beforehand, by turns; intervals by the bootstrap over gaps.",
        "tokens: of all drafts of a gap, those that an ending cuts off among them. guessed: what saved a forward.",
        f"same text: the best draft. {len(parted)} pairs part; the text with guesses is the likelier one of "
        f"{likelier}. In {ends} the one ends where the other goes on; {len(apart)} others are greedy, and {near} "
        f"of these part at two tokens at most {NEAR:g} nats apart. Nats apart: the median, and the most.",
    ]
