"""A process that fetches: its environment is its own, and it ends with us."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

BEAT = 0.2
"""Seconds between two looks at what it has done."""


class Done(NamedTuple):
    """What became of it."""

    code: int
    last: str
    """The last line that it printed."""


def python(
    arguments: Sequence[str], variables: Mapping[str, str], beat: Callable[[], object]
) -> Done:
    """Run this Python, with more environment variables; `beat` is called while it works.

    Raises:
        OSError: when it cannot be started.
    """
    # -P: what lies in the working folder is none of the modules meant
    command = [sys.executable, "-P", *arguments]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | variables,
        text=True,
        errors="replace",
    ) as child:
        try:
            printed = _wait(child, beat)
        except BaseException:
            child.kill()
            raise
    lines = [line for line in printed.split("\n") if line.strip()]
    return Done(child.returncode, lines[-1].strip() if lines else "")


def _wait(child: subprocess.Popen[str], beat: Callable[[], object]) -> str:
    """What it printed, when it has ended."""
    while True:
        try:
            return child.communicate(timeout=BEAT)[0]
        except subprocess.TimeoutExpired:
            beat()


def size(folder: Path) -> int:
    """Bytes of all files below a folder, while another process may be writing and moving them."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(place, name)).st_size
            except OSError:  # moved meanwhile
                continue
    return total
