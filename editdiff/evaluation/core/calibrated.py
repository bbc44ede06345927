"""The report of a benchmark that fits a calibration: with it, and how reliable it was where it was not fitted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from editdiff.errors import InputError
from editdiff.evaluation.core.logistic import Bin
from editdiff.evaluation.core.rows import RowReport


class Kept(Protocol):
    """What is kept in a model's folder."""

    def to_json(self) -> dict[str, Any]:
        """Everything."""
        ...


C = TypeVar("C", bound=Kept)
T = TypeVar("T")


def items(report: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """What a report tells of each item."""
    told: list[dict[str, Any]] = report["items"]
    return told


def items_of(
    folder: Path | None,
    benchmark: str,
    of: Callable[[dict[str, Any]], T],
    told: Callable[[Mapping[str, Any]], Iterable[dict[str, Any]]] = items,
) -> list[T]:
    """What the reports of a benchmark in a folder tell of each item, in order of file name; nothing without any.

    `told` finds the items in a report.

    Raises:
        InputError: when one cannot be read, or `of` takes no such item.
    """
    found = list[T]()
    for path in sorted(folder.glob("*.json")) if folder else ():
        try:
            report = json.loads(path.read_text(encoding="utf-8"))
            if report["benchmark"] == benchmark:
                found += [of(item) for item in told(report)]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"cannot read {path}: {error!r}",
                f"keep reports of `eval {benchmark} --json` alone in the folder",
            ) from error
    return found


@dataclass(frozen=True, kw_only=True)
class CalibratedReport(RowReport, Generic[C]):
    """The benchmark, run."""

    calibration: C
    """What is to be kept; what is measured is of a fit to one half."""
    bins: Mapping[str, Sequence[Bin]] = field(default_factory=dict)
    """Row -> its reliability on the half that was not fitted."""

    @property
    def measured(self) -> dict[str, Any]:
        """What is kept beside the calibration."""
        return {"title": self.title, **self.rows[0].to_json()["figures"]}

    def to_json(self) -> dict[str, Any]:
        """The report with calibration and reliability."""
        more = {
            "calibration": self.calibration.to_json(),
            "measured": self.measured,
            "reliability": {name: [b._asdict() for b in some] for name, some in self.bins.items()},
        }
        return {**super().to_json(), **more}
