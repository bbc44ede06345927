"""A child process that parses Python, one text after the other.

Starting an interpreter takes longer than parsing a text of some pages, so one child is kept. It is started when it
is first needed, and another one when it dies, runs out of time or has parsed enough. It ends with our process: its
input is closed then, whatever became of us.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import weakref
from contextlib import suppress
from typing import NamedTuple

# `compile` is called at the top, in no function: how deeply a text may be nested depends on the frames above.
# Ctrl-C is for our process alone.
PROGRAM = """\
import ast, json, signal, sys, warnings
signal.signal(signal.SIGINT, signal.SIG_IGN)
warnings.simplefilter("ignore")
while size := sys.stdin.buffer.read(8):
    source = sys.stdin.buffer.read(int.from_bytes(size, "big")).decode("utf-8")
    found, stage = None, "parse"
    try:
        compile(source, "document", "exec", flags=ast.PyCF_ONLY_AST, dont_inherit=True)
        stage = "compile"
        compile(source, "document", "exec", dont_inherit=True)
    except SyntaxError as error:
        found = [error.msg, error.lineno, error.offset, error.end_lineno, error.end_offset, stage]
    except (ValueError, MemoryError, RecursionError, OverflowError) as error:
        found = [f"{type(error).__name__}: {error}", None, None, None, None, "gave up"]
    print(json.dumps(found), flush=True)
"""
"""Reads sources, each behind its length in 8 bytes, and answers each with a line of JSON."""
MOST_CHECKS, MOST_BYTES = 1000, 4 << 20
"""What one child parses: an interpreter does not give back all memory that it took for a long text."""


class CrashedError(Exception):
    """The parser died of a text."""


class SyntaxFault(NamedTuple):
    """What a `SyntaxError` tells: its numbers start at 1 and may be absent, zero or past the end."""

    message: str
    line: int | None
    column: int | None
    end_line: int | None
    end_column: int | None
    stage: str = "parse"
    """`parse` where the text has not the language's shape, `compile` where it has and means nothing, as `return`
    outside of a function; `gave up` where it is too much for the parser."""


class PythonParser:
    """Asks one child, from any thread."""

    def __init__(self) -> None:
        self.started = 0
        """Children so far."""
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def parse(self, source: bytes, seconds: float) -> SyntaxFault | None:
        """The first fault of a source in UTF-8, if it has any.

        Raises:
            TimeoutError: when it takes longer than `seconds`.
            CrashedError: when the parser dies of it.
            OSError: when no interpreter can be started.
        """
        with self._lock:
            answer = self._asked(source, seconds)
        return SyntaxFault(*told) if (told := json.loads(answer)) else None

    def close(self) -> None:
        """End the child, if there is any; the next text starts another one."""
        with self._lock:
            self._end()

    def _asked(self, source: bytes, seconds: float) -> bytes:
        """Only a child that parsed nothing before tells by its death that it died of this text."""
        answer, fresh = b"", False
        while not answer and not fresh:
            child = self._living()
            fresh = not child.checks
            try:
                answer = child.ask(source, seconds)
            except BaseException:  # Ctrl-C, too: its answer must not become the next text's
                self._end()
                raise
            if not answer or child.checks >= MOST_CHECKS or child.bytes >= MOST_BYTES:
                self._end()
        if not answer:
            raise CrashedError
        return answer

    def _living(self) -> _Child:
        if self._child is None or self._child.owner != os.getpid():  # a fork must not share it
            self._child = _Child()
            self.started += 1
        return self._child

    def _end(self) -> None:
        if self._child is not None:
            self._child.stop()
            self._child = None


class _Child:
    """One process, not shared by threads."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.checks = self.bytes = 0
        """Texts so far, and their length."""
        # -I and -S: nothing of the environment, the current folder or site-packages is run
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.stop = weakref.finalize(self, _stop, self.process, self.owner)

    def ask(self, source: bytes, seconds: float) -> bytes:
        """Answer to a source; empty when the child died.

        Raises:
            TimeoutError: when it takes longer than `seconds`; the child is to be stopped then.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.checks += 1
        self.bytes += len(source)
        began, line = time.monotonic(), b""
        # it may neither answer nor read: killed, it lets go of both pipes
        watch = threading.Timer(seconds, self.process.kill)
        watch.daemon = True
        watch.start()
        try:
            self.process.stdin.write(len(source).to_bytes(8, "big") + source)
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except OSError:  # it died before it had read everything
            pass
        finally:
            watch.cancel()
        if time.monotonic() - began > seconds:
            raise TimeoutError
        return line if line.endswith(b"\n") else b""


def _stop(process: subprocess.Popen[bytes], owner: int) -> None:
    """End a child and close what leads to it; in a fork of its owner only the latter."""
    if os.getpid() == owner:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            if pipe is not None:
                pipe.close()


PARSER = PythonParser()
"""The one of our process; it has no child before the first text."""
