"""GitLab's Code Quality report: a merge request shows what it has more of than the branch it goes into."""

from __future__ import annotations

import json

from editdiff.ci.base import Proposed
from editdiff.ci.outputs.findings import Finding, findings
from editdiff.ci.outputs.shown import scalar

SEVERITY = {"error": "major", "warning": "minor", "note": "info"}


def text(proposed: Proposed) -> str:
    """A list of findings; it has no room for notes on the run, nor for what has no place in a file."""
    issues = [_issue(finding) for finding in findings(proposed) if finding.has_place]
    return json.dumps(issues, indent=1) + "\n"


def _issue(finding: Finding) -> dict[str, object]:
    return {
        "description": finding.message,
        "check_name": f"editdiff/{finding.rule}",
        "fingerprint": finding.name,
        "severity": SEVERITY[finding.level],
        "location": {
            "path": scalar(finding.problem.path),
            "lines": {"begin": finding.first, "end": finding.last},
        },
    }
