"""Rows by number as the trunk has read them: a function of (seed, number), as what is drawn is.

The trunk writes the middles of a chunk at once, which costs a row a fraction of writing alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from editdiff.training.adapter.reading import ReadRow, read
from editdiff.training.adapter.rows import MiddleRow, RowSource
from editdiff.training.adapter.written import write_middles
from editdiff.training.trunk.frozen import FrozenTrunk

CHUNK = 128
"""Rows that are drawn together."""


class RowStream:
    """Rows of a source."""

    def __init__(self, source: RowSource, trunk: FrozenTrunk) -> None:
        self._source, self._trunk = source, trunk
        self._chunk = -1
        self._drawn: list[MiddleRow] = []
        self._written: dict[int, ReadRow] = {}

    def read(self, numbers: Sequence[int]) -> list[ReadRow]:
        """Rows of some numbers, rising; those that the trunk has not written are read side by side."""
        made: dict[int, ReadRow] = {}
        to_read: dict[int, MiddleRow] = {}
        for number in numbers:
            self._turn_to(number // CHUNK)
            if number % CHUNK in self._written:
                made[number] = self._written[number % CHUNK]
            else:
                to_read[number] = self._drawn[number % CHUNK]
        if to_read:
            made |= zip(to_read, read(self._trunk, list(to_read.values())), strict=True)
        return [made[number] for number in numbers]

    def _turn_to(self, chunk: int) -> None:
        if chunk == self._chunk:
            return
        first = chunk * CHUNK
        self._drawn = [self._source.draw(number) for number in range(first, first + CHUNK)]
        wanting = [i for i, row in enumerate(self._drawn) if row.wants_own]
        rows = [self._drawn[i] for i in wanting]
        special = self._source.special
        written = write_middles(self._trunk, rows, special) if rows else []
        self._written = dict(zip(wanting, written, strict=True))
        self._chunk = chunk
