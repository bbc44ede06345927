"""Fits what tells how likely a draft is right: weights of features, and a bias of each language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from editdiff.evaluation.core.logistic import fit
from editdiff.tokens.base import BoolArray

LEAST_OF_LANGUAGE = 100
"""Drafts of a language from which on it has a bias of its own; of fewer that does harm (docs/log.md)."""


class Fitted(NamedTuple):
    """A regression, as `engines.confidence.Calibration` takes it."""

    bias: float
    weights: Mapping[str, float]
    languages: Mapping[str, float]


def fitted(
    told: Sequence[Mapping[str, float]],
    languages: Sequence[str],
    right: BoolArray,
    names: Sequence[str],
    least: int = 0,
) -> Fitted:
    """Fit the features of those names, of N drafts, to whether each is right [N].

    With one language there is no bias beside the common one, and none of a language with fewer than `least` drafts.

    Raises:
        ValueError: unless both outcomes occur.
    """
    counts = Counter(languages)
    known = sorted(name for name in counts if len(counts) > 1 and counts[name] >= least)
    rows = [
        [*(each[name] for name in names), *(language == name for name in known)]
        for each, language in zip(told, languages, strict=True)
    ]
    bias, weights = fit(np.array(rows, dtype=np.float64), right)
    own, of_languages = weights[: len(names)].tolist(), weights[len(names) :].tolist()
    return Fitted(
        bias, dict(zip(names, own, strict=True)), dict(zip(known, of_languages, strict=True))
    )
