"""Texts that people read: the output of a compiler, a linter, a test run.

Two kinds of places are told apart: findings, which compilers write at the beginning of a line and interpreters in
stack traces, and mere mentions of a place in a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from editdiff.report.diagnostics.base import Diagnostic, one_line, plain
from editdiff.report.diagnostics.compiler_lines import of_line
from editdiff.report.diagnostics.frames import begins_traceback, is_at, stack, traceback
from editdiff.report.diagnostics.mentions import in_line
from editdiff.text.lines import LINE_ENDING

_NOTHING_WRONG = re.compile(
    r"^(?:Success: no issues found|0 errors, 0 warnings|All checks passed!|=*\s?\d+ passed\b[^\n]* in [\d.]+s)",
    re.MULTILINE,
)
"""What mypy, pyright, ruff and pytest write where all is well."""
_PYTEST_ERROR = re.compile(r"E\s{3,}(?=\S)")
_PYTEST_NEXT = re.compile("_{3,}|={3,}")
"""Begins the heading of the next failure."""
_PYTEST_SAYS_LITTLE = re.compile(r"|in \S+|\w+")
"""Behind a place pytest names the function or the exception's class; its lines `E` say what is wrong."""
_FAR = 30
"""Lines between a place of pytest's and what is wrong there."""


def findings(text: str) -> list[Diagnostic]:
    """What a text reports, in its order: its findings, or where it has none, what it mentions."""
    sure: dict[Diagnostic, None] = {}
    mentioned: dict[Diagnostic, None] = {}
    for is_sure, each in _scan(text):
        (sure if is_sure else mentioned)[each] = None
    return list(sure or mentioned)


def places(text: str) -> list[Diagnostic]:
    """Places that a text names, in its order, each file and line once; of a stack the outermost first.

    It is made for the output of a test run: of a failure, the last place of the own code is the nearest.
    """
    first: dict[tuple[str, int, int], Diagnostic] = {}
    for _, each in _scan(text):
        first.setdefault((each.path, each.line, each.cell), each)
    return list(first.values())


def says_nothing_wrong(text: str) -> bool:
    """Whether a text is empty, as most tools' of nothing, or says that nothing was found."""
    return not text.strip() or _NOTHING_WRONG.search(plain(text)) is not None


def _scan(text: str) -> Iterator[tuple[bool, Diagnostic]]:
    """Everything found, and whether it is a finding rather than a mention."""
    lines = LINE_ENDING.split(plain(text))
    at, above = 0, ""
    while at < len(lines):
        line = lines[at]
        if begins_traceback(line):
            found, behind = traceback(lines, at)
        elif is_at(line):
            found, behind = stack(lines, at, above)
        else:
            under = lines[at + 1] if at + 1 < len(lines) else ""
            found, behind = of_line(line, above, under), at + 1
            found = [_with_error(each, lines, at) for each in found]
        yield from _marked(found, line)
        above = line if line.strip() and not line[0].isspace() else above
        at = behind


def _marked(found: Sequence[Diagnostic], line: str) -> Iterable[tuple[bool, Diagnostic]]:
    return [(True, each) for each in found] or [(False, each) for each in in_line(line)]


def _with_error(found: Diagnostic, lines: Sequence[str], at: int) -> Diagnostic:
    """A place of pytest's with what is wrong there: above it in long reports, else below."""
    if not _PYTEST_SAYS_LITTLE.fullmatch(found.message):
        return found
    error = _error_above(lines, at) or _error_below(lines, at)
    return replace(found, message=one_line(error)) if error else found


def _error_above(lines: Sequence[str], at: int) -> str:
    """The first of the lines `E` right above a line."""
    told = ""
    for number in range(at - 1, max(at - 1 - _FAR, -1), -1):
        if match := _PYTEST_ERROR.match(lines[number]):
            told = lines[number][match.end() :]
        elif told or lines[number].strip():
            break
    return told


def _error_below(lines: Sequence[str], at: int) -> str:
    """The next line `E` of the same failure."""
    for line in lines[at + 1 : at + 1 + _FAR]:
        if match := _PYTEST_ERROR.match(line):
            return line[match.end() :]
        if _PYTEST_NEXT.match(line):
            break
    return ""
