"""The benchmark `fix-confidence`: how well a model knows whether the fix that it offers is right.

Protocol: all fixes that passed their checks, from the reports in a folder that `eval fix-candidates --json` and
`eval half-candidates --json` wrote. Packages are halved by name: the fixes of each half are told of by a
calibration that is fitted on the other, and whose floor is chosen there, each fix judged by a fit to the others. So
the table is of all files. What is kept in the model's folder is fitted, and its floor chosen, on both halves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from editdiff.edits.fix.credible import CHOICE, MOST, SURE, lead
from editdiff.engines.base import Engine
from editdiff.engines.confidence import FixCalibration
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks.fix_candidates import HALF, HALVES_NAME, Told, Tried, first
from editdiff.evaluation.benchmarks.fix_candidates import NAME as CANDIDATES
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.calibrated import CalibratedReport
from editdiff.evaluation.core.fitted import LEAST_OF_LANGUAGE, fitted
from editdiff.evaluation.core.logistic import (
    auroc,
    error_by_chance,
    expected_calibration_error,
    reliability,
)
from editdiff.evaluation.core.rows import Figure, Number, Row
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.table import Share
from editdiff.tokens.base import BoolArray, FloatArray

NAME = "fix-confidence"
WANTED = 0.97
"""Share of what is offered that shall be right, where the floor is chosen."""
HALVES = 1 / 6
"""Share of the files in the middle of a change among all, as if so many were; the others have everyday faults."""
FOLDS = 5
"""Parts of the packages that the floor is chosen with: each is judged by a fit to the others."""
BINS, LEAST_IN_BIN = 10, 25
"""Of equal number, for the calibration error; fewer where a bin would hold less."""
COLUMNS = {
    "faults": "files",
    "right": "right",
    "wrong": "wrong",
    "none": "nothing offered",
    "share": "wrong, of what is offered % [95 %]",
    "auroc": "AUROC",
    "ece": "calibration error %",
    "chance": "by chance alone %",
}


FixReport = CalibratedReport[FixCalibration]


def evaluate(engine: Engine, request: Request, progress: Progress) -> FixReport:
    """Judge each half of the packages of the reports in `request.data` by a fit to the other.

    Raises:
        InputError: when there is no such report, or too few fixes are right, or wrong, in one half.
    """
    tried = read(request.data)
    names = sorted({each.package for each in tried})
    first, second = ([each for each in tried if each.package in names[half::2]] for half in (0, 1))
    judged = crosswise(first, second)
    p, right = _told(judged)
    bins = reliability(p, right, max(1, min(BINS, len(p) // LEAST_IN_BIN)))
    rows = [
        _row(engine.name, judged),
        _row("every fix", [each._replace(floor=0.0) for each in judged]),
        *(
            _row(kind, [each for each in judged if (each.tried.kind == HALF) == half])
            for kind, half in (("everyday faults", False), ("half changes", True))
        ),
        *(
            _row(name, [each for each in judged if each.tried.language == name])
            for name in sorted({each.language for each in tried})
        ),
        _of_choices(judged),
        _floor_row(tried),
    ]
    title = f"{NAME}: {len(tried)} files of {len(names)} packages, each half by a fit to the other"
    told = ", ".join(f"{100 * b.told:.0f}: {100 * b.found:.0f}" for b in bins)
    floors = " and ".join(f"{each:.3f}" for each in dict.fromkeys(j.floor for j in judged))
    notes = [
        f"floors {floors}: the least probability above which {100 * WANTED:.0f} % of what is offered is "
        "right in the half that is fitted, each fifth of its packages judged by a fit to the others, were a file "
        f"in {1 / HALVES:.0f} in the middle of a change.",
        f"told and found, %, in {len(bins)} bins: {told}.",
        "by chance alone: the calibration error that as many fixes would show were every probability true.",
    ]
    settings = {"wanted": WANTED, "sure": SURE, "seed": request.seed}
    items = [
        {
            **asdict(each.tried),
            "chosen": asdict(each.chosen[0]) if each.chosen else None,
            "p": each.chosen[1] if each.chosen else None,
        }
        for each in judged
    ]
    return FixReport(
        NAME,
        title,
        settings,
        COLUMNS,
        rows,
        notes,
        items,
        calibration=calibrate(tried),
        bins={NAME: bins},
    )


class Judged(NamedTuple):
    """A file, and a fit that has seen none of its package."""

    tried: Tried
    by: FixCalibration
    floor: float

    @property
    def chosen(self) -> tuple[Told, float] | None:
        """See `choose`."""
        return choose(self.tried, self.by)


def crosswise(first: Sequence[Tried], second: Sequence[Tried]) -> list[Judged]:
    """Judge each half by a fit to the other: so all files are told of, and none by what has seen it.

    Raises:
        InputError: unless in each half some fixes are right, and some are not.
    """
    fits = calibrate(second), calibrate(first)
    halves = zip((first, second), fits, strict=True)
    return [Judged(each, by, by.floor) for part, by in halves for each in part]


def read(folder: Path | None) -> list[Tried]:
    """What the reports of a folder tell.

    Raises:
        InputError: when there is none.
    """
    tried = list[Tried]()
    for path in sorted(folder.glob("*.json")) if folder else ():
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            if told["benchmark"] in (CANDIDATES, HALVES_NAME):
                tried += [
                    Tried(**{**item, "ways": tuple(Told(**way) for way in item["ways"])})
                    for item in told["items"]
                ]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"cannot read {path}: {error!r}",
                f"keep reports of `eval {CANDIDATES} --json` alone in the folder",
            ) from error
    if not tried:
        raise InputError(
            f"--data: there is no report of {CANDIDATES} in {folder}",
            f"name a folder with what `eval {CANDIDATES} --json` wrote",
        )
    return tried


def calibrate(tried: Sequence[Tried]) -> FixCalibration:
    """Fit how likely each fix is right, and choose the floor.

    Raises:
        InputError: unless some fixes are right, and some are not.
    """
    whole = _fitted(_fixes(tried))
    packages = sorted({each.package for each in tried})
    halves = sum(each.kind == HALF for each in tried)
    weight = HALVES / (1 - HALVES) * (len(tried) - halves) / max(1, halves)
    p, right, weights = list[float](), list[bool](), list[float]()
    for part in range(FOLDS):
        inside = packages[part::FOLDS]
        others = _fixes([each for each in tried if each.package not in inside])
        both = len({fix.right for fix in others}) == 2
        by = _fitted(others) if both else whole
        for of_half in (False, True):
            some = [t for t in tried if t.package in inside and (t.kind == HALF) == of_half]
            told, found = _told([Judged(each, by, 0.0) for each in some])
            p += told.tolist()
            right += found.tolist()
            weights += [weight if of_half else 1.0] * len(told)
    chosen = floor(np.array(p), np.array(right, dtype=np.bool_), np.array(weights))
    return replace(whole, floor=chosen)


def floor(p: FloatArray, right: BoolArray, weights: FloatArray, wanted: float = WANTED) -> float:
    """The least of the probabilities [N] above which a share `wanted` is right [N]; 1 where there is none.

    Each counts by its weight [N].
    """
    order = np.argsort(-p, kind="stable")
    share = np.cumsum(weights[order] * right[order]) / np.cumsum(weights[order])
    good = np.flatnonzero(share >= wanted)
    return float(p[order][good[-1]]) if len(good) else 1.0


def choose(tried: Tried, calibration: FixCalibration) -> tuple[Told, float] | None:
    """The fix that would be offered were there no floor, and its probability: by region, until one is sure."""
    ways = list[Told]()
    chosen: tuple[Told, float] | None = None
    for rung in sorted({way.rung for way in tried.ways}):
        ways += [way for way in tried.ways if way.rung == rung]
        told = [calibration.probability(_features(way, ways), tried.language) for way in ways]
        best = max(range(len(ways)), key=told.__getitem__)
        chosen = ways[best], told[best]
        if chosen[1] >= SURE:
            break
    return chosen


def _features(way: Told, ways: Sequence[Told]) -> dict[str, float]:
    """Features among some of the ways."""
    others = [other.worth for other in ways if other is not way]
    return {**way.features, "lead": lead(way.worth, others), "rivals": float(np.log(len(ways)))}


class _Fix(NamedTuple):
    """A fix of a file, and what speaks for it."""

    features: Mapping[str, float]
    right: bool
    language: str


def _fixes(tried: Sequence[Tried]) -> list[_Fix]:
    return [_Fix(way.features, way.right, each.language) for each in tried for way in each.ways]


def _fitted(fixes: Sequence[_Fix]) -> FixCalibration:
    right = np.array([fix.right for fix in fixes], dtype=np.bool_)
    if right.all() or not right.any():
        raise InputError(
            f"of {len(right)} fixes {int(right.sum())} are right: a calibration needs both kinds",
            "add reports of more files",
        )
    told = fitted(
        [fix.features for fix in fixes],
        [fix.language for fix in fixes],
        right,
        FixCalibration.NAMES,
        LEAST_OF_LANGUAGE,
    )
    return FixCalibration(told.bias, told.weights, 0.0, told.languages)


def _told(judged: Sequence[Judged]) -> tuple[FloatArray, BoolArray]:
    """Of each file with a fix that nothing speaks against: its probability [N], and whether it is right [N]."""
    chosen = [found for each in judged if (found := each.chosen) and not found[0].doubts]
    return (
        np.array([p for _, p in chosen], dtype=np.float64),
        np.array([way.right for way, _ in chosen], dtype=np.bool_),
    )


def _row(name: str, judged: Sequence[Judged]) -> Row:
    results = [_result(each.tried, each.chosen, each.floor) for each in judged]
    p, right = _told(judged)
    return Row(name, {**_counts(results), **_agreement(p, right)})


def _agreement(p: FloatArray, right: BoolArray) -> dict[str, Figure]:
    """How well the probabilities [N] and what is right [N] agree."""
    figures: dict[str, Figure] = {}
    if len(p):
        bins = max(1, min(BINS, len(p) // LEAST_IN_BIN))
        error = expected_calibration_error(reliability(p, right, bins))
        figures["ece"] = Number(100 * error)
        figures["chance"] = Number(100 * error_by_chance(p, bins))
    if right.any() and not right.all():
        figures["auroc"] = Number(auroc(p, right))
    return figures


def _of_choices(judged: Sequence[Judged]) -> Row:
    """What an editor would offer to choose from, lines written to their ends among it: right where one is."""
    results, told, right = list[str](), list[float](), list[bool]()
    for each, calibration, _ in judged:
        ways = [way for way in each.ways if not way.doubts]
        p = [calibration.probability(_features(w, each.ways), each.language) for w in ways]
        shown = [(q, w) for q, w in zip(p, ways, strict=True) if q >= CHOICE * calibration.floor]
        shown = sorted(shown, key=lambda pair: -pair[0])[:MOST]
        told += p
        right += [way.right for way in ways]
        if sum(q for q, _ in shown) < calibration.floor:
            results.append(each.other or "none")
        else:
            results.append("right" if any(way.right for _, way in shown) else "wrong")
    p_of, is_right = np.array(told), np.array(right, dtype=np.bool_)
    figures = {**_counts(results), **_agreement(p_of, is_right)}
    return Row("to choose from, in an editor", figures)


def _floor_row(tried: Sequence[Tried]) -> Row:
    """The best of the first region that has a fix, whatever the model says of it; no line is completed."""
    results = []
    for each in tried:
        plain = replace(each, ways=tuple(w for w in each.ways if not w.features["completes"]))
        best = first(plain)
        results.append(_result(plain, (best, 1.0) if best else None, 0.0))
    return Row("the first region that has a fix", _counts(results), floor=True)


def _counts(results: Sequence[str]) -> dict[str, Figure]:
    counts = {name: results.count(name) for name in ("right", "wrong", "none")}
    return {
        "faults": Number(len(results)),
        **{name: Number(count) for name, count in counts.items()},
        "share": Share(counts["wrong"], counts["right"] + counts["wrong"]),
    }


def _result(tried: Tried, chosen: tuple[Told, float] | None, least: float) -> str:
    if chosen is None:
        return tried.other or "none"
    way, p = chosen
    if way.doubts or p < least:
        return "none"
    return "right" if way.right else "wrong"
