"""Ablations: the same small run several times with one thing changed, judged on the same gaps, paired.

An arm is trained for the same steps on the same rows as the first one, the baseline, and is resumed where an
earlier try ended. Differences are of the canvas cross-entropy of each gap, with a paired interval.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from editdiff.training.batches.data import Rows
from editdiff.training.batches.recipe import Recipe
from editdiff.training.run.trainer import Report, Trainer
from editdiff.training.run.validation import LEVELS, CrossEntropy, cross_entropy

Z95 = 1.959963984540054
"""Two-sided 95 % quantile of the normal distribution."""
COLUMNS = (*(f"{level:.0%} masked" for level in LEVELS), "half masked, 20 % wrong")


@dataclass(frozen=True)
class Arm:
    """What came of one arm."""

    name: str
    steps: int
    tokens: int
    cpu_seconds: float
    """Processor time of the training, all threads; on a GPU wall time."""
    found: CrossEntropy

    @property
    def columns(self) -> NDArray[np.float64]:
        """[N, 3] nats a target of each gap, as in COLUMNS."""
        return np.column_stack((self.found.masked, self.found.wrong))


def run_arm(
    name: str,
    recipe: Recipe,
    rows: Rows,
    heldout: Rows,
    out: Path,
    gaps: int,
    device: str = "cpu",
    report: Callable[[Report], None] = lambda report: None,
    stop: Callable[[], bool] = lambda: False,
) -> Arm | None:
    """Train one arm in `out` and judge its averaged weights on the first `gaps` held-out rows.

    What it came to is kept in `out`; an arm that is finished is read from there. None: stopped before its end.
    """
    kept = out / f"steps-{recipe.optim.steps}-gaps-{gaps}.npz"
    if kept.exists():
        return _read(name, kept)
    trainer = Trainer(recipe, rows, out, device)
    trainer.resume()
    clock = time.process_time if device == "cpu" else time.monotonic
    began = clock()
    trainer.run(report, stop)
    seconds = _add_seconds(out / "cpu-seconds", clock() - began)
    if trainer.progress.step < recipe.optim.steps:
        return None
    for parameter, average in zip(trainer.model.parameters(), trainer.ema.values(), strict=True):
        parameter.data.copy_(average)
    found = cross_entropy(trainer.model, heldout, gaps)
    about = np.array([trainer.progress.step, trainer.progress.tokens, seconds])
    np.savez_compressed(kept, masked=found.masked, wrong=found.wrong, about=about)
    return Arm(name, trainer.progress.step, trainer.progress.tokens, seconds, found)


def _read(name: str, path: Path) -> Arm:
    with np.load(path) as kept:
        steps, tokens, seconds = kept["about"].tolist()
        return Arm(
            name, int(steps), int(tokens), seconds, CrossEntropy(kept["masked"], kept["wrong"])
        )


def _add_seconds(path: Path, seconds: float) -> float:
    """Keep the time of an arm that is trained in several goes."""
    before = float(path.read_text()) if path.exists() else 0.0
    path.write_text(f"{before + seconds:.1f}")
    return before + seconds


def paired(arm: Arm, baseline: Arm) -> list[tuple[float, float]]:
    """Difference to the baseline and half of its 95 % interval, nats a target, for each of COLUMNS."""
    differences = arm.columns - baseline.columns
    half = Z95 * differences.std(axis=0, ddof=1) / math.sqrt(len(differences))
    return list(zip(differences.mean(axis=0).tolist(), half.tolist(), strict=True))


def table(arms: list[Arm]) -> str:
    """Markdown: one row for each arm, the first is the baseline."""
    head = ("arm", *COLUMNS, "M tokens", "tokens a CPU second")
    lines = [" | ".join(head), " | ".join("---" for _ in head)]
    for arm in arms:
        means = arm.columns.mean(axis=0)
        cells = [f"{mean:.3f}" for mean in means]
        if arm is not arms[0]:
            cells = [
                f"{mean:.3f} ({d:+.3f} ± {half:.3f})"
                for mean, (d, half) in zip(means, paired(arm, arms[0]), strict=True)
            ]
        speed = arm.tokens / max(arm.cpu_seconds, 1e-9)
        lines.append(" | ".join([arm.name, *cells, f"{arm.tokens / 1e6:.2f}", f"{speed:,.0f}"]))
    return "\n".join(f"| {line} |" for line in lines) + "\n"
