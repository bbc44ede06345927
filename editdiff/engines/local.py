"""The engine of local networks: tokenizer + denoiser + the loop.

Drafts are denoised side by side over one encoded context. One that fills its canvas without an
`<end>` is appended to the context and continued alone on the next canvas, to any length; in the end
the distinct texts are ranked by the causal mode of the same network.
"""

from __future__ import annotations

import codecs
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from editdiff.denoise.loop import Step, denoise
from editdiff.denoise.policy import Policy, make_policy
from editdiff.denoise.sample import gumbel_max, streams
from editdiff.engines.base import Denoiser, Draft, FillOptions, FillTask, Place, Sketch, Update
from editdiff.errors import UsageError
from editdiff.tokens.canvas import Canvas
from editdiff.tokens.prompt import ContextParts, encode_context
from editdiff.tokens.tokenizer import Tokenizer

MAX_SCORED = 512
"""Most ids of a draft that are scored, sentinel and `<end>` included."""


@dataclass
class _Writing:
    """One draft in the making."""

    draft: int
    tokenizer: Tokenizer
    ids: tuple[int, ...] = ()
    """Ids of the finished canvases."""
    places: tuple[Place, ...] = ()
    """The same, as a viewer sees them."""
    blocks: int = 0
    """Canvases finished."""
    ended: bool = False
    goes_on: bool = True
    """Whether another canvas is due."""

    @property
    def text(self) -> str | None:
        """Text so far; None if its bytes are not UTF-8."""
        try:
            return self.tokenizer.decode_bytes(self.ids).decode()
        except UnicodeDecodeError:
            return None

    def take(self, step: Step, row: int, max_tokens: int) -> None:
        """Append a finished canvas; a character cut at its end is left to the next one."""
        content = step.canvas.content(row)
        room = max_tokens - len(self.ids)
        self.ended = step.canvas.ended(row) and len(content) <= room
        kept = content[:room]
        if not self.ended:
            kept = kept[: len(kept) - _cut(self.tokenizer, kept)]
        self.ids += kept
        self.places += _places(self.tokenizer, step, row)[: len(kept)]
        self.blocks += 1
        full = len(content) >= room
        self.goes_on = bool(kept) and not (self.ended or full) and self.text is not None


class LocalEngine:
    """Fills one gap with any `Denoiser`."""

    def __init__(
        self, denoiser: Denoiser, name: str = "local", policy: Policy | None = None
    ) -> None:
        """Without a `policy`, that of the options' threshold is used."""
        self.name = name
        self._denoiser = denoiser
        self._tokenizer = denoiser.tokenizer
        self._policy = policy
        self._cache: Any | None = None

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Yield a sketch of draft 0 after each step, then the distinct drafts, best first.

        With temperature 0 all drafts would be the same, so there is one. Drafts that are not UTF-8
        are dropped. Raise UsageError for a task that has not exactly one gap inside its text.
        """
        around = _around(task)
        context = self._encode(around)
        count = options.drafts if options.temperature > 0 else 1
        drafts = [_Writing(draft, self._tokenizer) for draft in range(count)]
        nfe = yield from self._block(context, drafts, drafts[0], 0, options)
        for writing in drafts:
            while writing.goes_on:
                longer = replace(around, before=around.before + (writing.text or ""))
                cache = self._encode(longer)
                nfe = yield from self._block(cache, [writing], drafts[0], nfe, options)
        yield from self._ranked(context, drafts, nfe)

    def _encode(self, around: ContextParts) -> Any:
        """Encode what is new since the last context: a continuation, or a retry, adds little."""
        context = encode_context(self._tokenizer, around, self._denoiser.max_context)
        self._cache = self._denoiser.encode(context, self._cache)
        return self._cache

    def _block(
        self,
        cache: Any,
        group: Sequence[_Writing],
        leader: _Writing,
        nfe: int,
        options: FillOptions,
    ) -> Generator[Sketch, None, int]:
        """Denoise one canvas for each of `group`; return the network evaluations so far."""
        canvas = Canvas.blank(self._tokenizer.special, len(group), [options.canvas])
        policy = self._policy or make_policy("threshold", tau=options.threshold)
        rngs = streams(options.seed, [writing.draft for writing in group], group[0].blocks)
        sample = gumbel_max(options.temperature, rngs)
        propose = partial(self._denoiser.propose, cache)
        for step in denoise(propose, canvas, policy, options.steps, sample):
            drawn = _places(self._tokenizer, step, 0) if group[0] is leader else ()
            yield Sketch(nfe + step.nfe, leader.places + drawn)
        for row, writing in enumerate(group):
            writing.take(step, row, options.max_tokens)
        return nfe + step.nfe

    def _ranked(self, cache: Any, drafts: Sequence[_Writing], nfe: int) -> list[Draft]:
        """Distinct drafts, ended ones first, then by score."""
        distinct: dict[str, bool] = {}
        for writing in drafts:
            if writing.text is not None:
                distinct[writing.text] = distinct.get(writing.text, False) or writing.ended
        scores = self._scores(cache, list(distinct)) if distinct else []
        ranked = [
            Draft((text,), score, nfe, ended)
            for (text, ended), score in zip(distinct.items(), scores, strict=True)
        ]
        return sorted(ranked, key=lambda draft: (not draft.ended, -draft.score))

    def _scores(self, cache: Any, texts: Sequence[str]) -> list[float]:
        """Causal log-probability of each text and its `<end>`, in nats, tokenised canonically.

        How a draft happened to be cut into tokens must not count, nor may its length be normalised
        away: the sum is the probability of the text, and a draft that stops too early pays for its
        `<end>`.
        """
        special = self._tokenizer.special
        rows = [
            [special.gaps[0], *self._tokenizer.encode(text), special.end][:MAX_SCORED]
            for text in texts
        ]
        lengths = np.array([len(row) for row in rows])  # [B]
        ids = np.full((len(rows), lengths.max()), special.pad, dtype=np.int64)  # [B, L]
        for row, tokens in enumerate(rows):
            ids[row, : len(tokens)] = tokens
        logp = self._denoiser.score(cache, ids)  # [B, L-1]
        counts = np.arange(1, ids.shape[1]) < lengths[:, None]
        return [float(total) for total in np.where(counts, logp, 0.0).sum(axis=1)]


def _around(task: FillTask) -> ContextParts:
    """Take the only gap of a task out of its text."""
    if len(task.gaps) != 1:
        raise UsageError(
            f"A local engine fills one gap at a time, but the task has {len(task.gaps)}.",
            "Fill the gaps one after the other.",
        )
    (gap,) = task.gaps
    if gap.end > len(task.text):
        raise UsageError(
            f"The gap {gap.start}-{gap.end} is not inside the text of {len(task.text)} characters.",
            "Give a half-open span of code points inside the text.",
        )
    return ContextParts(task.text[: gap.start], task.text[gap.end :], task.path)


def _places(tokenizer: Tokenizer, step: Step, row: int) -> tuple[Place, ...]:
    """Places of a draft's canvas up to its end, as a viewer sees them."""
    canvas = step.canvas
    places: list[Place] = []
    for place in np.flatnonzero(canvas.editable[row]):
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
