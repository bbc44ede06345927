"""The record of a run (`--trace FILE`), written while a command works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from editdiff.engines.base import Engine, Recordable
from editdiff.errors import InputError, UsageError


@contextmanager
def tracing(engine: Engine, path: Path | None) -> Iterator[None]:
    """Write every step of what the engine does meanwhile into a file, as lines of JSON; None: no file.

    Raises:
        UsageError: for an engine that keeps no record.
        InputError: when the file cannot be written.
    """
    if path is None:
        yield
        return
    if not isinstance(engine, Recordable):
        raise UsageError(
            f"--trace: the engine {engine.name} keeps no record",
            "leave it out, or use a local model",
        )
    try:
        file = path.open("w", encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"cannot write {path}: {error.strerror}", "name a file that can be written"
        ) from error
    with file:
        engine.record = lambda line: file.write(line + "\n")
        try:
            yield
        finally:
            engine.record = None
