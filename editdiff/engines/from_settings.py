"""From settings to what an engine is told."""

from __future__ import annotations

from dataclasses import fields, replace

from editdiff.engines.base import FillOptions
from editdiff.errors import UsageError
from editdiff.settings import Filling, Settings

CANVASES = (8, 16, 32, 64)
"""Sizes of a canvas that models are trained on, in places."""


def fill_options(
    settings: Settings, *, reopen: str | None = None, critic_rounds: int | None = None
) -> FillOptions:
    """Return what an engine is told: the settings, and what is said for one run alone; None: nothing.

    Raises:
        UsageError: for a value that no engine can serve; the hint names where settings came from.
    """
    try:
        check_canvas(settings.canvas)
        options = FillOptions(
            **{entry.name: getattr(settings, entry.name) for entry in fields(Filling)}
        )
    except UsageError as error:
        if not settings.sources:
            raise
        places = ", ".join(settings.sources)
        raise UsageError(
            error.message, f"{error.hint.rstrip('.')}; settings were read from {places}"
        ) from error
    if reopen is not None:
        options = replace(options, reopen=reopen)
    if critic_rounds is not None:
        options = replace(options, critic_rounds=critic_rounds)
    return options


def check_canvas(canvas: int) -> None:
    """Raise UsageError for a size that models are not trained on."""
    if canvas not in CANVASES:
        raise UsageError(
            f"canvas has to be 8, 16, 32 or 64, but is {canvas}",
            "models are trained on these sizes",
        )
