"""The benchmark `lookup`: how often what is looked up is right, without any network, and whether it knows.

Two kinds of gaps in held-out files: whole lines, and the rest of a line at a cursor. How often a candidate is
right is a logistic regression on what agrees around it, with one set of weights for both; where the training
packages are at hand it is fitted anew on them, and the notes tell the weights that `engines.lookup` should have.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import numpy as np

from editdiff.engines.base import Engine
from editdiff.engines.lookup import BIAS, WEIGHTS, Candidate, look_up
from editdiff.errors import InputError
from editdiff.evaluation.core import gaps
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.gaps import Source
from editdiff.evaluation.core.logistic import expected_calibration_error, fit, reliability
from editdiff.evaluation.core.metrics import exact
from editdiff.evaluation.core.rows import Figure, Number, Row, RowReport, Seconds
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.table import Share
from editdiff.evaluation.data import keystrokes
from editdiff.evaluation.data.packages import held_out, training_files

NAME = "lookup"
KINDS = ("single lines", "rest of the line at a cursor")
COLUMNS = {
    "covered": "something found % [95 %]",
    "first": "the first is right % [95 %]",
    "any": "one of four % [95 %]",
    "calibration": "expected calibration error, points",
    "seconds": "time, median",
}


@dataclass(frozen=True)
class Found:
    """What the lookup gave for one gap."""

    truth: str
    candidates: tuple[Candidate, ...]
    right: tuple[bool, ...]
    """Whether each candidate is exact."""
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Candidates with the probabilities that were told, whether they are right, and the time."""
        told = [c.probability for c in self.candidates]
        return {**asdict(self), "probability": told}


def evaluate(engine: Engine, request: Request, progress: Progress) -> RowReport:
    """Look up both kinds of gaps in held-out files; the engine is not asked.

    Raises:
        InputError: when the manifest cannot be used or holds out nothing that can be hidden.
    """
    files = list(held_out(request.manifest, request.cache))
    looked_up = {kind: list(_watched(kind, files, request, progress)) for kind in KINDS}
    if not all(looked_up.values()):
        raise InputError(
            f"{request.manifest} holds out no line to be filled",
            'give packages in it `split = "heldout"`',
        )
    known = training_files(request.manifest, request.cache)
    learnt = [f for kind in KINDS for f in look(kind, known, request.limit, request.seed)]
    settings = {
        "limit": request.limit,
        "seed": request.seed,
        "manifest": request.manifest.as_posix(),
        "bias": BIAS,
        "weights": WEIGHTS,
    }
    title = f"{NAME}: what stands in a place like the gap elsewhere in its file"
    rows = [row(kind, looked_up[kind]) for kind in KINDS]
    return RowReport(NAME, title, settings, COLUMNS, rows, notes(learnt))


def _watched(
    kind: str, files: Sequence[Source], request: Request, progress: Progress
) -> Iterator[Found]:
    for done, one in enumerate(look(kind, files, request.limit, request.seed), 1):
        progress(kind, done, request.limit)
        yield one


def look(kind: str, files: Iterable[Source], limit: int, seed: int) -> Iterator[Found]:
    """Draw at most `limit` gaps of a kind and look each up."""
    if kind == KINDS[0]:
        for gap in gaps.draw(files, limit, seed):
            before, after = gap.text[: gap.span.start], gap.text[gap.span.end :]
            started = time.perf_counter()
            candidates = look_up(before, after)
            seconds = time.perf_counter() - started
            right = tuple(exact(c.text, gap.truth) for c in candidates)
            yield Found(gap.truth, tuple(candidates), right, seconds)
    else:
        for cursor in keystrokes.draw(files, limit, seed):
            before, after = cursor.text[: cursor.offset], cursor.text[cursor.offset :]
            started = time.perf_counter()
            candidates = look_up(before, after)
            seconds = time.perf_counter() - started
            lines = [c.text.partition("\n")[0] for c in candidates]
            kept = [(c, line) for c, line in zip(candidates, lines, strict=True) if line.strip()]
            right = tuple(line == cursor.truth for _, line in kept)
            yield Found(cursor.truth, tuple(c for c, _ in kept), right, seconds)


def row(kind: str, looked_up: Sequence[Found]) -> Row:
    """Count at least one gap."""
    told = np.array([c.probability for f in looked_up for c in f.candidates])
    right = np.array([r for f in looked_up for r in f.right], dtype=np.bool_)
    figures: dict[str, Figure] = {
        "covered": Share.of([bool(f.candidates) for f in looked_up]),
        "first": Share.of([any(f.right[:1]) for f in looked_up]),
        "any": Share.of([any(f.right) for f in looked_up]),
        "seconds": Seconds(median(f.seconds for f in looked_up)),
    }
    if len(told):
        error = expected_calibration_error(reliability(told, right))
        figures["calibration"] = Number(100 * error)
    return Row(kind, figures, [f.to_json() for f in looked_up], floor=False)


def notes(learnt: Sequence[Found]) -> list[str]:
    """What a reader has to know; the regression of other files' gaps, where there are any."""
    said = "right: the hidden line, but for white space at its ends; at a cursor character for character."
    features = np.array([c.features for f in learnt for c in f.candidates])
    right = np.array([r for f in learnt for r in f.right], dtype=np.bool_)
    if not right.any():
        return [said, "The regression was not fitted: the training packages are not in the cache."]
    fitted = fit(features, right)
    weights = ", ".join(f"{w:.3f}" for w in fitted.weights)
    return [
        said,
        f"fitted on {len(learnt)} gaps of training packages: {fitted.bias:.3f}, ({weights})",
    ]
