"""From settings to what an engine is told."""

from __future__ import annotations

from dataclasses import fields

from editdiff.engines.base import FillOptions
from editdiff.errors import UsageError
from editdiff.settings import Settings

CANVASES = (8, 16, 32, 64)
"""Sizes of a canvas that models are trained on, in places."""


def fill_options(settings: Settings) -> FillOptions:
    """Return the settings that an engine is told.

    Raises:
        UsageError: for a value that no engine can serve; the hint names where values came from.
    """
    names = {entry.name for entry in fields(Settings)} & {
        entry.name for entry in fields(FillOptions)
    }
    try:
        check_canvas(settings.canvas)
        return FillOptions(**{name: getattr(settings, name) for name in names})
    except UsageError as error:
        if not settings.sources:
            raise
        places = ", ".join(settings.sources)
        raise UsageError(
            error.message, f"{error.hint.rstrip('.')}; settings were read from {places}"
        ) from error


def check_canvas(canvas: int) -> None:
    """Raise UsageError for a size that models are not trained on."""
    if canvas not in CANVASES:
        raise UsageError(
            f"canvas has to be 8, 16, 32 or 64, but is {canvas}",
            "models are trained on these sizes",
        )
