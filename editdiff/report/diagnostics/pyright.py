"""What pyright writes with `--outputjson`; lines and columns count from 0, as in the Language Server Protocol."""

from __future__ import annotations

from typing import Any

from editdiff.report.diagnostics.base import Diagnostic, place
from editdiff.report.diagnostics.fields import (
    Entry,
    entries,
    entry,
    has_all,
    number,
    text,
    within,
)


def knows(report: Any) -> bool:
    """Whether it is such an object."""
    return has_all(report, "generalDiagnostics")


def read(report: Any) -> list[Diagnostic]:
    """In its order.

    Raises:
        DamagedError: for a field of another type.
    """
    found = entries(entry(report), "generalDiagnostics")
    return [each for told in found for each in _read(told)]


def _read(told: Entry) -> list[Diagnostic]:
    span = within(told, "range")
    first, last = within(span, "start"), within(span, "end")
    return place(
        text(told, "file"),
        _from_1(number(first, "line")),
        text(told, "message"),
        column=_from_1(number(first, "character")),
        end_line=_from_1(number(last, "line")),
        rule=text(told, "rule"),
        error=text(told, "severity") == "error",
    )


def _from_1(count: int | None) -> int | None:
    return None if count is None else count + 1
