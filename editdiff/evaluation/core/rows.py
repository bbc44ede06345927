"""The report of a benchmark whose rows have figures of their own: figures by name, to a table and to JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from editdiff.evaluation.core.metrics import Z95
from editdiff.evaluation.core.table import NONE, Table, milliseconds


class Figure(Protocol):
    """One cell of the table, as `table.Share` is one."""

    def __str__(self) -> str:
        """For people."""
        ...

    def to_json(self) -> Any:
        """For programs."""
        ...


@dataclass(frozen=True)
class Number:
    """A plain number."""

    value: float
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.value:.3g}{self.unit}"

    def to_json(self) -> float:
        """The number alone; its unit stands in the figure's name."""
        return self.value


@dataclass(frozen=True)
class Seconds:
    """A time."""

    value: float

    def __str__(self) -> str:
        return milliseconds(self.value)

    def to_json(self) -> float:
        """The time in seconds."""
        return self.value


@dataclass(frozen=True)
class Estimate:
    """A figure that is no share, with its standard error."""

    value: float
    error: float

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, of a normal distribution."""
        return self.value - Z95 * self.error, self.value + Z95 * self.error

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.value:.3f} [{low:.3f}, {high:.3f}]"

    def to_json(self) -> dict[str, Any]:
        """Value and interval."""
        return {"value": self.value, "interval95": self.interval}


@dataclass(frozen=True)
class Row:
    """One row of the table."""

    name: str
    figures: Mapping[str, Figure]
    """Figures by the key of their column; what has no meaning for this row is left out."""
    outcomes: Sequence[Mapping[str, Any]] = ()
    """One entry for each item, for programs."""
    floor: bool = False
    """Whether it is there only to be compared with."""

    def to_json(self) -> dict[str, Any]:
        """Name, figures and outcomes of the row."""
        return {
            "name": self.name,
            "floor": self.floor,
            "figures": {key: figure.to_json() for key, figure in self.figures.items()},
            "outcomes": [dict(outcome) for outcome in self.outcomes],
        }


@dataclass(frozen=True)
class RowReport:
    """One benchmark, run."""

    benchmark: str
    title: str
    """One line for people: what was measured, and how many."""
    settings: Mapping[str, Any]
    """Settings that a repetition needs."""
    columns: Mapping[str, str]
    """Key of a figure to the heading of its column, in order."""
    rows: Sequence[Row]
    notes: Sequence[str] = ()
    """What a reader has to know about the figures."""
    items: Sequence[Mapping[str, Any]] = ()
    """What was asked, for programs."""

    @property
    def table(self) -> Table:
        """For people; the floors last."""
        cells = [
            (
                f"floor: {row.name}" if row.floor else row.name,
                *(str(row.figures.get(key, NONE)) for key in self.columns),
            )
            for row in sorted(self.rows, key=lambda row: row.floor)
        ]
        return Table(self.title, ("row", *self.columns.values()), cells, self.notes)

    def to_json(self) -> dict[str, Any]:
        """Return settings, figures and one entry for every item and row."""
        return {
            "benchmark": self.benchmark,
            "title": self.title,
            "settings": dict(self.settings),
            "notes": list(self.notes),
            "items": [dict(item) for item in self.items],
            "rows": [row.to_json() for row in self.rows],
        }
