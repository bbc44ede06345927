"""What is to be edited: a file or standard input, and the region of it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from editdiff.cli.region import Region
from editdiff.errors import InputError, UsageError
from editdiff.text import document as files
from editdiff.text.document import Document

STDIN = "-"
"""Stands for standard input; a file of that name is `./-`."""


@dataclass(frozen=True)
class Target:
    """One document and the region to fill."""

    file: str
    """As the user named it, or `-`."""
    region: Region
    path: str
    """What the model, the checks and the patch are told: the file, or `--path`."""

    @property
    def is_stdin(self) -> bool:
        """Whether the document comes from standard input."""
        return self.file == STDIN

    def read(self) -> Document:
        """Read the document.

        Raises:
            InputError: when it cannot be read, or is not text in UTF-8.
        """
        return read_stdin(self.path) if self.is_stdin else files.read(Path(self.file))


def make_target(file: str, region: Region, path: str | None) -> Target:
    """Name the document of `file`.

    Raises:
        UsageError: when standard input has no `path`, or a file has one.
    """
    if file == STDIN and not path:
        raise UsageError(
            "standard input has no name", "give one with --path, such as --path src/area.py"
        )
    if file != STDIN and path is not None:
        raise UsageError(
            f"--path names standard input, but {file} is a file", "leave out --path, or read `-`"
        )
    return Target(file, region, path or file)


def read_stdin(path: str) -> Document:
    """Read all of standard input as the document `path`.

    Raises:
        InputError: when it is closed, cannot be read, or is not text in UTF-8.
    """
    if sys.stdin is None:  # so Python shows that it was started without one
        raise InputError("standard input is closed", "pipe the document in, or name a file")
    try:
        data = sys.stdin.buffer.read()
    except OSError as error:
        raise InputError(
            f"cannot read standard input: {error.strerror}", "pipe the document in, or name a file"
        ) from error
    return Document.from_bytes(data, path)
