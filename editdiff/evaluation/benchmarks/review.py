"""The benchmark `review`: faults injected into files of held-out packages, and how well doubt finds them.

Protocol: stretches of lines are judged, with one fault in each (`data.injected`); the rest of the file is
the context. One half of the files fits the calibration, all figures are of the other half; where a folder of other
people's packages is named, the Python files of these fit it, and the figures are of all held-out files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from editdiff.engines.base import Engine
from editdiff.engines.doubt import (
    ALL_FEATURES,
    FEATURES,
    GUESSED,
    KINDS,
    PLAIN,
    SEEN,
    Calibration,
    LocalDoubter,
    Logistic,
)
from editdiff.engines.doubters import doubter_of, network_of
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks.token_judgements import (
    Judged,
    by_line,
    faulty_ranks,
    joined,
    judge,
)
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.byte_ngram import CHARS, ByteNGram
from editdiff.evaluation.core.calibrated import CalibratedReport
from editdiff.evaluation.core.gaps import Source, spread
from editdiff.evaluation.core.logistic import (
    Bin,
    auroc,
    average_precision,
    expected_calibration_error,
    fit,
    reliability,
)
from editdiff.evaluation.core.rows import Estimate, Figure, Number, Row
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.table import Share
from editdiff.evaluation.data.folder_files import LARGEST, by_language
from editdiff.evaluation.data.injected import LINES, Stretch, of_file
from editdiff.evaluation.data.keystrokes import halves
from editdiff.evaluation.data.packages import held_out, training_texts
from editdiff.text.lines import LineTable
from editdiff.tokens.base import BoolArray, FloatArray, IntArray
from editdiff.training.corpus.sources import read_manifest

NAME = "review"
MASKED = 0.05
"""Share of the tokens, the most doubtful ones, that are masked and guessed afresh."""
FEW_RIDGE = 10.0
"""Ridge of the regression of masked tokens: only some dozens of them are wrong."""
THRESHOLDS = (0.02, 0.05, 0.1, 0.2, 0.3)
"""Probabilities from which on a line counts as doubtful."""
RESAMPLED = 200
"""Draws of the bootstrap over stretches."""
COLUMNS = {
    "auroc": "AUROC, tokens [95 %]",
    "precision": "average precision, tokens [95 %]",
    "line_auroc": "AUROC, lines [95 %]",
    "top1": "faulty line first %",
    "top3": "of 3 %",
    "top10": "of 10 %",
    "ece": "calibration error %",
    "seconds": "CPU s/1,000 lines",
}


class Reading(NamedTuple):
    """What a row of the table says of every place."""

    name: str
    p: FloatArray
    """[N] probability of being wrong."""
    seconds: float | None = None
    """CPU seconds for all stretches; None where they were not measured apart."""
    floor: bool = False


ReviewReport = CalibratedReport[Calibration]


def evaluate(engine: Engine, request: Request, progress: Progress) -> ReviewReport:
    """Draw stretches in two sets of files, fit the calibration on one, report the other.

    The files of the first are those of the folder `request.data`, where one is named.

    Raises:
        UsageError: when the engine has no network on this machine.
        InputError: when the manifest cannot be used or holds out too little code, or the folder holds too little.
    """
    kept = held_out(request.manifest, request.cache)
    parts: tuple[Sequence[Source], Sequence[Source]]
    if request.data is None:
        parts = halves(kept)
    else:
        parts = by_language(request.data, LARGEST, ("python",))["python"], [*kept]
    known, test = (spread(part, request.limit // 2, request.seed, of_file) for part in parts)
    if len(known) < 2 or not test:
        where = request.data or request.manifest
        raise InputError(
            f"too few files with code to be made wrong in {where}",
            'give packages in the manifest `split = "heldout"`, name a larger folder, or raise --limit',
        )
    texts = training_texts(read_manifest(request.manifest), request.cache, CHARS)
    return report(engine, known, test, ByteNGram(texts) if texts else None, request, progress)


def report(
    engine: Engine,
    known: Sequence[Stretch],
    test: Sequence[Stretch],
    floor: ByteNGram | None,
    request: Request,
    progress: Progress = lambda name, done, total: None,
) -> ReviewReport:
    """Fit on `known`, measure on `test`."""
    doubter, total = doubter_of(network_of(engine), engine.name), len(known) + len(test)
    masks, done = isinstance(doubter, LocalDoubter), 0

    def judged(stretches: Sequence[Stretch], calibration: Calibration | None) -> Judged:
        nonlocal done
        judgements = []
        for stretch in stretches:
            judgements.append(judge(doubter, stretch, calibration, floor))
            done += 1
            progress(engine.name, done, total)
        return joined(judgements)

    cut = len(known) // 2
    first = judged(known[:cut], None)
    second = judged(known[cut:], rough(first))
    calibration, fitted_on = calibrate(first, second), joined([first, second])
    tested = judged(test, calibration)
    readings = [
        *_readings(engine.name, calibration, fitted_on, tested, masks),
        *_floors(floor, fitted_on, tested, request.seed),
    ]
    bins = {reading.name: reliability(reading.p, tested.wrong) for reading in readings}
    settings = {
        "limit": request.limit,
        "seed": request.seed,
        "manifest": request.manifest.as_posix(),
        "lines": LINES,
        "masked": MASKED,
    }
    return ReviewReport(
        NAME,
        f"{NAME}: {len(test)} stretches of {LINES} lines in held-out files, one fault in each",
        settings,
        COLUMNS,
        [_row(reading, tested) for reading in readings],
        [
            *_notes(known, test, tested, bins[engine.name], floor, masks),
            counting(readings[0].p, tested),
        ],
        [_item(stretch) for stretch in test],
        calibration=calibration,
        bins=bins,
    )


def rough(known: Judged) -> Calibration:
    """A calibration that says which places are worth masking."""
    first = regression(known.features, known.wrong, FEATURES)
    least = np.quantile(first.probability(known.features, FEATURES), 1 - MASKED)
    return Calibration(first, first, float(least), LINES)


def calibrate(first: Judged, second: Judged) -> Calibration:
    """Fit to both parts, and to the places that were masked in the second.

    Few of those are wrong, so what was seen before counts there as one feature: the log-odds that it gave.
    """
    seen, wrong = rough(joined([first, second])), second.wrong[second.again]
    if wrong.all() or not wrong.any():
        return seen
    log_odds = seen.first.log_odds(second.guessed, ALL_FEATURES)
    told = np.column_stack((log_odds, second.guessed[:, len(FEATURES) :]))
    bias, (share, *weights) = fit(told, wrong, FEW_RIDGE)
    before = {name: float(share * weight) for name, weight in seen.first.weights.items()}
    after = {name: float(weight) for name, weight in zip(GUESSED, weights, strict=True)}
    return replace(seen, again=Logistic(bias + float(share) * seen.first.bias, before | after))


def regression(features: FloatArray, wrong: BoolArray, names: Sequence[str]) -> Logistic:
    """Fit features [N, F] of those names.

    Raises:
        InputError: unless some of the places are wrong, and some are not.
    """
    if wrong.all() or not wrong.any():
        raise InputError("no place of the files to fit is wrong", "raise --limit")
    bias, weights = fit(features, wrong)
    return Logistic(bias, {n: float(w) for n, w in zip(names, weights, strict=True)})


def _readings(
    name: str, calibration: Calibration, known: Judged, tested: Judged, masks: bool
) -> Iterator[Reading]:
    """The model: all of it, then without parts of it; one without a canvas has no parts."""
    looking, guessing = tested.seconds.tolist()
    p = calibration.first.probability(tested.features, FEATURES)
    final = p.copy()
    final[tested.again] = calibration.again.probability(tested.guessed, ALL_FEATURES)
    yield Reading(name, final, looking + guessing)
    if masks:
        yield Reading("nothing masked", p, looking)
    parts = (("left to right alone", SEEN[:1]), ("canvas alone", SEEN[1:])) if masks else ()
    for title, names in parts:
        kept = [FEATURES.index(feature) for feature in (*names, *KINDS)]
        fitted = regression(known.features[:, kept], known.wrong, (*names, *KINDS))
        yield Reading(title, fitted.probability(tested.features, FEATURES))
    yield Reading("not calibrated", PLAIN.first.probability(tested.features, FEATURES))


def _floors(floor: ByteNGram | None, known: Judged, tested: Judged, seed: int) -> Iterator[Reading]:
    if floor is not None:
        fitted = regression(_of_bytes(known), known.wrong, ("bytes", *KINDS))
        p = fitted.probability(_of_bytes(tested), ("bytes", *KINDS))
        yield Reading(f"{floor.order} bytes at a time", p, floor=True)
    share = known.wrong.mean()
    drawn = np.random.default_rng(seed).random(len(tested.wrong))
    p = share * (0.5 + drawn)  # right on average, and in no order
    yield Reading("at random", p, floor=True)


def _of_bytes(judged: Judged) -> FloatArray:
    return np.column_stack((judged.bytes, judged.features[:, len(SEEN) : len(FEATURES)]))


def _row(reading: Reading, tested: Judged) -> Row:
    lines, wrong, stretch = by_line(reading.p, tested)
    ranks = faulty_ranks(lines, wrong, stretch)
    figures: dict[str, Figure] = {
        "auroc": resampled(auroc, reading.p, tested.wrong, tested.stretch),
        "precision": resampled(average_precision, reading.p, tested.wrong, tested.stretch),
        "line_auroc": resampled(auroc, lines, wrong, stretch),
        **{f"top{n}": Share.of([rank <= n for rank in ranks]) for n in (1, 3, 10)},
        "ece": Number(100 * expected_calibration_error(reliability(reading.p, tested.wrong))),
    }
    if reading.seconds is not None:
        figures["seconds"] = Number(1000 * reading.seconds / (LINES * len(ranks)))
    return Row(reading.name, figures, [{"rank": rank} for rank in ranks], reading.floor)


def resampled(
    measure: Callable[[FloatArray, BoolArray], float],
    p: FloatArray,
    wrong: BoolArray,
    stretch: IntArray,
) -> Estimate:
    """A figure with its standard error, by the bootstrap over stretches (Efron 1979)."""
    rng = np.random.default_rng(0)
    places = [np.flatnonzero(stretch == number) for number in np.unique(stretch)]
    values = []
    for _ in range(RESAMPLED):
        drawn = np.concatenate([places[i] for i in rng.integers(len(places), size=len(places))])
        values.append(measure(p[drawn], wrong[drawn]))
    return Estimate(measure(p, wrong), float(np.nanstd(values)))


def _notes(
    known: Sequence[Stretch],
    test: Sequence[Stretch],
    tested: Judged,
    bins: Sequence[Bin],
    floor: ByteNGram | None,
    masks: bool,
) -> list[str]:
    packages = ", ".join(sorted({stretch.package for stretch in test}))
    top, wrong = bins[-1], tested.wrong
    caught = Share(int(wrong[tested.again].sum()), int(wrong.sum()))
    notes = [
        f"{len(wrong)} tokens, {100 * wrong.mean():.2f} % of them wrong, of {packages}; calibrated "
        f"on {len(known)} stretches of other files. Faults are rarer in most code than one in {LINES} lines, and "
        "the probabilities too high there.",
        "one look at all tokens, from left to right in view of both sides; white space is not judged."
        if not masks
        else f"masked and guessed afresh: {100 * len(tested.again) / len(wrong):.1f} % of the tokens, among them "
        f"{caught} % of the wrong ones.",
        f"calibration error: {len(bins)} bins of as many tokens each; of the most doubtful {100 / len(bins):.0f} % "
        f"of the tokens {100 * top.found:.1f} % are wrong, told were {100 * top.told:.1f} %.",
        "a line is as doubtful as its most doubtful token; behind equal ones it ranks last.",
    ]
    if floor is None:
        notes.append("The floor of bytes is missing: not all training packages are in the cache.")
    return notes


def counting(p: FloatArray, tested: Judged) -> str:
    """What a threshold on probabilities [N] finds, and what it costs in lines without a fault."""
    lines, wrong, _ = by_line(p, tested)
    parts = []
    for threshold in THRESHOLDS:
        counts = lines >= threshold
        caught = Share(int((counts & wrong).sum()), int(wrong.sum()))
        false = 1000 * float((counts & ~wrong).mean())
        parts.append(f"{100 * threshold:g} %: {caught} % of the faulty lines, {false:.1f} others")
    return f"lines that count from a threshold on, others in 1,000 lines; {'; '.join(parts)}."


def _item(stretch: Stretch) -> dict[str, Any]:
    line = LineTable(stretch.text).position(stretch.wrong.start).line + 1
    return {
        "package": stretch.package,
        "path": stretch.path,
        "line": line,
        "kind": stretch.kind,
        "written": stretch.wrong.slice(stretch.text),
    }
