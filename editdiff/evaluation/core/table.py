"""What every measurement ends in: a table with its notes, and shares with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from editdiff.evaluation.core.metrics import wilson

NONE = "–"
"""Stands where a figure has no meaning."""


@dataclass(frozen=True)
class Table:
    """Cells as text."""

    title: str
    """One line for people: what was measured, and how many."""
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    notes: Sequence[str] = ()
    """What a reader has to know about the figures."""

    def plain(self) -> str:
        """Return the table as text: title, aligned columns, notes."""
        rows = [self.header, *self.rows]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(map(_aligned, row, widths, range(len(row)))).rstrip() for row in rows]
        return "\n".join([self.title, "", *lines, "", *self.notes]).rstrip() + "\n"


class Result(Protocol):
    """A measurement, run."""

    @property
    def table(self) -> Table:
        """For people."""
        ...

    def to_json(self) -> Mapping[str, Any]:
        """Settings, figures and items, for programs."""
        ...


@dataclass(frozen=True)
class Share:
    """A count out of a total, with its Wilson interval."""

    hits: int
    total: int

    @classmethod
    def of(cls, hits: Sequence[bool]) -> Share:
        """Count what is true."""
        return cls(sum(hits), len(hits))

    def __str__(self) -> str:
        if not self.total:
            return NONE
        low, high = wilson(self.hits, self.total)
        return f"{100 * self.hits / self.total:.1f} [{100 * low:.1f}, {100 * high:.1f}]"

    def to_json(self) -> dict[str, Any]:
        """Count, total, share and interval, as shares of 1; no share of nothing."""
        return {
            "hits": self.hits,
            "total": self.total,
            "share": self.hits / self.total if self.total else None,
            "wilson95": wilson(self.hits, self.total),
        }


def milliseconds(seconds: float) -> str:
    """Write a time in whole milliseconds."""
    return f"{1000 * seconds:.0f} ms"


def _aligned(cell: str, width: int, column: int) -> str:
    return cell.ljust(width) if column == 0 else cell.rjust(width)
