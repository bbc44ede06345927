"""The formats of reports: a table of readers, tried by what a report holds, never by its name.

A new format is a file with `knows` and `read`, and its line in FORMATS.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from editdiff.errors import InputError
from editdiff.report.diagnostics import eslint, free_text, junit, mypy, pyright, ruff, sarif_log
from editdiff.report.diagnostics.base import DamagedError, Diagnostic
from editdiff.text import document
from editdiff.text.lines import LINE_ENDING

MAX_BYTES = 32_000_000
"""Of a report; linters of large projects write a few."""
Shape = Literal["json", "xml"]


@dataclass(frozen=True)
class Format:
    """One format, of a tool or of many."""

    source: str
    """What one calls who reports in it, in a word."""
    name: str
    """As hints tell it."""
    shape: Shape
    """What its reader is given: a JSON value (of lines of JSON, the list of them), or the text of XML."""
    knows: Callable[[Any], bool]
    """Whether a report of this shape is one."""
    read: Callable[[Any], list[Diagnostic]]
    """Its diagnostics, in its order; raises DamagedError."""


FORMATS = (
    Format("sarif", "SARIF 2.1.0", "json", sarif_log.knows, sarif_log.read),
    Format("ruff", "ruff's json", "json", ruff.knows, ruff.read),
    Format("eslint", "eslint's json", "json", eslint.knows, eslint.read),
    Format("mypy", "mypy's json", "json", mypy.knows, mypy.read),
    Format("pyright", "pyright's outputjson", "json", pyright.knows, pyright.read),
    Format("junit", "JUnit XML", "xml", junit.knows, junit.read),
)
"""What is neither JSON nor XML is text (`free_text`)."""
TEXT = "text"
"""Its source."""
HINT = (
    f"editdiff reads {', '.join(form.name for form in FORMATS)}, and lines as FILE:LINE: MESSAGE of any compiler, "
    "linter or test run"
)
_JSON = re.compile(r"\s*+(?:\{\s*+[\"}]|\[\s*+[\]{])")
_XML = re.compile(r"\s*+<(?:\?xml\b|!|(?:[\w.-]{1,40}:)?testsuites?[\s>/])")


class Report(NamedTuple):
    """What a report says, and who."""

    source: str
    """The format's, or TEXT."""
    found: list[Diagnostic]
    """Each once, in the report's order."""


def read(file: Path) -> list[Diagnostic]:
    """What a report says; an empty list where it reports nothing.

    Raises:
        InputError: as `read_report`.
    """
    return read_report(file).found


def read_report(file: Path) -> Report:
    """What a report says, and in which format.

    Raises:
        InputError: for a file that cannot be read, has more than MAX_BYTES, is not UTF-8, or is no such report.
    """
    try:
        size = os.stat(file).st_size
    except (OSError, ValueError):
        size = 0  # reading it says what is wrong
    if size > MAX_BYTES:
        raise InputError(
            f"{file} has {size / 1e6:.0f} MB, and a report may have {MAX_BYTES // 1_000_000}",
            "let the tool report on fewer files, or leave out what is no error",
        )
    return _parsed(document.read(file).text, str(file))


def parse(text: str, name: str) -> list[Diagnostic]:
    """What the text of a report says; `name` is for messages. Each diagnostic comes once, in the report's order.

    Most tools write nothing where they find nothing, so a text without a word is a report of nothing.

    Raises:
        InputError: for text that is no report, or a damaged one.
    """
    return _parsed(text, name).found


def _parsed(text: str, name: str) -> Report:
    text = text.removeprefix("\ufeff")
    try:
        if _XML.match(text):
            return _by_table("xml", text, name)
        if _JSON.match(text):
            return _by_table("json", _json(text), name)
    except DamagedError as error:
        raise InputError(f"{name} cannot be read as a report: {error}", HINT) from error
    found = free_text.findings(text)
    if not found and not free_text.says_nothing_wrong(text):
        raise InputError(f"{name} names no line of a file", HINT)
    return Report(TEXT, found)


def _by_table(shape: Shape, report: Any, name: str) -> Report:
    one_of_many = [[report]] if isinstance(report, dict) else []  # a single line of JSON
    for value in (report, *one_of_many):
        for form in FORMATS:
            if form.shape == shape and form.knows(value):
                return Report(form.source, list(dict.fromkeys(form.read(value))))
    raise InputError(f"{name} is {shape.upper()}, but no report that editdiff knows", HINT)


def _json(text: str) -> Any:
    """The value of a document, or the list of those of its lines.

    Raises:
        DamagedError: for what is neither.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise DamagedError("its JSON is nested too deeply") from error
    except ValueError as error:
        broken = DamagedError(f"its JSON ends or breaks off: {error}")
        broken.__cause__ = error
    lines = [line for line in LINE_ENDING.split(text) if line.strip()]
    try:
        values = [json.loads(line) for line in lines]
    except (ValueError, RecursionError):
        raise broken from None
    return values
