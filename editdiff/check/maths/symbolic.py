"""Sympy in a child process: radicals, functions and variables, with limits of time and memory.

The child is started when first asked, serves many questions, and is started again when it dies, a few times.
It ends with the object that owns it, or with our process.
"""

from __future__ import annotations

import json
import math
import queue
import subprocess
import sys
import threading
import time
import weakref
from contextlib import suppress
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from editdiff.check.maths.tree import Tree, to_json

WORKER = Path(__file__).with_name("sympy_worker.py")
START_SECONDS = 120.0
"""For importing sympy: about one on a quiet machine."""
MEMORY = 1 << 30
"""Bytes of address space."""
CPU_SECONDS = 600
"""Of one child in all; its next question goes to another one."""
MAX_DEATHS = 3
"""Children that may die before nothing is asked any more."""


class UndecidedError(Exception):
    """No answer within the limits, or none that sympy knows; says why."""


class Sympy:
    """Asks one child; `seconds` is the limit for one question."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.left = math.inf
        """Seconds that may still be spent on questions; whoever has a budget sets it."""
        self.deaths = 0
        self._child: _Child | None = None
        self._missing = ""
        self._ask = lru_cache(maxsize=4096)(self._asked)

    def value(self, tree: Tree) -> Fraction:
        """A real number, to about 40 digits.

        Raises:
            UndecidedError: when there is none, or no answer.
        """
        answer = self._ask(json.dumps(["value", to_json(tree)]))
        if answer[0] != "value":
            raise UndecidedError("no real value is known")
        return Fraction(int(answer[1]), int(answer[2]))

    def identity(self, left: Tree, right: Tree) -> str:
        """`holds`, `near` or `other`; see `sympy_worker.identity`.

        Raises:
            UndecidedError: when it is not known.
        """
        answer = self._ask(json.dumps(["identity", to_json(left), to_json(right)]))
        if answer[0] == "unknown":
            raise UndecidedError("sympy cannot say")
        return answer[0]

    def solutions(self, left: Tree, right: Tree, unknown: str) -> tuple[Fraction, ...]:
        """The rational numbers that make two polynomials equal for all values of their other names.

        Raises:
            UndecidedError: when it is not known.
        """
        answer = self._ask(json.dumps(["solve", to_json(left), to_json(right), unknown]))
        if answer[0] != "roots":
            raise UndecidedError("sympy cannot say")
        return tuple(map(Fraction, answer[1:]))

    def _asked(self, question: str) -> tuple[str, ...]:
        """Not kept where there is no answer: an exception is no result."""
        if self._missing or self.deaths >= MAX_DEATHS:
            raise UndecidedError(self._missing or f"sympy died {self.deaths} times")
        if self.left <= 0:
            raise UndecidedError("sympy has had all the time that there is")
        if self._child is None:
            self._start()
        assert self._child is not None
        started = time.monotonic()
        answer = self._child.ask(question, self.seconds)
        self.left -= time.monotonic() - started
        if answer is None:
            self._end()
            self.deaths += 1
            raise UndecidedError(f"no answer within {self.seconds:g} s and {MEMORY >> 20} MiB")
        return answer

    def _start(self) -> None:
        try:
            self._child = _Child()
        except OSError as error:
            self._missing = f"{sys.executable!r} does not start: {error.strerror}"
            raise UndecidedError(self._missing) from error
        first = self._child.receive(START_SECONDS)
        if first == ("ready",):
            return
        self._end()
        self.deaths += 1
        if first == ("missing",):
            self._missing = "sympy is not installed: pip install 'editdiff[check]'"
        raise UndecidedError(self._missing or f"sympy did not start within {START_SECONDS:g} s")

    def _end(self) -> None:
        if self._child is not None:
            self._child.stop()
            self._child = None


class _Child:
    """One process, and the thread that reads its answers."""

    def __init__(self) -> None:
        # -I: nothing of the environment or of the current folder is run
        self.process = subprocess.Popen(
            [sys.executable, "-I", str(WORKER), str(CPU_SECONDS), str(MEMORY)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        # pipes can be waited for with a limit of time by a thread only, if Windows is to do it, too
        reader = threading.Thread(target=_read, args=(self.process, self.answers), daemon=True)
        reader.start()
        self.stop = weakref.finalize(self, _stop, self.process, reader)

    def ask(self, question: str, seconds: float) -> tuple[str, ...] | None:
        """Send a question and wait for its answer; None when there is none in time."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(question.encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            return None
        return self.receive(seconds)

    def receive(self, seconds: float) -> tuple[str, ...] | None:
        """The next answer; None when it does not come in time, or the child is gone."""
        try:
            line = self.answers.get(timeout=seconds)
        except queue.Empty:
            return None
        return tuple(json.loads(line)) if line else None


def _read(process: subprocess.Popen[bytes], answers: queue.SimpleQueue[bytes]) -> None:
    """Hand over every line, and an empty one at the end."""
    assert process.stdout is not None
    for line in process.stdout:
        answers.put(line)
    answers.put(b"")


def _stop(process: subprocess.Popen[bytes], reader: threading.Thread) -> None:
    """End a child and close what leads to it; never waits long."""
    process.kill()
    process.wait()
    reader.join(timeout=5)
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            if pipe is not None:
                pipe.close()
