"""A person at a terminal, played in a pseudo-terminal."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import editdiff

PATIENCE = 60
"""Seconds."""
START = """
import fcntl, os, signal, sys, termios
os.setsid()
terminal = next(fd for fd in (0, 1) if os.isatty(fd))
fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)  # so that Ctrl-C is a signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # also where the tests run in the background
"""


@dataclass
class Terminal:
    """A command in a terminal of its own."""

    process: subprocess.Popen[bytes]
    controller: int
    drawn: str = field(default="", init=False)

    def wait_for(self, text: str) -> str:
        """Read on until `text` has been drawn; give what was drawn since the last call."""
        deadline = time.monotonic() + PATIENCE
        seen = ""
        while text not in seen:
            ready, _, _ = select.select([self.controller], [], [], deadline - time.monotonic())
            assert ready, f"{text!r} is not in {seen!r}"
            seen += os.read(self.controller, 1).decode("latin-1")
        self.drawn += seen
        return seen

    def enter(self, keys: str) -> None:
        os.write(self.controller, keys.encode())

    def end(self) -> int:
        """Read what is left; return the exit code."""
        deadline = time.monotonic() + PATIENCE
        while True:
            ready, _, _ = select.select([self.controller], [], [], deadline - time.monotonic())
            assert ready, f"the command goes on after {self.drawn!r}"
            try:
                chunk = os.read(self.controller, 4096)
            except OSError:  # the other side has closed: Linux says so with an error
                chunk = b""
            if not chunk:
                break
            self.drawn += chunk.decode("latin-1")
        os.close(self.controller)
        return self.process.wait(timeout=PATIENCE)


def begin(program: str, arguments: Sequence[str], folder: Path, **redirected: int) -> Terminal:
    """Run a program of Python in a terminal of its own; streams can be led elsewhere."""
    controller, side = pty.openpty()
    paths = [str(Path(editdiff.__file__).parents[1]), *sys.path]
    process = subprocess.Popen(
        [sys.executable, "-c", START + program, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths), "TERM": "xterm"},
        **{"stdin": side, "stdout": side, "stderr": side, **redirected},
    )
    os.close(side)
    return Terminal(process, controller)
