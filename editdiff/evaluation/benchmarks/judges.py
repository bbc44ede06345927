"""Endings judged by what follows them: the second regression of a stop head, fitted and measured.

At every likely ending of a gap the text after it is read, by the denoiser that fills gaps and in the tree behind
the context, so that what is fitted is what will be asked. Gaps of several lines and spans are drawn more often than
elsewhere: a line that ends with the first break needs no judge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np

from editdiff.engines.base import FillOptions
from editdiff.engines.twin.endings import Endings
from editdiff.engines.twin.stream import Stream
from editdiff.evaluation.core.logistic import Fitted, fit, sigmoid
from editdiff.families.base import Sequel
from editdiff.families.qwen.denoiser import Cache, QwenDenoiser
from editdiff.families.qwen.stop import JUDGED, Judge, read
from editdiff.tokens.base import BoolArray, FloatArray, IntArray
from editdiff.training.trunk.endings import Row

APART = 5
"""Every so-manieth gap is kept out of a first fit, to measure."""


class Read(NamedTuple):
    """Likely endings of one kind of gap: R of them, in the order of writing."""

    features: FloatArray
    """[R, len(READ)]"""
    ends: BoolArray
    """[R] whether the gap ends there."""
    gap: IntArray
    """[R] number of the gap."""


def read_gaps(
    denoiser: QwenDenoiser,
    gaps: Iterable[Row],
    progress: Callable[[int], object] = lambda done: None,
) -> dict[str, Read]:
    """What is read at the likely endings of gaps, by their kind; of kinds that occur."""
    parts: dict[str, list[Read]] = {kind: [] for kind in JUDGED}
    for number, row in enumerate(gaps, 1):
        places, sequels, cache = _likely(denoiser, row)
        if sequels:
            kind = denoiser.judged_as(row.prompt, sequels[0])
            told = read(
                np.array([sequel.ending for sequel in sequels]),
                denoiser.likelihoods(cache, sequels),
            )
            ends = np.array(places) == len(row.ids) - 1
            parts[kind].append(Read(told, ends, np.full(len(places), number)))
        progress(number)
    return {
        kind: Read(*map(np.concatenate, zip(*seen, strict=True)))
        for kind, seen in parts.items()
        if seen
    }


def _likely(denoiser: QwenDenoiser, row: Row) -> tuple[list[int], list[Sequel], Cache]:
    """Places of a row where a draft that has written so far would have the text after the gap read."""
    cache = denoiser.encode(row.prompt)
    every = np.arange(len(row.ids))
    cache, guess = denoiser.write(cache, row.ids, every - 1, every)
    stream = Stream(denoiser.tokenizer, row.prompt, row.after, FillOptions())
    stream.path = [(int(token), place) for place, token in enumerate(row.ids)]
    stream.begun = len(row.prompt.begins)
    places, sequels = [], []
    for place in every[row.known :].tolist():
        stream.ids = row.ids[1 : place + 1].tolist()
        sequel = stream.sequel(guess.at(place))
        if sequel is not None:
            places.append(place)
            sequels.append(sequel)
    return places, sequels, cache


def fit_judges(seen: Mapping[str, Read]) -> tuple[dict[str, Judge], dict[str, dict[str, float]]]:
    """A judge for each kind of gap, and what it does on gaps that a first fit was kept from.

    A kind in whose gaps all likely endings are right, or none, gets none.
    """
    judges, measured = {}, {}
    for kind, rows in seen.items():
        apart = rows.gap % APART == 0
        if not all(0 < rows.ends[part].sum() < part.sum() for part in (apart, ~apart)):
            continue
        measured[kind] = _measure(fit(rows.features[~apart], rows.ends[~apart]), rows, apart)
        fitted = fit(rows.features, rows.ends)
        judges[kind] = Judge(fitted.bias, fitted.weights)
    return judges, measured


def _measure(fitted: Fitted, rows: Read, apart: BoolArray) -> dict[str, float]:
    """Log-loss in nats and gaps that end where they should, judged and by the first regression alone."""
    features, ends, gap = rows.features[apart], rows.ends[apart], rows.gap[apart]
    judged = fitted.bias + features @ fitted.weights
    told: dict[str, float] = {"gaps": len(np.unique(gap)), "places": len(gap)}
    for name, odds in (("judged", judged), ("unread", features[:, 0])):
        p = np.clip(sigmoid(odds), 1e-9, 1 - 1e-9)
        told[f"{name}_nats"] = float(-np.where(ends, np.log(p), np.log1p(-p)).mean())
        right = [ends[gap == each][_ending(p[gap == each])] for each in np.unique(gap)]
        told[f"{name}_right"] = float(np.mean(right))
    return told


def _ending(probability: FloatArray) -> int:
    """The likeliest of the endings that are passed one after the other, by its index."""
    endings = Endings()
    for place, logp in enumerate(np.log(probability).tolist()):
        endings.see(logp, place, 0.0)
    return endings.best.tokens
