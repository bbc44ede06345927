"""What code scanners write: results of SARIF 2.1.0 (OASIS standard; sections of its text are named as §).

`editdiff.report.sarif` writes the same format.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from editdiff.report.diagnostics.base import DamagedError, Diagnostic, place
from editdiff.report.diagnostics.fields import (
    Entry,
    entries,
    entry,
    has_all,
    number,
    text,
    within,
)
from editdiff.report.diagnostics.uris import path_of

FINE = ("pass", "notApplicable", "informational")
"""Kinds of results that say that nothing is wrong (§3.27.9)."""
NOTEBOOK = ".ipynb"
"""In which cell a line of it counts, SARIF cannot tell."""
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{(\d{1,4})\}")
_LINK = re.compile(r"\[([^\[\]]*+)\]\((?:\d+|[a-z]+:[^()\s]*+)\)")


def knows(report: Any) -> bool:
    """Whether it is a SARIF log; of which version, reading says."""
    return has_all(report, "runs", "version")


def read(report: Any) -> list[Diagnostic]:
    """The results of all runs in their order, without suppressed, absent and passed ones.

    Raises:
        DamagedError: for another version, or a field of another type.
    """
    log = entry(report)
    if not (version := text(log, "version")).startswith("2.1."):
        raise DamagedError(f"its SARIF version is {version or 'not told'}, and 2.1.0 is read")
    return [
        found
        for run in entries(log, "runs")
        for result in entries(run, "results")
        if _counts(result)
        for found in _Result(run, result, _rule(run, result)).places()
    ]


@dataclass(frozen=True)
class _Result:
    run: Entry
    result: Entry
    rule: Entry

    def places(self) -> Iterator[Diagnostic]:
        """A diagnostic for each of its locations that names lines of a file."""
        for location in entries(self.result, "locations"):
            physical = within(location, "physicalLocation")
            region, path = within(physical, "region"), self._path(physical)
            if path.lower().endswith(NOTEBOOK):
                continue
            yield from place(
                path,
                number(region, "startLine"),
                self._message(),
                column=number(region, "startColumn"),
                end_line=number(region, "endLine"),
                rule=text(self.result, "ruleId") or text(self.rule, "id"),
                error=self._level() == "error",
            )

    def _path(self, physical: Entry) -> str:
        told = within(physical, "artifactLocation")
        if not text(told, "uri"):  # its place in the run's table may be all that is told (§3.4.5)
            known = _at(entries(self.run, "artifacts"), number(told, "index"))
            told = within(known, "location")
        bases = within(self.run, "originalUriBaseIds")
        path, followed = path_of(text(told, "uri")), set[str]()
        while path and (base := text(told, "uriBaseId")) and base not in followed:
            followed.add(base)  # a base may name another one (§3.14.14), and a hostile one itself
            told = within(bases, base)
            path = posixpath.join(path_of(text(told, "uri")), path)
        return path

    def _level(self) -> str:
        """Error, warning, note or none (§3.27.10)."""
        if text(self.result, "kind") not in ("", "fail"):
            return "none"
        usual = text(within(self.rule, "defaultConfiguration"), "level")
        return text(self.result, "level") or usual or "warning"

    def _message(self) -> str:
        """Its text, or the rule's text of that name, with its arguments; links as their words (§3.11)."""
        message = within(self.result, "message")
        strings = within(self.rule, "messageStrings")
        told = text(message, "text") or text(within(strings, text(message, "id")), "text")
        arguments = message.get("arguments")
        known = arguments if isinstance(arguments, list) else []
        return _LINK.sub(r"\1", _PLACEHOLDER.sub(lambda match: _filled(match, known), told))


def _counts(result: Entry) -> bool:
    """Whether something is wrong there, by the report, and nobody decided to leave it."""
    if text(result, "kind") in FINE or text(result, "baselineState") == "absent":
        return False
    decided = [
        text(each, "status") or text(each, "state") for each in entries(result, "suppressions")
    ]
    open_still = any(status in ("underReview", "rejected") for status in decided)  # §3.27.23
    return not decided or open_still


def _rule(run: Entry, result: Entry) -> Entry:
    """The rule of a result, of the tool's driver or of one of its extensions; empty where none is described."""
    tool, told = within(run, "tool"), within(result, "rule")
    extension = number(within(told, "toolComponent"), "index")
    holder = within(tool, "driver")
    if extension is not None:
        holder = _at(entries(tool, "extensions"), extension)
    rules = entries(holder, "rules")
    index = number(told, "index")
    index = number(result, "ruleIndex") if index is None else index
    if index is not None:
        return _at(rules, index)
    name = text(result, "ruleId") or text(told, "id")
    return next((rule for rule in rules if name and text(rule, "id") == name), {})


def _at(table: list[Entry], index: int | None) -> Entry:
    return table[index] if index is not None and 0 <= index < len(table) else {}


def _filled(match: re.Match[str], arguments: list[Any]) -> str:
    if match[1] is None:
        return match[0][0]
    index = int(match[1])
    return str(arguments[index]) if index < len(arguments) else match[0]
