"""Python's own verdict on a document's syntax, from a child process.

The text is compiled, never run, in another interpreter, because hostile text can crash or stall the parser. What is
newer than the Python that runs editdiff is judged by ruff's parser.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from editdiff.check.base import Problem
from editdiff.check.judged import considered, problems_of
from editdiff.check.judges.base import Rejected, Unjudged, Verdict
from editdiff.check.judges.python_text import PythonJudge
from editdiff.text.document import Document


@dataclass(frozen=True)
class PythonCompileChecker:
    """All that Python's compiler refuses; it stops at the first error. What it cannot judge is no problem."""

    time_limit: float = 5.0
    """Seconds; nothing is known of a document that takes longer."""

    stops_at_first: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """Name for messages."""
        return "python"

    def supports(self, language: str) -> bool:
        """Python only."""
        return language == "python"

    def verdict(self, document: Document) -> Verdict:
        """What Python says."""
        return considered(document, PythonJudge(self.time_limit))

    def check(self, document: Document) -> list[Problem]:
        """Return the first syntax error, if any; none for other languages."""
        if not self.supports(document.language):
            return []
        verdict = self.verdict(document)
        return problems_of(verdict, document, self.name) if isinstance(verdict, Rejected) else []

    def unjudged(self, document: Document) -> str:
        """Why Python cannot judge a document; empty where it can, or the language is another one."""
        verdict = self.verdict(document) if self.supports(document.language) else None
        return verdict.reason if isinstance(verdict, Unjudged) else ""
