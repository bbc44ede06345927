"""How much the gradient of a training loss varies, by the schedule of its noise.

The bound does not depend on the schedule, its gradient estimate's variance does (BD3-LM, arXiv 2503.09573, §5):
here over batches of text and noise as training draws them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from editdiff.papers.clipping import LOWEST, Interval, least_varying, variances
from editdiff.papers.objectives import AR, BD3LM, MDLM, Objective
from editdiff.papers.run.byte_text import MASK, Ids, batch
from editdiff.papers.run.paper_model import PaperModel
from editdiff.papers.schedule import Cosine, Linear, LogLinear, Polynomial, Schedule

SCHEDULES: dict[str, Schedule] = {
    "linear": Linear(),
    "cosine": Cosine(),
    "polynomial": Polynomial(),
    "log-linear": LogLinear(),
}
ROWS = 8
"""Rows of a batch."""
PAIRS = 6
"""Pairs of batches that a variance is estimated from."""


INTERVALS: tuple[Interval, ...] = (
    (LOWEST, 1.0), (LOWEST, 0.5), (0.25, 0.75), (0.3, 0.8), (0.45, 0.95), (0.5, 1.0),
)  # fmt: skip
"""Intervals of times that are compared: all times, and halves of them."""


@dataclass(frozen=True)
class Variance:
    """Variance of a loss's gradient at one set of weights: the trace of its covariance, nats a token squared."""

    value: float
    error: float
    """Standard error."""


@dataclass(frozen=True)
class Clipped:
    """What training in an interval of times varies by."""

    interval: Interval
    of_blocks: float
    """Variance of a block's loss a token over blocks, by which BD3-LM's search chooses: nats squared."""
    gradient: Variance
    """Variance of a batch's gradient."""


def arms(model: PaperModel, stream: Ids) -> dict[str, Objective]:
    """The losses to compare: masked diffusion by schedule, and the linear one at clipped times.

    An autoregressive network has none. One that is shown whole rows is asked with MDLM's loss whatever it was
    trained with, and its interval is searched on `stream` with one block of the row's length.
    """
    objective, length = model.objective, model.about.length
    if isinstance(objective, AR):
        return {}
    if isinstance(objective, BD3LM):
        blocks, whole = objective, None
    else:
        blocks, whole = BD3LM(MASK, length, vectorised=False), MDLM(MASK)
    unclipped = replace(blocks, interval=(0.0, 1.0))
    objectives: dict[str, Objective] = {
        name: replace(unclipped if whole is None else whole, schedule=schedule)
        for name, schedule in SCHEDULES.items()
    }
    interval = model.about.interval or _searched(unclipped, model, stream)
    clipped = replace(blocks, interval=interval, schedule=SCHEDULES["linear"])
    return objectives | {f"clipped to {interval[0]:g} … {interval[1]:g}": clipped}


def _searched(objective: BD3LM, model: PaperModel, stream: Ids) -> Interval:
    x0 = torch.from_numpy(batch(stream, 0, 0, ROWS, model.about.length))
    generator = torch.Generator().manual_seed(0)
    return least_varying(variances(objective, model.network, [x0], generator))


def by_interval(
    model: PaperModel, stream: Ids, pairs: int = PAIRS, intervals: Sequence[Interval] = INTERVALS
) -> list[Clipped]:
    """How BD3-LM's training varies by the interval its times are drawn in, on batches of `stream`.

    Raises:
        ValueError: a network without blocks.
    """
    if not isinstance(model.objective, BD3LM):
        raise ValueError(f"{model.about.objective} has no blocks")
    batches = [torch.from_numpy(_batch(model, stream, 0, step)) for step in range(2 * pairs)]
    generator = torch.Generator().manual_seed(0)
    of_blocks = variances(model.objective, model.network, batches, generator, intervals)
    measured = []
    for interval in intervals:
        objective = replace(model.objective, interval=interval)
        gradient = gradient_variance(model, objective, stream, pairs)
        measured.append(Clipped(interval, of_blocks[interval], gradient))
    return measured


def gradient_variance(
    model: PaperModel,
    objective: Objective,
    stream: Ids,
    pairs: int = PAIRS,
    seed: int = 0,
    told: Callable[[int], None] = lambda done: None,
) -> Variance:
    """Variance of the loss's gradient over batches drawn from `stream`, the same ones for every objective.

    Half the squared distance of two independent gradients is an unbiased estimate of it.
    """
    estimates = []
    for pair in range(pairs):
        one, two = (_gradient(model, objective, stream, seed, 2 * pair + i) for i in range(2))
        estimates.append(float((one - two).square().sum()) / 2)
        told(pair + 1)
    error = float(np.std(estimates, ddof=1)) / math.sqrt(pairs) if pairs > 1 else math.inf
    return Variance(float(np.mean(estimates)), error)


def _batch(model: PaperModel, stream: Ids, seed: int, step: int) -> Ids:
    return batch(stream, seed, step, ROWS, model.about.length)


def _gradient(model: PaperModel, objective: Objective, stream: Ids, seed: int, step: int) -> Tensor:
    """The gradient by all weights, [parameters]."""
    network = model.network
    x0 = torch.from_numpy(_batch(model, stream, seed, step))
    network.zero_grad(set_to_none=True)
    generator = torch.Generator().manual_seed((seed << 32) + step)
    objective.loss(network, x0, generator).backward()  # type: ignore[no-untyped-call]
    parts = [p.grad.flatten() for p in network.parameters() if p.grad is not None]
    network.zero_grad(set_to_none=True)
    return torch.cat(parts)
