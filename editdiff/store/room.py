"""Whether there is room: disk for what arrives and what is made of it, memory to make it."""

from __future__ import annotations

import shutil
from pathlib import Path

from editdiff.errors import FetchError
from editdiff.store.where import MODELS

MEMORY = Path("/proc/meminfo")
LIMIT = Path("/sys/fs/cgroup/memory.max")
"""What the processes of a container may use."""


def check_disk(folder: Path, needed: int) -> None:
    """Raise FetchError when less than `needed` bytes are free where the folder lies, or would."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise FetchError(
            f"{folder} has {gigabytes(free)} free, {gigabytes(needed)} are needed",
            f"make room, or name a folder on another disk with {MODELS}",
        )


def check_memory(needed: int) -> None:
    """Raise FetchError when less than `needed` bytes of memory are to be had, where the system tells."""
    free = available_memory()
    if free is not None and free < needed:
        raise FetchError(
            f"{gigabytes(free)} of memory are free, packing needs {gigabytes(needed)}",
            "end other programs, or take a smaller model",
        )


def available_memory() -> int | None:
    """Bytes that a process can have without harm to others, swap included; None where that is not told."""
    try:
        lines = MEMORY.read_text(encoding="ascii").split("\n")
        told = {
            name: int(rest.split()[0])
            for name, _, rest in (x.partition(":") for x in lines)
            if rest
        }
        free = 1024 * (told["MemAvailable"] + told["SwapFree"])
    except (OSError, ValueError, LookupError):
        return None
    return min(free, _limit() or free)


def _limit() -> int | None:
    """Bytes that a container may use at all."""
    try:
        return int(LIMIT.read_text(encoding="ascii"))
    except (OSError, ValueError):  # no container, or `max`
        return None


def gigabytes(size: int) -> str:
    """Write bytes for people."""
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"
