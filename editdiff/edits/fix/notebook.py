"""Fix in notebooks: each cell is a document of its own, and what came of all is one edit of the file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from editdiff.check.base import Problem, in_notebook
from editdiff.edits.fix.credible import UNTOLD, Trust
from editdiff.edits.fix.run import Fixed, Fixing, Limits, Repair, nothing, together
from editdiff.edits.fix.standards import Checks
from editdiff.edits.infill import DEFAULTS
from editdiff.edits.proposal import Effort, NoEdit, Proposal, propose
from editdiff.engines.base import Engine, FillOptions, OtherFile
from editdiff.text.document import Document
from editdiff.text.edit import Edits
from editdiff.text.notebook import MARKDOWN, PYTHON, Cell, read
from editdiff.text.span import Span

SOURCE = "notebook"


@dataclass
class NotebookFixing:
    """One notebook in the making, as `Fixing` is one document.

    Raises:
        InputError: when the file is no notebook that can be read.
    """

    document: Document
    """The file."""
    load: Callable[[], Engine]
    checks: Checks
    options: FillOptions = DEFAULTS
    limits: Limits = field(default_factory=Limits)
    skip_syntax: bool = False
    find: Callable[[Document], tuple[OtherFile, ...]] = lambda document: ()
    trust: Callable[[], Trust] = lambda: UNTOLD
    """Called when something is to be mended: how likely right a fix has to be."""
    tried: int = field(default=0, init=False)
    """Problems so far."""

    def __post_init__(self) -> None:
        self._notebook = read(self.document)
        self._others = [in_notebook(checker, self._notebook) for checker in self.checks.others]
        self.cells = [
            cell for cell in self._notebook.cells if cell.is_code or cell.language == MARKDOWN
        ]
        self.parts = tuple(map(self._fixing, self.cells))

    @property
    def others(self) -> tuple[OtherFile, ...] | None:
        """Files that belong to the notebook, once they were looked for."""
        return next((part.others for part in self.parts if part.others is not None), None)

    def run(self) -> Iterator[Repair]:
        """Mend one problem after the other, cell by cell, telling what became of each.

        Raises:
            MissingDependencyError: when a checker's package is not installed.
            InputError: when a checker refuses to judge.
        """
        began = time.perf_counter()
        for part in self.parts:
            part.tried, part.began = self.tried, began  # the limits are those of the file
            for repair in part.run():
                self.tried = part.tried
                yield repair

    def ahead(self) -> str:
        """Which problem is tried next, and where; empty when none is left."""
        return next(filter(None, (part.ahead() for part in self.parts)), "")

    def problems(self) -> list[Problem]:
        """Problems of all cells as they are now; each span counts in its cell."""
        return [problem for part in self.parts for problem in part.problems()]

    def doubts(self) -> list[Problem]:
        """What nobody could judge: once for all cells of code where they are no Python."""
        doubts = [doubt for part in self.parts for doubt in part.doubts()]
        language = self._notebook.language
        if language.lower() != PYTHON:
            why = f"its code is {language}, and of notebooks Python alone is judged"
            doubts.append(Problem(Span(0, 0), "not judged", SOURCE, doubt=why))
        return doubts

    def result(self) -> Fixed:
        """What was mended so far, and what is left."""
        results = [part.result() for part in self.parts]
        mended = tuple(repair for fixed in results for repair in fixed.mended)
        left = tuple(repair for fixed in results for repair in fixed.left)
        made = {
            cell: fixed.outcome
            for cell, fixed in zip(self.cells, results, strict=True)
            if isinstance(fixed.outcome, Proposal)
        }
        return Fixed(self._whole(made) if made else nothing(left), mended, left)

    def _whole(self, made: dict[Cell, Proposal]) -> Proposal | NoEdit:
        """One proposal for the file; those for its cells have been checked."""
        edits = Edits(
            tuple(e for cell, proposal in made.items() for e in cell.in_file(proposal.edits))
        )
        spans = [edit.span for edit in edits]
        efforts = [proposal.effort for proposal in made.values()]
        seconds = max(effort.seconds for effort in efforts)  # each counts from the file's beginning
        confidence = together([*made.values()])
        effort = replace(Effort.total(efforts), seconds=seconds, confidence=confidence)
        return propose(self.document, edits, spans, (), effort)

    def _fixing(self, cell: Cell) -> Fixing:
        checks = Checks(self.checks.syntax, tuple(of(cell) for of in self._others))
        return Fixing(
            cell.document, self.load, checks, self.options, self.limits, cell.editable,
            self.skip_syntax, self.find, cell.number, trust=self.trust,
        )  # fmt: skip
