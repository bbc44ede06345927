"""Commands that are run confined, and a look at what they leave behind."""

import os
import time
from pathlib import Path

from editdiff.trials.running import Confinement, Limits, Outcome

QUICK = Limits(seconds=20.0)


def confined(tree: Path, level: str, network: bool = False) -> Confinement:
    """A confinement at a level that can be had, however strict others would be."""
    found = Confinement(tree, network)
    found.__dict__["level"] = level
    return found


def run(
    command: str, tree: Path, level: str, limits: Limits = QUICK, network: bool = False
) -> Outcome:
    """Run a command beside a tree."""
    folder = tree.parent / "copy"
    folder.mkdir(exist_ok=True)
    return confined(tree, level, network).run(command, folder, dict(os.environ), limits)


def running(mark: str) -> list[int]:
    """Processes with a mark in their command line."""
    found = []
    for each in Path("/proc").iterdir():
        if each.name.isdigit() and int(each.name) != os.getpid():
            try:
                told = (each / "cmdline").read_bytes()
            except OSError:
                continue
            if mark.encode() in told:
                found.append(int(each.name))
    return found


def eventually(wanted, seconds: float = 20.0) -> bool:
    """Whether something comes true within a time."""
    deadline = time.monotonic() + seconds
    while not wanted():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
