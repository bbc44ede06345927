"""Lines of compilers and linters: where, how grave, what, and by which rule.

Read are `file:line: text` with a column or an end (gcc, clang, javac, flake8, mypy, go vet, `grep -n`),
`file(line,column): text` (tsc, MSBuild), `file:line:column - error: text` (pyright, tsc on a terminal),
`file: line 3: text` (bash), `--> file:line:column` below its text (rustc, ruff), and rows below the name of their
file (eslint). In each the place begins the line; what a sentence mentions is no finding.
"""

from __future__ import annotations

import re

from editdiff.report.diagnostics.base import Diagnostic, one_line, place
from editdiff.report.diagnostics.names_of_files import file_named

_PATH = r"(?P<path>(?:file://|[A-Za-z]:(?=[\\/]))?"
_GRAVE = (
    r"(?P<severity>(?:fatal |catastrophic )?error|fatal|warning|note|info(?:rmation)?|remark|hint|help|style)"
    r"(?:\[(?P<bracketed>\w{1,40})\])?(?:\s(?P<numbered>[A-Z]{1,9}\d{1,9}))?"
)
_COLON = re.compile(
    _PATH + r"[^:]+):(?:cell (?P<cell>\d{1,6}):)?(?P<line>\d{1,9})(?::(?P<column>\d{1,9}))?"
    r"(?::(?P<end_line>\d{1,9}):\d{1,9})?(?::(?!//)|\s-\s(?=error|warning|information))(?P<told>.*)"
)
_PARENTHESES = re.compile(
    _PATH + r"[^:]+?)\((?P<line>\d{1,9})(?:,(?P<column>\d{1,9}))?"
    r"(?:,(?P<end_line>\d{1,9}),\d{1,9}|-\d{1,9})?\)\s?:(?P<told>.*)"
)
_SHELL = re.compile(_PATH + r"[^:]+): line (?P<line>\d{1,9}):(?P<told>.*)")
_FORMS = (_COLON, _PARENTHESES, _SHELL)
_ARROW = re.compile(
    r"\s*+-->\s"
    + _PATH
    + r"[^:]+):(?:cell (?P<cell>\d{1,6}):)?(?P<line>\d{1,9}):(?P<column>\d{1,9})\s*+"
)
_ROW = re.compile(r"\s++(?P<line>\d{1,9}):(?P<column>\d{1,9})\s++(?P<told>(?:error|warning)\s.*)")
_GRADED = re.compile(r"\s*+" + _GRAVE + r"\s?:\s*+(?P<rest>.*)", re.IGNORECASE)
_CODED = re.compile(
    r"\s*+(?P<rule>[A-Z]{1,6}\d{2,5}|invalid-syntax)(?::|\s)\s*+(?:\[\*\]\s*+)?(?P<rest>.*)"
)
_RULE_BEHIND = re.compile(
    r"\s(?:\[(-W[\w=+-]+|[\w-]+)\]|\((report[A-Z]\w+|[a-z]+(?:-[a-z0-9]+)+)\))\s*$"
)
_PYRIGHT_RULE = re.compile(r"\s\((report[A-Z]\w+)\)\s*$")
_ERRORS = ("error", "fatal")
_TAIL = 120
"""Characters at the end of a message in which its rule is looked for."""


def of_line(line: str, above: str, under: str) -> list[Diagnostic]:
    """The finding that a line tells, if it is one.

    `above` is the nearest line above that is not indented, where some tools name the file or say what is wrong;
    `under` is the line below, where pyright may name the rule.
    """
    if arrow := _ARROW.fullmatch(line):
        return _found(arrow, file_named(arrow["path"], begins_line=True), above)
    if row := _ROW.fullmatch(line):
        return _of_row(row, above)
    stripped = line.strip()
    for form in _FORMS:
        if match := form.fullmatch(stripped):
            path, told = file_named(match["path"], begins_line=True), match["told"]
            if path and (" " not in path or _graded(told)):
                return _found(match, path, told, under if line[:1].isspace() else "")
    return []


def _graded(told: str) -> bool:
    """Whether a message says how grave it is, or by which rule; a path with spaces might be a sentence else."""
    return bool(_GRADED.fullmatch(told) or _CODED.fullmatch(told))


def _found(match: re.Match[str], path: str, told: str, under: str = "") -> list[Diagnostic]:
    groups = match.groupdict()
    error, rule, message = _judged(told)
    if not rule and (behind := _PYRIGHT_RULE.search(under[-_TAIL:])):
        rule = behind[1]
    return place(
        path,
        int(groups["line"]),
        message,
        column=_number(groups.get("column")),
        end_line=_number(groups.get("end_line")),
        rule=rule,
        error=error,
        cell=_number(groups.get("cell")) or 0,
    )


def _of_row(row: re.Match[str], above: str) -> list[Diagnostic]:
    """A row of eslint's: severity, message and rule, two spaces and more between them."""
    path = file_named(above.strip())
    severity, *cells = re.split(r"\s{2,}", row["told"].strip())
    if not path or not cells:
        return []
    message, rule = cells if len(cells) == 2 else (" ".join(cells), "")
    return place(
        path,
        int(row["line"]),
        message,
        column=int(row["column"]),
        rule=rule,
        error=severity == "error",
    )


def _judged(told: str) -> tuple[bool, str, str]:
    """Whether a message is of an error, its rule, and the message without both."""
    error, rule = True, ""
    if graded := _GRADED.fullmatch(told):
        error = graded["severity"].lower().split()[-1] in _ERRORS
        rule = graded["bracketed"] or graded["numbered"] or ""
        told = graded["rest"]
    if not rule and (coded := _CODED.fullmatch(told)):
        rule, told = coded["rule"], coded["rest"]
    if not rule and (behind := _RULE_BEHIND.search(told[-_TAIL:])):
        rule = behind[1] or behind[2]
        told = told[: len(told) - len(behind[0])]
    return error, rule, one_line(told)


def _number(digits: str | None) -> int | None:
    return int(digits) if digits else None
