"""Which lines may be the faulty ones, by all that is known: what ran, failed, was reported, and is doubted.

A line that the failing tests run and the passing ones do not is suspected by the formula of Ochiai (Abreu,
Zoeteweij and van Gemund 2007), which finds more than others where few tests fail. A stack trace, a diagnostic and a
model's doubt make it more.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from editdiff.edits.review import review, whole_lines
from editdiff.engines.base import Doubter
from editdiff.text.document import Document
from editdiff.text.lines import LINE_ENDING, LineTable
from editdiff.text.literals import literals
from editdiff.text.span import Span
from editdiff.trials.told import IMPORTED, Case, Frame

UNKNOWN = 0.3
"""Suspicion of a line of which nobody knows whether it ran, where 1 is one that only failing tests ran."""
EARLY = 0.5
"""Suspicion of a line that ran while the files were read, beside one that every test ran: there are many."""
DECLARES = 0.2
"""Beside another line, one that declares something and ran."""
FAILED, CALLED = 1.0, 0.4
"""What is added where a test failed, and where a call stood then."""
TOLD = 1.5
"""What is added where a diagnostic says that something is wrong."""
MOST_DOUBTED = 400
"""Lines that a model is asked to read for its doubts; more take minutes."""
BELIEF = 0.5
"""How much a model's doubt counts, of its logarithm."""
DOUBTFUL = 0.02
"""Probability that every line is doubted with: that a model is sure rules out nothing."""


class Suspect(NamedTuple):
    """A line that may be faulty."""

    path: str
    """Of its document."""
    line: int
    """From 0."""
    share: float
    """Of all suspicion, 0 to 1."""


@dataclass(frozen=True)
class Evidence:
    """What is known of a failure."""

    cases: Sequence[Case] = ()
    """Tests, with the lines that they ran."""
    told: Collection[Frame] = ()
    """Lines that a diagnostic names."""
    stood: Sequence[Frame] = ()
    """Where calls stood, by the output of tests that tell nothing else; the outermost first."""
    allowed: Mapping[str, Collection[int]] | None = None
    """Lines, from 0, that may be edited, by path; None for all."""


@dataclass
class Suspicion:
    """Gathers what is known of the lines of some documents."""

    documents: Mapping[str, Document]
    """By path; no other file is suspected."""
    evidence: Evidence
    doubter: Doubter | None = None
    _added: dict[Frame, float] = field(default_factory=lambda: defaultdict(float), init=False)

    def suspects(self) -> list[Suspect]:
        """All lines with code that may be faulty, the most suspicious first."""
        ran = self._ran()
        self._witnessed()
        weights = {
            frame: weight
            for path, document in self.documents.items()
            for frame, weight in self._of(path, document, ran)
        }
        doubts = self._doubts(weights)
        for frame in weights:
            weights[frame] *= (doubts.get(frame, 0.0) + DOUBTFUL) ** BELIEF
        total = sum(weights.values())
        ranked = sorted(weights.items(), key=lambda each: (-each[1], each[0]))
        return [Suspect(path, line - 1, weight / total) for (path, line), weight in ranked]

    def _of(
        self, path: str, document: Document, ran: Mapping[Frame, float] | None
    ) -> Iterator[tuple[Frame, float]]:
        """The lines of a document with what is known of each, but for the doubts."""
        allowed = None if self.evidence.allowed is None else self.evidence.allowed.get(path, ())
        for line in code_lines(document):
            frame = Frame(path, line + 1)
            if allowed is not None and line not in allowed:
                continue
            known = UNKNOWN if ran is None else ran.get(frame, 0.0)
            if weight := known + self._added.get(frame, 0.0):
                yield frame, weight

    def _ran(self) -> dict[Frame, float] | None:
        """Suspicion of each line by which tests ran it; None where nobody looked."""
        failed, passed = defaultdict[Frame, int](int), defaultdict[Frame, int](int)
        imported, tests = set[Frame](), 0
        for case in self.evidence.cases:
            counts = failed if case.failed else passed
            ran = [Frame(path, line) for path in case.lines for line in case.lines[path]]
            ours = [frame for frame in ran if frame.path in self.documents]
            if case.id == IMPORTED:
                imported.update(ours)
                continue
            tests += 1
            for frame in ours:
                counts[frame] += 1
        if not failed and not imported:
            return None
        failing = sum(case.failed for case in self.evidence.cases)
        share = EARLY * math.sqrt(failing / max(1, tests))
        declared = {
            Frame(path, line) for path, each in self.documents.items() for line in _declared(each)
        }
        early = {frame: share * (DECLARES if frame in declared else 1.0) for frame in imported}
        return early | {
            frame: times / math.sqrt(failing * (times + passed[frame]))
            for frame, times in failed.items()
        }

    def _witnessed(self) -> None:
        """Add what stack traces and diagnostics say."""
        traces = [case.frames for case in self.evidence.cases if case.failed]
        for stood in (*traces, self.evidence.stood):
            ours = [frame for frame in stood if frame.path in self.documents]
            for frame in set(ours[:-1]) - set(ours[-1:]):
                self._added[frame] += CALLED / len(traces or [()])
            for frame in ours[-1:]:
                self._added[frame] += FAILED / len(traces or [()])
        for frame in set(self.evidence.told):
            self._added[frame] += TOLD

    def _doubts(self, weights: Mapping[Frame, float]) -> dict[Frame, float]:
        """How likely a model takes each of the most suspicious lines to be wrong."""
        if self.doubter is None:
            return {}
        ranked = sorted(weights, key=lambda frame: (-weights[frame], frame))[:MOST_DOUBTED]
        doubted = dict[Frame, float]()
        for path, document in self.documents.items():
            lines = sorted(frame.line - 1 for frame in ranked if frame.path == path)
            if not lines:
                continue
            read = review(document, self.doubter, whole_lines(document, lines))
            doubted |= {Frame(path, d.line + 1): d.probability for d in read.lines()}
        return doubted


def _declared(document: Document) -> Iterator[int]:
    """Lines, from 1, that only say what is there: a faulty one mostly fails at once, and says where."""
    for number, line in enumerate(LINE_ENDING.split(document.text), 1):
        if line.lstrip().startswith(("def ", "async def ", "class ", "import ", "from ", "@")):
            yield number


def code_lines(document: Document) -> Iterator[int]:
    """Lines, from 0, that hold more than white space and brackets, and do not lie in a string or comment."""
    text, table = document.text, LineTable(document.text)
    prose = [each.span for each in literals(text, document.language)]
    for line in range(len(table)):
        content = table.content(line)
        inside = content.slice(text)
        start = content.start + len(inside) - len(inside.lstrip())
        own = Span(start, max(start, content.start + len(inside.rstrip())))
        if any(map(str.isalnum, inside)) and not any(each.contains(own) for each in prose):
            yield line
