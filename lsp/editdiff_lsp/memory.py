"""How much memory the process holds, and giving back what it does not need any more."""

from __future__ import annotations

import ctypes
import gc
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


def give_back() -> None:
    """Let the system have the memory of what nobody refers to any more."""
    gc.collect()
    trim()


def trim() -> None:
    """Let the system have what was freed; it takes some milliseconds."""
    if sys.platform == "linux":  # glibc keeps what was freed until it is told otherwise
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
