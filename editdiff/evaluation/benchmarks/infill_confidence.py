"""The benchmark `infill-confidence`: how well a model knows whether its draft is what belongs in the gap.

Protocol: gaps of every kind (`drafted`) in training packages, for held-out ones are kept for what is
reported of models; or in a folder of other people's packages, and then as many of each language. The packages are
halved: each half is told of by a calibration that is fitted on the other; what is kept is fitted on both. A folder
with reports of this benchmark (`--json`) and of `infill-lines` tells all that was drafted for them, and nothing is
drafted anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from editdiff.check.base import Checker
from editdiff.check.registry import writing_guards
from editdiff.engines.base import Engine
from editdiff.engines.confidence import DraftCalibration
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks.drafted import KINDS, Drafted, Hidden, fill, halves, hidden
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.calibrated import CalibratedReport, items_of
from editdiff.evaluation.core.fitted import LEAST_OF_LANGUAGE, fitted
from editdiff.evaluation.core.gaps import Source
from editdiff.evaluation.core.logistic import (
    Bin,
    auroc,
    error_by_chance,
    expected_calibration_error,
    reliability,
)
from editdiff.evaluation.core.rows import Figure, Number, Row, Seconds
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.table import Share
from editdiff.evaluation.data.folder_files import LARGEST, by_language
from editdiff.evaluation.data.packages import training_files
from editdiff.tokens.base import BoolArray, FloatArray

NAME = "infill-confidence"
LINES = "infill-lines"
"""The benchmark whose reports tell of whole lines alone."""
LOST = 0.02
"""Largest share of the right drafts that the floor declines, where it is chosen."""
FOLDS = 5
"""Parts of the drafts that the floor is chosen with: each is judged by a fit to the others."""
BINS = 10
"""Of equal number, for the calibration error."""
TINY = 1e-12
"""Least probability in a logarithm."""
COLUMNS = {
    "right": "right % [95 %]",
    "auroc": "AUROC",
    "loss": "log-loss, nats",
    "ece": "calibration error %",
    "chance": "by chance alone %",
    "declined": "declined % [95 %]",
    "lost": "right ones lost % [95 %]",
    "saved": "wrong ones saved % [95 %]",
    "seconds": "time, median",
}


@dataclass(frozen=True, kw_only=True)
class ConfidenceReport(CalibratedReport[DraftCalibration]):
    """The benchmark, run."""

    @property
    def measured(self) -> dict[str, Any]:
        """What is kept beside the calibration."""
        return {"options": self.settings["options"], **super().measured}


class Tried(NamedTuple):
    """A gap, and what became of it."""

    package: str
    place: Mapping[str, Any]
    """Path, offset and the hidden text."""
    drafted: Drafted


def evaluate(engine: Engine, request: Request, progress: Progress) -> ConfidenceReport:
    """Draw gaps in both halves of the packages, fit the calibration on one, report the other.

    The packages are those of the folder `request.data`, where one is named, or of the reports in it.

    Raises:
        InputError: when there is no such folder, not all training packages are at hand, or too few drafts are
            right, or wrong.
    """
    if tried := [
        *items_of(request.data, NAME, _tried),
        *items_of(request.data, LINES, _tried, _lines),
    ]:
        names = sorted({each.package for each in tried})
        first, second = ([each for each in tried if each.package in names[k::2]] for k in (0, 1))
        return told(engine.name, first, second, request)
    if request.data is None:
        files = {"python": list[Source](training_files(request.manifest, request.cache))}
    else:
        files = {name: [*some] for name, some in by_language(request.data, LARGEST).items()}
    known, test = list[Hidden](), list[Hidden]()
    for some in files.values():
        for part, drawn in zip(halves(some), (known, test), strict=True):
            drawn += hidden(part, request.limit // 2 // len(files), request.seed)
    if not known or not test:
        raise InputError(
            f"{request.cache} has not all training packages of {request.manifest}, or there is only one",
            "fetch them with `editdiff corpus`, name their folder with --cache, or raise --limit",
        )
    return report(engine, known, test, request, progress)


def report(
    engine: Engine,
    known: Sequence[Hidden],
    test: Sequence[Hidden],
    request: Request,
    progress: Progress = lambda name, done, total: None,
    checkers: Sequence[Checker] | None = None,
) -> ConfidenceReport:
    """Fill all gaps; fit on `known`, measure on `test`."""
    checkers = writing_guards() if checkers is None else checkers
    gaps, tried = [*known, *test], list[Tried]()
    for gap, each in zip(gaps, fill(gaps, engine, request.options, checkers), strict=True):
        path, span = gap.ending.path, gap.ending.span
        place = {"path": path, "offset": span.start, "truth": gap.truth}
        tried.append(Tried(gap.package, place, each))
        progress(engine.name, len(tried), len(gaps))
    return told(engine.name, tried[: len(known)], tried[len(known) :], request)


def _lines(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The items of a report of whole lines, with what the model made of each."""
    first = report["rows"][0]["outcomes"]
    for item, outcome in zip(report["items"], first, strict=True):
        place = {key: item[key] for key in ("package", "path", "offset", "truth")}
        yield {**place, **{key: value for key, value in outcome.items() if key != "p"}}


def _tried(item: dict[str, Any]) -> Tried:
    """An item of a report."""
    place = {key: item.pop(key) for key in ("path", "offset", "truth")}
    return Tried(item.pop("package"), place, Drafted(**item))


def told(
    name: str, known: Sequence[Tried], test: Sequence[Tried], request: Request
) -> ConfidenceReport:
    """Judge each half by a fit to the other; what is kept is fitted to both.

    Raises:
        InputError: when too few drafts are right, or wrong.
    """
    first, second = _proposed(known), _proposed(test)
    if not first or not second:
        raise InputError(
            "the model proposed nothing in half of the packages",
            "raise --limit, or try another model",
        )
    settings = {
        "limit": request.limit,
        "seed": request.seed,
        "manifest": request.manifest.as_posix(),
        "options": asdict(request.options),
        "lost": LOST,
    }
    where = "training packages" if request.data is None else "packages"
    title = f"{NAME}: {len(first) + len(second)} drafts in {where}, each half by a fit to the other"
    judged = crosswise(first, second)
    bins = reliability(judged.told, _right(judged.drafted), BINS)
    return ConfidenceReport(
        NAME,
        title,
        settings,
        COLUMNS,
        [*_rows(name, judged), *_floors(first, second)],
        _notes(known, test, bins),
        [
            {"package": each.package, **each.place, **asdict(each.drafted)}
            for each in (*known, *test)
        ],
        calibration=calibrate([*first, *second]),
        bins={name: bins},
    )


class Judged(NamedTuple):
    """Drafts, and what a fit that has seen none of their package says of each."""

    drafted: Sequence[Drafted]
    told: FloatArray
    """[N] that each is right."""
    floor: FloatArray
    """[N] of the fit."""

    def part(self, of: str) -> Judged:
        """Those of a kind of gap or of a language; an empty name for all."""
        kept = [i for i, each in enumerate(self.drafted) if of in ("", each.kind, each.language)]
        return Judged([self.drafted[i] for i in kept], self.told[kept], self.floor[kept])


def crosswise(
    first: Sequence[Drafted],
    second: Sequence[Drafted],
    names: Sequence[str] = DraftCalibration.NAMES,
) -> Judged:
    """Judge each half by a fit to the other: so all drafts are told of, and none by what has seen it.

    Raises:
        InputError: unless in each half some are right, and some are not.
    """
    fits = calibrate(second, names), calibrate(first, names)
    halves_ = list(zip((first, second), fits, strict=True))
    return Judged(
        [*first, *second],
        np.concatenate([probabilities(by, part) for part, by in halves_]),
        np.concatenate([np.full(len(part), by.floor) for part, by in halves_]),
    )


def calibrate(
    drafted: Sequence[Drafted], names: Sequence[str] = DraftCalibration.NAMES
) -> DraftCalibration:
    """Fit the probability that a draft is right to the features of those names, and choose the floor.

    Raises:
        InputError: unless some drafts are right, and some are not.
    """
    right = _right(drafted)
    if right.all() or not right.any():
        raise InputError(
            f"of {len(right)} drafts {int(right.sum())} are right: a calibration needs both kinds",
            "raise --limit",
        )
    whole = _fitted(drafted, names)
    return replace(whole, floor=floor(_unseen(drafted, names, whole), right))


def _fitted(drafted: Sequence[Drafted], names: Sequence[str]) -> DraftCalibration:
    told = fitted(
        [each.features for each in drafted],
        [each.language for each in drafted],
        _right(drafted),
        names,
        LEAST_OF_LANGUAGE,
    )
    return DraftCalibration(told.bias, told.weights, 0.0, told.languages)


def _unseen(
    drafted: Sequence[Drafted], names: Sequence[str], whole: DraftCalibration
) -> FloatArray:
    """[N] that each draft is right, by a fit to the other FOLDS - 1 parts of the drafts.

    A fit is surer of the right drafts that it has seen, and a floor chosen on these declines too many others.
    Where the others are all right or all wrong, by the `whole` fit.
    """
    told = np.zeros(len(drafted))
    for part in range(FOLDS):
        others = [each for i, each in enumerate(drafted) if i % FOLDS != part]
        both = len({each.right for each in others}) == 2
        by = _fitted(others, names) if both else whole
        told[part::FOLDS] = probabilities(by, drafted[part::FOLDS])
    return told


def floor(p: FloatArray, right: BoolArray, lost: float = LOST) -> float:
    """The largest probability below which at most a share `lost` of what is right lies; p [N], right [N]."""
    ranked = np.sort(p[right])
    return float(ranked[int(lost * len(ranked))])


def probabilities(calibration: DraftCalibration, drafted: Sequence[Drafted]) -> FloatArray:
    """[N] that each draft is right."""
    return np.array([calibration.probability(each.features, each.language) for each in drafted])


def figures(p: FloatArray, right: BoolArray, least: float | FloatArray) -> dict[str, Figure]:
    """What probabilities [N] say of what is right [N], and what a floor does, one for all or one for each [N]."""
    declined = p < least
    loss = -np.log(np.maximum(np.where(right, p, 1 - p), TINY)).mean()
    told: dict[str, Figure] = {
        "right": Share.of(right.tolist()),
        "loss": Number(float(loss)),
        "ece": Number(100 * expected_calibration_error(reliability(p, right, BINS))),
        "chance": Number(100 * error_by_chance(p, BINS)),
        "declined": Share.of(declined.tolist()),
        "lost": Share.of(declined[right].tolist()),
        "saved": Share.of(declined[~right].tolist()),
    }
    if right.any() and not right.all():
        told["auroc"] = Number(auroc(p, right))
    return told


def _rows(name: str, judged: Judged) -> Iterator[Row]:
    """The model on all drafts, then on those of each kind of gap, and of each language where there are several."""
    languages = sorted({each.language for each in judged.drafted})
    for of in ("", *KINDS, *(languages if len(languages) > 1 else ())):
        part = judged.part(of)
        if not part.drafted:
            continue
        row = figures(part.told, _right(part.drafted), part.floor)
        row["seconds"] = Seconds(median(each.seconds for each in part.drafted))
        yield Row(f"{name}, {of}" if of else name, row)


def _floors(first: Sequence[Drafted], second: Sequence[Drafted]) -> Iterator[Row]:
    """What the score alone tells, and what is told by saying the same of every draft."""
    alone = crosswise(first, second, ("score",))
    right = _right(alone.drafted)
    yield Row("score alone", figures(alone.told, right, alone.floor), floor=True)
    means = [(len(a), float(_right(b).mean())) for a, b in ((first, second), (second, first))]
    always = np.concatenate([np.full(count, mean) for count, mean in means])
    yield Row("always the same", figures(always, right, 0.0), floor=True)


def _notes(known: Sequence[Tried], test: Sequence[Tried], bins: Sequence[Bin]) -> list[str]:
    packages = [len({gap.package for gap in part}) for part in (known, test)]
    silent = sum(bool(each.drafted.reason) for each in (*known, *test))
    told = ", ".join(f"{100 * b.told:.0f}: {100 * b.found:.0f}" for b in bins)
    return [
        f"{len(known)} gaps of {packages[0]} packages and {len(test)} of {packages[1]} others, each half told by a "
        f"fit to the other; at {silent} of all nothing was proposed. right: the hidden text, white space at both "
        "ends apart.",
        "Training packages, where no folder is named: a model that was trained on them is surer and better there.",
        f"declined: below the floor, the largest below which at most {100 * LOST:.0f} % of the right drafts of "
        f"the fitted half lie, each by a fit to the other {FOLDS - 1} of its {FOLDS} parts. What is kept in the "
        "model's folder is fitted on both halves likewise.",
        f"told and found, %, in {len(bins)} bins of as many drafts each: {told}.",
    ]


def _proposed(tried: Sequence[Tried]) -> list[Drafted]:
    return [each.drafted for each in tried if not each.drafted.reason]


def _right(drafted: Sequence[Drafted]) -> BoolArray:
    """What is right, [N]."""
    return np.array([each.right for each in drafted], dtype=np.bool_)
