"""One thing that a linter, type checker or test runner reports, and what its texts are cleaned of."""

from __future__ import annotations

import re
from dataclasses import dataclass

from editdiff.text.printable import printable

LONGEST = 500
"""Characters of a message that are kept."""
_COLOURS = re.compile(r"\x1b(?:\[[0-?]*+[ -/]*+[@-~]?|\][^\x07\x1b]*+(?:\x07|\x1b\\)?|[@-Z\\^_])")
"""Escape sequences of terminals (ECMA-48): colours (CSI) and links (OSC)."""
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Diagnostic:
    """A place that a report names, and what is wrong there."""

    path: str
    """As the report names it, decoded; on which machine it stands, nobody knows (`resolve`)."""
    line: int
    """From 1."""
    message: str
    """One line; empty where nothing is said of the place, as of a frame of a traceback that was cut off."""
    column: int | None = None
    """From 1; what it counts (bytes, code points, UTF-16) is the tool's affair."""
    end_line: int | None = None
    """From 1, the last line that is meant."""
    rule: str = ""
    """Its code, where the report has one."""
    error: bool = True
    """False of warnings and notes."""
    cell: int = 0
    """The cell of a notebook that the lines count in, from 1 among all cells; 0 where they count in the file."""


class DamagedError(ValueError):
    """A report that is not what its format promises; its text says where."""


def place(
    path: str,
    line: int | None,
    message: str,
    *,
    column: int | None = None,
    end_line: int | None = None,
    rule: str = "",
    error: bool = True,
    cell: int = 0,
) -> list[Diagnostic]:
    """A diagnostic, its numbers checked; none where the report names no file or no line of it."""
    if not path or line is None or line < 1:
        return []
    column = column if column is not None and column >= 1 else None
    end_line = end_line if end_line is not None and end_line >= line else None
    rule = one_line(rule)
    return [Diagnostic(path, line, one_line(message), column, end_line, rule, error, max(cell, 0))]


def one_line(text: str) -> str:
    """A text on one line that a terminal may show: no colours, no control characters, at most LONGEST."""
    words = " ".join(plain(text[: 4 * LONGEST]).split())
    words = printable(_SURROGATES.sub("\ufffd", words))
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"


def plain(text: str) -> str:
    """A text without the escape sequences of terminals."""
    return _COLOURS.sub("", text) if "\x1b" in text else text
