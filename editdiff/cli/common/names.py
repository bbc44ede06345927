"""Many files in one line."""

from __future__ import annotations

from collections.abc import Sequence

MOST_NAMED = 3
"""Files named; the others are counted."""


def first_names(names: Sequence[str]) -> str:
    """The first of many names, and how many more there are."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
