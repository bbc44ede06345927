"""For each token of the judged stretches: what a network says of it, and whether it is wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from editdiff.edits.review import first_character
from editdiff.engines.doubt import ALL_FEATURES, FEATURES, Calibration, LocalDoubter, Look
from editdiff.engines.surprise import CausalDoubter, Reading
from editdiff.evaluation.core.byte_ngram import ByteNGram
from editdiff.evaluation.data.injected import Stretch
from editdiff.text.lines import LineTable
from editdiff.text.span import Span
from editdiff.tokens.base import BoolArray, FloatArray, IntArray

NEAR = 8
"""Code points before a token that the floor of bytes sees; it counts fewer."""


class Judged(NamedTuple):
    """Tokens of one stretch, or of several end to end, with what is known of each."""

    features: FloatArray
    """[N, F] in the order of FEATURES."""
    again: IntArray
    """[M] places that were masked."""
    guessed: FloatArray
    """[M, F] in the order of ALL_FEATURES."""
    bytes: FloatArray
    """[N] nats of the floor; zeros without one."""
    wrong: BoolArray
    """[N]"""
    line: IntArray
    """[N] line of the file, from 0; of several stretches, numbers of their own."""
    stretch: IntArray
    """[N] number of the stretch."""
    seconds: FloatArray
    """[2] looking at all, and guessing the masked ones."""


def judge(
    doubter: LocalDoubter | CausalDoubter,
    stretch: Stretch,
    calibration: Calibration | None,
    floor: ByteNGram | None,
) -> Judged:
    """Judge every token of a stretch; mask and guess those that a calibration finds doubtful enough.

    A network without a canvas has nothing masked.
    """
    table, parts = LineTable(stretch.text), []
    started = time.process_time()
    for look, guess in _looks(doubter, stretch):
        again, guessed = np.zeros(0, dtype=np.int64), np.zeros((0, len(ALL_FEATURES)))
        seen = time.process_time()
        if calibration is not None and guess is not None:
            p = calibration.first.probability(look.features, FEATURES)
            again = np.flatnonzero(p >= calibration.least)
            guessed = guess(again) if len(again) else guessed
        ended = time.process_time()
        parts.append(
            Judged(
                look.features,
                again,
                guessed,
                np.array([_bytes(floor, stretch.text, span) for span in look.spans]),
                np.array([stretch.is_wrong(span) for span in look.spans]),
                np.array(
                    [table.position(first_character(stretch.text, s)).line for s in look.spans]
                ),
                np.zeros(len(look.spans), dtype=np.int64),
                np.array([seen - started, ended - seen]),
            )
        )
        started = time.process_time()
    return _together(parts)


def _looks(
    doubter: LocalDoubter | CausalDoubter, stretch: Stretch
) -> Iterator[tuple[Look | Reading, Callable[[IntArray], FloatArray] | None]]:
    """What is seen of a stretch, window by window, each with who guesses masked places of it: [M, F] of [M]."""
    told = stretch.text, [stretch.span], stretch.name
    if isinstance(doubter, CausalDoubter):
        yield from ((reading, None) for reading in doubter.looks(*told))
        return
    for look in doubter.looks(*told):
        yield look, partial(_alone, doubter, look)


def _alone(doubter: LocalDoubter, look: Look, places: IntArray) -> FloatArray:
    return doubter.alone(look, places).features


def joined(parts: Sequence[Judged]) -> Judged:
    """Judged stretches side by side, each with numbers of its own."""
    numbered, lines, stretches = [], 0, 0
    for part in parts:
        numbered.append(part._replace(line=part.line + lines, stretch=part.stretch + stretches))
        lines, stretches = (int(a.max()) + 1 for a in (numbered[-1].line, numbered[-1].stretch))
    return _together(numbered)


def by_line(p: FloatArray, judged: Judged) -> tuple[FloatArray, BoolArray, IntArray]:
    """For each line its greatest probability, whether anything in it is wrong, and its stretch."""
    lines, first, inverse = np.unique(judged.line, return_index=True, return_inverse=True)
    greatest = np.zeros(len(lines))
    np.maximum.at(greatest, inverse, p)
    wrong = np.bincount(inverse, weights=judged.wrong) > 0
    return greatest, wrong, judged.stretch[first]


def faulty_ranks(p: FloatArray, wrong: BoolArray, stretch: IntArray) -> list[int]:
    """For each stretch the place of its best-ranked faulty line, from 1; behind all that are as doubtful."""
    ranks = []
    for number in np.unique(stretch):
        here, faulty = p[stretch == number], wrong[stretch == number]
        best = here[faulty].max(initial=-1.0)
        ranks.append(1 + int((here[~faulty] >= best).sum()))
    return ranks


def _together(parts: Sequence[Judged]) -> Judged:
    """Places side by side, those masked counted on; seconds summed up."""
    starts = np.cumsum([0, *(len(part.wrong) for part in parts)])
    again = [part.again + start for part, start in zip(parts, starts, strict=False)]
    joint = Judged(*map(np.concatenate, zip(*parts, strict=True)))
    seconds = np.sum([part.seconds for part in parts], axis=0)
    return joint._replace(again=np.concatenate(again), seconds=seconds)


def _bytes(floor: ByteNGram | None, text: str, span: Span) -> float:
    """Nats of a place for the floor; at the end of a line those of the line break."""
    if floor is None:
        return 0.0
    end = max(span.end, span.start + 1)
    return floor.nats(text[max(0, span.start - NEAR) : span.start], text[span.start : end])
