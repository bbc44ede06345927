"""Whether someone looks, and where what they see is drawn."""

from __future__ import annotations

import sys
from typing import TextIO

from rich.console import Console


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person sees this standard stream; None is one that was closed at the start."""
    return stream is not None and stream.isatty()


def stderr_screen(quiet: bool = False) -> Console:
    """Give the terminal that progress, notes and summaries are drawn on; no terminal, and silent, if quiet."""
    return Console(
        stderr=True,
        force_terminal=is_terminal(sys.stderr) and not quiet,
        highlight=False,
        quiet=quiet,
    )
