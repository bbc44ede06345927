"""Drafts in the making: what each gap holds so far, canvas by canvas."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from editdiff.denoise.loop import Step
from editdiff.engines.base import Place
from editdiff.engines.local.caches import Encoded
from editdiff.tokens.base import Tokenizer


@dataclass
class Fill:
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
        self.places += places_of(tokenizer, step, row, gap)[: len(kept)]
        full = len(content) >= room
        self.goes_on = bool(kept) and not (self.ended or full)


@dataclass
class Last:
    """The canvas that a draft finished last: the only one whose places can be reopened."""

    step: Step
    row: int
    """Row of the draft in it."""
    gaps: tuple[int, ...]
    """Gap of each segment."""
    cache: Any
    """The context it was denoised over."""
    before: tuple[Fill, ...]
    """What all gaps held before it."""


@dataclass
class Writing:
    """One draft in the making."""

    draft: int
    tokenizer: Tokenizer
    fills: list[Fill]
    blocks: int = 0
    """Canvases finished."""
    encoded: Encoded | None = None
    """The context of its last canvas, if it was continued."""
    last: Last | None = None
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

    def take(self, step: Step, row: int, gaps: Sequence[int], cache: Any, max_tokens: int) -> None:
        """Append the finished canvas of `gaps`."""
        before = tuple(replace(fill) for fill in self.fills)
        self.last = Last(step, row, tuple(gaps), cache, before)
        for segment, gap in enumerate(gaps):
            self.fills[gap].take(self.tokenizer, step, row, segment, max_tokens)
        self.blocks += 1
        try:
            texts = [self.tokenizer.decode_bytes(fill.ids).decode() for fill in self.fills]
        except UnicodeDecodeError:
            self.texts = None
        else:
            self.texts = tuple(texts)

    def fork(self) -> Writing:
        """Return the draft as it was before its last canvas, which can be denoised further."""
        if self.last is None:
            raise ValueError("the draft has no canvas")
        fills = [replace(fill) for fill in self.last.before]
        return replace(self, fills=fills)


def places_of(tokenizer: Tokenizer, step: Step, row: int, gap: int) -> tuple[Place, ...]:
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
