"""Workflow commands of GitHub Actions, for its log: each becomes an annotation beside the lines of the change.

Gitea and Forgejo read the same commands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from editdiff.ci.base import Fix, Proposed
from editdiff.ci.outputs.findings import Finding, Level, findings
from editdiff.ci.outputs.shown import one_line, scalar, visible

MOST = 10
"""Annotations of a level that GitHub shows of a step; of more it shows none, and does not say so."""
LINES = 30
"""Lines of a diff that an annotation shows."""
LEVELS: Mapping[Level, str] = {"error": "error", "warning": "warning", "note": "notice"}
"""What GitHub calls them."""


def text(proposed: Proposed) -> str:
    """A line for each finding and each note, at most MOST of a level: the last one then counts the others."""
    lines: dict[str, list[str]] = {name: [] for name in LEVELS.values()}
    for finding in findings(proposed):
        lines[LEVELS[finding.level]].append(_of_finding(finding))
    lines["notice"] += (_command("notice", one_line(note)) for note in proposed.notes)
    return "".join(f"{line}\n" for name, all_of in lines.items() for line in _bounded(name, all_of))


def _bounded(level: str, lines: Sequence[str]) -> Iterator[str]:
    if len(lines) <= MOST:
        yield from lines
        return
    yield from lines[: MOST - 1]
    yield _command(level, f"{len(lines) - MOST + 1} more of these are in the summary of this run.")


def _of_finding(finding: Finding) -> str:
    message = finding.message
    if finding.fix:
        message += f"\n{_diff(finding.fix)}"
    where: dict[str, str | int] = {}
    if finding.has_place:
        where = {"file": finding.problem.path, "line": finding.first, "endLine": finding.last}
    title = f"editdiff: {finding.rule}"
    return _command(LEVELS[finding.level], message, **where, title=title)


def _diff(fix: Fix) -> str:
    """The patch, without the names of its file, cut behind LINES."""
    lines = visible(fix.proposal.patch(fix.path)).rstrip("\n").split("\n")[2:]
    more = [f"… and {len(lines) - LINES} lines more"] if len(lines) > LINES else []
    return "\n".join(lines[:LINES] + more)


def _command(level: str, message: str, **properties: str | int) -> str:
    told = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{level}{' ' * bool(told)}{told}::{_data(message)}"


def _data(text: str) -> str:
    return scalar(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
