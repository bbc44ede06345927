"""What eslint writes with `-f json`: a list of files, each with its messages; lines and columns count from 1."""

from __future__ import annotations

from typing import Any

from editdiff.report.diagnostics.base import Diagnostic, place
from editdiff.report.diagnostics.fields import Entry, entries, entry, has_all, number, text

ERROR = 2
"""Of its severities; 1 is a warning."""


def knows(report: Any) -> bool:
    """Whether it is such a list."""
    return isinstance(report, list) and all(
        has_all(each, "filePath", "messages") for each in report
    )


def read(report: Any) -> list[Diagnostic]:
    """In its order, without what a comment suppresses; a message on a whole file names no place.

    Raises:
        DamagedError: for a field of another type.
    """
    files = [entry(each) for each in report]
    return [
        found
        for file in files
        for told in entries(file, "messages")
        for found in _read(text(file, "filePath"), told)
    ]


def _read(path: str, told: Entry) -> list[Diagnostic]:
    return place(
        path,
        number(told, "line"),
        text(told, "message"),
        column=number(told, "column"),
        end_line=number(told, "endLine"),
        rule=text(told, "ruleId"),
        error=number(told, "severity") == ERROR,
    )
