"""Canvas mode against the autoregressive twin, at equal quality.

Both get the same contexts, stop at `<end>` and have the same limit of tokens; both write one greedy draft.
On some gaps the setting of the canvas mode is chosen: the fastest whose exact match is at least that of the
twin less `MARGIN`. On others exact match and time are compared, gap by gap. Where no
setting is as good, no speed is claimed.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from editdiff.engines.base import Draft, Engine, FillOptions, Sketch
from editdiff.errors import InputError
from editdiff.evaluation.core.gaps import Gap, Source, code_lines, draw, spread
from editdiff.evaluation.core.metrics import exact, paired_difference
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.speed.timing import Row
from editdiff.text.lines import LineTable
from editdiff.text.names import line_content
from editdiff.text.shown import unix
from editdiff.text.span import Span

MARGIN = 0.01
"""Share of exact matches by which a setting may stay behind the twin."""
MEANINGLESS = 0.02
"""Below this share of exact matches of both, equal quality says nothing."""
THRESHOLDS = (0.3, 0.5, 0.7, 0.9)
"""Thresholds of commitment that are tried."""
TIMED = 200
"""Compared gaps whose fills are timed; quality is compared on all."""
MOST_DEVELOPMENT = 500
"""Most gaps on which the setting is chosen."""
NO_POINT = "no equal-quality point"

Count = Callable[[str], int]
"""Tokens of a text."""


@dataclass(frozen=True)
class Kind:
    """One kind of gap, and what may be set for it."""

    name: str
    canvases: tuple[int, ...]
    max_tokens: int
    """Limit of both modes."""
    tokens: tuple[int, int] | None = None
    """Fewest and most tokens of a gap of several lines; None for single lines."""

    def draw(self, files: Iterable[Source], limit: int, seed: int, count: Count) -> list[Gap]:
        """Draw gaps of this kind, spread over packages and files."""
        if self.tokens is None:
            return draw(files, limit, seed)
        low, high = self.tokens

        def of_file(file: Source, rng: random.Random) -> Iterator[Gap]:
            return several_lines(file, rng, count, low, high)

        return spread(files, limit, seed, of_file)

    @property
    def settings(self) -> list[FillOptions]:
        """Settings of the canvas mode that are tried."""
        greedy = FillOptions(drafts=1, temperature=0.0, max_tokens=self.max_tokens, lookup=0)
        return [
            replace(greedy, canvas=canvas, threshold=threshold)
            for canvas in self.canvases
            for threshold in THRESHOLDS
        ]


KINDS = (
    Kind("single lines", (16, 32), 64),
    Kind("gaps of 24-63 tokens", (32, 64), 128, (24, 63)),
)


def split(gaps: Sequence[Gap], items: int) -> tuple[Sequence[Gap], Sequence[Gap]]:
    """Gaps that choose the setting, and at most `items` others to compare on; half each where there are few.

    Raises:
        InputError: when there are not two gaps.
    """
    if len(gaps) < 2:
        raise InputError(
            "the held-out packages have too few gaps to compare two modes on",
            "hold out more packages in the manifest, or leave the comparison out: --quality-items 0",
        )
    n = min(len(gaps) // 2, items, MOST_DEVELOPMENT)
    return gaps[:n], gaps[n : n + items]


def several_lines(
    file: Source, rng: random.Random, count: Count, low: int, high: int
) -> Iterator[Gap]:
    """Gaps of a file of `low` to `high` tokens: from behind a line's indentation to the end of a later line."""
    text = unix(file.text)  # as the model is shown every document
    table, lines = LineTable(text), sorted(code_lines(text))
    for line in rng.sample(lines, len(lines)):
        start = line_content(text, table, line).start
        for last in range(line + 1, len(table)):
            span = Span(start, table.content(last).end)
            tokens = count(span.slice(text))
            if low <= tokens <= high and last in lines:
                yield Gap(file.package, file.path, text, span, line + 1)
                break
            if tokens > high:
                break


@dataclass(frozen=True)
class Trial:
    """One fill of one gap."""

    text: str
    exact: bool
    tokens: int
    """Tokens of the draft as they were written, and its `<end>`; no padding."""
    nfe: int
    seconds: float
    """Wall time of the whole fill."""
    seconds_to_text: float
    """Wall time until the last token stood: without what ranks drafts."""


def attempt(engine: Engine, gap: Gap, options: FillOptions) -> Trial:
    """Fill one gap."""
    draft: Draft | None = None
    sketch = Sketch(0, ())
    started = stood = time.perf_counter()
    for update in engine.fill(gap.task, options):
        if isinstance(update, Sketch):
            stood, sketch = time.perf_counter(), update
        elif draft is None:
            draft = update
    seconds = time.perf_counter() - started
    text = draft.texts[0] if draft else ""
    hit = draft is not None and exact(text, gap.truth)
    return Trial(text, hit, len(sketch.places) + 1, sketch.step, seconds, stood - started)


@dataclass(frozen=True)
class Tried:
    """One setting, or the twin, on the gaps that choose."""

    options: FillOptions
    trials: Sequence[Trial]

    @property
    def hits(self) -> int:
        """Exact matches."""
        return sum(trial.exact for trial in self.trials)

    @property
    def pace(self) -> float:
        """Seconds a token, over all gaps."""
        return sum(t.seconds for t in self.trials) / sum(t.tokens for t in self.trials)


@dataclass(frozen=True)
class Compared:
    """One gap, in both modes."""

    gap: Gap
    canvas: Trial
    twin: Trial
    canvas_cold: Trial | None = None
    """Canvas mode with nothing encoded beforehand, for the gaps that were timed."""
    twin_cold: Trial | None = None
    """Left to right with nothing encoded beforehand, for the gaps that were timed."""


@dataclass(frozen=True)
class EqualQuality:
    """The comparison on one kind of gap."""

    kind: Kind
    tried: Sequence[Tried]
    twin: Tried
    chosen: Tried | None
    compared: Sequence[Compared]
    """Empty without a setting."""


def compare(
    kind: Kind,
    engine: Engine,
    twin: Engine,
    development: Sequence[Gap],
    gaps: Sequence[Gap],
    progress: Progress = lambda name, done, total: None,
) -> EqualQuality:
    """Choose the setting on `development`, compare on other `gaps`; neither may be empty."""
    tried, reference = _develop(kind, engine, twin, development, progress)
    chosen = choose(tried, reference)
    compared: list[Compared] = []
    if chosen is None:
        return EqualQuality(kind, tried, reference, None, compared)
    modes = {"canvas": (engine, chosen.options), "twin": (twin, reference.options)}
    for i, gap in enumerate(gaps):
        compared.append(_both(gap, modes, turned=i % 2 == 1, timed=i < TIMED))
        progress(f"{kind.name}: comparison", i + 1, len(gaps))
    return EqualQuality(kind, tried, reference, chosen, compared)


def choose(tried: Sequence[Tried], twin: Tried) -> Tried | None:
    """Return the fastest setting that is as exact as the twin less MARGIN; None if none is."""
    wanted = twin.hits - MARGIN * len(twin.trials) - 1e-9
    good = [setting for setting in tried if setting.hits >= wanted]
    return min(good, key=lambda setting: setting.pace, default=None)


def _develop(
    kind: Kind, engine: Engine, twin: Engine, gaps: Sequence[Gap], progress: Progress
) -> tuple[list[Tried], Tried]:
    """Fill every gap in every setting by turns, its context encoded beforehand."""
    settings = kind.settings
    trials: list[list[Trial]] = [[] for _ in settings]
    of_twin: list[Trial] = []
    for i, gap in enumerate(gaps):
        for mode in (engine, twin):
            next(iter(mode.fill(gap.task, settings[0])), None)  # encodes the context
        for options, own in zip(settings, trials, strict=True):
            own.append(attempt(engine, gap, options))
        of_twin.append(attempt(twin, gap, settings[0]))
        progress(f"{kind.name}: settings", i + 1, len(gaps))
    tried = [Tried(options, own) for options, own in zip(settings, trials, strict=True)]
    return tried, Tried(settings[0], of_twin)


def _both(
    gap: Gap,
    modes: Mapping[str, tuple[Engine, FillOptions]],
    *,
    turned: bool,
    timed: bool,
) -> Compared:
    """Fill a gap in both modes, the other one first when `turned`; if timed, cold and then warm."""
    order = list(modes)[:: -1 if turned else 1]
    first = {name: attempt(modes[name][0], gap, modes[name][1]) for name in order}
    if not timed:
        return Compared(gap, first["canvas"], first["twin"])
    again = {name: attempt(modes[name][0], gap, modes[name][1]) for name in order}
    return Compared(gap, again["canvas"], again["twin"], first["canvas"], first["twin"])


def quality_rows(result: EqualQuality) -> list[Row]:
    """Rows of the table: forwards and tokens of a gap, and how much faster the canvas mode is."""
    name, chosen = result.kind.name, result.chosen
    default = _nearest_default(result.tried)
    rows = _effort_rows(f"{name}, {_setting(default.options)}", default.trials)
    if chosen is None:
        best = max(setting.hits for setting in result.tried)
        total = len(result.twin.trials)
        detail = f"{NO_POINT}: {best} of {total} exact at best, the twin {result.twin.hits}"
        return [*rows, Row(f"{name}: AR / canvas, time a token", (), detail=detail)]
    timed = [c for c in result.compared if c.canvas_cold and c.twin_cold]
    rows += _effort_rows(f"{name}, {_setting(chosen.options)} (chosen)", [c.canvas for c in timed])
    return [
        *rows,
        _speed(f"{name}: AR / canvas, time a token, warm", [(c.twin, c.canvas) for c in timed]),
        _speed(
            f"{name}: the same without ranking",
            [(_to_text(c.twin), _to_text(c.canvas)) for c in timed],
        ),
        _speed(
            f"{name}: AR / canvas, time a token, cold",
            [(c.twin_cold, c.canvas_cold) for c in timed if c.twin_cold and c.canvas_cold],
        ),
    ]


def quality_notes(result: EqualQuality) -> list[str]:
    """What has to be known about the rows, exact match of both first."""
    name, chosen, n = result.kind.name, result.chosen, len(result.compared)
    if chosen is None:
        return [f"{name}: {NO_POINT} among {len(result.tried)} settings; no speed is claimed."]
    ours = sum(c.canvas.exact for c in result.compared)
    theirs = sum(c.twin.exact for c in result.compared)
    middle, low, high = (100 * x for x in _difference(result))
    notes = [
        f"{name}: {_setting(chosen.options)} was the fastest of {len(result.tried)} settings on "
        f"{len(chosen.trials)} gaps ({chosen.hits} exact, the twin {result.twin.hits}); on {n} others "
        f"{ours} against {theirs} exact, {middle:+.1f} points [{low:+.1f}, {high:+.1f}] (paired)."
    ]
    if max(ours, theirs) < MEANINGLESS * n:
        notes.append(
            f"{name}: both modes fill fewer than {100 * MEANINGLESS:g} % of the gaps exactly, so equal exact "
            "match means nothing here: the ratio compares how fast they write wrong text, and claims nothing."
        )
    return notes


def _difference(result: EqualQuality) -> tuple[float, float, float]:
    """Share of exact matches of the canvas mode less the twin's, and its paired interval."""
    ours, theirs = ([getattr(c, m).exact for c in result.compared] for m in ("canvas", "twin"))
    return paired_difference(ours, theirs)


def to_json(result: EqualQuality) -> dict[str, Any]:
    """Return every setting and every gap."""
    return {
        "kind": asdict(result.kind),
        "settings": [_tried_json(setting) for setting in result.tried],
        "twin": _tried_json(result.twin),
        "chosen": asdict(result.chosen.options) if result.chosen else None,
        "difference": _difference(result) if result.compared else None,
        "compared": [
            {
                "package": c.gap.package,
                "path": c.gap.path,
                "line": c.gap.line,
                "truth": c.gap.truth,
                **{n: asdict(t) for n, t in vars(c).items() if isinstance(t, Trial)},
            }
            for c in result.compared
        ],
    }


def _tried_json(tried: Tried) -> dict[str, Any]:
    return {
        "options": asdict(tried.options),
        "exact": tried.hits,
        "gaps": len(tried.trials),
        "seconds_a_token": tried.pace,
    }


def _setting(options: FillOptions) -> str:
    return f"canvas of {options.canvas}, threshold {options.threshold:g}"


def _nearest_default(tried: Sequence[Tried]) -> Tried:
    """The setting that is the default, or differs from it in its canvas alone."""
    usual = FillOptions()
    return min(
        tried,
        key=lambda t: (
            t.options.threshold != usual.threshold,
            abs(t.options.canvas - usual.canvas),
        ),
    )


def _effort_rows(name: str, trials: Sequence[Trial]) -> list[Row]:
    nfe = tuple(float(trial.nfe) for trial in trials)
    pace = tuple(trial.tokens / max(1, trial.nfe) for trial in trials)
    return [
        Row(f"{name}: NFE a gap", nfe, ""),
        Row(f"{name}: real tokens a forward", pace, ""),
    ]


def _to_text(trial: Trial) -> Trial:
    return replace(trial, seconds=trial.seconds_to_text)


def _speed(what: str, pairs: Sequence[tuple[Trial, Trial]]) -> Row:
    """Time a token of the first over that of the second, gap by gap."""
    paces = [tuple(trial.seconds / trial.tokens for trial in pair) for pair in pairs]
    totals = [
        sum(t.seconds for t in side) / sum(t.tokens for t in side)
        for side in zip(*pairs, strict=True)
    ]
    detail = " / ".join(f"{1000 * total:.3g} ms a token" for total in totals)
    if totals:
        detail += f"; all together {totals[0] / totals[1]:.3g}×"
    return Row(what, tuple(twin / canvas for twin, canvas in paces), detail=detail)
