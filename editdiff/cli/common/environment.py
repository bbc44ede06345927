"""Environment variables that are no settings."""

from __future__ import annotations

DEBUG = "EDITDIFF_DEBUG"
"""When set to anything, errors come with their traceback."""
COMPLETE = "_EDITDIFF_COMPLETE"
"""Set by the scripts of `editdiff completion`."""
