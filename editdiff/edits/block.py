r"""Several lines of ghost text: where they may come, which lines of a draft they are, and how sure each is.

A draft of a block is seldom right to its end. So what is shown is as many whole lines as the model is sure of: the
probabilities of the tokens up to and with a line's break, multiplied, say how sure. Writing ends as soon as no
further line can be sure enough. A draft has `\n` for line endings.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from editdiff.edits.balance import bare
from editdiff.edits.infill import OnSketch
from editdiff.engines.base import Draft, Engine, FillOptions, FillTask, Sketch
from editdiff.text.document import Document
from editdiff.text.lines import LINE_ENDING

MOST_LINES = 8
"""Lines that are shown at once: more are not read before they are taken."""
MOST_TOKENS = 96
"""Tokens that are written for them."""
_OPENS = (":", "{")
"""At the end of a line that opens a block."""


class Lines(NamedTuple):
    """The first lines of a draft."""

    text: str
    confidence: float
    """Probability of their tokens, the last one's line break among them, or that the gap ends there; 0 to 1."""

    def sure(self, line: float, several: float) -> bool:
        """Whether they may be shown: one from the confidence `line` on, at most MOST_LINES from `several` on."""
        count = self.text.count("\n") + 1
        begins = bool(self.text.partition("\n")[0].strip())
        whole = "\ufffd" not in self.text  # which stands for half of a character
        least = line if count == 1 else several
        return begins and whole and count <= MOST_LINES and self.confidence >= least


def around(document: Document, offset: int) -> tuple[str, str, str]:
    """The text above the cursor's line, and what stands on that before and behind the cursor."""
    before, after = document.text[:offset], document.text[offset:]
    head = LINE_ENDING.split(before)[-1]
    return before[: len(before) - len(head)], head, LINE_ENDING.split(after, maxsplit=1)[0]


def takes_several(document: Document, offset: int, *, anywhere: bool = False) -> bool:
    """Whether several lines may come at a cursor: on an empty line under one that opens a block.

    With `anywhere`, wherever nothing follows the cursor on its line.
    """
    above, head, tail = around(document, offset)
    if anywhere or head.strip() or tail.strip():
        return anywhere and not tail.strip()
    *_, opener, _ = ("", *LINE_ENDING.split(above))
    return bare(opener, document.language).rstrip().endswith(_OPENS)


def write(
    task: FillTask,
    engine: Engine,
    options: FillOptions,
    *,
    line: float,
    several: float,
    on_sketch: OnSketch = lambda sketch: None,
) -> list[Lines]:
    """Have the greedy draft of a task's gap written; return its first line, its first two, and so on.

    Only what is sure enough: a single line from the confidence `line` on, more of them from `several` on.
    """
    above, _, head = task.text[: task.gaps[0].start].rpartition("\n")
    kept: dict[str, float] = {}
    for text, confidence in _told(task, engine, options, line, several, on_sketch):
        lines = _one_block(above.rpartition("\n")[2], head, text.split("\n"))
        kept.setdefault("\n".join(lines).rstrip(), confidence)  # later ones add what lies outside
    found = (Lines(text, confidence) for text, confidence in kept.items())
    return [each for each in found if each.sure(line, several)]


def _told(
    task: FillTask,
    engine: Engine,
    options: FillOptions,
    line: float,
    several: float,
    on_sketch: OnSketch,
) -> list[Lines]:
    """What the engine tells of the lines of its draft until none of them can be sure enough, or all are written."""
    lines: list[Lines] = []
    for update in engine.fill(task, options):
        if isinstance(update, Draft):
            whole = Lines(update.texts[0], min(1.0, math.exp(update.score)))
            lines = [each for each in lines if whole.text.startswith(each.text)]
            return [*lines, whole] if update.ended else lines
        on_sketch(update)
        lines, rest = _finished(update)
        if len(lines) >= MOST_LINES or rest < (several if lines else min(line, several)):
            return lines
    return lines


def _finished(sketch: Sketch) -> tuple[list[Lines], float]:
    """The first line of a sketch, its first two … up to the last finished one, and how sure all its tokens are."""
    text, sure, lines = "", 1.0, list[Lines]()
    for place in sketch.places:
        if not place.committed:
            break
        sure *= place.confidence
        start, text = len(text), text + place.text
        ends = [at for at in range(start, len(text)) if text[at] == "\n"]
        lines += [Lines(text[:end], sure) for end in ends]
    return lines, sure


def _one_block(opener: str, head: str, lines: Sequence[str]) -> Sequence[str]:
    """Of lines, the first of them behind `head`, those up to one that is not indented as the first one at least.

    Below an opened block that is one line only where it is not indented deeper than the block's `opener`.
    """
    margin = _margin(head + lines[0])
    if not head.strip() and opener.rstrip().endswith(_OPENS) and _margin(opener) == margin:
        return lines[:1]
    outside = (
        n for n, line in enumerate(lines) if n and line.strip() and not line.startswith(margin)
    )
    return lines[: next(outside, len(lines))]


def _margin(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]
