"""Stretches of source files with one fault in each, and which of their tokens are wrong.

The kinds of faults are those of the repair task that leave something wrong standing. Wrong are the tokens that
share a character with what was written; where something was taken away, the token behind it, as in grammatical
error detection (Rei and Yannakoudakis 2016, arXiv 1607.06153).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from editdiff.evaluation.core.gaps import Source
from editdiff.text.diff import common_ends
from editdiff.text.edit import Edits
from editdiff.text.lines import LineTable
from editdiff.text.shown import unix
from editdiff.text.span import Span
from editdiff.training.tasks.faults import KINDS, attempt, draw, read

LINES = 40
"""Lines of a stretch, one fault in it."""
STRETCHES, TRIED = 2, 40
"""Most stretches of a file, and lines tried for the fault of each."""
INJECTED = tuple(kind for kind in KINDS if not kind.whole_lines or kind.name == "indentation")
"""A line that is missing, doubled or swapped leaves no token that is wrong where it stands."""


@dataclass(frozen=True)
class Stretch:
    """Lines of a file with a fault in them."""

    package: str
    path: str
    text: str
    r"""The whole file, faulty, its line endings `\n`."""
    span: Span
    """The stretch that is judged, in code points of `text`."""
    wrong: Span
    """What the fault has written; empty where something was taken away."""
    kind: str

    @property
    def name(self) -> str:
        """Name of the file, as the model is told it."""
        return PurePosixPath(self.path).name

    def is_wrong(self, span: Span) -> bool:
        """Whether a judged place is wrong: where something is missing, the one that begins there or spans it."""
        if self.wrong.length:
            return span.overlaps(self.wrong)
        at = self.wrong.start
        return span.start <= at < span.end or span.start == span.end == at


def of_file(file: Source, rng: random.Random) -> Iterator[Stretch]:
    """Stretches of one file, in random order; none of a file that is no Python."""
    text = unix(file.text)
    source, table = read(text), LineTable(text)
    if source is None:
        return
    generator = np.random.default_rng(rng.getrandbits(63))
    for _ in range(STRETCHES):
        first = rng.randrange(max(1, len(table) - LINES))
        last = min(first + LINES, len(table)) - 1
        for _ in range(TRIED):
            line = table.content(rng.randint(first, last))
            if not line.slice(text).strip():
                continue
            kind = draw(INJECTED, generator)
            edit = attempt(kind, source.site(line), generator)
            if edit is None:
                continue
            head, tail = common_ends(edit.span.slice(text), edit.text)
            start = edit.span.start + head
            wrong = Span(start, start + len(edit.text) - head - tail)
            span = Span(table.start(first), table.content(last).end + edit.growth)
            faulty = Edits((edit,)).apply(text)
            yield Stretch(file.package, file.path, faulty, span, wrong, kind.name)
            break
