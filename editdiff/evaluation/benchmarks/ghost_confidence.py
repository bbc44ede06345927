"""The benchmark `ghost-confidence`: how well a model knows whether the line that it shows is the right one.

Protocol: outcomes of the benchmark `ghost`, from the reports in a folder that `eval ghost --json` wrote, of cursors
in any languages. Packages are halved by name, those that the manifest holds out are all of the second half: the
calibration is fitted on the first, one threshold for all languages is chosen there, and the table is of the second.
A language in which less than `AIM` of what it shows is exact, in all packages, has a higher one, or stays silent if
that is not confirmed either. What was looked up keeps the
probability that it has; a note tells whether it is right as often as that says.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from editdiff.engines.base import Engine
from editdiff.engines.confidence import LineCalibration, Unread, line_features
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks.ghost import AIM, Keystroke, Threshold, above, curve, least
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.calibrated import CalibratedReport
from editdiff.evaluation.core.fitted import fitted
from editdiff.evaluation.core.logistic import (
    Bin,
    auroc,
    error_by_chance,
    expected_calibration_error,
    reliability,
)
from editdiff.evaluation.core.rows import Figure, Number, Row
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.table import Share
from editdiff.tokens.base import BoolArray, FloatArray
from editdiff.training.corpus.sources import of_split, read_manifest

NAME = "ghost-confidence"
ALL = "all languages"
OWN = "as sure as the network itself"
"""The floor: what the network's own confidence tells, with a threshold of its own."""
WANTED = 0.75
"""Share of what is shown, in all languages together, that shall be exact where the one threshold is chosen."""
AIMS = (0.65, 0.75, 0.9)
"""Shares of what is shown that shall be exact, of which the table tells what they cost."""
LOST = 0.03
"""Share of the right lines that are sure enough, of which the model's own confidence may be below the floor."""
BINS, LEAST_IN_BIN = 10, 25
"""Of equal number, for the calibration error; fewer where a bin would hold less."""
TINY = 1e-30
"""Least probability in a logarithm."""
COLUMNS = {
    "shown": "shown % [95 %]",
    "exact": "exact, of what is shown % [95 %]",
    "auroc": "AUROC",
    "ece": "calibration error %",
    "chance": "by chance alone %",
    **{f"at{100 * aim:.0f}": f"shown, {100 * aim:.0f} % wanted: exact %" for aim in AIMS},
}

Place = tuple[str, str, str, int]
"""Language, package, path and offset of a cursor."""


@dataclass(frozen=True)
class Seen:
    """A cursor, and what was suggested there."""

    language: str
    package: str
    keystroke: Keystroke
    prose: bool | None = None
    """Whether it stands in a comment, a docstring, or Markdown; None of an earlier report, which does not tell."""

    @property
    def written(self) -> bool:
        """Whether the network wrote the line, and read it."""
        return bool(self.keystroke.tokens) and self.keystroke.read is not None

    @property
    def logp(self) -> float:
        """Log-probability of the line, in nats."""
        return math.log(max(self.keystroke.probability, TINY))

    @property
    def features(self) -> Mapping[str, float]:
        """Of a line that was written."""
        assert self.keystroke.read is not None
        return line_features(self.keystroke.text, self.logp, self.keystroke.read[0])

    @property
    def own(self) -> float:
        """How sure the network itself is of a line that was written, see `Suggestion.confidence`."""
        committed = math.prod(self.keystroke.tokens)
        return math.sqrt(self.keystroke.probability * committed)


@dataclass(frozen=True)
class Shown:
    """What a threshold that was chosen for an aim does on the other half."""

    shown: Share
    exact: Share

    def __str__(self) -> str:
        share = self.shown.hits / self.shown.total
        return f"{100 * share:.0f}: {self.exact}" if self.exact.total else "0"

    def to_json(self) -> dict[str, Any]:
        """Both shares."""
        return {"shown": self.shown.to_json(), "exact": self.exact.to_json()}


@dataclass(frozen=True, kw_only=True)
class ConfidenceReport(CalibratedReport[LineCalibration]):
    """The benchmark, run."""

    thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    """By language."""
    curves: Mapping[str, Mapping[str, Sequence[float]]] = field(default_factory=dict)
    """Row -> shares of 1 (`shown`, `exact`) at each threshold, the highest first."""

    def to_json(self) -> dict[str, Any]:
        """The report with all that is kept of it."""
        thresholds = {name: t.to_json() for name, t in self.thresholds.items()}
        return {**super().to_json(), "thresholds": thresholds, "curves": dict(self.curves)}


def evaluate(engine: Engine, request: Request, progress: Progress) -> ConfidenceReport:
    """Fit and measure with the outcomes in the reports of the folder `request.data`; no model is asked.

    Raises:
        InputError: when there is no such folder, no report of the engine in it, or one cannot be read; when there
            are too few lines in it.
    """
    seen = list(read(request.data, engine.name))
    held_out = {p.name for p in of_split(read_manifest(request.manifest), "heldout").packages}
    return report(engine.name, *halves(seen, held_out), request)


def read(folder: Path | None, name: str) -> Iterator[Seen]:
    """Read the cursors of a model from all reports of a folder, each once.

    Raises:
        InputError: when there is no report of the model, or one cannot be read.
    """
    known = set[Place]()
    for path in sorted(folder.glob("*.json")) if folder is not None else ():
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            found = list(_of_report(told, name))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{path} is no report of `editdiff eval ghost`: {error!r}",
                "leave nothing else in the folder, and write it again with --json",
            ) from error
        for place, seen in found:
            if place not in known:
                known.add(place)
                yield seen
    if not known:
        raise InputError(
            f"--data: {folder} holds no report of {name}"
            if folder
            else "--data: no folder is named",
            "name a folder of reports that `editdiff eval ghost --json` wrote with this model",
        )


def _of_report(told: Mapping[str, Any], name: str) -> Iterator[tuple[Place, Seen]]:
    """Cursors of both halves of each language, and where they stand."""
    items = iter(told["items"])
    for row in told["rows"]:
        own, _, language = row["name"].rpartition(", ")
        if own != name:
            continue
        second = [next(items) | outcome for outcome in row["outcomes"]]
        for each in (*told["chosen_on"][row["name"]], *second):
            place = language, each["package"], each["path"], each["offset"]
            keystroke = Keystroke(
                each["text"],
                each["confidence"],
                each["probability"],
                each["exact"],
                each["reason"],
                each["seconds"],
                each["nfe"],
                tuple(each["tokens"]),
                tuple(each["read"]) if each["read"] else None,
            )
            yield place, Seen(language, each["package"], keystroke, each.get("prose"))


def halves(seen: Sequence[Seen], held_out: set[str]) -> tuple[list[Seen], list[Seen]]:
    """Two parts that share no package: every other one by name, those that are held out in the second."""
    free = sorted({each.package for each in seen} - held_out)
    first = set(free[::2])
    return (
        [each for each in seen if each.package in first],
        [each for each in seen if each.package not in first],
    )


def report(
    name: str, known: Sequence[Seen], test: Sequence[Seen], request: Request
) -> ConfidenceReport:
    """Fit on `known`, measure on `test`.

    Raises:
        InputError: unless the first half has right lines and wrong ones, and the second one any.
    """
    written = [each for each in known if each.written]
    right = np.array([each.keystroke.exact for each in written], dtype=np.bool_)
    if not test or right.all() or not right.any():
        raise InputError(
            f"of {len(written)} lines to fit {int(right.sum())} are right, and there are {len(test)} cursors to "
            "measure: too few",
            "add reports of more packages",
        )
    calibration = _fit(written, right)
    first, second = ([_judged(each, calibration) for each in part] for part in (known, test))
    threshold = _least(first, WANTED)
    first, second = (
        [_judged(each, calibration, threshold) for each in part] for part in (known, test)
    )
    calibration = replace(calibration, floor=_floor(first, threshold or AIM))
    rows, bins, curves, thresholds = list[Row](), {}, {}, {}
    for language in (ALL, *sorted({each.language for each in second})):
        other = [s.keystroke for s in second if language in (ALL, s.language)]
        rows.append(_row(language, threshold, first, other))
        curves[language] = curve(other)
        bins[language] = _bins(other)
        if language != ALL:
            own = [s.keystroke for s in first if s.language == language]
            thresholds[language] = _of_language(threshold, own, other)
    for title, prose in (("prose", True), ("code", False)):
        if part := [s.keystroke for s in second if s.prose is prose]:
            rows.append(_row(title, threshold, first, part))
            bins[title] = _bins(part)
    plain = [[_plain(each) for each in part] for part in (known, test)]
    own = [each.keystroke for each in plain[1]]
    rows.append(_row(OWN, _least(plain[0], WANTED), plain[0], own, floor=True))
    bins[OWN] = _bins(own)
    settings = {"manifest": request.manifest.as_posix(), "aim": AIM, "lost": LOST}
    title = (
        f"{NAME}: {name}, {len(test)} cursors in {len({s.package for s in test})} packages, "
        f"calibrated on {len(known)} in {len({s.package for s in known})} others"
    )
    return ConfidenceReport(
        NAME,
        title,
        settings,
        COLUMNS,
        rows,
        _notes(calibration, threshold, second, thresholds),
        calibration=calibration,
        thresholds=thresholds,
        bins=bins,
        curves=curves,
    )


def _of_language(
    threshold: float | None, known: Sequence[Keystroke], test: Sequence[Keystroke]
) -> Threshold:
    """The one threshold, if enough of what it shows in a language is exact in all packages; else a higher one.

    That is chosen on `known` and counted on `test` alone, as the benchmark `ghost` does it.
    """
    together = Threshold.of(threshold, [*known, *test])
    higher = least(known)
    if together.confirmed or higher is None or higher <= (threshold or 0.0):
        return together
    return Threshold.of(higher, test)


def _fit(written: Sequence[Seen], right: BoolArray) -> LineCalibration:
    told, languages = [each.features for each in written], [each.language for each in written]
    read, unread = (
        fitted(told, languages, right, kind.NAMES) for kind in (LineCalibration, Unread)
    )
    plain = Unread(unread.bias, unread.weights, 0.0, unread.languages)
    return LineCalibration(read.bias, read.weights, 0.0, read.languages, plain)


def _judged(seen: Seen, calibration: LineCalibration, least: float | None = None) -> Seen:
    """A cursor with the probability of what was written there as its confidence.

    With what is wanted at `least`, a line is read only where that may decide, as while somebody types.
    """
    if not seen.written:
        return seen
    told = calibration.probability(seen.features, seen.language)
    if least is not None:
        unread = calibration.unread.probability(seen.features, seen.language)
        told = told if calibration.is_open(unread, least) else unread
    return replace(seen, keystroke=replace(seen.keystroke, confidence=told))


def _plain(seen: Seen) -> Seen:
    """A cursor with the network's own confidence in what was written there."""
    if not seen.written:
        return seen
    return replace(seen, keystroke=replace(seen.keystroke, confidence=seen.own))


def _floor(known: Sequence[Seen], threshold: float) -> float:
    """The share of a probability below which the network's own confidence never led to it, but for LOST of them."""
    shares = [
        each.own / each.keystroke.confidence
        for each in known
        if each.written and each.keystroke.exact and each.keystroke.confidence >= threshold
    ]
    return min(1.0, float(np.quantile(shares, LOST))) if shares else 0.0


def _row(
    name: str,
    threshold: float | None,
    known: Sequence[Seen],
    test: Sequence[Keystroke],
    floor: bool = False,
) -> Row:
    """What a threshold shows, how well told and found agree, and what aims cost with thresholds of `known`."""
    p, right = _told(test)
    shown = above(threshold, test)
    bins = _bins(test)
    figures: dict[str, Figure] = {
        "shown": Share(len(shown), len(test)),
        "exact": Share.of([each.exact for each in shown]),
        "ece": Number(100 * expected_calibration_error(bins)),
        "chance": Number(100 * error_by_chance(p, len(bins))),
    }
    if right.any() and not right.all():
        figures["auroc"] = Number(auroc(p, right))
    for aim in AIMS:
        found = above(_least(known, aim), test)
        exact = Share.of([each.exact for each in found])
        figures[f"at{100 * aim:.0f}"] = Shown(Share(len(found), len(test)), exact)
    outcomes = [asdict(each) for each in test]
    return Row(name, figures, outcomes if name == ALL else (), floor)


def _least(known: Sequence[Seen], aim: float) -> float | None:
    """The least threshold above which a share `aim` of what is shown is exact."""
    points = curve([each.keystroke for each in known])
    good = [
        t for t, exact in zip(points["threshold"], points["exact"], strict=True) if exact >= aim
    ]
    return min(good, default=None)


def _told(keystrokes: Sequence[Keystroke]) -> tuple[FloatArray, BoolArray]:
    """Of all lines that might be shown: the probabilities [N] and what is right [N]."""
    lines = [each for each in keystrokes if each.confidence > 0]
    return (
        np.array([each.confidence for each in lines], dtype=np.float64),
        np.array([each.exact for each in lines], dtype=np.bool_),
    )


def _bins(keystrokes: Sequence[Keystroke]) -> list[Bin]:
    p, right = _told(keystrokes)
    return reliability(p, right, max(1, min(BINS, len(p) // LEAST_IN_BIN)))


def _notes(
    calibration: LineCalibration,
    threshold: float | None,
    test: Sequence[Seen],
    thresholds: Mapping[str, Threshold],
) -> list[str]:
    own = [
        f"{name} {told.threshold:.3f}"
        for name, told in thresholds.items()
        if told.confirmed and told.threshold != threshold
    ]
    silent = [name for name, told in thresholds.items() if not told.confirmed]
    looked_up = [each.keystroke for each in test if each.keystroke.text and not each.written]
    told = sum(each.confidence for each in looked_up)
    chosen = "none is good enough" if threshold is None else f"{threshold:.3f}"
    aim = f"{100 * AIM:.0f} %"
    return [
        f"threshold, one for all languages: {chosen}; the least above which {100 * WANTED:.0f} % of what is shown "
        "is exact in the packages that the calibration is fitted on.",
        f"A higher one, since less than {aim} of what that shows is exact in all packages: "
        f"{', '.join(own) or 'none'}; silent, since that is not confirmed: {', '.join(silent) or 'none'}.",
        f"{len(looked_up)} lines were looked up: {told:.0f} should be right by what they tell, "
        f"{sum(each.exact for each in looked_up)} are.",
        "by chance alone: the calibration error that as many lines would show were every probability true.",
        "wanted: the threshold for it is chosen where the calibration is fitted; told are what is shown, and what "
        f"is exact of that. A line is given up below {calibration.floor:.2f} times the probability that is wanted.",
    ]
