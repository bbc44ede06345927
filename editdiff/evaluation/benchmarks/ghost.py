"""The benchmark `ghost`: what is shown while code of held-out packages is typed, and how much of it is right.

Protocol: one suggestion for each cursor, from `edits.complete`, as an editor asks for it; exact when it is the
rest of the line, character for character. A filler is silent below a threshold of its own, chosen on one half of
the files: the least that leaves, at 97.5 % confidence, `AIM` of what is shown exact. The table is of the other
half, and where less than `AIM` is exact there, the threshold is not kept for editors: they stay silent.

With a folder of other people's packages, each in its own sub-folder, this is done in every language that they
hold; a third of the files of a language is what its 3-gram learns from.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from statistics import median
from typing import Any, TypeVar

from editdiff.check.base import Checker
from editdiff.check.registry import keystroke_guards
from editdiff.edits.complete import GHOST, complete
from editdiff.edits.infill import fill_task
from editdiff.edits.proposal import NoEdit
from editdiff.edits.sure import reading
from editdiff.engines.base import (
    Draft,
    Engine,
    FillOptions,
    FillTask,
    LineAssessor,
    Reader,
    Sketch,
    Update,
)
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.floors import ORDER, Lookup, NGram
from editdiff.evaluation.core.gaps import Source
from editdiff.evaluation.core.metrics import quantile, wilson
from editdiff.evaluation.core.rows import Figure, Number, Row, RowReport, Seconds
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.table import Share
from editdiff.evaluation.data.folder_files import LARGEST, by_language
from editdiff.evaluation.data.keystrokes import Cursor, draw, halves
from editdiff.evaluation.data.packages import NGRAM_CHARS, held_out, training_texts
from editdiff.text.span import Span
from editdiff.training.corpus.sources import read_manifest

T = TypeVar("T")

NAME = "ghost"
LANGUAGE = "python"
"""Language of all held-out files of the corpus."""
AIM = 0.6
"""Least share of what is shown that has to be exact."""
Z975 = 1.959963984540054
"""One-sided 97.5 % quantile of the normal distribution: cursors of one file are alike, so less is too little."""
LEAST_SHOWN = 20
"""Fewest suggestions that a threshold is derived from."""
TINY = 1e-300
"""Least probability of a floor's line."""
COLUMNS = {
    "exact": "exact, of what is shown % [95 %]",
    "shown": "shown % [95 %]",
    "characters": "characters shown, median",
    "threshold": "threshold",
    "exact_of_all": "exact, were all shown % [95 %]",
    "seconds": "time, median",
    "seconds_p90": "p90",
    "nfe": "NFE",
}


@dataclass(frozen=True)
class Keystroke:
    """What became of one cursor."""

    text: str
    """What would be shown; empty when nothing is suggested."""
    confidence: float
    """How sure the model is of it, 0 to 1, see `Suggestion`; 0 when nothing is suggested."""
    probability: float
    """Probability by the left-to-right mode alone, to be compared with."""
    exact: bool
    reason: str
    """Why nothing is suggested; empty otherwise."""
    seconds: float
    """Wall time, the context encoded anew and the line checked."""
    nfe: int
    tokens: tuple[float, ...] = ()
    """Probabilities of the line's tokens, see `Suggestion`."""
    read: tuple[float, float] | None = None
    """Log-probabilities of the line and of nothing in its place, the text behind it read with both; None where the
    engine cannot read."""


@dataclass(frozen=True)
class Threshold:
    """From which confidence on a language's suggestions are shown, and what came of it on the other half."""

    threshold: float | None
    """None: at no threshold enough of them are exact on the half that it would be chosen on."""
    exact: Share
    """Exact ones among what is shown."""
    shown: Share
    """Cursors at which something is shown, of all."""

    @classmethod
    def of(cls, threshold: float | None, keystrokes: Sequence[Keystroke]) -> Threshold:
        """Count what a threshold shows."""
        shown = above(threshold, keystrokes)
        return cls(
            threshold, Share.of([k.exact for k in shown]), Share(len(shown), len(keystrokes))
        )

    @property
    def confirmed(self) -> bool:
        """Whether enough of what is shown is exact on the other half as well."""
        return self.exact.total > 0 and self.exact.hits >= AIM * self.exact.total

    def to_json(self) -> dict[str, Any]:
        """What an editor is told: the `threshold`, None unless it was confirmed, and how that was found."""
        return {
            "threshold": self.threshold if self.confirmed else None,
            "tried": self.threshold,
            "exact": self.exact.to_json(),
            "shown": self.shown.to_json(),
        }


@dataclass(frozen=True)
class GhostReport(RowReport):
    """The benchmark, run."""

    thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    """Thresholds that the engine is used with, by language."""
    chosen_on: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """Row -> cursors and outcomes of the half on which its threshold was chosen."""
    curves: Mapping[str, Mapping[str, Sequence[float]]] = field(default_factory=dict)
    """Row -> shares of 1 (`shown`, `exact`) at each threshold, the highest first."""

    def to_json(self) -> dict[str, Any]:
        """The report with all else; the outcomes in its rows are those of the half that is reported."""
        thresholds = {language: t.to_json() for language, t in self.thresholds.items()}
        more = {"chosen_on": dict(self.chosen_on), "curves": dict(self.curves)}
        return {**super().to_json(), "thresholds": thresholds, **more}


def drawn_halves(
    request: Request, draw: Callable[[Sequence[Source], int, int], list[T]], what: str
) -> tuple[list[T], list[T]]:
    """What is drawn from either half of the held-out files, as many of each.

    Raises:
        InputError: when the manifest cannot be used, or a half holds nothing of the kind.
    """
    parts = halves(held_out(request.manifest, request.cache))
    choose, test = (draw(part, request.limit // 2, request.seed) for part in parts)
    if not choose or not test:
        raise InputError(
            f"{request.manifest} holds out no two files with {what}",
            'give packages in it `split = "heldout"`',
        )
    return choose, test


def evaluate(engine: Engine, request: Request, progress: Progress) -> GhostReport:
    """Draw cursors in both halves of the held-out files, ask at each, choose thresholds and report.

    The files are those of the folder `request.data`, where one is named, and then of all languages, each with its
    share of the cursors.

    Raises:
        InputError: when the manifest cannot be used or holds out too little code; when there is no such folder,
            or too little of any language in it.
        UsageError: when the limit has no two cursors for each language.
    """
    if request.data is not None:
        return _of_folder(engine, request, progress)
    choose, test = drawn_halves(request, draw, "lines to be typed")
    texts = training_texts(read_manifest(request.manifest), request.cache)
    floors: list[Engine] = [Lookup()]
    floors += [NGramGhost(NGram(texts))] if texts else []
    return report(engine, floors, choose, test, request, progress)


def _of_folder(engine: Engine, request: Request, progress: Progress) -> GhostReport:
    """Do it in each language of a folder, and put the tables together."""
    files = by_language(request.data, LARGEST)
    if request.limit < 2 * len(files):
        raise UsageError(
            f"{request.limit} cursors are too few for {len(files)} languages: each takes two at least",
            "raise --limit",
        )
    asked, reports = replace(request, limit=request.limit // len(files)), []
    for language, sources in files.items():
        ordered = sorted(sources, key=lambda file: (file.package, file.path))
        learnt, *parts = (ordered[n::3] for n in range(3))
        choose, test = (draw(part, asked.limit // 2, request.seed, language) for part in parts)
        if choose and test:
            floors: list[Engine] = [Lookup(), NGramGhost(NGram(_beginnings(learnt)))]
            reports.append(report(engine, floors, choose, test, asked, progress, language=language))
    if not reports:
        raise InputError(
            f"--data: {request.data} holds too few files of any language",
            "name one with more packages",
        )
    return _together(reports)


def _beginnings(files: Sequence[Source]) -> list[str]:
    """Texts of files, up to NGRAM_CHARS of them."""
    texts, room = list[str](), NGRAM_CHARS
    for file in files:
        if room > 0:
            texts.append(file.text[:room])
            room -= len(texts[-1])
    return texts


def _together(reports: Sequence[GhostReport]) -> GhostReport:
    """One report of all languages; what their notes have in common is said once."""
    notes = dict.fromkeys(note for each in reports for note in each.notes)
    cursors = sum(len(each.items) for each in reports)
    return replace(
        reports[0],
        title=f"{NAME}: {cursors} cursors in {len(reports)} languages, thresholds from as many in other files",
        rows=[row for each in reports for row in each.rows],
        notes=list(notes),
        items=[item for each in reports for item in each.items],
        thresholds={k: v for each in reports for k, v in each.thresholds.items()},
        chosen_on={k: v for each in reports for k, v in each.chosen_on.items()},
        curves={k: v for each in reports for k, v in each.curves.items()},
    )


def report(
    engine: Engine,
    floors: Sequence[Engine],
    choose: Sequence[Cursor],
    test: Sequence[Cursor],
    request: Request,
    progress: Progress = lambda name, done, total: None,
    checkers: Sequence[Checker] | None = None,
    language: str = LANGUAGE,
) -> GhostReport:
    """Ask the engine and the floors at every cursor; thresholds from `choose`, the table of `test`."""
    checkers = keystroke_guards() if checkers is None else checkers
    rows, notes, curves, thresholds, chosen_on = [], _notes(choose, test), {}, {}, {}
    for filler in (engine, *floors):
        keystrokes: list[Keystroke] = []
        of_lines = request.of_lines if filler is engine else None
        for keystroke in ask(filler, [*choose, *test], checkers, request.seed, of_lines):
            keystrokes.append(keystroke)
            progress(filler.name, len(keystrokes), len(choose) + len(test))
        first, second = keystrokes[: len(choose)], keystrokes[len(choose) :]
        known, threshold = (Threshold.of(least(first), part) for part in (first, second))
        row = _row(f"{filler.name}, {language}", threshold, second, floor=filler is not engine)
        rows.append(row)
        rows += _in_prose(row.name, threshold, test, second, floor=filler is not engine)
        curves[row.name] = curve(second)
        notes.append(f"{row.name}: {_chosen(known, threshold)}")
        if filler is engine:
            thresholds[language] = threshold
            pairs = zip(choose, first, strict=True)
            chosen_on[row.name] = [_item(cursor) | asdict(k) for cursor, k in pairs]
    if not any(isinstance(floor, NGramGhost) for floor in floors):
        notes.append("The 3-gram floor is missing: not all training packages are in the cache.")
    settings = {
        "limit": request.limit,
        "seed": request.seed,
        "manifest": request.manifest.as_posix(),
        "options": asdict(replace(GHOST, seed=request.seed)),
        "aim": AIM,
    }
    title = (
        f"{NAME}: {len(test)} cursors in held-out files, thresholds from {len(choose)} in others"
    )
    return GhostReport(
        NAME,
        title,
        settings,
        COLUMNS,
        rows,
        notes,
        [_item(c) for c in test],
        thresholds=thresholds,
        chosen_on=chosen_on,
        curves=curves,
    )


def ask(
    engine: Engine,
    cursors: Sequence[Cursor],
    checkers: Sequence[Checker],
    seed: int,
    of_lines: LineAssessor | None = None,
) -> Iterator[Keystroke]:
    """Ask for ghost text at one cursor after the other.

    `of_lines` says how likely a line is right that was read, as those are that are near a threshold.
    """
    options = replace(GHOST, seed=seed)
    for cursor in cursors:
        steps: list[Sketch] = []
        started = time.perf_counter()
        completion = complete(
            cursor.document,
            cursor.offset,
            engine,
            options,
            checkers,
            calibration=of_lines,
            on_sketch=steps.append,
        )
        seconds = time.perf_counter() - started
        nfe = steps[-1].step if steps else 0
        if isinstance(completion, NoEdit):
            yield Keystroke("", 0.0, 0.0, False, completion.reason, seconds, nfe)
        else:
            exact = completion.text == cursor.truth
            read = _read(engine, cursor, completion.text, options)
            confidence = completion.confidence
            if of_lines is not None and completion.tokens and read is not None:
                logp = math.log(max(completion.probability, TINY))
                confidence = of_lines.assess(completion.text, logp, read[0], cursor.language)
            sure = confidence, completion.probability
            yield Keystroke(
                completion.text, *sure, exact, "", seconds, nfe, completion.tokens, read
            )


def _read(
    engine: Engine, cursor: Cursor, text: str, options: FillOptions
) -> tuple[float, float] | None:
    if not isinstance(engine, Reader):
        return None
    task = fill_task(cursor.document, [Span(cursor.offset, cursor.offset)])
    (read,) = reading(engine, task, [text], options)
    return read


def least(keystrokes: Sequence[Keystroke], aim: float = AIM) -> float | None:
    """Least threshold above which at least `aim` of what is shown is exact, at 97.5 % confidence.

    The confidence is what choosing costs: of many thresholds that are just good enough, the one that was lucky
    shows most. None where no threshold that shows LEAST_SHOWN is good enough.
    """
    lowest = None
    for threshold, exact, shown in _cumulated(keystrokes):
        if shown >= LEAST_SHOWN and wilson(exact, shown, Z975)[0] >= aim:
            lowest = threshold
    return lowest


def above(threshold: float | None, keystrokes: Sequence[Keystroke]) -> list[Keystroke]:
    """What a threshold shows."""
    return [k for k in keystrokes if threshold is not None and 0 < threshold <= k.confidence]


def curve(keystrokes: Sequence[Keystroke]) -> dict[str, list[float]]:
    """Share shown and share of it that is exact, at each confidence that occurs, the highest first."""
    points = list(_cumulated(keystrokes))
    return {
        "threshold": [threshold for threshold, _, _ in points],
        "shown": [shown / len(keystrokes) for _, _, shown in points],
        "exact": [exact / shown for _, exact, shown in points],
    }


def _cumulated(keystrokes: Sequence[Keystroke]) -> Iterator[tuple[float, int, int]]:
    """Each confidence that occurs, the highest first, with the exact and all suggestions from there up."""
    ranked = sorted((k for k in keystrokes if k.confidence > 0), key=lambda k: -k.confidence)
    exact = 0
    for shown, keystroke in enumerate(ranked, 1):
        exact += keystroke.exact
        if shown == len(ranked) or ranked[shown].confidence < keystroke.confidence:
            yield keystroke.confidence, exact, shown


class NGramGhost:
    """The 3-gram as an engine that is as sure of its line as its phrases were frequent."""

    name = f"{ORDER}-gram"

    def __init__(self, model: NGram) -> None:
        self._model = model

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Yield its line up to what follows the cursor; the options change nothing."""
        (gap,) = task.gaps
        line, sure = self._model.sure_line(task.text[: gap.start])
        follows = task.text[gap.end :].partition("\n")[0]
        cut = line.find(follows) if follows else -1
        yield Draft((line[:cut] if cut >= 0 else line,), math.log(max(sure, TINY)), nfe=0)


def _row(name: str, threshold: Threshold, keystrokes: Sequence[Keystroke], floor: bool) -> Row:
    """One row of the table."""
    figures: dict[str, Figure] = {
        "exact": threshold.exact,
        "shown": threshold.shown,
        "exact_of_all": Share.of([k.exact for k in keystrokes]),
    }
    if threshold.threshold is not None:
        figures["threshold"] = Number(threshold.threshold)
    if lengths := [len(k.text) for k in above(threshold.threshold, keystrokes)]:
        figures["characters"] = Number(median(lengths))
    if not floor:
        seconds = [k.seconds for k in keystrokes]
        figures["seconds"] = Seconds(median(seconds))
        figures["seconds_p90"] = Seconds(quantile(seconds, 0.9))
        figures["nfe"] = Number(median(k.nfe for k in keystrokes))
    return Row(name, figures, [asdict(k) for k in keystrokes], floor)


def _in_prose(
    name: str,
    threshold: Threshold,
    cursors: Sequence[Cursor],
    keystrokes: Sequence[Keystroke],
    floor: bool,
) -> Iterator[Row]:
    """The same cursors in prose and in code apart, where there are both; their outcomes stand in the row of all."""
    for title, prose in (("prose", True), ("code", False)):
        part = [k for c, k in zip(cursors, keystrokes, strict=True) if c.prose is prose]
        if 0 < len(part) < len(keystrokes):
            told = _row(f"{name}, {title}", Threshold.of(threshold.threshold, part), part, floor)
            yield replace(told, outcomes=())


def _chosen(known: Threshold, tested: Threshold) -> str:
    """Say what a threshold does on the half that it was chosen on, and whether the other half confirms it."""
    if known.threshold is None:
        return (
            f"no threshold that shows {LEAST_SHOWN} lines of the other files is good enough; silent"
        )
    verdict = "confirmed" if tested.confirmed else "not confirmed, so editors stay silent"
    return (
        f"on the files that the threshold was chosen on it shows {known.shown} %, {known.exact} % of it exact; "
        f"{verdict}"
    )


def _notes(choose: Sequence[Cursor], test: Sequence[Cursor]) -> list[str]:
    cursors = [*choose, *test]
    files = {(cursor.package, cursor.path) for cursor in cursors}
    packages = sorted({cursor.package for cursor in cursors})
    return [
        f"{len(cursors)} cursors in {len(files)} files of {', '.join(packages)}; at "
        f"{sum(not c.truth for c in cursors)} nothing more is to be typed, at "
        f"{sum(bool(c.closers) for c in cursors)} the editor has closed brackets or quotes.",
        f"threshold: the least above which, at 97.5 % confidence, {100 * AIM:.0f} % of what is shown is exact, "
        f"with at least {LEAST_SHOWN} lines shown; chosen on every other file, all figures of the rest.",
        "time: the context encoded anew and every line checked; while typing, a few tokens are encoded, and only "
        "a line that is to be shown is checked.",
    ]


def _item(cursor: Cursor) -> dict[str, Any]:
    return {
        "package": cursor.package,
        "path": cursor.path,
        "line": cursor.line,
        "offset": cursor.offset,
        "truth": cursor.truth,
        "closers": cursor.closers,
        "prose": cursor.prose,
    }
