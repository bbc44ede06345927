"""How likely a network of a paper's objective finds a text, and how much the gradient of its training varies.

Each row of the text is judged by the objective's own bound, over the time (exactly, left to right), and for a
network that is shown whole rows by the bound over the number of masks as well, which is that of the model that
reveals one token after the other in random order. The variance of the gradient is told by schedule.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from editdiff.papers.objectives import AR, BD3LM, MDLM, LLaDA, Objective
from editdiff.papers.run import byte_text
from editdiff.papers.run.byte_text import MASK, ByteText, Ids
from editdiff.papers.run.gradients import PAIRS, Variance, arms, gradient_variance
from editdiff.papers.run.objective_run import per_byte, row_nats
from editdiff.papers.run.paper_model import About, PaperModel, load

DRAWS = 4
"""Estimates of each row by each estimator."""
AT_ONCE = 16
"""Rows in one forward."""
Told = Callable[[str, int, int], None]
"""Told what is measured, how much of it is done, and of how much."""


@dataclass(frozen=True)
class Bound:
    """What one estimator says of the rows."""

    name: str
    nats: list[float]
    """Of each row."""
    per_byte: tuple[float, float]
    """Bits a byte, and their standard error over the rows."""
    per_row: tuple[float, float]
    """Nats a row, and their standard error; infinite for a single row."""


@dataclass(frozen=True)
class Judged:
    """A network, judged on rows of a text."""

    about: About
    exact: bool
    """Whether the bounds are the likelihood itself."""
    held_out: bool
    """Whether the network was trained on the rest of this text."""
    n_rows: int
    n_bytes: int
    bounds: list[Bound]
    variances: dict[str, Variance]
    """Variance of the loss's gradient, by schedule of the training."""


def judge(folder: Path, data: Path, limit: int, seed: int, told: Told) -> Judged:
    """Judge the network in `folder` on at most `limit` rows of `data`: of the part kept out, if it knows the rest.

    Raises:
        InputError: for a folder or data that cannot be used.
    """
    model = load(folder)
    text = byte_text.read(data, model.about.length)
    known = text.sha256 == model.about.text_sha256
    stream = text.held_out if known else text.whole
    ids = byte_text.spread_rows(stream, limit, model.about.length)
    return Judged(
        about=model.about,
        exact=isinstance(model.objective, AR),
        held_out=known,
        n_rows=len(ids),
        n_bytes=int(byte_text.n_bytes(ids).sum()),
        bounds=[
            _bound(name, objective, model, ids, seed, told)
            for name, objective in estimators(model).items()
        ],
        variances=dict(_variances(model, text if known else None, stream, seed, told)),
    )


def estimators(model: PaperModel) -> dict[str, Objective]:
    """The bounds that a network has, by what a reader should call them."""
    objective, name = model.objective, model.about.objective
    if isinstance(objective, AR):
        return {f"{name}, exact": objective}
    if isinstance(objective, BD3LM):
        return {f"{name}, blocks of {objective.block_size}, over the time": objective}
    over_time = MDLM(MASK) if isinstance(objective, LLaDA) else objective
    return {f"{name}, over the time": over_time, f"{name}, any order": LLaDA(MASK)}


def _bound(
    name: str, objective: Objective, model: PaperModel, ids: Ids, seed: int, told: Told
) -> Bound:
    nats: list[float] = []
    for start in range(0, len(ids), AT_ONCE):
        x0 = torch.from_numpy(ids[start : start + AT_ONCE])
        nats += row_nats(objective, model.network, x0, DRAWS, seed + start).tolist()
        told(name, len(nats), len(ids))
    rows = torch.tensor(nats, dtype=torch.float64)
    error = float(rows.std()) / math.sqrt(len(nats)) if len(nats) > 1 else math.inf
    bits = per_byte(nats, byte_text.n_bytes(ids))
    return Bound(name, nats, bits, (float(rows.mean()), error))


def _variances(
    model: PaperModel, text: ByteText | None, stream: Ids, seed: int, told: Told
) -> Iterator[tuple[str, Variance]]:
    """The variance of each schedule, with batches of what was trained on, if it is there."""
    source = stream if text is None else text.train
    for name, objective in arms(model, source).items():
        label = f"training, {name}"
        variance = gradient_variance(
            model, objective, source, seed=seed,
            told=lambda done, label=label: told(label, done, PAIRS),  # type: ignore[misc]
        )  # fmt: skip
        yield label, variance
