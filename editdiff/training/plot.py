"""The loss curve as a picture."""

from __future__ import annotations

from pathlib import Path

from editdiff.errors import MissingDependencyError
from editdiff.training.checkpoint import Progress


def draw_losses(progress: Progress, path: Path) -> None:
    """Draw canvas and causal loss (nats a target) against millions of tokens."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependencyError(
            "the loss plot needs matplotlib", "pip install 'editdiff[train]'"
        ) from error
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
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
