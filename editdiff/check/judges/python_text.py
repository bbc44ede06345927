"""Python by the compiler of the Python that runs editdiff, and what is newer than that by ruff's parser.

The compiler runs in a child process and compiles without running. What it does not know may be newer than it: ruff
tells which version each new syntax came with, and whether there is a fault beside.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from editdiff.check.judges.base import Accepted, Rejected, Unjudged, Verdict
from editdiff.check.judges.declared import declared_python
from editdiff.check.judges.process import GaveUpError, run
from editdiff.check.python_parser import PARSER, CrashedError, SyntaxFault
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.notebook import is_notebook
from editdiff.text.span import Span

RULES = "F404,F621,F622,F701,F702,F704,F706,F707"
"""Those of ruff's rules that name what a compiler refuses."""
FLAGS = (
    "check", "--isolated", "--no-cache", "--no-fix", "--quiet", "--exit-zero", "--ignore-noqa",
    "--output-format=json", f"--select={RULES}", "--stdin-filename=document.py",
)  # fmt: skip
NEAR = 10
"""Lines around a fault in which newer syntax would be its reason."""
_NEWER = re.compile(
    r"""(?ix) \b(?:tr?|rt)["'] | ^\s*type\s+\w+.*= | ^\s*(?:async\s+)?(?:def|class)\s+\w+\s*\[
    | ^\s*except\b.*,
    | ^\s*lazy\s""",
    re.MULTILINE,
)
"""Where syntax stands that came with Python 3.12 and later."""
_F_STRING = re.compile(r"f-string|unterminated")
"""What Python up to 3.11 says of quotation marks, comments and line breaks in the braces of an f-string."""
_MAGIC = re.compile(
    r"^(?:%%?[A-Za-z]|![A-Za-z./]|\w+ *= *[!%][A-Za-z]|\??\w[\w.]*\?\??$)", re.MULTILINE
)
_VERSION = re.compile(r"\(syntax was (?:added|removed) in Python 3\.(\d+)\)")
_PYTHON_2 = re.compile(
    r"""^\s*except\b[^:\n]*,\s*[a-z_]\w*\s*: | \b[uU][rR]["'] | ^\s*raise[ \t]+[\w.]+\s*,\s
    | ^\s*print[ \t]*>>\s*\w | <>""",
    re.MULTILINE | re.VERBOSE,
)
"""Where syntax stands that only Python 2 takes, `print` and `exec` apart."""
KEEP_PYTHON_2 = "it is Python 2, which is not translated"
_AWAITS = re.compile(r"'await' outside function|'async \w+' outside|asynchronous comprehension")
"""What a compiler says of a text that awaits outside of a function, as cells of notebooks may."""
_PRINT = re.compile(r"Missing parentheses in call to '(print|exec)'")


@dataclass(frozen=True)
class PythonJudge:
    """The Python that runs editdiff, and ruff where it is installed."""

    time_limit: float = 5.0
    """Seconds for one text."""

    def judge(self, document: Document) -> Verdict:
        """Compile the text; of a fault that may be newer syntax ask ruff."""
        text = document.text
        try:
            fault = PARSER.parse(text.encode("utf-8"), self.time_limit)
        except TimeoutError:
            return Unjudged(f"Python took longer than {self.time_limit:g} s")
        except CrashedError:
            return Unjudged("Python's parser crashed")
        except OSError as error:
            return Unjudged(f"{sys.executable!r} cannot be started: {error.strerror}")
        if fault is None:
            return Accepted()
        if fault.stage == "compile" and document.path.endswith(".pyi"):  # no compiler reads a stub
            return Accepted()
        if (
            fault.stage == "compile"
            and is_notebook(document.path)
            and _AWAITS.search(fault.message)
        ):
            return Accepted()
        if fault.stage == "gave up":
            return Unjudged(f"it is too much for Python's parser: {fault.message}")
        if _MAGIC.search(text):
            return Unjudged("it has magics of IPython")
        table = LineTable(text)
        rejected = _rejected(text, fault, table)
        if fault.stage == "parse" and _maybe_newer(text, fault, table):
            return _by_ruff(document, rejected)
        return rejected


def _rejected(text: str, fault: SyntaxFault, table: LineTable) -> Rejected:
    span = _span(text, fault, table)
    statement = _PRINT.match(fault.message)
    if statement is None:
        return Rejected(fault.message, span, _keep(text))
    name, rest = statement[1], span.slice(text)[len(statement[1]) :]
    candidate = (f"{name}({rest.strip()})",) if rest[:1].isspace() and ">>" not in rest else ()
    why = "" if candidate else f"what `{name}` was to do is not to be guessed"
    return Rejected(fault.message, span, why, candidates=candidate)


def _keep(text: str) -> str:
    return KEEP_PYTHON_2 if _PYTHON_2.search(text) else ""


def _span(text: str, fault: SyntaxFault, table: LineTable) -> Span:
    """Where a fault is; all of the text where it does not say."""
    if not fault.line:
        return Span(0, len(text))
    start = table.offset(fault.line - 1, (fault.column or 1) - 1)
    end = table.offset((fault.end_line or fault.line) - 1, (fault.end_column or 1) - 1)
    return Span(start, max(start, end))


def _maybe_newer(text: str, fault: SyntaxFault, table: LineTable) -> bool:
    if _F_STRING.search(fault.message):
        return True
    line = (fault.line or 1) - 1
    first, last = (
        max(0, line - NEAR),
        min(len(table) - 1, (fault.end_line or 0) + NEAR, line + 5 * NEAR),
    )
    near = Span(table.start(min(first, last)), table.content(last).end)
    return bool(_NEWER.search(near.slice(text)))


def _by_ruff(document: Document, rejected: Rejected) -> Verdict:
    """What ruff says of a text that our Python rejects."""
    running = sys.version_info.minor
    try:
        newer, faults = _asked(document.text, running)
        if newer and not faults:
            faults = _asked(document.text, max(newer))[1]
    except GaveUpError as error:
        return Unjudged(f"it may be newer than Python 3.{running}, and {error}")
    if not newer:
        return rejected
    if faults:
        (row, column), message = faults[0]
        at = LineTable(document.text).offset(row - 1, column - 1)
        return Rejected(message, Span(at, at), _keep(document.text), grammar=False)
    declared = declared_python(document.path)
    if declared is not None and declared < max(newer):
        return Unjudged(f"it needs Python 3.{max(newer)}, and its project declares 3.{declared}")
    return Accepted()


@lru_cache(maxsize=64)
def _asked(text: str, minor: int) -> tuple[list[int], list[tuple[tuple[int, int], str]]]:
    """Minor versions newer than `minor` whose syntax the text has, and its faults: row and column from 1, message.

    Raises:
        GaveUpError: when ruff is missing, too old, or does not answer.
    """
    done = run([_ruff(), *FLAGS, f"--target-version=py3{minor}", "-"], text)
    try:
        told: list[dict[str, Any]] = json.loads(done.output)
    except ValueError as error:
        raise GaveUpError("ruff gives no answer") from error
    newer = [int(found[1]) for entry in told if (found := _VERSION.search(entry["message"]))]
    faults = [
        ((entry["location"]["row"], entry["location"]["column"]), str(entry["message"]))
        for entry in told
        if not _VERSION.search(entry["message"])
    ]
    return newer, faults


def _ruff() -> str:
    """The program that ruff's wheel brings; never one of the workspace."""
    try:
        return str(importlib.import_module("ruff.__main__").find_ruff_bin())
    except (ImportError, FileNotFoundError) as error:
        raise GaveUpError("ruff is not installed") from error
