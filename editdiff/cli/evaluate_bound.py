"""`eval likelihood` of a network that was trained with a paper's objective: nats a row, bits a byte."""

from __future__ import annotations

from pathlib import Path

from editdiff.errors import InputError, UsageError
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.rows import Estimate, Row, RowReport
from editdiff.evaluation.core.runner import Progress
from editdiff.papers.run.gradients import PAIRS, ROWS
from editdiff.papers.run.likelihood import DRAWS, Judged, judge

NAME = "likelihood"
COLUMNS = {
    "bits_per_byte": "bits a byte [95 %]",
    "nats_per_row": "nats a row [95 %]",
    "gradient_variance": "variance of the loss's gradient [95 %]",
}


def evaluate_bound(folder: Path, request: Request, progress: Progress) -> RowReport:
    """Measure the network in `folder` on `request.data`: the part kept out, if it was trained on the rest.

    Raises:
        UsageError: without data.
        InputError: for a folder or data that cannot be used.
    """
    data = request.data
    if data is None:
        raise UsageError(
            "likelihood needs a text to judge", "name a file or folder with --data PATH"
        )
    if not data.exists():
        raise InputError(f"--data: there is no {data}", "name a file or a folder")
    judged = judge(folder, data, request.limit, request.seed, progress)
    about = judged.about
    settings = {
        "limit": request.limit, "seed": request.seed, "data": data.as_posix(), "draws": DRAWS,
        "objective": about.objective, "block_size": about.block_size, "tokens": about.tokens,
    }  # fmt: skip
    part = f"held out of {data}" if judged.held_out else f"from {data}, which it was not trained on"
    title = f"{NAME}: {judged.n_rows} rows of {about.length} ids, {judged.n_bytes} bytes, {part}"
    return RowReport(NAME, title, settings, COLUMNS, _rows(judged), _notes(judged))


def _rows(judged: Judged) -> list[Row]:
    """A row for each estimator, then one for each schedule of training."""
    bounds = [
        Row(
            bound.name,
            {"bits_per_byte": Estimate(*bound.per_byte), "nats_per_row": Estimate(*bound.per_row)},
            [{"nats": value} for value in bound.nats],
        )
        for bound in judged.bounds
    ]
    return bounds + [
        Row(name, {"gradient_variance": Estimate(variance.value, variance.error)})
        for name, variance in judged.variances.items()
    ]


def _notes(judged: Judged) -> list[str]:
    notes = [
        "Exact. All ids count, also the one before each text; bytes are only what the text has."
        if judged.exact
        else f"Upper bounds, {DRAWS} draws a row; the intervals are over rows, with what the draws add. "
        "All ids count, also the one before each text; bytes are only what the text has."
    ]
    if judged.variances:
        notes.append(
            f"Variance of the gradient: trace of the covariance over {2 * PAIRS} batches of {ROWS} rows, the same "
            "for every schedule, at these weights."
        )
    return notes
