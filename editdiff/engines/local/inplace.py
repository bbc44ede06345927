"""In-place revision: a region as tokens, which of them its gaps are, and the gaps' texts read off a draft.

The region is encoded as a whole, as the network was trained. A token that a gap only touches is unknown as a whole;
a draft that thereby changes text beside the gap is no draft.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from editdiff.denoise.rules import NO_ID, State
from editdiff.engines.base import FillTask
from editdiff.engines.local.reopen import token_spans
from editdiff.errors import UsageError
from editdiff.text.span import Span
from editdiff.tokens.base import Special, Tokenizer
from editdiff.tokens.canvas import Canvas

FRAME = 2
"""Places of a canvas that hold the sentinel and the `<end>`."""


@dataclass(frozen=True)
class Standing:
    """A region, or as much of it as a canvas holds, around all of its gaps."""

    span: Span
    """In code points of the task's text."""
    ids: tuple[int, ...]
    runs: tuple[tuple[int, int], ...]
    """First token of each gap, and the one behind its last."""
    before: tuple[str, ...]
    """What the first token of each gap holds of the text before it."""
    after: tuple[str, ...]
    """What the last token of each gap holds of the text after it."""
    size: int
    """Places of the smallest canvas that holds it."""

    @classmethod
    def of(cls, task: FillTask, tokenizer: Tokenizer, canvases: Sequence[int]) -> Standing:
        """Encode a task's region for a network with canvases of these sizes.

        Raises:
            UsageError: unless the gaps lie in the region, hold something, and fit a canvas together.
        """
        region = task.region
        if region is None or any(
            gap.start == gap.end or not region.contains(gap) for gap in task.gaps
        ):
            raise UsageError(
                "A place that is revised does not stand inside its region, or is empty.",
                "Fill the place instead: something may be missing there.",
            )
        ids = tokenizer.encode(region.slice(task.text))
        spans = [span.shift(region.start) for span in token_spans(tokenizer, ids)]
        runs = [_run(gap, spans) for gap in task.gaps]
        low, high = _window(runs, spans, max(canvases))
        return cls(
            Span(spans[low].start, spans[high - 1].end),
            tuple(ids[low:high]),
            tuple((first - low, end - low) for first, end in runs),
            tuple(
                task.text[spans[first].start : gap.start]
                for gap, (first, _) in zip(task.gaps, runs, strict=True)
            ),
            tuple(
                task.text[gap.end : spans[end - 1].end]
                for gap, (_, end) in zip(task.gaps, runs, strict=True)
            ),
            min(size for size in canvases if size >= high - low + FRAME),
        )

    @property
    def doubted(self) -> list[int]:
        """Tokens that are unknown."""
        return sorted({token for first, end in self.runs for token in range(first, end)})

    def canvas(self, special: Special, drafts: int, head: int) -> Canvas:
        """Put it on `drafts` equal rows, behind a gap's `head`."""
        return Canvas.standing(special, drafts, self.ids, self.doubted, self.size, head)

    def state(self, canvas: Canvas, *, wrong: bool) -> State:
        """What the loop knows of the canvas [B, L] that begins with it.

        What is wrong may not be written again, where it is one token; of several, some may be right.
        """
        B, L = canvas.ids.shape
        held = np.full((B, L), canvas.special.end)
        held[:, 1 : 1 + len(self.ids)] = self.ids
        tried = np.full((B, L, 1), NO_ID)
        for first, end in self.runs if wrong else ():
            if end - first == 1:
                tried[:, 1 + first, 0] = self.ids[first]
        return State.of(canvas, tried=tried, fallback=held)

    def texts(self, tokenizer: Tokenizer, ids: Sequence[int]) -> tuple[str, ...] | None:
        """Text of each gap in a draft of as many ids; None where it is no text, or changes any beside the gaps."""
        texts = []
        for (first, end), before, after in zip(self.runs, self.before, self.after, strict=True):
            try:
                text = tokenizer.decode_bytes(ids[first:end]).decode()
            except UnicodeDecodeError:
                return None
            kept = len(before) + len(after) <= len(text)
            if not (kept and text.startswith(before) and text.endswith(after)):
                return None
            texts.append(text[len(before) : len(text) - len(after)])
        return tuple(texts)


def _run(gap: Span, spans: Sequence[Span]) -> tuple[int, int]:
    """Tokens that a gap touches; a character that two tokens share is unknown with both."""
    touched = [i for i, span in enumerate(spans) if span.overlaps(gap)]
    first, end = touched[0], touched[-1] + 1
    while first and spans[first - 1].end > spans[first].start:
        first -= 1
    while end < len(spans) and spans[end].start < spans[end - 1].end:
        end += 1
    return first, end


def _window(runs: Sequence[tuple[int, int]], spans: Sequence[Span], places: int) -> tuple[int, int]:
    """First token that a canvas of so many places holds, and the one behind the last: all gaps, and more around."""
    low, high = min(first for first, _ in runs), max(end for _, end in runs)
    room = places - FRAME - (high - low)
    if room < 0:
        raise UsageError(
            f"The places to be revised are {high - low} tokens apart, more than the "
            f"{places - FRAME} of a canvas.",
            "Revise fewer of them at once.",
        )
    low_room = min(low, max(room // 2, room - (len(spans) - high)))
    low, high = low - low_room, min(len(spans), high + room - low_room)
    while low and spans[low - 1].end > spans[low].start:  # no character is cut
        low += 1
    while high < len(spans) and spans[high].start < spans[high - 1].end:
        high -= 1
    return low, high
