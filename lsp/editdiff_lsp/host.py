"""The process that serves all windows of a user; a program of its own, see `sharing`.

Its arguments are the number of a file descriptor, on which it listens, and the path of that socket. Each window
has a server in threads of its own, so that none waits for another one's client. Networks alone are shared, see
`engines.choose.denoiser`.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import select
import socket
import struct
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from editdiff_lsp.sharing import GO, PATIENCE, READY, Place

if TYPE_CHECKING:
    from editdiff_lsp.server import Server

LONGEST = 65536
"""Bytes of what a window says of itself."""
CREDENTIALS = struct.Struct("3i")
"""Process, user and group of a peer."""
ALONE = 30.0
"""Seconds after which a host that nobody has joined ends."""
FORMAT = "%(levelname)s %(name)s: %(message)s"


class Input(io.RawIOBase):
    """A window's standard input; it ends when the window's process does, too."""

    def __init__(self, number: int, window: socket.socket) -> None:
        self._number, self._window = number, window

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what has come; what came before the window's end counts."""
        if self._number not in _waited({self._number: select.POLLIN}, self._window):
            return 0
        with contextlib.suppress(ConnectionError):
            return os.readv(self._number, [buffer])
        return 0


class Output(io.RawIOBase):
    """A window's standard output. Its reader may sleep: writing to it ends when the window's process does."""

    def __init__(self, number: int, window: socket.socket) -> None:
        self._number, self._window = number, window

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Write all of it, in pieces that a pipe takes whole.

        Raises:
            BrokenPipeError: when nobody will read it.
        """
        rest = memoryview(data)
        while rest:
            if self._number not in _waited({self._number: select.POLLOUT}, self._window):
                raise BrokenPipeError("the window's process has ended")
            rest = rest[os.write(self._number, rest[: select.PIPE_BUF]) :]
        return len(data)


def _waited(wanted: dict[int, int], window: socket.socket) -> set[int]:
    """Wait until something can be done, or the window's process has ended; which of them can be done."""
    poll = select.poll()
    for number, event in wanted.items():
        poll.register(number, event)
    poll.register(window, select.POLLIN)
    return {number for number, _ in poll.poll()} & set(wanted)


class Errors(logging.Handler):
    """Writes what is logged to the standard error of the window that it is about; to all where nobody knows."""

    def __init__(self) -> None:
        super().__init__()
        self.outputs: dict[int, Output] = {}
        """By the thread that serves the window."""
        self.setFormatter(logging.Formatter(FORMAT))

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        known = self.outputs.get(record.thread or 0)
        line = (self.format(record) + "\n").encode(errors="replace")
        for output in [known] if known else list(self.outputs.values()):
            with contextlib.suppress(OSError):
                output.write(line)


@dataclass
class Host:
    """Serves windows until there are none."""

    make: Callable[[], Server]
    listener: socket.socket
    place: Place
    errors: Errors = field(default_factory=Errors)
    _windows: set[threading.Thread] = field(default_factory=set)

    def run(self) -> None:
        """Serve them; the end is that of the last one."""
        self._done, self._gone = os.pipe()
        while True:
            poll = select.poll()
            poll.register(self.listener, select.POLLIN)
            poll.register(self._done, select.POLLIN)
            events = {number for number, _ in poll.poll(1000 * ALONE)}
            if self._done in events:
                os.read(self._done, 1)
            if self.listener.fileno() in events:
                self._take()
            elif not self._windows and self._retired():
                return

    @property
    def clients(self) -> int:
        """Windows that are served."""
        return len(self._windows)

    def _take(self) -> None:
        try:
            window, _ = self.listener.accept()
        except OSError:  # it is gone already
            return
        thread = threading.Thread(target=self._serve, args=(window,), name="window")
        self._windows.add(thread)
        thread.start()

    def _retired(self) -> bool:
        """Give the place up, unless somebody wants to be served."""
        with self.place.locked():
            if select.select([self.listener], [], [], 0)[0]:
                return False
            for path in (self.place.path, self.place.log):
                path.unlink(missing_ok=True)
            self.listener.close()
            return True

    def _serve(self, window: socket.socket) -> None:
        numbers: list[int] = []
        try:
            with window, contextlib.suppress(OSError):
                window.settimeout(PATIENCE)
                said, numbers, _, _ = socket.recv_fds(window, LONGEST, 3)
                if len(numbers) != 3 or not _is_ours(window):
                    return
                window.sendall(READY)
                if window.recv(1) != GO:
                    return
                window.settimeout(None)
                code = self._run(window, Path(json.loads(said)["folder"]), *numbers)
                window.sendall(bytes([code]))
        finally:
            for number in numbers:
                os.close(number)
            self._windows.discard(threading.current_thread())
            os.write(self._gone, b".")

    def _run(self, window: socket.socket, folder: Path, read: int, write: int, tell: int) -> int:
        """Run a server for a window; return the exit code."""
        from editdiff.check.judges.process import STARTED_IN
        from editdiff_lsp.server import run

        STARTED_IN.add(folder)
        here = threading.get_ident()
        self.errors.outputs[here] = Output(tell, window)
        # it needs no buffer: a message is written whole
        output = cast(BinaryIO, Output(write, window))
        try:
            server = self.make()
            server.folder, server.clients = folder, lambda: self.clients
            server.hang_up = partial(window.shutdown, socket.SHUT_RD)
            return run(server, io.BufferedReader(Input(read, window)), output)
        except Exception:
            logging.getLogger(__name__).exception("the server of a window has ended")
            return 1
        finally:
            del self.errors.outputs[here]


def _is_ours(window: socket.socket) -> bool:
    """Whether a window is the same user's, where the system tells; the folder keeps others out, too."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    told = window.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    return bool(CREDENTIALS.unpack(told)[1] == os.getuid())


def main(make: Callable[[], Server] | None = None) -> None:
    """Be the host; whoever started us goes on at once."""
    number, path = sys.argv[-2:]
    listener, place = socket.socket(fileno=int(number)), Place(Path(path))
    if os.fork():
        os._exit(0)
    sys.path[:] = [os.path.abspath(each) for each in sys.path]
    os.chdir("/")  # whatever folder we were started in may be removed
    from editdiff_lsp import server

    host = Host(make or server.make, listener, place)
    logging.basicConfig(level=logging.WARNING, handlers=[host.errors])
    try:
        host.run()
    finally:
        os._exit(0)  # a thread that runs a model may be in the middle of it


if __name__ == "__main__":
    main()
