"""What test runners write as JUnit XML (pytest, surefire, jest-junit, eslint and ruff as well).

There is no standard: read is what they share. Of each test case that failed or had an error come its own file and
line, where the report names them, and the places in what it says. Documents with a DOCTYPE are refused, so that no
entity is expanded and nothing fetched; the text is read as a stream, and kept of it the case at hand alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from xml.parsers.expat import ExpatError, ParserCreate

from editdiff.report.diagnostics.base import DamagedError, Diagnostic, place
from editdiff.report.diagnostics.free_text import places
from editdiff.report.diagnostics.names_of_files import file_named
from editdiff.text.lines import LINE_ENDING

ROOTS = ("testsuites", "testsuite")
_WRONG = ("failure", "error")
"""What passed in the end is told by other names (`flakyFailure`), and `rerunFailure` tells it again."""
_IN_TEXT = re.compile(r"line (\d{1,9}), col (\d{1,9})", re.IGNORECASE)
"""Where linters tell it, in files that are suites for them."""
_FROM_0 = "pytest"
"""Name of pytest's suite, whose lines count from 0."""
Attributes = Mapping[str, str]


def knows(report: str) -> bool:
    """Whether a text is XML at all; which kind, reading says."""
    return bool(report)


def read(report: str) -> list[Diagnostic]:
    """All in the order of the report.

    Raises:
        DamagedError: for what is no well-formed XML, has a DOCTYPE, or is another kind of document.
    """
    reader = _Reader()
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(report, True)
    except ExpatError as error:
        raise DamagedError(f"it is no well-formed XML: {error}") from error
    except UnicodeEncodeError as error:
        raise DamagedError("it holds a lone surrogate, which no text may") from error
    return list(dict.fromkeys(reader.found))


def _refuse(*_: object) -> None:
    raise DamagedError("it has a DOCTYPE, which no report needs and which may expand without end")


class _Reader:
    """The state of a document that is being read."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []
        self._begun = False
        self._suites: list[Attributes] = []
        self._case: Attributes = {}
        self._wrong: Attributes | None = None
        self._told: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        name = tag.rpartition(":")[2]
        if not self._begun and name not in ROOTS:
            raise DamagedError(
                f"its root is <{name[:40]}>, and of XML JUnit's <testsuites> is read"
            )
        self._begun = True
        if name in ROOTS:
            self._suites.append(attributes)
        elif name == "testcase":
            self._case = attributes
        elif name in _WRONG:
            self._wrong, self._told = attributes, []

    def text(self, text: str) -> None:
        """Characters of an element."""
        if self._wrong is not None:
            self._told.append(text)

    def end(self, tag: str) -> None:
        """An element ends."""
        name = tag.rpartition(":")[2]
        if name in ROOTS:
            self._suites.pop()
        elif name == "testcase":
            self._case = {}
        elif name in _WRONG and self._wrong is not None:
            suite = self._suites[-1] if self._suites else {}
            self.found += _of_failure(suite, self._case, self._wrong, "".join(self._told))
            self._wrong = None


def _of_failure(
    suite: Attributes, case: Attributes, wrong: Attributes, told: str
) -> list[Diagnostic]:
    """The test's own place, which is the outermost, and those of its text, all with the failure's message."""
    message = _message(case, wrong, told)
    found = _own_place(suite, case, wrong, told, message)
    inner = [replace(each, message=message) for each in places(told)]
    return found + [each for each in inner if each not in found]


def _own_place(
    suite: Attributes, case: Attributes, wrong: Attributes, told: str, message: str
) -> list[Diagnostic]:
    """Where the test begins, or what a linter found; the file may be told by the suite alone."""
    named = case.get("file") or case.get("filepath") or suite.get("file") or suite.get("filepath")
    path = named or file_named(suite.get("name", ""))
    line, column = _number(case.get("line")), _number(case.get("column"))
    if line is None and (match := _IN_TEXT.match(told.strip())):
        line, column = int(match[1]), int(match[2])
    elif line is not None and suite.get("name") == _FROM_0:
        line += 1
    return place(path, line, message, column=column, rule="" if named else _rule(suite, case))


def _rule(suite: Attributes, case: Attributes) -> str:
    """A linter's rule, whose suite is a file: `org.ruff.F401` in the package `org.ruff`."""
    package = suite.get("package", "")
    name = case.get("name", "")
    return name.removeprefix(package + ".") if package and name.startswith(package + ".") else ""


def _message(case: Attributes, wrong: Attributes, told: str) -> str:
    """The first line that says what failed."""
    texts = (wrong.get("message", ""), told, wrong.get("type", ""), case.get("name", ""))
    lines = (line.strip() for text in texts for line in LINE_ENDING.split(text))
    return next(filter(None, lines), "a test failed")


def _number(digits: str | None) -> int | None:
    return int(digits) if digits and re.fullmatch(r"[0-9]{1,9}", digits) else None
