"""SARIF 2.1.0, for code scanners: every finding a result, every fix as edits of its own."""

from __future__ import annotations

from dataclasses import replace

from editdiff.ci.base import Fix, Problem, Proposed
from editdiff.ci.outputs.findings import Finding, findings, lines_of, rule_of, told
from editdiff.report import sarif
from editdiff.text.diff import diff
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.lines import LineTable

SHORT = {
    "syntax": "The file does not parse.",
    "math": "An equation does not hold.",
    "conflict": "A merge has left its marks.",
    "tests": "A test fails.",
}
"""What the problems of a source are; of any other a report tells them."""
FULL = (
    "Where editdiff has found an edit that mends it and that was judged, the edit is proposed: read it before "
    "you take it. Where not, it says why."
)


def text(proposed: Proposed) -> str:
    """The report of a run."""
    documents = {document.path: document for document in proposed.documents}
    documents |= {fix.path: replace(fix.proposal.before, path=fix.path) for fix in proposed.fixes}
    listed = findings(proposed)
    results = [_result(finding, documents) for finding in listed if finding.has_place]
    nowhere = [finding.message for finding in listed if not finding.has_place]
    notes = [*nowhere, *proposed.notes]  # a code scanner takes no result without a place
    log = sarif.report(results, documents.values(), finished=proposed.finished, notes=notes)
    return sarif.dumps(log)


def _result(finding: Finding, documents: dict[str, Document]) -> sarif.Result:
    problem, fix = finding.problem, finding.fix
    confidence = fix.confidence if fix else None
    return sarif.Result(
        documents.get(problem.path) or Document(problem.path, ""),
        sarif.Lines(*lines_of(problem)),
        finding.message,
        _rule(problem),
        finding.level,
        rank=None if confidence is None else round(100 * confidence, 2),
        mending=sarif.Mending(f"Mend it: {told(fix)}.", _edits(fix)) if fix else None,
        fingerprint=finding.name,
    )


def _rule(problem: Problem) -> sarif.Rule:
    short = SHORT.get(problem.source, f"{rule_of(problem)} reports a problem.")
    return sarif.Rule(rule_of(problem), short, FULL)


def _edits(fix: Fix) -> Edits:
    """The smallest ones of whole lines: none begins or ends inside of a line ending."""
    table = LineTable(fix.proposal.before.text)
    found: list[TextEdit] = []
    for part in fix.parts:
        start = table.start(part.first - 1)
        found += (edit.shift(start) for edit in diff(part.old, part.new))
    return Edits(tuple(found))
