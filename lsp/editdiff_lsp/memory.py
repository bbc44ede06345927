"""How much memory the process holds."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def resident() -> int:
    """Resident bytes; where the system does not tell, the most there ever were; 0 where neither is told."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        pass
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
