"""Gaps of every kind in files, each with the draft that `infill` would propose, and whether it is right.

A gap holds a marker when it is filled, as a gap in use does: the hidden text is not at hand to anybody, and a draft
that adds nothing is a proposal as well. Right is the hidden text, white space at both ends apart.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from editdiff.check.base import Checker
from editdiff.edits.infill import infill
from editdiff.edits.markers import MARKERS
from editdiff.edits.proposal import NoEdit
from editdiff.engines.base import Draft, Engine, FillOptions, FillTask, Reading
from editdiff.engines.confidence import features
from editdiff.evaluation.core.gaps import Source
from editdiff.text.document import Document
from editdiff.text.language import language_of
from editdiff.text.lines import LINE_ENDING
from editdiff.text.shown import unix
from editdiff.text.span import Span
from editdiff.training.trunk.endings import Ending, draw

LINE, INSIDE, LINES, NOTHING = "one line", "inside a line", "several lines", "nothing missing"
KINDS = (LINE, INSIDE, LINES, NOTHING)
"""Of gaps: what is hidden ends with its line, or text follows on that; has line breaks; or is empty."""


class Hidden(NamedTuple):
    """A gap, and what belongs there."""

    package: str
    ending: Ending

    @property
    def truth(self) -> str:
        r"""The hidden text, its line endings `\n`."""
        return unix(self.ending.span.slice(self.ending.text))

    @property
    def kind(self) -> str:
        """One of KINDS."""
        if not self.truth.strip():
            return NOTHING
        if "\n" in self.truth.strip():
            return LINES
        rest = LINE_ENDING.split(self.ending.text[self.ending.span.end :], maxsplit=1)[0]
        return INSIDE if rest.strip() else LINE


@dataclass(frozen=True)
class Drafted:
    """What became of a gap."""

    kind: str
    features: Mapping[str, float]
    """By the names of `engines.confidence.DraftCalibration`; empty where nothing was proposed."""
    right: bool
    draft: str
    """What was proposed; empty where nothing was."""
    reason: str
    """Why nothing was proposed; empty otherwise."""
    seconds: float
    """Wall time."""
    language: str = "python"


def halves(files: Iterable[Source]) -> tuple[list[Source], list[Source]]:
    """Two parts that share no package: every other one, by name."""
    packages: dict[str, list[Source]] = {}
    for file in files:
        packages.setdefault(file.package, []).append(file)
    in_order = [packages[name] for name in sorted(packages)]
    first, second = (
        [file for group in in_order[k::2] for file in sorted(group, key=lambda f: f.path)]
        for k in (0, 1)
    )
    return first, second


def hidden(files: Sequence[Source], count: int, seed: int) -> list[Hidden]:
    """Draw `count` gaps of files, each of another file as far as there are enough; none of no files."""
    written = [file for file in files if file.text.strip()]
    package = {file.text: file.package for file in written}
    return [Hidden(package[gap.text], gap) for gap in draw(written, count, seed)] if written else []


def fill(
    gaps: Iterable[Hidden], engine: Engine, options: FillOptions, checkers: Sequence[Checker]
) -> Iterator[Drafted]:
    """Fill one gap after the other, and note what tells how likely the draft is right."""
    for gap in gaps:
        text, span, path = gap.ending
        marked = text[: span.start] + MARKERS[0] + text[span.end :]
        language = language_of(path, text)
        document = Document(path, marked, language=language)
        here, note = Span(span.start, span.start + len(MARKERS[0])), _Note()
        started = time.perf_counter()
        outcome = infill(document, [here], engine, options, checkers, calibration=note, least=0.0)
        seconds = time.perf_counter() - started
        if isinstance(outcome, NoEdit):
            yield Drafted(gap.kind, {}, False, "", outcome.reason, seconds, language)
        else:
            (edit,) = outcome.edits
            right = unix(edit.text).strip() == gap.truth.strip()
            yield Drafted(gap.kind, note.features, right, edit.text, "", seconds, language)


@dataclass
class _Note:
    """An `Assessor` that writes down the features of the last draft: where one is proposed, it is that one."""

    floor: float = 0.0
    reads: bool = True
    features: Mapping[str, float] = field(default_factory=dict)

    def assess(
        self, task: FillTask, draft: Draft, drafts: Sequence[Draft], read: Reading | None = None
    ) -> float:
        """Note the draft's features."""
        self.features = features(task, draft, drafts, read)
        return 1.0
