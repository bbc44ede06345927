"""What the comparison of the papers' objectives found, as tables and pictures."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from editdiff.papers.compare.runs import SHORT, Outcome
from editdiff.papers.compare.speed import Ratio
from editdiff.papers.run import byte_text
from editdiff.papers.run.gradients import PAIRS, ROWS, Clipped
from editdiff.papers.run.objective_plot import draw_by_interval, draw_curves, of_log
from editdiff.papers.run.objective_run import per_byte

Z95 = 1.959963984540054
"""Two-sided 95 % quantile of the normal distribution."""
BASELINE = "mdlm"


@dataclass(frozen=True)
class Line:
    """One arm over all its seeds."""

    arm: str
    bits: tuple[float, float]
    """A byte, and half of the 95 % interval over rows and seeds."""
    difference: tuple[float, float] | None
    """To MDLM on as many tokens, on the same rows and with the same seeds."""
    tokens: int
    seconds: float
    """Mean over the seeds."""
    seeds: int


def summarise(outcomes: Sequence[Outcome], rows: byte_text.Ids) -> list[Line]:
    """A line for each arm, in their order."""
    size = byte_text.n_bytes(rows)
    by_arm: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_arm.setdefault(outcome.arm, []).append(outcome)
    lines = []
    for name, group in by_arm.items():
        other = by_arm.get(BASELINE + ("-short" if name.endswith("-short") else ""), [])
        paired = [
            [a - b for a, b in zip(x.nats, y.nats, strict=True)]
            for x in group
            for y in other
            if x.seed == y.seed and x.arm != y.arm
        ]
        seconds = statistics.fmean(outcome.seconds for outcome in group)
        found = _over_rows_and_seeds([outcome.nats for outcome in group], size)
        difference = _over_rows_and_seeds(paired, size) if paired else None
        lines.append(Line(name, found, difference, group[0].tokens, seconds, len(group)))
    return lines


def _over_rows_and_seeds(nats: list[list[float]], size: byte_text.Ids) -> tuple[float, float]:
    """Bits a byte and half of its 95 % interval: the variance over rows of the mean, and that over seeds."""
    mean = [statistics.fmean(row) for row in zip(*nats, strict=True)]
    bits, error = per_byte(mean, size)
    of_seeds = [per_byte(one, size)[0] for one in nats]
    spread = statistics.variance(of_seeds) / len(of_seeds) if len(of_seeds) > 1 else 0.0
    return bits, Z95 * math.sqrt(error**2 + spread)


@dataclass(frozen=True)
class Clipping:
    """BD3-LM's interval of times in one arm."""

    arm: str
    block_size: int
    chosen: list[tuple[float, float]]
    """Intervals that the search at the end of training chose, seed by seed."""
    measured: list[Clipped]
    """At the weights of the first seed."""


@dataclass(frozen=True)
class Report:
    """The results of the comparison: the arms, the intervals of times, and what is faster than what."""

    lines: list[Line]
    clipping: list[Clipping]
    ratios: list[Ratio]
    rows: int

    @property
    def markdown(self) -> str:
        """The tables."""
        return "\n".join(part for part in (self._arms(), self._clipping(), self._ratios()) if part)

    def _arms(self) -> str:
        head = (
            "arm", "bits a byte, held out", "less MDLM, same rows", "M tokens", "seconds", "tokens/s",
        )  # fmt: skip
        table = [head]
        for line in self.lines:
            paired = "–" if line.difference is None else "{:+.3f} ± {:.3f}".format(*line.difference)
            bits = "{:.3f} ± {:.3f}".format(*line.bits)
            cells = (
                f"{line.tokens / 1e6:.2f}",
                f"{line.seconds:.0f}",
                f"{line.tokens / line.seconds:,.0f}",
            )
            table.append((line.arm, bits, paired, *cells))
        seeds = max((line.seeds for line in self.lines), default=0)
        return _table(table) + (
            f"\nUpper bounds but for ar; {self.rows} rows, {seeds} seeds, 95 % intervals over both. Short arms "
            f"get a {SHORT}th of the tokens and one seed: their intervals are over rows. "
            "Seconds of training, with looks at the held-out rows and searches.\n"
        )

    def _clipping(self) -> str:
        if not self.clipping:
            return ""
        table = [("arm", "times", "variance of a block's loss", "variance of the gradient")]
        for arm in self.clipping:
            for one in arm.measured:
                gradient = f"{one.gradient.value:.3g} ± {Z95 * one.gradient.error:.2g}"
                times = "{:g} … {:g}".format(*one.interval)
                table.append((arm.arm, times, f"{one.of_blocks:.3g}", gradient))
        chosen = "; ".join(
            f"{arm.arm}: {', '.join('{:g} … {:g}'.format(*interval) for interval in arm.chosen)}"
            for arm in self.clipping
        )
        return _table(table) + (
            f"\nAt the weights of the first seed, {2 * PAIRS} batches of {ROWS} rows, the same for every interval; "
            f"losses in nats a token. Chosen by the last search, seed by seed: {chosen}.\n"
        )

    def _ratios(self) -> str:
        if not self.ratios:
            return ""
        head = (
            "| ratio of times, paired | median | quartiles | rounds |\n| --- | --- | --- | --- |\n"
        )
        return head + "".join(f"{ratio.markdown}\n" for ratio in self.ratios)


def _table(rows: Sequence[Sequence[str]]) -> str:
    """The first row is the head."""
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def write(out: Path, outcomes: Sequence[Outcome], report: Report, about: Any) -> None:
    """Write comparison.json and .md, and both pictures."""
    content = {
        **about,
        "arms": [asdict(line) for line in report.lines],
        "clipping": [asdict(arm) for arm in report.clipping],
        "ratios": [asdict(ratio) for ratio in report.ratios],
        "runs": [asdict(outcome) for outcome in outcomes],
    }
    (out / "comparison.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    (out / "comparison.md").write_text(report.markdown, encoding="utf-8")
    curves = {o.arm: of_log(o.log, "heldout") for o in outcomes if o.seed == 0}
    draw_curves(curves, out / "comparison.png", "bits a byte, held out")
    varied = {
        arm.arm: {"{:g} … {:g}".format(*one.interval): one.of_blocks for one in arm.measured}
        for arm in report.clipping
    }
    draw_by_interval(varied, out / "clipping.png", "variance of a block's loss, nats² a token")
