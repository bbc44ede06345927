"""The benchmark `fix-confidence`: how well a model knows whether the fix that it offers is right.

Protocol: all fixes that passed their checks, from the reports in a folder that `eval fix-candidates --json` and
`eval half-candidates --json` wrote. Packages are halved by name: the calibration is fitted on the fixes of the
first half, the floor is chosen there, each fix judged by a fit to the others, and the table is of the second. What
is kept in the model's folder is fitted, and its floor chosen, on both.
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
from editdiff.evaluation.benchmark import Request
from editdiff.evaluation.calibrated import CalibratedReport
from editdiff.evaluation.fitted import LEAST_OF_LANGUAGE, fitted
from editdiff.evaluation.fix_candidates import HALF, HALVES_NAME, Told, Tried, first
from editdiff.evaluation.fix_candidates import NAME as CANDIDATES
from editdiff.evaluation.logistic import (
    auroc,
    error_by_chance,
    expected_calibration_error,
    reliability,
)
from editdiff.evaluation.rows import Figure, Number, Row
from editdiff.evaluation.runner import Progress
from editdiff.evaluation.table import Share
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
    """Fit on one half of the packages of the reports in `request.data`, and report the other.

    Raises:
        InputError: when there is no such report, or too few fixes are right, or wrong.
    """
    tried = read(request.data)
    names = sorted({each.package for each in tried})
    known, test = ([each for each in tried if each.package in names[half::2]] for half in (0, 1))
    on_first = calibrate(known)
    calibration = calibrate(tried)
    p, right = _told(on_first, test)
    bins = reliability(p, right, max(1, min(BINS, len(p) // LEAST_IN_BIN)))
    rows = [
        _row(engine.name, on_first, test, on_first.floor),
        _row("every fix", on_first, test, 0.0),
        *(
            _row(
                kind,
                on_first,
                [each for each in test if (each.kind == HALF) == half],
                on_first.floor,
            )
            for kind, half in (("everyday faults", False), ("half changes", True))
        ),
        *(
            _row(name, on_first, [t for t in test if t.language == name], on_first.floor)
            for name in sorted({each.language for each in test})
        ),
        _of_choices(test, on_first),
        _floor_row(test),
    ]
    title = f"{NAME}: {len(test)} files of {len(names[1::2])} packages, fitted on {len(known)} of {len(names[::2])}"
    told = ", ".join(f"{100 * b.told:.0f}: {100 * b.found:.0f}" for b in bins)
    notes = [
        f"floor {on_first.floor:.3f}: the least probability above which {100 * WANTED:.0f} % of what is offered is "
        "right in the first half, each fifth of its packages judged by a fit to the others, were a file in "
        f"{1 / HALVES:.0f} in the middle of a change.",
        f"told and found, %, in {len(bins)} bins: {told}.",
        "by chance alone: the calibration error that as many fixes would show were every probability true.",
    ]
    settings = {"wanted": WANTED, "sure": SURE, "seed": request.seed}
    items = [
        {
            **asdict(each),
            "chosen": asdict(chosen[0]) if chosen else None,
            "p": chosen[1] if chosen else None,
        }
        for each in test
        for chosen in [choose(each, on_first)]
    ]
    return FixReport(
        NAME,
        title,
        settings,
        COLUMNS,
        rows,
        notes,
        items,
        calibration=calibration,
        bins={NAME: bins},
    )


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
            told, found = _told(by, some)
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


def _told(calibration: FixCalibration, tried: Sequence[Tried]) -> tuple[FloatArray, BoolArray]:
    """Of each file with a fix that nothing speaks against: its probability [N], and whether it is right [N]."""
    chosen = [
        found
        for each in tried
        if (found := choose(each, calibration)) is not None and not found[0].doubts
    ]
    return (
        np.array([p for _, p in chosen], dtype=np.float64),
        np.array([way.right for way, _ in chosen], dtype=np.bool_),
    )


def _row(name: str, calibration: FixCalibration, tried: Sequence[Tried], least: float) -> Row:
    results = [_result(each, choose(each, calibration), least) for each in tried]
    p, right = _told(calibration, tried)
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


def _of_choices(tried: Sequence[Tried], calibration: FixCalibration) -> Row:
    """What an editor would offer to choose from, lines written to their ends among it: right where one is."""
    results, told, right = list[str](), list[float](), list[bool]()
    for each in tried:
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
