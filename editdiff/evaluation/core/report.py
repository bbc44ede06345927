"""The report of a benchmark of single gaps: outcomes to figures, figures to a table and to JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import mean, median
from typing import Any

from editdiff.evaluation.core.gaps import Gap
from editdiff.evaluation.core.metrics import quantile
from editdiff.evaluation.core.runner import Filler, Outcome
from editdiff.evaluation.core.table import NONE, Share, Table, milliseconds

HEADER = (
    "filler",
    "exact % [95 %]",
    "parses % [95 %]",
    "wrong length, of the misses % [95 %]",
    "similarity %",
    "time, median",
    "p90",
    "NFE",
    "score",
)


@dataclass(frozen=True)
class Figures:
    """Figures of one filler: its row of the table."""

    exact: Share
    parses: Share
    wrong_length: Share
    """Fills of another length than the hidden text, among those that are not exact."""
    similarity: float
    """Mean edit similarity, 0 to 1."""
    seconds_median: float
    seconds_p90: float
    nfe_median: float
    score_median: float | None
    """Nats, over the gaps that got a draft."""

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> Figures:
        """Sum up at least one outcome."""
        misses = [outcome for outcome in outcomes if not outcome.exact]
        total = len(outcomes)
        seconds = [outcome.seconds for outcome in outcomes]
        scores = [outcome.score for outcome in outcomes if outcome.score is not None]
        return cls(
            exact=Share(total - len(misses), total),
            parses=Share(sum(outcome.parses for outcome in outcomes), total),
            wrong_length=Share(sum(not miss.right_length for miss in misses), len(misses)),
            similarity=mean(outcome.similarity for outcome in outcomes),
            seconds_median=median(seconds),
            seconds_p90=quantile(seconds, 0.9),
            nfe_median=median(outcome.nfe for outcome in outcomes),
            score_median=median(scores) if scores else None,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the figures with shares spelt out."""
        shares = {name: getattr(self, name).to_json() for name in _SHARES}
        return {**asdict(self), **shares}


_SHARES = ("exact", "parses", "wrong_length")


@dataclass(frozen=True)
class Report:
    """One benchmark, run: the settings, and what each filler made of every gap."""

    benchmark: str
    title: str
    """One line for people: what was filled, and how many."""
    settings: Mapping[str, Any]
    """Settings that a repetition needs."""
    gaps: Sequence[Gap]
    rows: Sequence[tuple[Filler, Sequence[Outcome]]]
    notes: Sequence[str] = ()
    """What a reader has to know about the figures."""

    def cells(self) -> list[tuple[str, ...]]:
        """Rows of the table as text, in the order of `HEADER`; the floors last."""
        ordered = sorted(self.rows, key=lambda row: row[0].floor)
        return [_cells(filler, Figures.of(outcomes)) for filler, outcomes in ordered]

    @property
    def table(self) -> Table:
        """For people; the floors last."""
        return Table(self.title, HEADER, self.cells(), self.notes)

    def to_json(self) -> dict[str, Any]:
        """Return settings, figures, and one entry for every gap and filler."""
        return {
            "benchmark": self.benchmark,
            "settings": dict(self.settings),
            "notes": list(self.notes),
            "gaps": [
                {"package": gap.package, "path": gap.path, "line": gap.line, "truth": gap.truth}
                for gap in self.gaps
            ],
            "fillers": [_filler_json(filler, outcomes) for filler, outcomes in self.rows],
        }


def _cells(filler: Filler, figures: Figures) -> tuple[str, ...]:
    cells = (
        f"floor: {filler.name}" if filler.floor else filler.name,
        str(figures.exact),
        str(figures.parses),
        str(figures.wrong_length),
        f"{100 * figures.similarity:.1f}",
    )
    return cells + (NONE,) * 4 if filler.floor else cells + _effort(figures)


def _effort(figures: Figures) -> tuple[str, ...]:
    """Cells that say something only of an engine that works: time, evaluations, score."""
    score = figures.score_median
    return (
        milliseconds(figures.seconds_median),
        milliseconds(figures.seconds_p90),
        f"{figures.nfe_median:g}",
        NONE if score is None else f"{score:.1f}",
    )


def _filler_json(filler: Filler, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    return {
        "name": filler.name,
        "floor": filler.floor,
        "options": None if filler.floor else asdict(filler.options),
        "figures": Figures.of(outcomes).to_json(),
        "outcomes": [asdict(outcome) for outcome in outcomes],
    }
