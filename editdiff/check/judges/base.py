"""What a judge is: another opinion on whether a text parses.

A grammar of tree-sitter is a copy of a language's rules, and lags behind them. A judge is the language's own
parser, or one that follows it closely. What it accepts is not broken, whatever a grammar says; where it cannot
judge, that is no problem of the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from editdiff.text.document import Document
from editdiff.text.span import Span


@dataclass(frozen=True)
class Accepted:
    """The text parses."""


@dataclass(frozen=True)
class Rejected:
    """The text does not parse."""

    message: str
    span: Span
    """Where the judge noticed it, in code points; all of the text where it does not say."""
    keep: str = ""
    """Why no draft may mend it; empty where one may."""
    grammar: bool = True
    """Whether what the grammar finds helps to see where; not in a text with syntax that it may not know."""
    candidates: tuple[str, ...] = ()
    """Texts for the span with which the judge itself says it would be right."""


@dataclass(frozen=True)
class Unjudged:
    """The judge is missing, gave up, or does not know the dialect."""

    reason: str


Verdict = Accepted | Rejected | Unjudged


class Judge(Protocol):
    """Parses a text of one language and never runs it."""

    def judge(self, document: Document) -> Verdict:
        """Say whether the text parses; a failure of the judge is `Unjudged`, not an exception."""
        ...
