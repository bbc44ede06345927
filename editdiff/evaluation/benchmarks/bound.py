"""The benchmark `likelihood` of a network that was trained with a paper's objective: nats a row, bits a byte.

Each row of the text is judged by the objective's own bound, over the time (exactly, left to right), and a network
that is shown whole rows by the bound over the number of masks as well, which is that of the model that reveals one
token after the other in random order. Beside them, how much the gradient of training varies by schedule.
"""

from __future__ import annotations

import math
from pathlib import Path

import torch

from editdiff.diffusion.objectives import AR, BD3LM, MDLM, LLaDA, Objective
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.rows import Estimate, Row, RowReport
from editdiff.evaluation.core.runner import Progress
from editdiff.training import byte_text
from editdiff.training.byte_text import MASK, ByteText, Ids
from editdiff.training.gradients import PAIRS, ROWS, Variance, arms, gradient_variance
from editdiff.training.objective_run import per_byte, row_nats
from editdiff.training.paper_model import PaperModel, load

NAME = "likelihood"
DRAWS = 4
"""Estimates of each row by each estimator."""
AT_ONCE = 16
"""Rows in one forward."""
COLUMNS = {
    "bits_per_byte": "bits a byte [95 %]",
    "nats_per_row": "nats a row [95 %]",
    "gradient_variance": "variance of the loss's gradient [95 %]",
}


def evaluate(folder: Path, request: Request, progress: Progress) -> RowReport:
    """Measure the network in `folder` on `request.data`: the part kept out, if it was trained on the rest.

    Raises:
        UsageError: without data.
        InputError: for a folder or data that cannot be used.
    """
    if request.data is None:
        raise UsageError(
            "likelihood needs a text to judge", "name a file or folder with --data PATH"
        )
    if not request.data.exists():
        raise InputError(f"--data: there is no {request.data}", "name a file or a folder")
    model = load(folder)
    text = byte_text.read(request.data, model.about.length)
    known = text.sha256 == model.about.text_sha256
    stream = text.held_out if known else text.whole
    ids = byte_text.spread_rows(stream, request.limit, model.about.length)
    rows = [
        _bound_row(name, objective, model, ids, request.seed, progress)
        for name, objective in estimators(model).items()
    ]
    rows += _gradient_rows(model, text if known else None, stream, request.seed, progress)
    about = model.about
    settings = {
        "limit": request.limit, "seed": request.seed, "data": request.data.as_posix(), "draws": DRAWS,
        "objective": about.objective, "block_size": about.block_size, "tokens": about.tokens,
    }  # fmt: skip
    size = int(byte_text.n_bytes(ids).sum())
    title = (
        f"{NAME}: {len(ids)} rows of {about.length} ids, {size} bytes, {_part(known, request.data)}"
    )
    return RowReport(NAME, title, settings, COLUMNS, rows, _notes(model, rows))


def estimators(model: PaperModel) -> dict[str, Objective]:
    """The bounds that a network has, by what a reader should call them."""
    objective, name = model.objective, model.about.objective
    if isinstance(objective, AR):
        return {f"{name}, exact": objective}
    if isinstance(objective, BD3LM):
        return {f"{name}, blocks of {objective.block_size}, over the time": objective}
    over_time = MDLM(MASK) if isinstance(objective, LLaDA) else objective
    return {f"{name}, over the time": over_time, f"{name}, any order": LLaDA(MASK)}


def _bound_row(
    name: str, objective: Objective, model: PaperModel, ids: Ids, seed: int, progress: Progress
) -> Row:
    nats: list[float] = []
    for start in range(0, len(ids), AT_ONCE):
        x0 = torch.from_numpy(ids[start : start + AT_ONCE])
        nats += row_nats(objective, model.network, x0, DRAWS, seed + start).tolist()
        progress(name, len(nats), len(ids))
    bits = Estimate(*per_byte(nats, byte_text.n_bytes(ids)))
    bounds = torch.tensor(nats, dtype=torch.float64)
    error = float(bounds.std()) / math.sqrt(len(nats)) if len(nats) > 1 else math.inf
    figures = {"bits_per_byte": bits, "nats_per_row": Estimate(float(bounds.mean()), error)}
    return Row(name, figures, [{"nats": value} for value in nats])


def _gradient_rows(
    model: PaperModel, text: ByteText | None, stream: Ids, seed: int, progress: Progress
) -> list[Row]:
    """A row for each schedule, with batches of what was trained on, if it is there."""
    source = stream if text is None else text.train
    rows = []
    for name, objective in arms(model, source).items():
        label = f"training, {name}"
        variance = gradient_variance(
            model, objective, source, seed=seed,
            told=lambda done, label=label: progress(label, done, PAIRS),  # type: ignore[misc]
        )  # fmt: skip
        rows.append(Row(label, {"gradient_variance": _estimate(variance)}))
    return rows


def _estimate(variance: Variance) -> Estimate:
    return Estimate(variance.value, variance.error)


def _part(known: bool, data: Path) -> str:
    return f"held out of {data}" if known else f"from {data}, which it was not trained on"


def _notes(model: PaperModel, rows: list[Row]) -> list[str]:
    notes = [
        f"Upper bounds, {DRAWS} draws a row; the intervals are over rows, with what the draws add. "
        "All ids count, also the one before each text; bytes are only what the text has."
        if not isinstance(model.objective, AR)
        else "Exact. All ids count, also the one before each text; bytes are only what the text has."
    ]
    if any("gradient_variance" in row.figures for row in rows):
        notes.append(
            f"Variance of the gradient: trace of the covariance over {2 * PAIRS} batches of {ROWS} rows, the same "
            "for every schedule, at these weights."
        )
    return notes
