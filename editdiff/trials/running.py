"""Runs a command that the user named, in a folder, within limits of time, memory and processes.

On Linux without network and with the user's own tree read-only, as far as the system lets a user do that
(`trials.confined`); `Confinement.told` says what could not be had. Whatever the command has started is ended with
it. The command is run with the user's rights and environment: it is theirs. What an edit makes of it is what the
limits are for.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from editdiff.errors import EngineError, UsageError

CONFINED = Path(__file__).with_name("confined.py")
LEVELS = ("full", "kept", "plain")
UNCONFINED = 3
HEAD, TAIL = 1 << 16, 1 << 18
"""Bytes of the output that are read from its beginning and from its end."""
ENDS = 3.0
"""Seconds that the watch gets to end everything."""
GRACE = 10.0
"""Seconds beyond its limit after which a watch is taken to have failed."""

_SAYS = re.compile(r"error|fail|assert|expected|panic|exception|not equal|wrong|!=", re.IGNORECASE)
_REPEATS = re.compile(
    r"\s*(?:g?make|npm|ninja)\b|.*\b\d+ (?:failed|failures?|errors?)\b|.*\bFAIL(?:ED)?\b|\W*fail\W*\d*$"
)
"""What counts failures, or says of a whole that it failed."""

Why = Literal["", "time", "memory", "processes", "lost"]


@dataclass(frozen=True)
class Limits:
    """What a run may use."""

    seconds: float = 300.0
    """By the clock."""
    memory: int = 4 << 30
    """Bytes in memory, all its processes together."""
    processes: int = 256
    """At once."""


@dataclass(frozen=True)
class Outcome:
    """What became of a run."""

    code: int | None
    """Exit status, 128 and more for a signal; None where it was ended."""
    output: str
    """Standard output and error as they came; of long ones the beginning and the end."""
    seconds: float
    why: Why = ""
    """Which limit ended it."""

    @property
    def passed(self) -> bool:
        """Whether it ended by itself, and well."""
        return self.code == 0

    @property
    def last(self) -> str:
        """The last line of the output that is not blank."""
        return next((x.strip() for x in reversed(self.output.split("\n")) if x.strip()), "")

    @property
    def telling(self) -> str:
        """The last line that says what is wrong, by its words, and not that something was; else the last line."""
        lines = reversed(self.output.split("\n"))
        says = (x.strip() for x in lines if _SAYS.search(x) and not _REPEATS.match(x))
        return next(says, self.last)


@dataclass(frozen=True)
class Confinement:
    """How runs are confined on this system."""

    tree: Path
    """The user's own, which no run may change."""
    network: bool = False
    """Whether the network may be used."""
    _running: set[subprocess.Popen[bytes]] = field(
        default_factory=set, init=False, repr=False, compare=False
    )

    @cached_property
    def level(self) -> str:
        """The strictest of LEVELS that can be had here.

        Raises:
            UsageError: on a system on which nothing can be confined.
            EngineError: when Python does not start.
        """
        if not sys.platform.startswith("linux"):
            raise UsageError(
                f"tests cannot be confined on {sys.platform}, so no edit is tried by them there",
                "run it on Linux, such as in a container or in CI",
            )
        for level in LEVELS:
            with tempfile.TemporaryDirectory(prefix="editdiff-") as folder:
                job = self._job(
                    "exit 0", Path(folder), dict(os.environ), Limits(20.0), level, folder
                )
                if _run(job, GRACE, self._running) == 0:
                    return level
        raise EngineError(
            "the process that confines tests does not work here", "set EDITDIFF_DEBUG=1 to see why"
        )

    @property
    def told(self) -> str:
        """What could not be confined; empty where all could be."""
        if self.level != "plain":
            return ""
        network = "" if self.network else "the network is not denied, and "
        return f"this system lets nobody separate a process: {network}your files are not write-protected"

    def run(
        self, command: str, folder: Path, environment: Mapping[str, str], limits: Limits
    ) -> Outcome:
        """Run a command of the shell in a folder."""
        with tempfile.TemporaryDirectory(prefix="editdiff-") as scratch:
            temporary = Path(scratch, "tmp")
            temporary.mkdir()
            known = {**environment, "TMPDIR": str(temporary), "PWD": str(folder)}
            job = self._job(command, folder, known, limits, self.level, scratch)
            _run(job, limits.seconds + GRACE, self._running)
            return Outcome(output=_heard(Path(job["output"])), **_told(Path(job["result"]), limits))

    def end(self) -> None:
        """End what runs in other threads."""
        for process in list(self._running):
            process.terminate()

    def _job(
        self,
        command: str,
        folder: Path,
        environment: Mapping[str, str],
        limits: Limits,
        level: str,
        scratch: str,
    ) -> dict[str, Any]:
        return {
            "command": command,
            "folder": str(folder),
            "environment": dict(environment),
            "seconds": limits.seconds,
            "memory": limits.memory,
            "processes": limits.processes,
            "level": level,
            "network": self.network,
            "tree": str(self.tree),
            "output": str(Path(scratch, "output")),
            "result": str(Path(scratch, "result")),
        }


def _run(
    job: Mapping[str, Any], seconds: float, running: set[subprocess.Popen[bytes]]
) -> int | None:
    """Run the confining process, among those `running`; its exit status, None where it had to be ended."""
    command = [sys.executable, "-I", "-S", str(CONFINED), json.dumps(job)]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise EngineError(
            f"no test can be run: {sys.executable!r} does not start: {error.strerror}",
            "run editdiff with an installed Python, as `python -m editdiff`",
        ) from error
    running.add(process)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:  # Ctrl-C among them: what it has started ends with it
        _end(process)
        running.discard(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a confining process that still runs; it ends what it has started, daemons among them, if it still can."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(ENDS)
    except subprocess.TimeoutExpired:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _told(result: Path, limits: Limits) -> dict[str, Any]:
    """What the confining process wrote of a run; one that wrote nothing was ended itself."""
    with suppress(OSError, ValueError):
        told: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        return told
    return {"code": None, "why": "lost", "seconds": limits.seconds}


def _heard(output: Path) -> str:
    """The output, or its beginning and its end."""
    try:
        with output.open("rb") as file:
            head = file.read(HEAD)
            left = output.stat().st_size - len(head)
            if left > TAIL:
                file.seek(-TAIL, os.SEEK_END)
                return f"{_text(head)}\n...\n{_text(file.read(TAIL))}"
            return _text(head + file.read(TAIL))
    except OSError:
        return ""


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n")
