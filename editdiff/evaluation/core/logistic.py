"""Logistic regression, and what tells whether probabilities are right: for a few features and many items.

By hand, as it fits as scikit-learn does in the same time: docs/log.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from editdiff.tokens.base import BoolArray, FloatArray

RIDGE = 1.0
"""Weight of the squared weights of features with unit variance, beside the log-likelihood; not of the bias."""
STEPS, CLOSE = 100, 1e-8
"""Most Newton steps, and the largest change of a weight at which they end."""


class Fitted(NamedTuple):
    """The regression."""

    bias: float
    weights: FloatArray
    """[F]"""


def fit(features: FloatArray, right: BoolArray, ridge: float = RIDGE) -> Fitted:
    """Fit features [N, F] to what happened [N], by iteratively reweighted least squares (Hastie et al., §4.4.1).

    A step that would make it worse is halved. A feature that never varies gets no weight.

    Raises:
        ValueError: unless both outcomes occur.
    """
    if right.all() or not right.any():
        raise ValueError("a regression needs both outcomes")
    mean, scale = features.mean(axis=0), features.std(axis=0)
    varies = scale > 0
    x = np.column_stack((np.ones(len(features)), (features - mean) / np.where(varies, scale, 1.0)))
    penalty = ridge * np.concatenate(([0.0], np.ones(features.shape[1])))
    beta = np.zeros(x.shape[1])
    beta[0] = np.log(right.mean() / (1 - right.mean()))
    for _ in range(STEPS):
        p = sigmoid(x @ beta)
        gradient = x.T @ (right - p) - penalty * beta
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        now = _loss(x, right, beta, penalty)
        while _loss(x, right, beta + step, penalty) > now and np.abs(step).max() > CLOSE:
            step = step / 2
        beta = beta + step
        if np.abs(step).max() <= CLOSE:
            break
    weights = np.where(varies, beta[1:] / np.where(varies, scale, 1.0), 0.0)
    return Fitted(float(beta[0] - weights @ mean), weights)


def sigmoid(x: FloatArray) -> FloatArray:
    """Probabilities of log-odds, each by itself."""
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -500, 500))))


def auroc(score: FloatArray, right: BoolArray) -> float:
    """Probability that what is right has a higher score than what is not, ties counted half (Hanley & McNeil 1982).

    NaN unless both outcomes occur.
    """
    _, inverse, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[inverse]  # the middle one of equal scores
    n, m = int(right.sum()), int((~right).sum())
    return float((rank[right].sum() - n * (n + 1) / 2) / (n * m)) if n and m else float("nan")


def average_precision(score: FloatArray, right: BoolArray) -> float:
    """Mean, over what is right, of the precision among all that scores at least as high; NaN of nothing."""
    values, inverse, count = np.unique(-score, return_inverse=True, return_counts=True)
    hits = np.bincount(inverse, weights=right, minlength=len(values))
    precision = np.cumsum(hits) / np.cumsum(count)
    return float((hits * precision).sum() / hits.sum()) if hits.sum() else float("nan")


class Bin(NamedTuple):
    """Items of like probability."""

    told: float
    """Mean probability."""
    found: float
    """Share of them that is right."""
    items: int


def reliability(p: FloatArray, right: BoolArray, bins: int = 15) -> list[Bin]:
    """Cut the items into bins of equal number, from the least probability to the greatest."""
    order = np.argsort(p, kind="stable")
    return [
        Bin(float(p[part].mean()), float(right[part].mean()), len(part))
        for part in np.array_split(order, bins)
        if len(part)
    ]


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """Mean distance of told and found, by items (Naeini et al. 2015); over bins of equal mass."""
    total = sum(b.items for b in bins)
    return sum(b.items * abs(b.told - b.found) for b in bins) / total


def error_by_chance(p: FloatArray, bins: int, draws: int = 200, seed: int = 0) -> float:
    """The expected calibration error of probabilities [N] that are all true: a few items miss them by chance."""
    rng = np.random.default_rng(seed)
    found = [reliability(p, rng.random(len(p)) < p, bins) for _ in range(draws)]
    return float(np.mean([expected_calibration_error(some) for some in found]))


def _loss(x: FloatArray, right: BoolArray, beta: FloatArray, penalty: FloatArray) -> float:
    """Nats."""
    z = x @ beta
    return float(np.logaddexp(0, z).sum() - z[right].sum() + (penalty * beta**2).sum() / 2)
