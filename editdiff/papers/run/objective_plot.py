"""Curves of runs with the papers' objectives as pictures: bits over millions of tokens."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from editdiff.training.run.plot import picture

Curve = tuple[Sequence[float], Sequence[float]]
"""Tokens trained on, and bits at each."""
SHOWN = 0.02
"""Share of the run that is left out at its beginning, where everything falls from 8 bits."""


def draw_run(log: Sequence[Mapping[str, float]], path: Path) -> None:
    """Draw the training loss (bits a token) and the held-out bound (bits a byte) of one run."""
    curves: dict[str, Curve] = {"training loss, a token": of_log(log, "loss", 1 / math.log(2))}
    if any("heldout" in entry for entry in log):
        curves["bound, held out, a byte"] = of_log(log, "heldout")
    draw_curves(curves, path, "bits")


def of_log(log: Sequence[Mapping[str, float]], key: str, scale: float = 1.0) -> Curve:
    """The entries of a log that have a figure."""
    entries = [entry for entry in log if key in entry]
    return [entry["tokens"] for entry in entries], [scale * entry[key] for entry in entries]


def draw_curves(curves: Mapping[str, Curve], path: Path, unit: str) -> None:
    """Draw named curves into one picture.

    Raises:
        MissingDependencyError: without matplotlib.
    """
    figure, axes = picture()
    shown = []
    for name, (tokens, bits) in curves.items():
        marks = "o-" if len(tokens) <= 30 else "-"
        axes.plot([n / 1e6 for n in tokens], bits, marks, label=name, linewidth=1, markersize=3)
        shown += [b for n, b in zip(tokens, bits, strict=True) if n > SHOWN * tokens[-1]]
    if shown:
        margin = 0.05 * (max(shown) - min(shown)) + 0.01
        axes.set_ylim(min(shown) - margin, max(shown) + margin)
    axes.set(xlabel="million tokens", ylabel=unit)
    axes.grid(alpha=0.3)
    axes.legend(loc="upper right")  # all curves fall
    figure.savefig(path, dpi=120)


def draw_by_interval(values: Mapping[str, Mapping[str, float]], path: Path, unit: str) -> None:
    """Draw, for each name, a value for each interval of times, all above 0, on a logarithmic axis.

    Raises:
        MissingDependencyError: without matplotlib.
    """
    figure, axes = picture()
    for name, by_interval in values.items():
        axes.plot(list(by_interval), list(by_interval.values()), "o", label=name)
    if values:
        axes.set_yscale("log")
        for set_formatter in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
            set_formatter("{x:g}")
        axes.legend()
    axes.set(xlabel="times t that training draws", ylabel=unit)
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
