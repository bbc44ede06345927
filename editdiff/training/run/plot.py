"""Pictures: the loss curve, and what all of them begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from editdiff.errors import MissingDependencyError
from editdiff.training.run.checkpoint import Progress


def draw_losses(progress: Progress, path: Path) -> None:
    """Draw canvas and causal loss (nats a target) against millions of tokens."""
    figure, axes = picture()
    millions = [entry["tokens"] / 1e6 for entry in progress.log]
    for key, label in (("canvas", "canvas (denoise)"), ("causal", "causal (next token)")):
        axes.plot(millions, [entry[key] for entry in progress.log], label=label, linewidth=1)
    watched = [entry for entry in progress.log if "heldout" in entry]
    if watched:
        at = [entry["tokens"] / 1e6 for entry in watched]
        axes.plot(at, [entry["heldout"] for entry in watched], "o-", label="canvas, held out")
    axes.set_xlabel("tokens, millions")
    axes.set_ylabel("loss, nats a target")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)


def picture() -> tuple[Any, Any]:
    """An empty picture, and its axes.

    Raises:
        MissingDependencyError: without matplotlib.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependencyError(
            "the plots need matplotlib", "pip install 'editdiff[train]'"
        ) from error
    figure = Figure(figsize=(7, 4), layout="constrained")
    return figure, figure.subplots()
