"""Another program as a judge, with nothing in its reach: allow-listed arguments, no environment, an empty folder.

What is run is found on PATH, never in the workspace that is being edited: a project could bring a program named
`node`. What hangs, crashes or prints too much has not judged.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

SECONDS = 5.0
"""Time for one text."""
MOST_OUTPUT = 1 << 16
"""Bytes; what prints more is not heard to the end."""
MEMORY = 1 << 30
"""Bytes of address space, where the system can limit it."""
SYSTEM = tuple(map(Path, ("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin")))
"""Folders of the system's own programs: no workspace, though a script in one may be edited."""
STARTED_IN: set[Path] = set()
"""Where the clients of this process were started, if it is not here: as little is run from there as from here."""
TOPS = (".git", ".hg", "pyproject.toml", "package.json", "Cargo.toml", "go.mod")
"""What lies at the top of a workspace."""


class GaveUpError(Exception):
    """A program that did not judge, and why."""


@dataclass(frozen=True)
class Done:
    """A program that ended by itself."""

    code: int
    output: str
    """What it printed, on both of its outputs."""


def find(program: str, path: str) -> str:
    """Absolute path of a program that lies outside of the workspace of the document at `path`.

    Raises:
        GaveUpError: when there is none.
    """
    inside = [folder.resolve() for folder in workspace(path)]
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if not os.path.isabs(folder):
            continue
        named = shutil.which(program, path=folder)
        if named is None:
            continue
        places = (Path(folder).resolve() / Path(named).name, Path(named).resolve())
        if not any(place.is_relative_to(top) for place in places for top in inside):
            return named
    raise GaveUpError(f"{program} is not installed")


def workspace(path: str) -> Iterator[Path]:
    """Folders from which nothing is run: where we were started, and the project of the document."""
    started = set(STARTED_IN)
    with suppress(OSError):
        started.add(Path.cwd())
    for here in started:
        if here != Path(here.anchor) and here not in SYSTEM:
            yield here
    folder = folder_of(path)
    if folder is None or folder == Path(folder.anchor) or folder in SYSTEM:
        return
    yield folder
    for above in (folder, *folder.parents):
        if above != Path(above.anchor) and any((above / name).exists() for name in TOPS):
            yield above


def folder_of(path: str) -> Path | None:
    """The folder in which a document lies, whose path may be a URI; None where it has none on this disk."""
    if path.startswith("file:"):
        path = unquote(urlsplit(path).path)
    if not path or "://" in path or "\0" in path:
        return None
    with suppress(OSError, ValueError):
        return Path(path).absolute().parent
    return None


def run(
    command: Sequence[str],
    text: str,
    name: str = "",
    seconds: float = SECONDS,
    memory: int | None = MEMORY,
) -> Done:
    """Run a program on a text: as its input, or as the file `name` whose path is its last argument.

    Raises:
        GaveUpError: when it cannot be started, takes too long, is killed, or prints too much.
    """
    with tempfile.TemporaryDirectory(prefix="editdiff-judge-") as folder:
        empty, written = Path(folder, "empty"), Path(folder, name or "text")
        empty.mkdir()
        written.write_bytes(text.encode())
        command = [*command, str(written)] if name else command
        with written.open("rb") as source:
            try:
                process = subprocess.Popen(
                    command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=empty,
                    env=_environment(), start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                raise GaveUpError(f"{command[0]} cannot be started: {error.strerror}") from error
        return _heard(process, Path(command[0]).name, seconds, memory)


def _heard(process: subprocess.Popen[bytes], name: str, seconds: float, memory: int | None) -> Done:
    """Listen to a program until it ends, with a watch that ends it."""
    assert process.stdout is not None
    late = threading.Event()

    def stop() -> None:
        late.set()
        _kill(process)

    watch = threading.Timer(seconds, stop)
    watch.daemon = True
    watch.start()
    try:
        _limit(process.pid, memory)
        output = process.stdout.read(MOST_OUTPUT + 1)
        if len(output) > MOST_OUTPUT:
            raise GaveUpError(f"{name} printed more than {MOST_OUTPUT} bytes")
        code = process.wait()
    finally:
        watch.cancel()
        _kill(process)
        process.stdout.close()
        process.wait()
    if late.is_set():
        raise GaveUpError(f"{name} took longer than {seconds:g} s")
    if code < 0:
        raise GaveUpError(f"{name} was ended by signal {-code}")
    return Done(code, output.decode(errors="replace"))


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a program and what it started, if it still runs."""
    if process.returncode is not None:
        return
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _limit(pid: int, memory: int | None) -> None:
    """Limit the memory of a running program; threads bar all that could be done before exec."""
    if memory is None or not sys.platform.startswith("linux"):
        return
    import resource

    with suppress(OSError, ValueError):
        resource.prlimit(pid, resource.RLIMIT_AS, (memory, memory))
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))


@cache
def _environment() -> dict[str, str]:
    """Nothing of ours but what Windows needs to start a program; messages are to be in English."""
    kept = {"LC_ALL": "C"}
    if sys.platform == "win32":
        kept |= {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    return kept
