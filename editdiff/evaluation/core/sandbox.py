"""Runs generated code against its tests, in processes that may do nothing else.

One worker, a fresh `python -I` without environment in an empty folder, forks for every candidate
(`sandbox_worker`): about three milliseconds each. A candidate gets limits of CPU time, wall time and memory, no
standard input, output to nowhere, no files to write, no processes, no network, and its process group is
killed when its time is over.

What this holds off: code that runs for ever, eats memory, prints, exits, crashes, forks, kills, deletes or
connects, whether by accident or on purpose, and code that ends early to look as if it had passed.

What it does not: an adversary. Networks and processes are refused by an audit hook inside Python, because
without privileges nothing else can be relied on; native code would get past it. Code that looks for the token in
the frames above its own, an object that equals everything, or a patched function of a module that the test
uses, can pass. Files that the user may read can be read. Code of unknown people belongs into a virtual machine.
"""

from __future__ import annotations

import json
import selectors
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from editdiff.errors import EngineError, UsageError

UNPARSED = "does not parse"
WORKER = Path(__file__).with_name("sandbox_worker.py")
GRACE = 5.0
"""Seconds beyond its wall limit after which a candidate is taken to have stopped its worker."""


@dataclass(frozen=True)
class Limits:
    """What one candidate may use."""

    cpu: int = 3
    """Seconds of CPU time."""
    wall: float = 10.0
    """Seconds."""
    memory: int = 1 << 30
    """Bytes of address space."""


@dataclass(frozen=True)
class Verdict:
    """What became of one candidate."""

    passed: bool
    """Whether `check()` returned."""
    why: str = ""
    """What went wrong: the name of the exception, or which limit ended it."""

    @property
    def parsed(self) -> bool:
        """Whether the program was Python; nothing has run otherwise."""
        return self.why != UNPARSED


class Sandbox:
    """Runs candidates one after the other; a context manager."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._worker: subprocess.Popen[bytes] | None = None
        self._folder: TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def run(self, program: str, test: str, entry_point: str) -> Verdict:
        """Run `program`, then `test`, then `check(entry_point)`.

        The two are compiled apart, so that a program cannot reach into its test by leaving a string or a
        bracket open.

        Raises:
            UsageError: where code cannot be confined: on Windows and macOS.
            EngineError: when the worker does not start.
        """
        job = {"program": program, "test": test, "entry_point": entry_point}
        line = json.dumps(job).encode() + b"\n"
        worker = self._worker or self._start()
        answer = _ask(worker, line, self.limits.wall + GRACE)
        if not answer:  # the candidate has ended or stalled its worker: the next one gets a new one
            self._stop()
            return Verdict(False, "stopped its worker")
        return Verdict(**json.loads(answer))

    def _start(self) -> subprocess.Popen[bytes]:
        if sys.platform != "linux":
            raise UsageError(
                f"generated code cannot be confined on {sys.platform}",
                "run this benchmark on Linux",
            )
        limits = [str(n) for n in (self.limits.cpu, self.limits.wall, self.limits.memory)]
        self._folder = TemporaryDirectory(prefix="editdiff-")
        try:
            self._worker = subprocess.Popen(
                [sys.executable, "-I", "-S", str(WORKER), *limits],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=self._folder.name,
                env={},
                start_new_session=True,
            )
        except OSError as error:
            raise EngineError(
                f"generated code cannot be run: {sys.executable!r} does not start: {error.strerror}",
                "run editdiff with an installed Python, as `python -m editdiff`",
            ) from error
        return self._worker

    def _stop(self) -> None:
        """End the worker; the folder goes with it."""
        if self._worker is not None:
            self._worker.kill()
            self._worker.communicate()
            self._worker = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def _ask(worker: subprocess.Popen[bytes], line: bytes, seconds: float) -> bytes:
    """Send a line and wait for the answer; nothing when the worker ends or takes longer."""
    assert worker.stdin is not None and worker.stdout is not None
    try:
        worker.stdin.write(line)
        worker.stdin.flush()
    except BrokenPipeError:
        return b""
    with selectors.DefaultSelector() as selector:
        selector.register(worker.stdout, selectors.EVENT_READ)
        return worker.stdout.readline() if selector.select(seconds) else b""
