"""The mathematics of a document: equations, calculations and chains that are not true.

What is looked at, and what is left alone: prose, Markdown, LaTeX, comments and docstrings (`passages`); sides
that can be read and stand alone (`chains`, `words`); equality stated of numbers, and of variables where it
can only be meant as an identity (`judge`). `=` holds for a correct rounding or cutting off, too (`notation`).
Equations are read with the lines around them (`paragraphs`) and in the manner of their document (`conventions`);
where they may be meant otherwise nothing is said (`doubts`), nor of a document with a merge in conflict.

Fractions are our own; radicals, functions and variables go to sympy in a child process (`symbolic`). Without
sympy these are undecided, and all else is checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from editdiff.check.base import Problem
from editdiff.check.maths import latex, plain
from editdiff.check.maths.chains import Chain, chains
from editdiff.check.maths.conventions import Conventions, conventions
from editdiff.check.maths.follow import follow
from editdiff.check.maths.judge import MAX_REPAIRS, Judge, Verdict
from editdiff.check.maths.passages import LANGUAGES, Passage, passages
from editdiff.check.maths.place import Place
from editdiff.check.maths.symbolic import Sympy
from editdiff.check.maths.words import speak_against
from editdiff.text.conflicts import conflicts
from editdiff.text.document import Document
from editdiff.text.edit import TextEdit
from editdiff.text.span import Span

MAX_EQUATIONS = 20_000
"""Pairs of sides of one document; what stands behind them is undecided."""
MAX_TOKENS = 400_000
"""Tokens of one document's passages; what stands behind them is undecided."""
MAX_PASSAGE = 50_000
"""Code points of a passage; a longer one is undecided."""


@dataclass(frozen=True)
class Undecided:
    """A side of which nothing could be found out within the bounds."""

    span: Span
    """In code points of the document."""
    reason: str


@dataclass(frozen=True)
class Survey:
    """What was found in a document."""

    problems: tuple[Problem, ...]
    """In the order of the text."""
    undecided: tuple[Undecided, ...]
    """In the order of the text; none of them is a problem."""
    right: tuple[Span, ...]
    """Sides that were compared with what they are said to equal, and agree; in code points."""
    equations: int
    """Pairs of sides with a relation between them, readable or not."""


class MathsChecker:
    """One checker for all languages that hold prose; its child process ends with it."""

    name = "math"

    def __init__(self, time_limit: float = 5.0, budget: float = 20.0) -> None:
        """`time_limit`: seconds for one question to sympy; `budget`: seconds for all of one document.

        What sympy has no time for is undecided.
        """
        self.budget = budget
        self._judge = Judge(Sympy(time_limit))

    def supports(self, language: str) -> bool:
        """Prose, Markdown, LaTeX, and the languages whose comments a grammar finds."""
        return language in LANGUAGES

    def check(self, document: Document) -> list[Problem]:
        """Sides that do not equal the one before them, in the order of the text.

        Raises:
            MissingDependencyError: when the grammar of a programming language is not installed.
        """
        return list(self.survey(document).problems)

    def affirmed(self, document: Document) -> Sequence[Span]:
        """Sides that were compared with what they are said to equal, and agree, in the order of the text.

        Raises:
            MissingDependencyError: as `check`.
        """
        return self.survey(document).right

    def following(self, document: Document, edit: TextEdit) -> Sequence[TextEdit]:
        """What rests on a result that an edit changes: numbers of later equations, and in words (`follow`).

        Raises:
            MissingDependencyError: as `check`.
        """
        if list(conflicts(document.text)):
            return ()
        return follow(document, edit, self._found(document, conventions(document.text), {}))

    def survey(self, document: Document) -> Survey:
        """Problems, and what could not be decided.

        Raises:
            MissingDependencyError: as `check`.
        """
        places = [conflict.span for conflict in conflicts(document.text)]
        if places:
            return Survey(
                (), tuple(Undecided(place, "a merge in conflict") for place in places), (), 0
            )
        self._judge.sympy.left = self.budget
        self._judge.repairs = self._judge.choices = MAX_REPAIRS
        problems: dict[Span, Problem] = {}
        undecided: dict[Span, Undecided] = {}
        right: set[Span] = set()
        equations, manner = 0, conventions(document.text)
        for passage, chain in self._found(document, manner, undecided):
            if equations >= MAX_EQUATIONS:
                rest = Span(passage.start + chain.sides[0].span.start, len(document.text))
                undecided[rest] = Undecided(rest, f"behind {equations} equations")
                break
            equations += len(chain.relations)
            for verdict in self._verdicts(chain, passage, document, manner):
                span = verdict.span.shift(passage.start)
                if verdict.kind == "right":
                    right.add(span)
                elif verdict.kind == "undecided":
                    undecided[span] = Undecided(span, verdict.message)
                else:
                    problems[span] = Problem(
                        span, verdict.message, self.name, verdict.candidates,
                        tuple(edit.shift(passage.start) for edit in verdict.instead),
                    )  # fmt: skip
        return Survey(
            tuple(problems[span] for span in sorted(problems)),
            tuple(undecided[span] for span in sorted(undecided)),
            tuple(sorted(right - problems.keys())),
            equations,
        )

    def _found(
        self, document: Document, manner: Conventions, undecided: dict[Span, Undecided]
    ) -> Iterator[tuple[Passage, Chain]]:
        """Chains and the passages that they stand in; notes which passages are not looked at."""
        read = 0
        for passage in passages(document):
            if read >= MAX_TOKENS:
                rest = Span(passage.start, len(document.text))
                undecided[rest] = Undecided(rest, f"behind {read} signs and numbers")
                return
            if len(passage.text) > MAX_PASSAGE:
                whole = Span(passage.start, passage.start + len(passage.text))
                undecided[whole] = Undecided(whole, f"longer than {MAX_PASSAGE} characters")
                continue
            found = latex.tokens(passage.text) if passage.latex else plain.tokens(passage.text)
            read += len(found)
            for chain in chains(manner.applied(found), passage.latex):
                yield passage, chain

    def _verdicts(
        self, chain: Chain, passage: Passage, document: Document, manner: Conventions
    ) -> Iterator[Verdict]:
        """Verdicts on a chain, unless the words around it speak against them."""
        place = Place(passage.text, passage.latex, passage.code, passage.bullet, manner)
        found = list(self._judge.verdicts(chain, place))
        start, end = chain.sides[0].span.start, chain.sides[-1].span.end
        if all(verdict.kind == "right" for verdict in found) or not speak_against(
            document.text, passage.start + start, passage.start + end
        ):
            yield from found
