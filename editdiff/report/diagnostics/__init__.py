"""What linters, type checkers and test runners report: read, and brought to the files that are meant.

`read` and `parse` tell the formats of whole reports apart (`formats.FORMATS`), `places` finds what the output of a
test run mentions, `resolve` looks for the files. Nothing of a report is run, fetched or expanded.
"""

from __future__ import annotations

from editdiff.report.diagnostics.base import Diagnostic
from editdiff.report.diagnostics.formats import TEXT, Report, parse, read, read_report
from editdiff.report.diagnostics.free_text import places
from editdiff.report.diagnostics.locating import resolve

__all__ = ["TEXT", "Diagnostic", "Report", "parse", "places", "read", "read_report", "resolve"]
