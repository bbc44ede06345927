"""Exit codes that mean the same of every command; what 0 and 1 mean, each command says itself."""

from __future__ import annotations

FAILURE = 2
"""Wrong usage, bad input or our own fault."""
INTERRUPTED = 130
UNREAD = 141
"""The reader of the output is gone, as in `| head`."""
