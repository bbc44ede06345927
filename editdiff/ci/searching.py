"""The search for an edit of the lines that changed with which tests pass that the change made fail."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from editdiff.check.registry import guards, keystroke_guards
from editdiff.ci.changed import Changed
from editdiff.edits.proposal import NoEdit
from editdiff.edits.session import Session
from editdiff.edits.tested.files import is_test
from editdiff.edits.tested.looking import Judges, Looking
from editdiff.edits.tested.search import Budget, Found
from editdiff.edits.tested.suspects import Evidence
from editdiff.engines.base import Doubter, Engine
from editdiff.report.suspected import MOST_FILES, failure_of, stood
from editdiff.text.document import Document
from editdiff.text.lines import LINE_ENDING
from editdiff.text.notebook import is_notebook
from editdiff.trials.proving import Baseline, Prover
from editdiff.trials.told import Case, Frame

PROSE = frozenset({"latex", "markdown"})
"""Languages that no test runs."""
_ASSERTS = re.compile(r"\b(?:assert|expect|should|require)\w*\b", re.IGNORECASE)
NO_FILE = NoEdit("none of the files that changed is code that a test runs")
NO_LINE = NoEdit("no line that changed holds code that the failing tests run")


@dataclass
class Searching:
    """The lines that changed, and what is known of the failure."""

    top: Path
    prover: Prover
    baseline: Baseline
    files: Sequence[Changed]
    session: Session
    doubter: Callable[[Engine], Doubter | None]
    hints: Sequence[Frame] = ()
    """Places that reports name."""
    broken: Collection[str] = ()
    """Paths of files that do not parse: nothing can be tried in them."""
    tell: Callable[[str], None] = lambda told: None
    _traced: list[Case] | None = field(default=None, init=False)

    def search(self, wanted: Collection[str], budget: Budget) -> Found:
        """An edit with which the tests pass that are wanted, by their ids; without any, all tests.

        The others that fail may go on failing.

        Raises:
            EditdiffError: when the model cannot be loaded, or a copy not be edited.
        """
        if not self.documents:
            return Found(NO_FILE, 0, 0)
        failing = set(self.baseline.failing)
        self.prover.excuse(failing.difference(wanted) if wanted else ())
        cases = [case for case in self._cases if not case.failed or case.id in wanted]
        self.tell("loading the model")
        engine = self.session.engine
        places = [] if cases else stood(self.top, self.baseline)
        looking = Looking(
            self.documents,
            Evidence(cases, self.hints, places, self._lines),
            failure_of([case for case in self.baseline.cases if case.id in wanted], self.baseline),
            engine,
            self.session.options,
            Judges(guards(), keystroke_guards()),
            self.doubter(engine),
            {path: self._files[path].spans for path in self.documents},
        )
        self.tell("looking for suspicious lines")
        suspects = looking.suspects()
        if not suspects:
            return Found(NO_LINE, 0, 0)
        self.tell("trying edits by the tests")
        return looking.search(suspects, self.prover, budget).run()

    @cached_property
    def _files(self) -> dict[str, Changed]:
        return {file.path: file for file in self.files}

    @cached_property
    def documents(self) -> Mapping[str, Document]:
        """The files in which an edit may be: code that changed, and no tests."""
        mine = [
            file
            for file in self.files
            if not is_test(file.path)
            and file.path not in self._tests
            and not is_notebook(file.path)
            and file.path not in self.broken
            and file.document.language not in PROSE
            and file.regions
        ]
        known = [frame.path for case in self.baseline.cases for frame in case.frames]
        mine.sort(key=lambda file: file.path not in known)
        return {file.path: file.document for file in mine[:MOST_FILES]}

    @cached_property
    def _tests(self) -> set[str]:
        """Files that are tests by what they do: the command names them, or an assertion of theirs fails.

        An edit with which they pass would be one of what they ask for.
        """
        named = {file.path for file in self.files if PurePosixPath(file.path).name in self._words}
        ends = [case.frames[-1] for case in self.baseline.cases if case.failed and case.frames]
        ends += [] if ends else stood(self.top, self.baseline)[-1:]
        for path, line in ends:
            file = self._files.get(path)
            rows = LINE_ENDING.split(file.document.text) if file else []
            if line <= len(rows) and _ASSERTS.search(rows[line - 1]):
                named.add(path)
        return named

    @property
    def _words(self) -> set[str]:
        """Last parts of what the command names."""
        return {
            PurePosixPath(word).name
            for word in re.split(r"[\s'\";|&()=:,]+", self.prover.command)
            if word
        }

    @property
    def _lines(self) -> dict[str, set[int]]:
        """Lines that may be suspected: those that changed, and the one behind where some went."""
        allowed = dict[str, set[int]]()
        for path in self.documents:
            file = self._files[path]
            went = {region.start for region in file.regions if not region}
            allowed[path] = went.union(file.lines)
        return allowed

    @property
    def _cases(self) -> list[Case]:
        """The tests of files in which some fail, with what each runs, as far as the runner tells it."""
        if self._traced is None:
            self.tell("seeing what the tests run")
            self._traced = self.prover.traced() or list(self.baseline.cases)
        return self._traced
