"""The benchmark `infill-lines`: whole lines of other people's packages, in every language that they hold.

Protocol: what stands on a line, its indentation apart, is hidden and filled as `infill` fills it; of each
language as many lines, spread over its packages. Nothing is fitted here: how likely a draft is right, and whether
it is proposed at all, is what the calibration says that the model is used with.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import PurePosixPath
from statistics import median
from typing import NamedTuple

import numpy as np

from editdiff.check.base import Checker
from editdiff.check.registry import writing_guards
from editdiff.engines.base import Engine
from editdiff.engines.confidence import DraftCalibration
from editdiff.errors import UsageError
from editdiff.evaluation.benchmarks.drafted import Drafted, Hidden, fill
from editdiff.evaluation.benchmarks.infill_confidence import figures, probabilities
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.floors import Lookup
from editdiff.evaluation.core.gaps import MIN_CHARS, Source, spread
from editdiff.evaluation.core.rows import Figure, Row, RowReport, Seconds
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.table import Share
from editdiff.evaluation.data.folder_files import LARGEST, by_language
from editdiff.evaluation.data.keystrokes import LONGEST
from editdiff.evaluation.data.prose import Prose
from editdiff.text.lines import LineTable
from editdiff.text.shown import unix
from editdiff.text.span import Span
from editdiff.tokens.base import BoolArray
from editdiff.training.trunk.endings import Ending

NAME = "infill-lines"
COLUMNS = {
    "exact": "exact, of all % [95 %]",
    "offered": "proposed % [95 %]",
    "right": "exact, of what is proposed % [95 %]",
    "auroc": "AUROC",
    "loss": "log-loss, nats",
    "ece": "calibration error %",
    "chance": "by chance alone %",
    "seconds": "time, median",
}


class Line(NamedTuple):
    """A hidden line, or several together."""

    language: str
    path: str
    prose: bool
    """Whether it is a comment, or begins in a docstring or Markdown."""
    hidden: Hidden


def evaluate(engine: Engine, request: Request, progress: Progress) -> RowReport:
    """Draw lines of every language of the folder `request.data` and fill them.

    Raises:
        UsageError: when the model has no calibration of `infill`, or there are fewer lines than languages.
        InputError: when there is no such folder, or nothing of a known language in it.
    """
    files = by_language(request.data, LARGEST)
    if request.of_drafts is None:
        raise UsageError(
            f"{engine.name} does not tell how likely its drafts are right",
            "use a model that does, such as coder, or run `eval infill-confidence --write-calibration`",
        )
    if request.limit < len(files):
        raise UsageError(
            f"{request.limit} lines are too few for {len(files)} languages", "raise --limit"
        )
    each = request.limit // len(files)
    lines = [
        line
        for language, some in files.items()
        for line in spread(some, each, request.seed, partial(of_file, language=language))
    ]
    return report(engine, request.of_drafts, lines, request, progress)


def report(
    engine: Engine,
    calibration: DraftCalibration,
    lines: Sequence[Line],
    request: Request,
    progress: Progress = lambda name, done, total: None,
    checkers: Sequence[Checker] | None = None,
) -> RowReport:
    """Fill all lines with the engine, and with what lookup finds."""
    checkers = writing_guards() if checkers is None else checkers
    rows, lookup = list[Row](), Lookup()
    for filler in (engine, lookup):
        drafted = list[Drafted]()
        for each in fill((line.hidden for line in lines), filler, request.options, checkers):
            drafted.append(each)
            progress(filler.name, len(drafted), len(lines))
        rows += _rows(filler.name, calibration, lines, drafted, floor=filler is lookup)
    packages = len({line.hidden.package for line in lines})
    settings = {
        "limit": request.limit,
        "seed": request.seed,
        "options": asdict(request.options),
        "floor": calibration.floor,
    }
    languages = len({line.language for line in lines})
    title = f"{NAME}: {len(lines)} whole lines of {languages} languages in {packages} packages"
    notes = [
        "exact: the hidden line, white space at both ends apart. proposed: by the model's calibration at least "
        f"{100 * calibration.floor:.0f} % likely right; it has seen none of these lines, unless it was fitted on "
        "their packages. Lookup proposes whatever it finds.",
        f"lines of at least {MIN_CHARS} characters without white space, comments and closing tags among them.",
    ]
    items = [
        {
            "package": line.hidden.package,
            "path": line.path,
            "offset": line.hidden.ending.span.start,
            "language": line.language,
            "prose": line.prose,
            "truth": line.hidden.truth,
        }
        for line in lines
    ]
    return RowReport(NAME, title, settings, COLUMNS, rows, notes, items)


def of_file(file: Source, rng: random.Random, language: str, count: int = 1) -> Iterator[Line]:
    """Lines of one file in random order, `count` together as one gap; none of one that was generated."""
    text = unix(file.text)
    table = LineTable(text)
    contents = [table.content(line) for line in range(len(table))]
    if any(content.length > LONGEST for content in contents):
        return
    prose = Prose.of(text, language)
    for number in rng.sample(range(len(contents)), len(contents)):
        lines = contents[number : number + count]
        told = ["".join(line.slice(text).split()) for line in lines]
        if len(lines) == count and min(map(len, told)) >= MIN_CHARS:
            inside = lines[0].slice(text)
            start = lines[0].start + len(inside) - len(inside.lstrip())
            gap = Ending(text, Span(start, lines[-1].end), PurePosixPath(file.path).name)
            yield Line(language, file.path, prose.holds(start + 1), Hidden(file.package, gap))


def _rows(
    name: str,
    calibration: DraftCalibration,
    lines: Sequence[Line],
    drafted: Sequence[Drafted],
    floor: bool,
) -> Iterator[Row]:
    """All lines, those of each language, and prose and code apart; the outcomes stand in the first row."""
    pairs = list(zip(lines, drafted, strict=True))
    first = _row(name, calibration, drafted, floor)
    told = [{**asdict(each), "p": _probability(calibration, each)} for each in drafted]
    yield Row(first.name, first.figures, told, floor)
    for language in dict.fromkeys(line.language for line in lines):
        part = [each for line, each in pairs if line.language == language]
        yield _row(f"{name}, {language}", calibration, part, floor)
    for title, prose in (("prose", True), ("code", False)):
        part = [each for line, each in pairs if line.prose is prose]
        if 0 < len(part) < len(pairs):
            yield _row(f"{name}, {title}", calibration, part, floor)


def _row(name: str, calibration: DraftCalibration, drafted: Sequence[Drafted], floor: bool) -> Row:
    found: dict[str, Figure] = {
        "exact": Share.of([each.right for each in drafted]),
        "seconds": Seconds(median(each.seconds for each in drafted)),
    }
    made = [each for each in drafted if not each.reason]
    if floor:  # it says nothing of how likely it is right
        made = [each for each in made if each.draft.strip()]
        offered = made
    elif made:
        p, right = probabilities(calibration, made), _right(made)
        offered = [each for each, k in zip(made, p >= calibration.floor, strict=True) if k]
        measured = figures(p, right, calibration.floor)
        found |= {
            key: measured[key] for key in ("auroc", "loss", "ece", "chance") if key in measured
        }
    else:
        offered = []
    found["offered"] = Share(len(offered), len(drafted))
    found["right"] = Share.of([each.right for each in offered])
    return Row(name, found, floor=floor)


def _probability(calibration: DraftCalibration, drafted: Drafted) -> float | None:
    """That a draft is right; None where nothing was drafted."""
    if drafted.reason:
        return None
    return calibration.probability(drafted.features, drafted.language)


def _right(drafted: Sequence[Drafted]) -> BoolArray:
    return np.array([each.right for each in drafted], dtype=np.bool_)
