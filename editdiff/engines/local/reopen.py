"""Which places of a finished canvas are made unknown again, from what is wrong with its text.

A fault blames the tokens that its span touches. One that spans a whole gap says nothing of where it is, and blames
the least sure of them; the `<end>` belongs to a fault that reaches the end of the text, which may be too short.
With each round that did not help the blame widens by one place to both sides. The least sure of the places of a
fault may not take again what it has held: something has to change, and the others may stay. Only the last canvas
of a draft can be reopened, as what was written before it is its context.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from editdiff.denoise.rules import NO_ID, State
from editdiff.engines.base import Fault
from editdiff.engines.local.drafts import Last, Writing
from editdiff.text.span import Span
from editdiff.tokens.base import BoolArray, IntArray, Tokenizer
from editdiff.tokens.canvas import Canvas

LEAST_SURE = 4
"""Of a fault without a place, one token of this many is blamed, at least one."""


@dataclass
class Trial:
    """A finished draft that is taken up again."""

    writing: Writing
    """The draft as it stands after the last round."""
    places: BoolArray | None = None
    """[L] places of its last canvas that are blamed."""
    tried: IntArray | None = None
    """[L, n] what a place may not take again, NO_ID where there is nothing."""
    why: list[str] = field(default_factory=list)

    @property
    def last(self) -> Last:
        """Its last canvas."""
        if self.writing.last is None:
            raise ValueError("the draft has no canvas")
        return self.writing.last

    def blame(self, faults: Sequence[Fault], widen: int = 0) -> bool:
        """Find the places that faults are about; return whether there are any."""
        ids = self.last.step.canvas.ids[self.last.row]
        confidence = self.last.step.confidence[self.last.row]
        places, excluded = np.zeros(ids.shape, dtype=np.bool_), np.full(ids.shape, NO_ID)
        for fault in faults:
            touched = _touched(self.writing, self.last, fault, widen)
            if len(touched):
                places[touched] = True
                least = touched[np.argmin(confidence[touched])]
                excluded[least] = ids[least]
        self.places = places
        earlier = [self.tried] if self.tried is not None else []
        self.tried = np.concatenate([*earlier, excluded[:, None]], axis=1)
        self.why = [f"draft {self.writing.draft}, gap {f.gap}: {f.why}" for f in faults]
        return bool(places.any())


def doubted(writing: Writing) -> list[Fault]:
    """Whole gaps as faults: the least sure places of each."""
    texts = writing.texts or ()
    return [Fault(gap, Span(0, len(text)), "the least sure") for gap, text in enumerate(texts)]


def grouped(trials: Sequence[Trial]) -> list[list[Trial]]:
    """Those whose last canvas was denoised over the same context, together."""
    groups: dict[tuple[int, int, tuple[int, ...]], list[Trial]] = {}
    for trial in trials:
        if trial.places is not None and trial.places.any():
            key = id(trial.last.cache), trial.writing.blocks, trial.last.gaps
            groups.setdefault(key, []).append(trial)
    return list(groups.values())


def reopened(trials: Sequence[Trial]) -> tuple[Canvas, State]:
    """Stack the last canvases of drafts, masked where they are blamed, and what is known of them."""
    rows = [trial.last.step.canvas.rows(_row(trial.last)) for trial in trials]
    stack = replace(
        rows[0],
        ids=np.concatenate([row.ids for row in rows]),
        editable=np.concatenate([row.editable for row in rows]),
        masked=np.concatenate([row.masked for row in rows]),
    )
    places = np.stack([trial.places for trial in trials if trial.places is not None])
    tried = np.stack([trial.tried for trial in trials if trial.tried is not None])
    confidence = np.stack([trial.last.step.confidence[trial.last.row] for trial in trials])
    return stack.mask(places), State.of(stack.mask(places), confidence=confidence, tried=tried)


def token_spans(tokenizer: Tokenizer, ids: Sequence[int]) -> list[Span]:
    """Where the tokens of a text stand in it, in code points; a character that two share belongs to both."""
    pieces = [tokenizer.decode_bytes([token]) for token in ids]
    data = np.frombuffer(b"".join(pieces), dtype=np.uint8)
    begins = (data & 0xC0) != 0x80  # bytes of UTF-8 that begin a character
    begun = np.concatenate(
        [[0], np.cumsum(begins)]
    )  # [bytes + 1] characters begun before each byte
    inside = np.append(~begins, False)
    ends = np.cumsum([0, *map(len, pieces)])
    return [
        Span(int(begun[start] - inside[start]), int(begun[end]))
        for start, end in pairwise(ends.tolist())
    ]


def _row(last: Last) -> BoolArray:
    which = np.zeros(len(last.step.canvas.ids), dtype=np.bool_)
    which[last.row] = True
    return which


def _touched(writing: Writing, last: Last, fault: Fault, widen: int) -> IntArray:
    """Places of the last canvas that a fault is about."""
    if fault.gap not in last.gaps:
        return np.zeros(0, dtype=np.int64)
    fill, earlier = writing.fills[fault.gap], len(last.before[fault.gap].ids)
    spans = token_spans(writing.tokenizer, fill.ids)
    first = int(np.flatnonzero(last.step.canvas.segment == last.gaps.index(fault.gap))[1]) - earlier
    text_end = spans[-1].end if spans else 0
    hit = {i for i, span in enumerate(spans) if _meets(fault.span, span)}
    at_end = fault.span.end >= text_end and fill.ended
    confidence = last.step.confidence[last.row]
    if len(hit) == len(spans) and len(hit) > 1:
        known = [i for i in sorted(hit) if i >= earlier] + [len(spans)] * fill.ended
        known.sort(key=lambda i: float(confidence[first + i]))
        hit, at_end = set(known[: max(1, len(spans) // LEAST_SURE)]), False
    hit |= {len(spans)} if at_end else set()
    wide = {i + by for i in hit for by in range(-widen, widen + 1)}
    known = [i for i in sorted(wide) if earlier <= i < len(spans) + fill.ended]
    return np.array([first + i for i in known], dtype=np.int64)


def _meets(fault: Span, token: Span) -> bool:
    """Whether a fault touches a token; an empty one touches its neighbours."""
    if fault.start == fault.end:
        return token.start <= fault.start <= token.end
    return fault.start < token.end and token.start < fault.end
