"""Frames of stack traces: Python's, and those of JavaScript, Java, .NET and Rust, whose lines begin with `at`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from editdiff.report.diagnostics.base import Diagnostic, one_line, place
from editdiff.report.diagnostics.mentions import in_line
from editdiff.report.diagnostics.names_of_files import file_named

_PYTHON = re.compile(r'File "([^"]{1,4096})", line (\d{1,9})')
_PREFIX = re.compile(r"E(?=\s)|\s*+[|](?=\s)")
"""What stands before a traceback that pytest quotes, and before one in a group of exceptions."""
_AT = re.compile(r"\s++at\s")
_JAVA = re.compile(
    r"\s++at\s+(?:[\w.@-]*/)*([\w.$]+)\.[\w$<>]+\((\w+\.(?:java|kt|scala|groovy)):(\d{1,9})\)\s*+"
)


def traceback(lines: Sequence[str], start: int) -> tuple[list[Diagnostic], int]:
    """The frames of a Python traceback that begins at a line, and the line behind them.

    What they say is the line of the exception: the first one behind the last frame that is indented less.
    """
    found: list[Diagnostic] = []
    depth, at = 0, start
    while at < len(lines):
        line = _PREFIX.sub(_blanks, lines[at])
        indent = len(line) - len(line.lstrip())
        if match := _PYTHON.search(line):
            path = file_named(match[1], begins_line=True)
            found += place(path, int(match[2]), "")
            depth = indent if at == start else min(depth, indent)
        elif line.strip() and indent < max(depth, 1):
            break
        at += 1
    message = one_line(_PREFIX.sub(_blanks, lines[at])) if at < len(lines) else ""
    return [replace(each, message=message) for each in found], at


def _blanks(prefix: re.Match[str]) -> str:
    return " " * len(prefix[0])


def begins_traceback(line: str) -> bool:
    """Whether a line is a frame of Python's."""
    return 'File "' in line and _PYTHON.search(line) is not None


def stack(lines: Sequence[str], start: int, above: str) -> tuple[list[Diagnostic], int]:
    """The frames of a stack that begins at a line, the outermost first, and the line behind them.

    Such stacks begin with the innermost one. What they say is what stands above them.
    """
    found: list[Diagnostic] = []
    at = start
    while at < len(lines) and is_at(lines[at]):
        found += _frame(lines[at])
        at += 1
    message = one_line(above)
    return [replace(each, message=message) for each in reversed(found)], at


def is_at(line: str) -> bool:
    """Whether a line is a frame of such a stack."""
    return _AT.match(line) is not None


def _frame(line: str) -> list[Diagnostic]:
    """The place of one; of Java, which tells the class and the bare name, in the folder of its package."""
    if java := _JAVA.fullmatch(line):
        folders = java[1].split(".")[:-1]
        return place("/".join([*folders, java[2]]), int(java[3]), "")
    return in_line(line)[:1]
