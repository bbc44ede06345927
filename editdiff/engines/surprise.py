"""How likely each token of a text is wrong, by a network that writes from left to right alone.

The text is walked in windows of whole lines. A window is what fills a gap: the network is told the text on both
sides of it, reads the window once from left to right, and says of each token how surprising it is and what it would
have written instead. One forward does it, and what is told around a window is short, so that a file costs about one
and a half times its tokens.

White space is no doubt, and no answer: nobody wants to hear that a line could have been broken elsewhere. What only
spells the text that stands there in other tokens is no other text either: its probability counts for what is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.engines.base import Doubt
from editdiff.engines.doubt import (
    ALTERNATIVES,
    FEATURES,
    KINDS,
    PLAIN,
    SEEN,
    TINY,
    Calibration,
    Window,
    has_break,
    kind,
    token_spans,
    whole_characters,
    windows,
)
from editdiff.families.base import CausalDenoiser
from editdiff.prompt.base import ContextParts, Prompt
from editdiff.text.span import Span
from editdiff.tokens.base import BoolArray, FloatArray, IntArray

WINDOW = 512
"""Tokens of a window, at most: some 50 lines of code."""
AROUND = 192
"""Tokens of the text around a window; a window that is shorter than it may be is shown so many more."""


class Reading(NamedTuple):
    """What was seen of a window: N judged places, none of them white space."""

    spans: list[Span]
    """[N] in the text."""
    features: FloatArray
    """[N, F] in the order of FEATURES; what a canvas would tell is 0."""
    offers: list[tuple[str, ...]]
    """[N] likelier texts, the likeliest first."""


_NOTHING = Reading([], np.zeros((0, len(FEATURES))), [])


class CausalDoubter:
    """Doubts the tokens of a text with any `CausalDenoiser`, and without a canvas."""

    def __init__(
        self,
        denoiser: CausalDenoiser,
        name: str = "causal",
        calibration: Calibration | None = None,
        window: int = WINDOW,
        piece: int | None = None,
    ) -> None:
        """Without a `calibration` a probability is the share of the best other token; `window` is in tokens.

        With a `piece` about so many tokens are read at once, at least one, and whoever reads may stop after each.
        """
        self.name = name
        self.calibrated = calibration is not None
        self._calibration = calibration or PLAIN
        self._denoiser = denoiser
        self._window = min(window, denoiser.traits.context)
        self._piece = piece

    def doubts(self, text: str, spans: Sequence[Span], path: str) -> Iterator[list[Doubt]]:
        """Doubt what stands in `spans`, disjoint and in order, piece by piece; of one of a context, nothing."""
        for reading in self.looks(text, spans, path):
            p = self._calibration.first.probability(reading.features, FEATURES)
            made = zip(reading.spans, p.tolist(), reading.offers, strict=True)
            yield whole_characters(Doubt(span, chance, offers) for span, chance, offers in made)

    def looks(self, text: str, spans: Sequence[Span], path: str) -> Iterator[Reading]:
        """Read every token of the spans where it stands."""
        frame = 2  # of a canvas, which there is not
        for window in windows(self._denoiser.tokenizer, text, spans, self._window + frame):
            yield from self._read(text, window, path)

    def _read(self, text: str, window: Window, path: str) -> Iterator[Reading]:
        """What is seen of a window, piece by piece; of a piece of the context it is nothing."""
        context, cache = self._context(text, window, path), None
        ids, spans = self._tokens(text, window, context)
        rows = np.concatenate(([context.heads[0]], ids[:-1])).astype(np.int64)
        for encoded in self._encoded(context):
            cache = encoded
            if self._piece:
                yield _NOTHING
        for part in _parts(spans, self._piece or len(ids)):
            cache, guess = self._denoiser.extend(cache, rows[part])
            yield self._seen(text, window.span.end, ids[part], spans[part], guess)

    def _context(self, text: str, window: Window, path: str) -> Prompt:
        """What is told around a window."""
        around = AROUND + self._window - len(window.ids)
        parts = ContextParts.around(text, [window.span], path)
        return self._denoiser.prompt.encode(parts, min(around, self._denoiser.traits.context))

    def _encoded(self, context: Prompt) -> Iterator[Any]:
        """The caches of a context, each of a piece more than the one before; the last is of all."""
        cache, count, piece = None, len(context.ids), self._piece
        for end in (*range(piece, count, piece), count) if piece else (count,):
            cache = self._denoiser.encode(context.first(end), cache)
            yield cache

    def _seen(
        self, text: str, end: int, ids: IntArray, spans: Sequence[Span], guess: Guess
    ) -> Reading:
        """What a guess [1, S, TOP] says of tokens `ids` [S] at `spans`, of a window that ends at `end`."""
        pieces = [span.slice(text) for span in spans]
        judged = [i for i, piece in enumerate(pieces) if piece.strip()]
        seen, offers = np.zeros((len(judged), len(SEEN))), []
        for row, i in enumerate(judged):
            rest = text[spans[i].start : end]
            seen[row], offer = self._place(guess.at(i), int(ids[i]), rest)
            offers.append(offer)
        kinds = [kind(pieces[i]) for i in judged]
        told = np.array([[name == k for name in KINDS] for k in kinds], dtype=np.float64)
        told = told.reshape(len(judged), len(KINDS))
        return Reading([spans[i] for i in judged], np.hstack((seen, told)), offers)

    def _tokens(self, text: str, window: Window, context: Prompt) -> tuple[IntArray, list[Span]]:
        """What is read behind the context, and where it stands: empty where it is no part of the window.

        A piece of a word that was taken back from the context is written again before the window.
        """
        begins = context.begins.decode()
        if not begins:
            return window.ids, token_spans(self._denoiser.tokenizer, text, window)
        longer = Span(window.span.start - len(begins), window.span.end)
        ids = np.array(self._denoiser.tokenizer.encode(longer.slice(text)), dtype=np.int64)
        spans = token_spans(self._denoiser.tokenizer, text, Window(longer, ids, window.closed))
        start = window.span.start
        return ids, [Span(max(span.start, start), max(span.end, start)) for span in spans]

    def _place(self, guess: Guess, own: int, rest: str) -> tuple[FloatArray, tuple[str, ...]]:
        """[len(SEEN)] what a guess [1, 1, TOP] says of `own`, with which `rest` begins; likelier texts."""
        tokenizer, special = self._denoiser.tokenizer, self._denoiser.tokenizer.special
        ids, logp = guess.ids[0, 0], _of_text(guess, special.is_text(guess.ids), special.end)
        texts, text = [tokenizer.decode([i]) for i in ids.tolist()], tokenizer.decode([own])
        blank: BoolArray = np.array([not t.strip() for t in texts])
        same: BoolArray = np.array([_spells(t, rest) for t in texts]) | (ids == own)
        kept = np.isfinite(logp)
        left = np.log(max(1 - float(np.exp(logp[kept]).sum()), TINY))
        least = min(float(logp[kept].min(initial=0.0)), left)
        here = float(np.logaddexp.reduce(logp[same & kept])) if (same & kept).any() else least
        others = np.where(~same & ~blank & kept, logp, -np.inf)
        best = float(others.max())
        better = (best if np.isfinite(best) else least) - here
        rank = int((others > here).sum())
        seen = np.array(
            [np.log1p(max(0.0, -here)), 0.0, better, _entropy(logp[kept]), np.log1p(rank)]
        )
        offers = []
        for i in np.argsort(-others, kind="stable")[: 2 * ALTERNATIVES].tolist():
            whole = "\ufffd" not in texts[i] and has_break(texts[i]) == has_break(text)
            if others[i] > here and whole:
                offers.append(texts[i])
        return seen, tuple(offers[:ALTERNATIVES])


def _parts(spans: Sequence[Span], size: int) -> Iterator[slice]:
    """Cut tokens at `spans` into parts of `size`, and of as many more as have bytes of one character."""
    start = 0
    for end in range(1, len(spans) + 1):
        last = end == len(spans)
        if last or (end - start >= size and spans[end].start >= spans[end - 1].end):
            yield slice(start, end)
            start = end


def _spells(text: str, rest: str) -> bool:
    """Whether a token's text is the beginning of what stands there, white space apart."""
    bare = text.strip()
    return rest.lstrip().startswith(bare) if bare else bool(text) and rest.startswith(text)


def _of_text(guess: Guess, is_text: BoolArray, end: int) -> FloatArray:
    """[TOP] log-probabilities of a guess [1, 1, TOP] of what is text; the window goes on, so an end takes none."""
    ending = min(float(np.exp(guess.logp[guess.ids == end]).sum()), 1 - TINY)
    return np.asarray(np.where(is_text, guess.logp - np.log1p(-ending), -np.inf)[0, 0])


def _entropy(logp: FloatArray) -> float:
    """Nats of what is kept."""
    return float(-(np.exp(logp) * logp).sum())
