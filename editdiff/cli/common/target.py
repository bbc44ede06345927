"""What is to be edited: a file or standard input, and the regions of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from editdiff.cli.common.region import TARGETS, Regions, parse_regions, parse_target
from editdiff.errors import InputError, UsageError
from editdiff.report.files import STDIN
from editdiff.text import document as files
from editdiff.text.document import Document
from editdiff.text.notebook import is_notebook


@dataclass(frozen=True)
class Target:
    """One document and the regions to fill."""

    file: str
    """As the user named it, or `-`."""
    regions: Regions
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

    @property
    def identity(self) -> str:
        """Name of the file itself: two names that lead to one file have the same."""
        return self.file if self.is_stdin else os.path.realpath(self.file)


@dataclass(frozen=True)
class Named:
    """What the flags say is to be filled."""

    lines: tuple[str, ...] = ()
    spans: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    """In every file."""
    everywhere: bool = False
    """Whether markers count in strings and comments, too."""

    def check(self, files: Sequence[str]) -> None:
        """Raise UsageError when flags would name a region of several files, or say nothing."""
        if self.everywhere and not self.markers:
            raise UsageError(
                "--everywhere says where markers count, and there is no --marker",
                "name one, such as --marker '???'",
            )
        if len(files) > 1 and (self.lines or self.spans):
            flag = "--lines" if self.lines else "--span"
            raise UsageError(f"{flag} names a region of one file, not of {len(files)}", TARGETS)


def parse(file: str, named: Named, path: str | None) -> Target:
    """Read a `FILE` that has `--lines` or `--span`, or a `FILE:LINES` without them.

    Raises:
        UsageError: when no region is named or one is malformed; when standard input has no `path`, or
            a file has one; for a notebook.
    """
    if named.lines or named.spans:
        regions = parse_regions(named.lines, named.spans, named.markers, named.everywhere)
    else:
        file, regions = parse_target(file, named.markers, named.everywhere)
    check_stdin([file], path)
    if is_notebook(path or file):
        raise UsageError(
            f"{path or file} is a notebook, whose cells infill cannot fill",
            "fill the code in a file of its own; `editdiff fix` mends notebooks",
        )
    return Target(file, regions, path or file)


def check_stdin(files: Sequence[str], path: str | None) -> None:
    """Raise UsageError unless what comes from standard input has a name, and nothing else is given one."""
    if STDIN in files and not path:
        raise UsageError(
            "standard input has no name: without --path its language is unknown",
            "give it one, such as --path src/area.py",
        )
    if STDIN not in files and path is not None:
        kind = f"{files[0]} is a file" if len(files) == 1 else "all of them are files"
        raise UsageError(
            f"--path names standard input, but {kind}", "leave out --path, or read `-`"
        )


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
