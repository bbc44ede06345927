"""What ruff writes with `--output-format json` (a list) and `json-lines`.

Lines and columns count from 1, ends are exclusive. Of a notebook they count in the cell.
"""

from __future__ import annotations

from typing import Any

from editdiff.report.diagnostics.base import Diagnostic, place
from editdiff.report.diagnostics.fields import Entry, entry, has_all, number, text, within


def knows(report: Any) -> bool:
    """Whether it is such a list; an empty one may be anybody's."""
    return isinstance(report, list) and all(
        has_all(each, "filename", "location") for each in report
    )


def read(report: Any) -> list[Diagnostic]:
    """In its order; what names no place is left out.

    Raises:
        DamagedError: for a field of another type.
    """
    return [found for each in report for found in _read(entry(each))]


def _read(told: Entry) -> list[Diagnostic]:
    first, last = within(told, "location"), within(told, "end_location")
    return place(
        text(told, "filename"),
        number(first, "row"),
        text(told, "message"),
        column=number(first, "column"),
        end_line=number(last, "row"),
        rule=text(told, "code"),
        error=text(told, "severity") in ("", "error", "fatal"),
        cell=number(told, "cell") or 0,
    )
