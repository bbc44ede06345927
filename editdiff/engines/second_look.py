"""A second look at a doubtful token: how likely the text reads on with something else there.

From left to right a wrong token is often likely enough where it stands, and it is what follows that does not fit.
So the text is read on from there with another token in its place, with another token before it, and without it, and
each is compared with what stands there: the log-probability of the change and of what follows, against that of the
text as it is. All are read in one forward, and a few tokens tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from editdiff.families.base import Denoiser
from editdiff.tokens.base import FloatArray, Tokenizer

READ_ON = ("replaced", "inserted", "dropped", "likelier")
"""Features: by how many nats the text is likelier with the best other token in the place of a doubtful one, with
one before it, and without it; and the greatest of these."""
FOLLOWS = 20
"""Tokens of the text behind a place that are read."""
CHARACTERS = 16 * FOLLOWS
"""In which those are looked for."""
MOST = 20.0
"""Nats, at most, in either direction: what is impossible is no more so."""


class Place(NamedTuple):
    """A token of a text, and what else might stand there."""

    head: int
    """Id of the token before it."""
    own: str
    follows: str
    """The text behind it."""
    others: tuple[str, ...]
    """Other tokens for it, the likeliest first."""


class Changed(NamedTuple):
    """What comes of reading on."""

    features: FloatArray
    """[len(READ_ON)]"""
    offers: tuple[str, ...]
    """Those of the other tokens with which the text is likelier, the likeliest first."""


def read_on(denoiser: Denoiser, cache: object, place: Place) -> Changed:
    """Read on from a place, at which `cache` ends but for its head; of a part of a character nothing is told."""
    if "\ufffd" in place.own:
        return Changed(np.zeros(len(READ_ON)), ())
    lead = place.own[: len(place.own) - len(place.own.lstrip())]
    follows = _first(denoiser.tokenizer, place.own, place.follows)
    dropped = follows if not lead or follows[:1].isspace() else lead + follows
    texts = [
        place.own + follows,
        dropped,
        *(other + follows for other in place.others),
        *(other + place.own + follows for other in place.others),
    ]
    logp = _read(denoiser, cache, place.head, texts)
    gains = np.clip(logp[1:] - logp[0], -MOST, MOST)
    count = len(place.others)
    replaced, inserted = gains[1 : 1 + count], gains[1 + count :]
    best = [replaced.max(initial=-MOST), inserted.max(initial=-MOST), gains[0]]
    order = [i for i in np.argsort(-replaced, kind="stable").tolist() if replaced[i] > 0]
    return Changed(np.array([*best, max(best)]), tuple(place.others[i] for i in order))


def _first(tokenizer: Tokenizer, own: str, follows: str) -> str:
    """As much of what follows a token as is read with it."""
    ids = tokenizer.encode(own + follows[:CHARACTERS])
    return follows[: max(0, len(tokenizer.decode(ids[: 1 + FOLLOWS])) - len(own))]


def _read(denoiser: Denoiser, cache: object, head: int, texts: Sequence[str]) -> FloatArray:
    """[B] log-probabilities of texts behind `head`."""
    rows = [[head, *denoiser.tokenizer.encode(text)] for text in texts]
    ids = np.full((len(rows), max(map(len, rows))), denoiser.tokenizer.special.pad, dtype=np.int64)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
    return np.asarray(denoiser.score(cache, ids).sum(axis=1))
