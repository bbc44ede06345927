"""What is looked through for an edit with which tests pass: documents, what is known of the failure, a model."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from editdiff.check.base import Checker
from editdiff.edits.fix.changed import runs
from editdiff.edits.proposal import NoEdit
from editdiff.edits.tested.drafts import Candidate, Drafting, Work
from editdiff.edits.tested.search import INSTALLED, Budget, Search, Trial
from editdiff.edits.tested.suspects import Evidence, Suspect, Suspicion
from editdiff.engines.base import Doubter, Engine, FillOptions
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

NOWHERE = NoEdit(
    "neither the output of the tests nor what they run says where to look",
    "name files or folders, or lines with --lines or --diagnostics",
)
ELSEWHERE = NoEdit(
    "of the copy of this project the failing tests run nothing but themselves",
    INSTALLED,
)
NO_LINE = NoEdit(
    "no line that may be edited holds code that the failing tests run",
    "name others, or leave out --lines and --diff-base",
)


@dataclass(frozen=True)
class Judges:
    """Who judges drafts before any test runs."""

    all: Sequence[Checker]
    """What breaks one of them is not tried."""
    quick: Sequence[Checker]
    """Those that a draft is held against while it is made."""


@dataclass(frozen=True)
class Looking:
    """One failure, and where its cause may be."""

    documents: Mapping[str, Document]
    """By path below the tree; no other file is edited."""
    evidence: Evidence
    failure: str
    """How the tests fail, in their own words."""
    engine: Engine
    options: FillOptions
    judges: Judges
    doubter: Doubter | None = None
    editable: Mapping[str, Sequence[Span]] | None = None
    """Where edits may lie, by path; None: in the lines that the evidence allows."""

    def suspects(self) -> list[Suspect]:
        """Lines that may be faulty, the most suspicious first."""
        return Suspicion(self.documents, self.evidence, self.doubter).suspects()

    def search(
        self,
        suspects: Sequence[Suspect],
        trial: Trial,
        budget: Budget,
        on_try: Callable[[int, Candidate], None] = lambda number, candidate: None,
        on_draft: Callable[[Work], None] = lambda work: None,
    ) -> Search:
        """A search among the lines that are suspected; not begun yet."""
        drafting = {path: self._drafting(path, each) for path, each in self.documents.items()}
        return Search(drafting, suspects, trial, self.judges.all, budget, on_try, on_draft)

    def _drafting(self, path: str, document: Document) -> Drafting:
        return Drafting(
            document, path, self.engine, self.options, self.judges.quick, self.failure, self._spans(path, document)
        )  # fmt: skip

    def _spans(self, path: str, document: Document) -> Sequence[Span] | None:
        """Where edits of a document may lie; None for everywhere."""
        if self.editable is not None:
            return self.editable.get(path, ())
        allowed: Mapping[str, Collection[int]] | None = self.evidence.allowed
        if allowed is None:
            return None
        return runs(LineTable(document.text), sorted(allowed.get(path, ())))
