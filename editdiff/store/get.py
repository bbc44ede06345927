"""From a source to a packed model in its place; whatever ends it half-way, the next try goes on.

fetch     into `partial`, where an interrupted one goes on
verify    size and SHA-256
pack      what the model's family makes of the file, in a folder beside the place
put       one step: what is in the place is whole
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial as bind
from pathlib import Path
from typing import Literal

from editdiff.errors import FetchError
from editdiff.store import packed, room, where
from editdiff.store.origin import Origin, Share
from editdiff.store.source import Source
from editdiff.store.verify import fault

Stage = Literal["wait", "fetch", "verify", "pack"]
Progress = Callable[[Stage, float], object]
"""Is told the stage, and how much of it is done, 0 to 1; `wait` is for another process."""
Pack = Callable[[Path, Path, Share], object]
"""Makes of a file what the family reads, in an empty folder."""


def get(source: Source, packing: int, origin: Origin, pack: Pack, progress: Progress) -> Path:
    """Fetch, verify and pack, unless it is there; return the model's place.

    Raises:
        FetchError: when it cannot be had, or the system refuses.
        InputError: when the user's file is not the one that was released.
        MissingDependencyError: when what fetches it is not installed.
        ModelError: when the family cannot pack it.
    """
    there = where.place(source.sha256, packing)
    if packed.is_whole(there, source.sha256):
        return there
    with _told(there.parent), _locked(source, progress):
        if not packed.is_whole(there, source.sha256):  # nobody was quicker
            _clear(there)
            _clear(where.packing_place(there))
            _get(source, there, origin, pack, progress)
    return there


def arriving(source: Source, origin: Origin) -> Path:
    """Where what comes from an origin arrives: two origins do not go on with each other's beginnings."""
    return where.partial(source.sha256) / type(origin).__name__


def check_room(source: Source, there: Path, origin: Origin) -> None:
    """Raise FetchError when disk or memory are too small to get from an origin what lies `there` then."""
    arrives = origin.room(source, arriving(source, origin))
    room.check_disk(there.parent, arrives + source.packed)
    room.check_memory(source.memory)


def remove(source: Source, packing: int) -> int:
    """Delete a packed model and what has arrived of its file; return the bytes that are free again.

    Raises:
        FetchError: when the system refuses.
    """
    there = where.place(source.sha256, packing)
    doomed = [there, where.packing_place(there), where.partial(source.sha256)]
    if not any(folder.exists() for folder in doomed):
        return 0
    with _told(there.parent), _locked(source, lambda stage, share: None):
        return sum(_clear(folder) for folder in doomed)


def _get(source: Source, there: Path, origin: Origin, pack: Pack, progress: Progress) -> None:
    """The same, when nobody else can come between."""
    into = arriving(source, origin)
    check_room(source, there, origin)
    file = origin.fetch(source, into, bind(progress, "fetch"))
    wrong = fault(file, source.size, source.sha256, bind(progress, "verify"))
    if wrong:
        if not origin.theirs:
            file.unlink()
        raise origin.refusal(source, file, wrong)
    made = where.packing_place(there)
    made.mkdir()
    try:
        pack(file, made, bind(progress, "pack"))
        packed.put(made, there, source)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    arrived = where.partial(source.sha256)
    if not (origin.theirs and file.is_relative_to(arrived)):
        _clear(arrived)


def _clear(folder: Path) -> int:
    """Delete a folder, if it is there; return how many bytes that were.

    It is moved aside first: what is only half deleted must not look as if it were there.
    """
    aside = folder.with_name(f"{folder.name}.removed")
    if aside.exists():  # left by a process that was killed
        shutil.rmtree(aside)
    if not folder.exists():
        return 0
    size = sum(packed.sizes(folder).values())
    folder.rename(aside)
    shutil.rmtree(aside)
    return size


@contextmanager
def _locked(source: Source, progress: Progress) -> Iterator[None]:
    """Hold the lock of a source; wait for another process that holds it."""
    from filelock import FileLock, Timeout

    path = where.lock(source.sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress("wait", 0.0)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _told(cache: Path) -> Iterator[None]:
    """Make a sentence of what the system refuses."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            hint = f"make room, or name a folder on another disk with {where.MODELS}; what has arrived is kept"
            raise FetchError(f"there is no room left in {cache}", hint) from error
        place = error.filename or cache
        raise FetchError(
            f"cannot work in {place}: {error.strerror or error}",
            f"name a folder that can be written with {where.MODELS}",
        ) from error
