"""How likely each token of a text is wrong, by a network's own word on it.

The text is walked in windows of whole lines. A window is a gap whose own text stands on the canvas, nothing masked:
a causal pass says how surprising each token is from the left; a canvas pass, which has learnt to find wrong tokens
among right ones, what stands better in its place. The most doubtful few are then masked, one at a time, and
guessed afresh. A logistic regression makes a probability of it (`Calibration`).

A context is encoded for each window, because what follows the window comes first in it, and that is most of the
work. So windows are as large as the canvases of training: half as many as of 32 places, and no less is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.engines.base import Doubt
from editdiff.families.base import Denoiser
from editdiff.prompt.base import ContextParts
from editdiff.text.lines import LINE_ENDING, LineTable
from editdiff.text.span import Span
from editdiff.tokens.base import FloatArray, IntArray, Special, Tokenizer
from editdiff.tokens.canvas import Canvas

ROWS = 8
"""Places that are masked at once, each on a canvas of its own."""
ALTERNATIVES = 3
"""Most texts that are offered for a token."""
CHARS_PER_TOKEN = 16
"""An upper estimate: no more of a text is tokenised at once than might fit a window."""
TINY = 1e-9
SEEN = ("causal", "canvas", "better", "entropy", "rank")
"""Features of every token: log(1 + nats) of what it costs from left to right and on the canvas, for a rare name may
cost any number of them; how much likelier the best other one is there, and the entropy of the place, both in nats;
log(1 + the number of likelier ones)."""
KINDS = ("word", "number", "mark", "layout", "end")
"""What a token is: letters, a digit, punctuation, white space, or the end of a line's text. Each has a bias."""
FEATURES = (*SEEN, *KINDS)
GUESSED = ("alone", "better_alone", "entropy_alone", "rank_alone")
"""Features of a token that was masked: as the last four of `SEEN`."""
ALL_FEATURES = (*FEATURES, *GUESSED)


class Window(NamedTuple):
    """A stretch of a text that is judged at once."""

    span: Span
    ids: IntArray
    """[n] of its text, encoded by itself as in training."""
    closed: bool
    """Whether its last line ends with it: then `<end>` is judged as well, for something may be missing there."""


class Look(NamedTuple):
    """What was seen of a window: N judged places, first its tokens."""

    spans: list[Span]
    """[N] in the text; that of the end is empty."""
    features: FloatArray
    """[N, F] in the order of FEATURES."""
    cache: Any
    canvas: Canvas


class Guessed(NamedTuple):
    """What was guessed at M places that were masked, each alone."""

    ids: IntArray
    """[M, TOP] the likeliest first."""
    features: FloatArray
    """[M, F] in the order of ALL_FEATURES."""


@dataclass(frozen=True)
class Logistic:
    """A logistic regression."""

    bias: float
    weights: Mapping[str, float]
    """By the name of the feature."""

    def log_odds(self, features: FloatArray, names: Sequence[str]) -> FloatArray:
        """[N] of features [N, F], whose names are given; what has no weight does not count."""
        weights = np.array([self.weights.get(name, 0.0) for name in names])
        return np.asarray(features @ weights + self.bias)

    def probability(self, features: FloatArray, names: Sequence[str]) -> FloatArray:
        """[N] of features [N, F]."""
        return np.asarray(1 / (1 + np.exp(-np.clip(self.log_odds(features, names), -500, 500))))


@dataclass(frozen=True)
class Calibration:
    """From what was seen of a token to the probability that it is wrong."""

    first: Logistic
    """Of FEATURES."""
    again: Logistic
    """Of FEATURES and GUESSED, for tokens that were masked."""
    least: float
    """Tokens of at least this probability are masked and guessed afresh."""
    lines_per_fault: float = 0.0
    """How rare faults were where it was fitted: where they are rarer, the probabilities are too high."""

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Calibration:
        """Read what `to_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: when it is something else.
        """
        first, again = (_logistic(table[name]) for name in ("first", "again"))
        return cls(first, again, float(table["least"]), float(table["lines_per_fault"]))

    def to_json(self) -> dict[str, Any]:
        """Everything."""
        return asdict(self)


PLAIN = Calibration(Logistic(0.0, {"better": 1.0}), Logistic(0.0, {"better": 1.0}), least=0.1)
"""Without measurements: the share of the best other token in what the canvas gives to it and to the token."""


class LocalDoubter:
    """Doubts the tokens of a text with any `Denoiser`."""

    def __init__(
        self,
        denoiser: Denoiser,
        name: str = "local",
        calibration: Calibration | None = None,
        places: int | None = None,
    ) -> None:
        """Without a `calibration` the probabilities mean little but their order.

        `places` are those of a window's canvas, head and `<end>` included; by default of the largest one.
        """
        self.name = name
        self.calibrated = calibration is not None
        self._calibration = calibration or PLAIN
        self._denoiser = denoiser
        self._places = places or denoiser.traits.places

    def doubts(self, text: str, spans: Sequence[Span], path: str) -> Iterator[list[Doubt]]:
        """Doubt what stands in `spans`, disjoint and in order, one window after the other."""
        for look in self.looks(text, spans, path):
            p = self.first(look)
            again = np.flatnonzero(p >= self._calibration.least)
            offered: dict[int, tuple[str, ...]] = {}
            if len(again):
                guessed = self.alone(look, again)
                p[again] = self._calibration.again.probability(guessed.features, ALL_FEATURES)
                offered = {
                    i: self._offers(look, i, ids)
                    for i, ids in zip(again.tolist(), guessed.ids, strict=True)
                }
            yield whole_characters(
                Doubt(span, float(p[i]), offered.get(i, ())) for i, span in enumerate(look.spans)
            )

    def looks(self, text: str, spans: Sequence[Span], path: str) -> Iterator[Look]:
        """See every token of the spans where it stands, nothing masked."""
        for window in windows(self._denoiser.tokenizer, text, spans, self._places):
            yield self._look(text, window, path)

    def first(self, look: Look) -> FloatArray:
        """[N] probabilities before anything is masked."""
        return self._calibration.first.probability(look.features, FEATURES)

    def alone(self, look: Look, places: IntArray) -> Guessed:
        """Mask `places` [M] of a window, at least one, each alone, and guess them."""
        special, parts = look.canvas.special, []
        for start in range(0, len(places), ROWS):
            at = places[start : start + ROWS] + 1  # behind the head
            row, canvas = np.arange(len(at)), _repeated(look.canvas, len(at))
            masked = np.zeros(canvas.ids.shape, dtype=np.bool_)
            masked[row, at] = True
            guess = self._denoiser.propose(look.cache, canvas.mask(masked))
            parts.append((guess.ids[row, at], weighed(guess, canvas.ids, special)[row, at]))
        ids, seen = (np.concatenate(part) for part in zip(*parts, strict=True))
        return Guessed(ids, np.hstack((look.features[places], seen)))

    def _look(self, text: str, window: Window, path: str) -> Look:
        tokenizer = self._denoiser.tokenizer
        special = tokenizer.special
        parts = ContextParts.around(text, [window.span], path)
        context = self._denoiser.prompt.encode(parts, self._denoiser.traits.context)
        cache = self._denoiser.encode(context)
        ids = np.array([[context.heads[0], *window.ids, special.end]], dtype=np.int64)  # [1, n + 2]
        editable = np.ones(ids.shape, dtype=np.bool_)
        editable[:, 0] = False
        canvas = Canvas(ids, editable, np.zeros_like(editable), special)
        causal = np.log1p(-self._denoiser.score(cache, ids)[0, :, None])  # [n + 1, 1]
        seen = weighed(self._denoiser.propose(cache, canvas), ids, special)[0, 1:]
        spans = token_spans(tokenizer, text, window)
        kinds = [kind(span.slice(text)) for span in spans]
        if window.closed:
            spans.append(Span(window.span.end, window.span.end))
            kinds.append("end")
        told = np.array([[name == k for name in KINDS] for k in kinds], dtype=np.float64)
        n = len(spans)
        return Look(spans, np.hstack((causal[:n], seen[:n], told)), cache, canvas)

    def _offers(self, look: Look, place: int, ids: IntArray) -> tuple[str, ...]:
        """Texts for a masked place that are likelier than its own; line breaks stay, and none are added."""
        special, tokenizer = look.canvas.special, self._denoiser.tokenizer
        own = int(look.canvas.ids[0, place + 1])
        breaks = has_break(tokenizer.decode([own]))
        offers: list[str] = []
        for token in ids.tolist():
            if token == own or len(offers) == ALTERNATIVES:
                break
            text = tokenizer.decode([token])
            if special.text_table[token] and "\ufffd" not in text and has_break(text) == breaks:
                offers.append(text)
        return tuple(offers)


def weighed(guess: Guess, own: IntArray, special: Special) -> FloatArray:
    """[B, L, 4] of what stands on a canvas, `own` [B, L]: the features of SEEN but for the first.

    What is not among the kept ids is less likely than each of them, and than all the rest together; other
    special tokens than `<end>` could not stand there and are nothing better.
    """
    is_own = guess.ids == own[..., None]  # [B, L, TOP]
    kept = is_own.any(axis=-1)
    rest = np.log(np.maximum(1 - np.exp(guess.logp).sum(axis=-1), TINY))
    least = np.minimum(guess.logp[..., -1], rest)
    logp = np.where(kept, np.where(is_own, guess.logp, -np.inf).max(axis=-1), least)
    text = special.is_text(guess.ids) | (guess.ids == special.end)
    other = np.where(text & ~is_own, guess.logp, -np.inf).max(axis=-1)
    other = np.where(np.isfinite(other), other, least)
    rank = np.where(kept, is_own.argmax(axis=-1), guess.ids.shape[-1])
    return np.stack((np.log1p(-logp), other - logp, guess.entropy, np.log1p(rank)), axis=-1)


def windows(
    tokenizer: Tokenizer, text: str, spans: Sequence[Span], places: int
) -> Iterator[Window]:
    """Cut spans of a text into windows of whole lines, with blank ones between; a long line is cut by itself."""
    table, room = LineTable(text), places - 2
    for span in spans:
        held: Window | None = None
        for line in _lines(text, table, span):
            if held is not None:
                longer = _window(tokenizer, text, Span(held.span.start, line.end), room)
                if longer is not None:
                    held = longer
                    continue
                yield _closed(held, table)
                held = None
            for window in _cut(tokenizer, text, line, room):
                if held is not None:
                    yield held
                held = window
        if held is not None:
            yield _closed(held, table)


def token_spans(tokenizer: Tokenizer, text: str, window: Window) -> list[Span]:
    """[n] the characters that each token of a window has a byte of."""
    sizes = [len(tokenizer.decode_bytes([token])) for token in window.ids.tolist()]
    ends = np.cumsum(sizes)  # bytes
    character = np.repeat(
        np.arange(window.span.length), [len(c.encode()) for c in window.span.slice(text)]
    )
    start = window.span.start
    return [
        Span(start + int(character[end - size]), start + int(character[end - 1]) + 1)
        for size, end in zip(sizes, ends, strict=True)
    ]


def kind(text: str) -> str:
    """Kind of a token's text, one of KINDS but for the last."""
    if not text.strip():
        return "layout"
    if any(c.isalpha() for c in text):
        return "word"
    return "number" if any(c.isnumeric() for c in text) else "mark"


def _lines(text: str, table: LineTable, span: Span) -> Iterator[Span]:
    """What each line has of a span, without the ending; no blank ones."""
    first, last = table.position(span.start).line, table.position(span.end).line
    for number in range(first, last + 1):
        content = table.content(number)
        start = max(span.start, content.start)
        line = Span(start, max(start, min(span.end, content.end)))
        if line.slice(text).strip():
            yield line


def _window(tokenizer: Tokenizer, text: str, span: Span, room: int) -> Window | None:
    """A span as a window, if it fits; `closed` is not known yet."""
    if span.length > room * CHARS_PER_TOKEN:
        return None
    ids = tokenizer.encode(span.slice(text))
    return Window(span, np.array(ids, dtype=np.int64), False) if len(ids) <= room else None


def _cut(tokenizer: Tokenizer, text: str, line: Span, room: int) -> Iterator[Window]:
    """Windows of one line, at least one."""
    start = line.start
    while start < line.end:
        end = min(line.end, start + room * CHARS_PER_TOKEN)
        while (window := _window(tokenizer, text, Span(start, end), room)) is None:
            ids = tokenizer.encode(text[start:end])[:room]
            fits = len(tokenizer.decode_bytes(ids).decode(errors="ignore"))
            end = min(end - 1, start + fits)  # cut inside a word, the tokens may be others
        yield window
        start = end


def _closed(window: Window, table: LineTable) -> Window:
    """Note whether a window ends where its line does."""
    end = table.content(table.position(window.span.end).line).end
    return window._replace(closed=window.span.end == end)


def whole_characters(doubts: Iterable[Doubt]) -> list[Doubt]:
    """Join doubts of parts of a character: the greatest is the character's, and no part is offered for it."""
    whole: list[Doubt] = []
    for doubt in doubts:
        if whole and whole[-1].span.end > doubt.span.start:
            before = whole.pop()
            span = Span(before.span.start, doubt.span.end)
            doubt = Doubt(span, max(before.probability, doubt.probability))
        whole.append(doubt)
    return whole


def _repeated(canvas: Canvas, rows: int) -> Canvas:
    """A canvas of one draft as `rows` equal ones."""
    return replace(
        canvas,
        ids=canvas.ids.repeat(rows, axis=0),
        editable=canvas.editable.repeat(rows, axis=0),
        masked=canvas.masked.repeat(rows, axis=0),
    )


def has_break(text: str) -> bool:
    """Whether a line ends in a text."""
    return LINE_ENDING.search(text) is not None


def _logistic(table: Mapping[str, Any]) -> Logistic:
    unknown = set(table["weights"]) - set(ALL_FEATURES)
    if unknown:
        raise ValueError(f"there is no feature {min(unknown)}")
    return Logistic(float(table["bias"]), {n: float(w) for n, w in table["weights"].items()})
