"""What mypy writes with `--output json`: an object a line, nothing where it finds nothing.

Lines count from 1, and are -1 of what has no place; columns count from 0.
"""

from __future__ import annotations

from typing import Any

from editdiff.report.diagnostics.base import Diagnostic, place
from editdiff.report.diagnostics.fields import Entry, entry, has_all, number, text


def knows(report: Any) -> bool:
    """Whether it is a list of such objects."""
    return isinstance(report, list) and all(
        has_all(each, "file", "line", "message", "severity") for each in report
    )


def read(report: Any) -> list[Diagnostic]:
    """In its order.

    Raises:
        DamagedError: for a field of another type.
    """
    return [found for each in report for found in _read(entry(each))]


def _read(told: Entry) -> list[Diagnostic]:
    column = number(told, "column")
    return place(
        text(told, "file"),
        number(told, "line"),
        text(told, "message"),
        column=None if column is None else column + 1,
        end_line=number(told, "end_line"),
        rule=text(told, "code"),
        error=text(told, "severity") == "error",
    )
