"""The Reviewdog Diagnostic Format (rdjson), for reviewdog, which posts it to whatever it knows.

Lines count from 1 and end at line feeds. Ranges are told without columns (which would count bytes of UTF-8): then
they are whole lines, the last one among them, as suggestions in a review are. A message becomes part of a comment,
in Markdown.
"""

from __future__ import annotations

import json
from typing import Any

from editdiff.ci.base import Fix, Proposed
from editdiff.ci.outputs.findings import Finding, findings, has_bare_cr
from editdiff.ci.outputs.shown import prose, scalar
from editdiff.text.lines import LineTable

SEVERITY = {"error": "ERROR", "warning": "WARNING", "note": "INFO"}
MOST = 100
"""Lines that a suggestion replaces. Each is one that somebody can take alone, so that a fix has to be a single one,
however far apart its parts lie; where that would be longer, none is made."""


def text(proposed: Proposed) -> str:
    """The findings; it has no room for notes on the run, nor for what has no place in a file."""
    found = [_diagnostic(finding) for finding in findings(proposed) if finding.has_place]
    return json.dumps({"source": {"name": "editdiff"}, "diagnostics": found}, indent=1) + "\n"


def _diagnostic(finding: Finding) -> dict[str, Any]:
    told: dict[str, Any] = {
        "message": prose(finding.message),
        "location": {
            "path": scalar(finding.problem.path),
            "range": {"start": {"line": finding.first}, "end": {"line": finding.last}},
        },
        "severity": SEVERITY[finding.level],
        "code": {"value": finding.rule},
    }
    if suggestion := _suggestion(finding.fix) if finding.fix else None:
        told["suggestions"] = [suggestion]
    return told


def _suggestion(fix: Fix) -> dict[str, Any] | None:
    """All lines from the first that changes to the last, as they shall be; None where that cannot be told."""
    if has_bare_cr(fix.proposal.before):  # we and git would not mean the same lines
        return None
    first, last, old, new = _region(fix)
    ending = _ending(old)
    if last - first >= MOST or ending != _ending(new):  # the end of a file cannot be said in lines
        return None
    text = new.removesuffix(ending)
    return {"range": {"start": {"line": first}, "end": {"line": last}}, "text": text}


def _region(fix: Fix) -> tuple[int, int, str, str]:
    """First and last line, their text and what it becomes; lines that go take along one that stays."""
    text, parts = fix.proposal.before.text, fix.parts
    table = LineTable(text)
    first, last = parts[0].first, parts[-1].last
    new, done = "", table.start(first - 1)
    for part in parts:
        new += text[done : table.start(part.first - 1)] + part.new
        done = table.full(part.last - 1).end
    if not new and done < len(text):
        last += 1
        new, done = table.full(last - 1).slice(text), table.full(last - 1).end
    elif not new and first > 1:
        first -= 1
        new = table.full(first - 1).slice(text)
    return first, last, text[table.start(first - 1) : done], new


def _ending(text: str) -> str:
    return next((ending for ending in ("\r\n", "\n") if text.endswith(ending)), "")
