"""Python's own verdict on a document's syntax, from a child process.

The text is parsed, never run: `compile` to a syntax tree only, as `ast.parse` does, in another
interpreter, because hostile text can crash or stall the parser.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import ClassVar

from editdiff.check.base import Problem
from editdiff.check.python_parser import PARSER, CrashedError, SyntaxFault
from editdiff.errors import MissingDependencyError
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.span import Span


@dataclass(frozen=True)
class PythonCompileChecker:
    """The syntax of the Python that runs editdiff; it stops at the first error."""

    time_limit: float = 5.0
    """Seconds; a document that takes longer counts as a problem, since nothing is known of it."""

    stops_at_first: ClassVar[bool] = True

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
            fault = PARSER.parse(document.text.encode("utf-8"), self.time_limit)
        except TimeoutError:
            return [Problem(whole, f"not parsed within {self.time_limit:g} s", self.name)]
        except CrashedError:
            return [Problem(whole, "Python's parser crashed", self.name)]
        except OSError as error:
            raise MissingDependencyError(
                f"the Python check cannot start {sys.executable!r}: {error.strerror}",
                "run editdiff with an installed Python, as `python -m editdiff`",
            ) from error
        if fault is None:
            return []
        return [Problem(_span(document.text, fault), fault.message, self.name)]


def _span(text: str, fault: SyntaxFault) -> Span:
    """Where a fault is; all of the text where it does not say."""
    if not fault.line:
        return Span(0, len(text))
    table = LineTable(text)
    start = table.offset(fault.line - 1, (fault.column or 1) - 1)
    end = table.offset((fault.end_line or fault.line) - 1, (fault.end_column or 1) - 1)
    return Span(start, max(start, end))
