"""The report of a benchmark that fits a calibration: with it, and how reliable it was where it was not fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from editdiff.evaluation.logistic import Bin
from editdiff.evaluation.rows import RowReport


class Kept(Protocol):
    """What is kept in a model's folder."""

    def to_json(self) -> dict[str, Any]:
        """Everything."""
        ...


C = TypeVar("C", bound=Kept)


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
