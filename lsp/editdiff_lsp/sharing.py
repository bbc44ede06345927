"""One process for all windows of a user: a window's own hands its input and output over to that, and waits.

A model's weights are in memory once then, however many windows there are; documents, options and proposals of a
window are its own. The two speak over a socket in a folder that nobody else can enter:

    window  {"folder": …} and three file descriptors: standard input, output, error
    host    READY            it will serve them
    window  GO               it does so from here on; a window that gave up waiting never says this
    host    the exit code, one byte, when the window is done with

A window whose process ends, however, is done with; a host whose process ends leaves windows without an exit code.
The first window starts the host, which ends with the last one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import editdiff

READY, GO = b"r", b"g"
PATIENCE = 10.0
"""Seconds in which a host has to be ready; after that a window serves itself."""
TRIES = 3
"""How often a window asks: a host may be about to end."""
NAMES = frozenset(
    ("HOME", "LANG", "LD_LIBRARY_PATH", "LD_PRELOAD", "NO_PROXY", "PATH", "TMPDIR", "TZ", "USER")
)
PREFIXES = (
    "CUDA_",
    "EDITDIFF_",
    "GIT_",
    "HF_",
    "LC_",
    "OMP_",
    "OV_",
    "PIP_",
    "PYTHON",
    "SSL_",
    "XDG",
)
SUFFIXES = ("_PROXY", "_proxy", "_CA_BUNDLE", "_KEY", "_TOKEN")
"""Which variables change what a server does, or what it starts; windows that differ in one share no process."""
SPACES = ("mnt", "user", "net", "pid")
"""What a container has of its own (`/proc/self/ns`): the same path means another file there."""
TOLD = 2000
"""Bytes of a host's last words that are passed on."""


def shared(host: Sequence[str] | None = None) -> int | None:
    """Have a host serve our standard input and output until the client is done; return the exit code.

    None where that cannot be: then nothing was read, and we can serve ourselves. `host` is the command that starts
    one, see `editdiff_lsp.host`.
    """
    if not hasattr(socket, "send_fds") or sys.stdin is None or sys.stdin.isatty():
        return None
    try:
        place = Place.ours(os.environ)
    except OSError as error:
        _say(f"not shared with other windows: {error.strerror or error}")
        return None
    for _ in range(TRIES):
        try:
            with place.joined(host or command()) as connection:
                if _ready(connection):
                    connection.sendall(GO)
                    return _served(connection, place)
        except OSError as error:
            _say(f"not shared with other windows: {error.strerror or error}")
            return None
    _say(f"not shared with other windows: there is no answer.{place.last_words()}")
    return None


def command() -> list[str]:
    """What starts a host: this Python, which looks for modules where ours came from."""
    path = "-I" if sys.flags.isolated else "-P"
    return [sys.executable, path, "-m", "editdiff_lsp.host"]


@dataclass(frozen=True)
class Place:
    """Where windows and the host find each other."""

    path: Path
    """Of the socket."""

    @classmethod
    def ours(cls, environ: Mapping[str, str]) -> Place:
        """The place of all windows that can share a process with us.

        Raises:
            OSError: when there is no folder that is ours alone.
        """
        return cls(private_folder(environ) / f"{key(environ)}.sock")

    @property
    def log(self) -> Path:
        """Where the host's standard error goes."""
        return self.path.with_suffix(".log")

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else starts a host here, and none ends, while the context lasts."""
        import fcntl

        with self.path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def joined(self, host: Sequence[str]) -> socket.socket:
        """A connection to the host, which is started if there is none.

        Raises:
            OSError: when it cannot be started, or not be reached.
        """
        with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
            return self._connected()
        with self.locked():
            with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
                return self._connected()  # somebody else was quicker
            self.path.unlink(missing_ok=True)
            self._start(host)
            try:
                return self._connected()
            except ConnectionRefusedError:
                raise ConnectionError(
                    f"a process for all does not start.{self.last_words()}"
                ) from None

    def last_words(self) -> str:
        """What the host's standard error ends with, to be told behind a sentence."""
        try:
            told = self.log.read_bytes()[-TOLD:].decode(errors="replace").strip()
        except OSError:
            told = ""
        return f" Its last words:\n{told}" if told else ""

    def _connected(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(self.path))
        except OSError:
            connection.close()
            raise
        return connection

    def _start(self, host: Sequence[str]) -> None:
        """Start a host. The socket is there before it is, so nobody has to wait for that."""
        with socket.socket(socket.AF_UNIX) as listener, self.log.open("wb") as log:
            listener.bind(str(self.path))
            listener.listen(socket.SOMAXCONN)
            number = listener.fileno()
            process = subprocess.Popen(
                [*host, str(number), str(self.path)],
                pass_fds=(number,),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
            process.wait()  # what goes on is not our child: whoever ends us and our children leaves it alone


def private_folder(environ: Mapping[str, str]) -> Path:
    """A folder that is the user's alone, made where there is none.

    Raises:
        OSError: when it cannot be made, or somebody else may enter it.
    """
    given = environ.get("XDG_RUNTIME_DIR", "")
    below = Path(given) if os.path.isabs(given) else Path(tempfile.gettempdir())
    folder = below / ("editdiff" if os.path.isabs(given) else f"editdiff-{os.getuid()}")
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(0, f"{folder} has to be a folder that is yours alone")
    return folder


def key(environ: Mapping[str, str]) -> str:
    """What windows have in common that share a process: the program, what it is told, what it sees."""
    told = {name: value for name, value in environ.items() if _matters(name)}
    spaces = []
    for name in SPACES:
        with contextlib.suppress(OSError):
            spaces.append(os.readlink(f"/proc/self/ns/{name}"))
    program = [editdiff.__version__, editdiff.__file__, sys.executable, sys.prefix, sys.path]
    whole = json.dumps([program, sys.flags.isolated, spaces, sorted(told.items())])
    return hashlib.sha256(whole.encode(errors="surrogateescape")).hexdigest()[:16]


def _matters(name: str) -> bool:
    return name in NAMES or name.startswith(PREFIXES) or name.endswith(SUFFIXES)


def _ready(connection: socket.socket) -> bool:
    """Hand everything over; whether the host is ready to serve it."""
    connection.settimeout(PATIENCE)
    said = json.dumps({"folder": os.getcwd()}).encode()
    try:
        socket.send_fds(connection, [said], [0, 1, 2])
        return connection.recv(1) == READY
    except OSError:  # it ends, or is not able to
        return False


def _served(connection: socket.socket, place: Place) -> int:
    """Wait until we are done with; return the exit code."""
    connection.settimeout(None)
    try:
        code = connection.recv(1)
    except ConnectionError:
        code = b""
    if not code:
        _say(f"the process that serves all windows has ended.{place.last_words()}")
        return 1
    return code[0]


def _say(sentence: str) -> None:
    print(f"editdiff: {sentence}", file=sys.stderr)
