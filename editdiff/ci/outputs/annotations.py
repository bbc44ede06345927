"""Workflow commands of GitHub Actions, for its log: each becomes an annotation beside the lines of the change.

Gitea and Forgejo read the same commands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from editdiff.ci.base import Fix, Proposed
from editdiff.ci.outputs.findings import Finding, findings
from editdiff.ci.outputs.shown import one_line, scalar, visible

MOST = 10
"""Annotations of a level that GitHub shows of a step; of more it shows none, and does not say so."""
LINES = 30
"""Lines of a diff that an annotation shows."""
Level = Literal["error", "warning", "notice"]
_OF_FINDINGS: tuple[Level, ...] = ("error", "warning")


def text(proposed: Proposed) -> str:
    """A line for each finding and each note, at most MOST of a level: the last one then counts the others."""
    listed = findings(proposed)
    lines: list[str] = []
    for level in _OF_FINDINGS:
        lines += _bounded(level, [_of_finding(each) for each in listed if each.level == level])
    lines += _bounded("notice", [_command("notice", one_line(note)) for note in proposed.notes])
    return "".join(f"{line}\n" for line in lines)


def _bounded(level: Level, lines: Sequence[str]) -> Iterator[str]:
    if len(lines) <= MOST:
        yield from lines
        return
    yield from lines[: MOST - 1]
    yield _command(level, f"{len(lines) - MOST + 1} more of these are in the summary of this run.")


def _of_finding(finding: Finding) -> str:
    message = finding.message
    if finding.fix:
        message += f"\n{_diff(finding.fix)}"
    return _command(
        finding.level,
        message,
        file=finding.problem.path,
        line=finding.first,
        endLine=finding.last,
        title=f"editdiff: {finding.rule}",
    )


def _diff(fix: Fix) -> str:
    """The patch, without the names of its file, cut behind LINES."""
    lines = visible(fix.proposal.patch(fix.path)).rstrip("\n").split("\n")[2:]
    more = [f"… and {len(lines) - LINES} lines more"] if len(lines) > LINES else []
    return "\n".join(lines[:LINES] + more)


def _command(level: Level, message: str, **properties: str | int) -> str:
    told = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{level}{' ' * bool(told)}{told}::{_data(message)}"


def _data(text: str) -> str:
    return scalar(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
