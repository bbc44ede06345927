"""Reports for code scanners: SARIF 2.1.0 (OASIS standard; sections of its text are named as §)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

from editdiff import __version__
from editdiff.report.paths import relative_name
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.lines import LineTable
from editdiff.text.printable import printable
from editdiff.text.span import Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
"""Stands for the folder that relative names begin in; who reads the report knows where that is."""
FINGERPRINT = "editdiff/v1"
"""Under this name a result tells what it is, whatever its line; the number grows when other things are told."""
Level = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Rule:
    """A kind of result."""

    name: str
    """Stable identifier, as `doubt`."""
    short: str
    """One sentence."""
    full: str
    """What it means, and what to do about it."""


class Lines(NamedTuple):
    """Whole lines of a document, counted from 1, the last one among them; it need not be known what they hold."""

    first: int
    last: int


class Mending(NamedTuple):
    """Edits of a result's document that mend it together."""

    told: str
    """What they do, one sentence."""
    edits: Edits


@dataclass(frozen=True)
class Result:
    """Something found at one place of a document."""

    document: Document
    span: Span | Lines
    message: str
    rule: Rule
    level: Level = "warning"
    replacement: str | None = None
    """Text that may be put in the place of the span."""
    rank: float | None = None
    """Of how much interest it is, 0 to 100."""
    mending: Mending | None = None
    """What may be done about it, where that is more than a text in the place of the span."""
    fingerprint: str = ""
    """The same in the next report if it is the same finding; no other result of a report has it."""


def report(
    results: Sequence[Result],
    documents: Iterable[Document] = (),
    *,
    finished: bool = True,
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """One run with its results; `documents` are those that were looked at, with or without results.

    Columns count UTF-16 code units, the unit of most readers. Unless `finished`, the run is one that was
    broken off; `notes` are sentences on the run itself, as what it left out.
    """
    looked_at = {document.path: document for document in documents}
    looked_at |= {result.document.path: result.document for result in results}
    index = {path: i for i, path in enumerate(looked_at)}
    rules = list(dict.fromkeys(result.rule for result in results))
    tables = {result.document.path: LineTable(result.document.text) for result in results}
    run = {
        "tool": {
            "driver": {
                "name": "editdiff",
                "version": __version__,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "invocations": [_invocation(finished, notes)],
        "columnKind": "utf16CodeUnits",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "artifacts": [_artifact(document) for document in looked_at.values()],
        "results": [
            _result(
                result,
                rules.index(result.rule),
                index[result.document.path],
                tables[result.document.path],
            )
            for result in results
        ],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def dumps(log: Mapping[str, Any]) -> str:
    """Write a report in ASCII: so every reader gets the same text, whatever encoding it takes."""
    return json.dumps(log, indent=1) + "\n"


def uri(path: str) -> str:
    """Name a file as a relative URI reference, percent-encoded; as a `file:` URI outside of the current folder.

    A name that is not UTF-8 keeps its bytes.
    """
    name = relative_name(path)
    if not PurePath(name).is_absolute():
        return quote(os.fsencode(name))
    return "file://" + quote(os.fsencode("/" + name.lstrip("/")))


def message_text(text: str) -> str:
    """Escape a message: braces are placeholders (§3.11.5), brackets before a parenthesis a link (§3.11.6).

    Control characters become pictures, lone surrogates U+FFFD.
    """
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = text.replace("{", "{{").replace("}", "}}").replace("](", "] (")
    return printable(text)


def _invocation(finished: bool, notes: Sequence[str]) -> dict[str, Any]:
    told = [{"level": "warning", "message": {"text": message_text(note)}} for note in notes]
    return {"executionSuccessful": finished} | (
        {"toolExecutionNotifications": told} if told else {}
    )


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.name,
        "shortDescription": {"text": message_text(rule.short)},
        "fullDescription": {"text": message_text(rule.full)},
        "help": {"text": message_text(rule.full)},
    }


def _artifact(document: Document) -> dict[str, Any]:
    artifact: dict[str, Any] = {"location": _location(document.path), "encoding": "UTF-8"}
    return artifact | ({"sourceLanguage": document.language} if document.language else {})


def _location(path: str, index: int | None = None) -> dict[str, Any]:
    name = uri(path)
    location: dict[str, Any] = {"uri": name}
    if not name.startswith("file:"):
        location["uriBaseId"] = ROOT
    return location | ({} if index is None else {"index": index})


def _result(result: Result, rule: int, index: int, table: LineTable) -> dict[str, Any]:
    region = _region(result.span, table)
    physical = {"artifactLocation": _location(result.document.path, index), "region": region}
    told: dict[str, Any] = {
        "ruleId": result.rule.name,
        "ruleIndex": rule,
        "level": result.level,
        "message": {"text": message_text(result.message)},
        "locations": [{"physicalLocation": physical}],
    }
    if result.rank is not None:
        told["rank"] = result.rank
    if result.fingerprint:
        told["partialFingerprints"] = {FINGERPRINT: result.fingerprint}
    if mending := _mending(result):
        told["fixes"] = [_fix(mending, result.document.path, index, table)]
    return told


def _mending(result: Result) -> Mending | None:
    if result.replacement is None or isinstance(result.span, Lines):
        return result.mending
    edits = Edits((TextEdit(result.span, result.replacement),))
    return Mending(f"Replace by `{result.replacement}`.", edits)


def _fix(mending: Mending, path: str, index: int, table: LineTable) -> dict[str, Any]:
    change = {
        "artifactLocation": _location(path, index),
        "replacements": [_replacement(edit, table) for edit in mending.edits],
    }
    return {"description": {"text": message_text(mending.told)}, "artifactChanges": [change]}


def _replacement(edit: TextEdit, table: LineTable) -> dict[str, Any]:
    deleted = {"deletedRegion": _region(edit.span, table)}
    return deleted | ({"insertedContent": {"text": edit.text}} if edit.text else {})


def _region(span: Span | Lines, table: LineTable) -> dict[str, int]:
    """Lines and columns from 1, the end exclusive (§3.30); of whole lines the lines alone."""
    if isinstance(span, Lines):
        return {"startLine": span.first, "endLine": span.last}
    first, last = (table.position(at, "utf-16") for at in (span.start, span.end))
    return {
        "startLine": first.line + 1,
        "startColumn": first.column + 1,
        "endLine": last.line + 1,
        "endColumn": last.column + 1,
    }
