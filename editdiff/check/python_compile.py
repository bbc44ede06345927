"""Python's own verdict on a document's syntax, from a child process.

The text is parsed, never run: `compile` to a syntax tree only, as `ast.parse` does, in another
interpreter, because hostile text can crash or stall the parser.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from editdiff.check.base import Problem
from editdiff.errors import MissingDependencyError
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

PROGRAM = """\
import ast, json, sys, warnings
warnings.simplefilter("ignore")
source = sys.stdin.buffer.read().decode("utf-8")
found = None
try:
    compile(source, "document", "exec", flags=ast.PyCF_ONLY_AST, dont_inherit=True)
except SyntaxError as error:
    found = [error.msg, error.lineno, error.offset, error.end_lineno, error.end_offset]
except (ValueError, MemoryError, RecursionError, OverflowError) as error:
    found = [f"{type(error).__name__}: {error}", None, None, None, None]
print(json.dumps(found))
"""


@dataclass(frozen=True)
class PythonCompileChecker:
    """The syntax of the Python that runs editdiff; it stops at the first error."""

    time_limit: float = 5.0
    """Seconds; a document that takes longer counts as a problem, since nothing is known of it."""

    @property
    def name(self) -> str:
        """Name for messages."""
        return "python"

    def supports(self, language: str) -> bool:
        """Python only."""
        return language == "python"

    def check(self, document: Document) -> list[Problem]:
        """Return the first syntax error, if any; none for other languages.

        Raises:
            MissingDependencyError: when no Python interpreter can be started.
        """
        if not self.supports(document.language):
            return []
        whole = Span(0, len(document.text))
        try:
            done = self._run(document.text.encode("utf-8"))
        except subprocess.TimeoutExpired:
            return [Problem(whole, f"not parsed within {self.time_limit:g} s", self.name)]
        if done.returncode != 0:
            return [Problem(whole, "Python's parser crashed", self.name)]
        found = json.loads(done.stdout)
        if found is None:
            return []
        message, *place = found
        return [Problem(_span(document.text, *place), message, self.name)]

    def _run(self, source: bytes) -> subprocess.CompletedProcess[bytes]:
        # -I and -S: nothing of the environment, the current folder or site-packages is run
        command = [sys.executable, "-I", "-S", "-c", PROGRAM]
        try:
            return subprocess.run(
                command, input=source, capture_output=True, timeout=self.time_limit, check=False
            )
        except OSError as error:
            raise MissingDependencyError(
                f"the Python check cannot start {sys.executable!r}: {error.strerror}",
                "run editdiff with an installed Python, as `python -m editdiff`",
            ) from error


def _span(text: str, line: Any, column: Any, end_line: Any, end_column: Any) -> Span:
    """Span of a SyntaxError: its numbers start at 1 and may be absent, zero or past the end."""
    if not line:
        return Span(0, len(text))
    table = LineTable(text)
    start = table.offset(line - 1, (column or 1) - 1)
    end = table.offset((end_line or line) - 1, (end_column or 1) - 1)
    return Span(start, max(start, end))
