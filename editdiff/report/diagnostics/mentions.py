"""Places that a line mentions anywhere: `file:line`, `file:line:column`, `file(line,column)`, `file line 3`."""

from __future__ import annotations

import re

from editdiff.report.diagnostics.base import LONGEST, Diagnostic, place
from editdiff.report.diagnostics.names_of_files import file_named

READ = 10_000
"""Characters of a line that are looked at; what is longer was not written for people."""
_OF_A_NAME = r"[^\s:\"'`()<>{}\[\],;|*?=\x00]"
_MENTION = re.compile(
    rf"(?<!{_OF_A_NAME})(?P<path>(?:file://|[A-Za-z]:(?=[\\/]))?+{_OF_A_NAME}++)"
    r"(?::(?:line[ ])?(?P<line>\d{1,9})(?::(?P<column>\d{1,9}))?"
    r"|[:]?[\[(](?P<line_2>\d{1,9}),(?P<column_2>\d{1,9})[\])]"
    r"|,?[ ](?:on[ ])?line[ ](?P<line_3>\d{1,9}))(?!\d)"
)
"""A name is tried from its beginning alone, never from its middle: so a line takes time as its length."""


def in_line(line: str) -> list[Diagnostic]:
    """The places of a line in their order; what is said of them is what follows, else the line."""
    found, line = [], line[:READ]
    for match in _MENTION.finditer(line):
        if path := file_named(match["path"]):
            number = match["line"] or match["line_2"] or match["line_3"]
            column = match["column"] or match["column_2"]
            behind = line[match.end() : match.end() + LONGEST]
            message = behind[1:] if behind[:1] == ":" and behind[1:].strip() else line
            found += place(path, int(number), message, column=int(column) if column else None)
    return found
