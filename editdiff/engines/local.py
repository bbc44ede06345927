"""The engine of local networks: tokenizer + denoiser + the loop.

All gaps of a task stand side by side on one canvas and see each other while they resolve; drafts are
denoised as a batch over one encoded context. A gap that fills its part of the canvas without an
`<end>` is continued alone, after what it holds so far, to any length. In the end the distinct drafts
are ranked by the causal mode of the same network.
"""

from __future__ import annotations

import codecs
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from editdiff.denoise.loop import Step, denoise
from editdiff.denoise.policy import Policy, make_policy
from editdiff.denoise.sample import gumbel_max, streams
from editdiff.engines.base import Denoiser, Draft, FillOptions, FillTask, Place, Sketch, Update
from editdiff.engines.caches import ContextCaches, Encoded
from editdiff.errors import UsageError
from editdiff.text.span import Span
from editdiff.tokens.canvas import Canvas, IntArray
from editdiff.tokens.prompt import ContextParts, encode_context
from editdiff.tokens.tokenizer import N_GAPS, Tokenizer

MAX_SCORED = 512
"""Most ids of a draft that are scored, sentinels and `<end>`s included."""
JOINT_PLACES = 64
"""Places that several gaps share at first, each getting at least LEAST_PLACES: the largest canvas trained."""
LEAST_PLACES = 8


@dataclass
class _Fill:
    """One gap of a draft in the making."""

    ids: tuple[int, ...] = ()
    """Ids of the finished canvases."""
    places: tuple[Place, ...] = ()
    """The same, as a viewer sees them."""
    ended: bool = False
    goes_on: bool = True
    """Whether another canvas is due."""

    def take(self, tokenizer: Tokenizer, step: Step, row: int, gap: int, max_tokens: int) -> None:
        """Append a gap's finished canvas; a character cut at its end is left to the next one."""
        content = step.canvas.content(row, gap)
        room = max_tokens - len(self.ids)
        self.ended = step.canvas.ended(row, gap) and len(content) <= room
        kept = content[:room]
        if not self.ended:
            kept = kept[: len(kept) - _cut(tokenizer, kept)]
        self.ids += kept
        self.places += _places(tokenizer, step, row, gap)[: len(kept)]
        full = len(content) >= room
        self.goes_on = bool(kept) and not (self.ended or full)


@dataclass
class _Writing:
    """One draft in the making."""

    draft: int
    tokenizer: Tokenizer
    fills: list[_Fill]
    blocks: int = 0
    """Canvases finished."""
    encoded: Encoded | None = None
    """The context of its last canvas, if it was continued."""
    texts: tuple[str, ...] | None = field(default=None, init=False)
    """Text of each gap so far; None if the bytes of any are not UTF-8."""

    @property
    def ended(self) -> bool:
        """Whether every gap has its `<end>`."""
        return all(fill.ended for fill in self.fills)

    @property
    def open_gap(self) -> int | None:
        """The first gap that goes on; none if the draft cannot become text."""
        going = (gap for gap, fill in enumerate(self.fills) if fill.goes_on)
        return next(going, None) if self.texts is not None else None

    def take(self, step: Step, row: int, gaps: Sequence[int], max_tokens: int) -> None:
        """Append the finished canvas of `gaps`."""
        for segment, gap in enumerate(gaps):
            self.fills[gap].take(self.tokenizer, step, row, segment, max_tokens)
        self.blocks += 1
        try:
            texts = [self.tokenizer.decode_bytes(fill.ids).decode() for fill in self.fills]
        except UnicodeDecodeError:
            self.texts = None
        else:
            self.texts = tuple(texts)


class LocalEngine:
    """Fills the gaps of a text with any `Denoiser`."""

    def __init__(
        self, denoiser: Denoiser, name: str = "local", policy: Policy | None = None
    ) -> None:
        """Without a `policy`, that of the options' threshold is used."""
        self.name = name
        self._denoiser = denoiser
        self._tokenizer = denoiser.tokenizer
        self._policy = policy
        self._caches = ContextCaches(denoiser.encode, denoiser.positions)

    @property
    def denoiser(self) -> Denoiser:
        """The network."""
        return self._denoiser

    @property
    def encoded(self) -> int:
        """Context tokens encoded so far; those found in a cache do not count."""
        return self._caches.encoded

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Yield a sketch of draft 0 after each step, then the distinct drafts, best first.

        With temperature 0 all drafts would be the same, so there is one. Drafts that are not UTF-8
        are dropped. Raise UsageError for gaps that the model cannot take.
        """
        check_task(task)
        context = self._caches.encode(self._context(task, task.text, task.gaps)).cache
        count = options.drafts if options.temperature > 0 else 1
        drafts = [
            _Writing(draft, self._tokenizer, [_Fill() for _ in task.gaps]) for draft in range(count)
        ]
        everything = range(len(task.gaps))
        nfe = yield from self._block(context, drafts, drafts[0], everything, 0, options)
        for writing in drafts:
            while (gap := writing.open_gap) is not None:
                cache = self._continued(task, writing, gap)
                nfe = yield from self._block(cache, [writing], drafts[0], [gap], nfe, options)
        yield from self._ranked(context, drafts, nfe)

    def score(self, task: FillTask, texts: Sequence[tuple[str, ...]]) -> list[float]:
        """Causal log-probability of each filling of the gaps, `<end>`s included, in nats.

        Raise UsageError for gaps that the model cannot take.
        """
        check_task(task)
        cache = self._caches.encode(self._context(task, task.text, task.gaps)).cache
        return self._scores(cache, texts) if texts else []

    def _context(self, task: FillTask, text: str, gaps: Sequence[Span]) -> IntArray:
        parts = context_parts(task, text, gaps)
        return encode_context(self._tokenizer, parts, self._denoiser.max_context)

    def _continued(self, task: FillTask, writing: _Writing, gap: int) -> Any:
        """Encode the text with all that the draft holds, and its gap open behind what that one holds."""
        text, done = "", 0
        for i, (span, filled) in enumerate(zip(task.gaps, writing.texts or (), strict=True)):
            text += task.text[done : span.start] + filled
            done = span.end
            if i == gap:
                here = Span(len(text), len(text))
        context = self._context(task, text + task.text[done:], [here])
        writing.encoded = self._caches.encode_once(context, writing.encoded)
        return writing.encoded.cache

    def _block(
        self,
        cache: Any,
        group: Sequence[_Writing],
        leader: _Writing,
        gaps: Sequence[int],
        nfe: int,
        options: FillOptions,
    ) -> Generator[Sketch, None, int]:
        """Denoise one canvas of `gaps` for each of `group`; return the network evaluations so far."""
        sizes = [_share(options.canvas, len(gaps))] * len(gaps)
        canvas = Canvas.blank(self._tokenizer.special, len(group), sizes)
        policy = self._policy or make_policy("threshold", tau=options.threshold)
        rngs = streams(options.seed, [writing.draft for writing in group], group[0].blocks)
        sample = gumbel_max(options.temperature, rngs)
        propose = partial(self._denoiser.propose, cache)
        for step in denoise(propose, canvas, policy, options.steps * len(gaps), sample):
            yield Sketch(nfe + step.nfe, self._drawn(leader, step, gaps, group[0] is leader))
        for row, writing in enumerate(group):
            writing.take(step, row, gaps, options.max_tokens)
        return nfe + step.nfe

    def _drawn(
        self, leader: _Writing, step: Step, gaps: Sequence[int], at_work: bool
    ) -> tuple[tuple[Place, ...], ...]:
        """What the leading draft holds of each gap, and where it is at work on it."""
        drawn = [fill.places for fill in leader.fills]
        for segment, gap in enumerate(gaps if at_work else ()):
            drawn[gap] += _places(self._tokenizer, step, 0, segment)
        return tuple(drawn)

    def _ranked(self, cache: Any, drafts: Sequence[_Writing], nfe: int) -> list[Draft]:
        """Distinct drafts, ended ones first, then by score."""
        distinct: dict[tuple[str, ...], bool] = {}
        for writing in drafts:
            if writing.texts is not None:
                distinct[writing.texts] = distinct.get(writing.texts, False) or writing.ended
        scores = self._scores(cache, list(distinct)) if distinct else []
        ranked = [
            Draft(texts, score, nfe, ended)
            for (texts, ended), score in zip(distinct.items(), scores, strict=True)
        ]
        return sorted(ranked, key=lambda draft: (not draft.ended, -draft.score))

    def _scores(self, cache: Any, drafts: Sequence[tuple[str, ...]]) -> list[float]:
        """Causal log-probability of each draft's gaps and their `<end>`s, in nats, tokenised canonically.

        How a draft happened to be cut into tokens must not count, nor may its length be normalised
        away: the sum is the probability of the text, and a draft that stops too early pays for its
        `<end>`.
        """
        special = self._tokenizer.special
        rows: list[list[int]] = []
        for texts in drafts:
            row: list[int] = []
            for sentinel, text in zip(special.gaps, texts, strict=False):
                row += [sentinel, *self._tokenizer.encode(text), special.end]
            rows.append(row[:MAX_SCORED])
        lengths = np.array([len(row) for row in rows])  # [B]
        ids = np.full((len(rows), lengths.max()), special.pad, dtype=np.int64)  # [B, L]
        for i, tokens in enumerate(rows):
            ids[i, : len(tokens)] = tokens
        logp = self._denoiser.score(cache, ids)  # [B, L-1]
        counts = np.arange(1, ids.shape[1]) < lengths[:, None]
        counts &= ~np.isin(ids[:, 1:], special.gaps)  # which gap is next is no choice of the model
        return [float(total) for total in np.where(counts, logp, 0.0).sum(axis=1)]


def context_parts(task: FillTask, text: str, gaps: Sequence[Span]) -> ContextParts:
    """What stands around `gaps` of a `text` that the task's text has become, and what the task says of them."""
    return replace(ContextParts.around(text, gaps, task.path), old=task.old, ask=task.ask)


def check_task(task: FillTask) -> None:
    """Raise UsageError unless the model can take the gaps of a task."""
    if not 1 <= len(task.gaps) <= N_GAPS:
        raise UsageError(
            f"The model fills 1 to {N_GAPS} gaps at once, but the task has {len(task.gaps)}.",
            "Fill some of the gaps, then the others.",
        )
    ends = [0, *(gap.end for gap in task.gaps)]
    for gap, end in zip(task.gaps, ends, strict=False):
        if gap.start < end or gap.end > len(task.text):
            raise UsageError(
                f"The gap {gap.start}-{gap.end} does not stand after the one before it, "
                f"inside the text of {len(task.text)} characters.",
                "Give disjoint half-open spans of code points, in order.",
            )


def _share(canvas: int, gaps: int) -> int:
    """Places of one gap, sentinel included."""
    if gaps == 1:
        return canvas
    return max(LEAST_PLACES, min(canvas, JOINT_PLACES // gaps // LEAST_PLACES * LEAST_PLACES))


def _places(tokenizer: Tokenizer, step: Step, row: int, gap: int) -> tuple[Place, ...]:
    """Places of a draft's gap up to its end, as a viewer sees them."""
    canvas = step.canvas
    places: list[Place] = []
    for place in np.flatnonzero(canvas.editable[row] & (canvas.segment == gap)):
        token, masked = int(step.shown[row, place]), bool(canvas.masked[row, place])
        if token == tokenizer.special.end and not masked:
            break
        confidence = float(step.confidence[row, place])
        places.append(Place(tokenizer.decode([token]), not masked, confidence))
    return tuple(places)


def _cut(tokenizer: Tokenizer, ids: Sequence[int]) -> int:
    """Count the last tokens to drop so that no character is cut; 0 for bytes that are no text."""
    for cut in range(len(ids) + 1):
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            decoder.decode(tokenizer.decode_bytes(ids[: len(ids) - cut]))
        except UnicodeDecodeError:
            return 0
        if not decoder.getstate()[0]:  # no bytes are waiting for the rest of their character
            return cut
    return 0
