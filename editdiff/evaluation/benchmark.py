"""What a benchmark is, and from its name to the module that runs it."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from editdiff.edits.fix.credible import UNTOLD, Trust
from editdiff.engines.base import Engine, FillOptions, LineAssessor
from editdiff.errors import UsageError
from editdiff.evaluation.runner import Progress
from editdiff.evaluation.table import Result

if TYPE_CHECKING:
    from editdiff.engines.confidence import DraftCalibration, RewriteCalibration
    from editdiff.engines.doubt import Calibration


class Entry(NamedTuple):
    """Where a benchmark lives, and how much of it is run unless the user says otherwise."""

    target: str
    """A `module`, or a `module:object`, with one function `evaluate(engine, request, progress) -> Result`."""
    limit: int
    """Items that take about ten minutes on two cores with the embedded model."""


BENCHMARKS = {
    "lines": Entry("editdiff.evaluation.single_lines", 200),
    "lookup": Entry("editdiff.evaluation.lookup", 2000),
    "ghost": Entry("editdiff.evaluation.ghost", 6000),
    "ghost-confidence": Entry("editdiff.evaluation.ghost_confidence", 1),
    "ghost-lines": Entry("editdiff.evaluation.ghost_lines", 1200),
    "infill-confidence": Entry("editdiff.evaluation.infill_confidence", 300),
    "infill-lines": Entry("editdiff.evaluation.infill_lines", 300),
    "guesses": Entry("editdiff.evaluation.guesses", 24),
    "joint": Entry("editdiff.evaluation.joint", 200),
    "humaneval-single": Entry("editdiff.evaluation.humaneval:SINGLE", 300),
    "humaneval-multi": Entry("editdiff.evaluation.humaneval:MULTI", 300),
    "humaneval-random": Entry("editdiff.evaluation.humaneval:RANDOM", 300),
    "humaneval-random-light": Entry("editdiff.evaluation.humaneval:RANDOM_LIGHT", 164),
    "humanevalfix": Entry("editdiff.evaluation.humanevalfix", 50),
    "fix-tests": Entry("editdiff.evaluation.tested_fixes", 30),
    "condefects": Entry("editdiff.evaluation.condefects", 50),
    "valid-files": Entry("editdiff.evaluation.valid_files", 2000),
    "everyday-faults": Entry("editdiff.evaluation.everyday_faults", 200),
    "half-changes": Entry("editdiff.evaluation.half_changes", 100),
    "fix-candidates": Entry("editdiff.evaluation.fix_candidates", 60),
    "fix-confidence": Entry("editdiff.evaluation.fix_confidence", 1),
    "half-candidates": Entry("editdiff.evaluation.fix_candidates:HALVES", 60),
    "syntax-faults": Entry("editdiff.evaluation.syntax_faults", 100),
    "gsm8k": Entry("editdiff.evaluation.gsm8k", 50),
    "review": Entry("editdiff.evaluation.review", 200),
    "review-humanevalfix": Entry("editdiff.evaluation.review_pairs:HUMANEVALFIX", 164),
    "review-condefects": Entry("editdiff.evaluation.review_pairs:CONDEFECTS", 200),
    "rewriting": Entry("editdiff.evaluation.rewriting", 100),
    "maths-faults": Entry("editdiff.evaluation.maths_faults", 100),
    "maths-derivations": Entry("editdiff.evaluation.maths_derivations", 300),
    "maths": Entry("editdiff.evaluation.maths_lines", 500),
    "likelihood": Entry("editdiff.evaluation.likelihood", 200),
    "reopening": Entry("editdiff.evaluation.reopening", 200),
    "reopening-condefects": Entry("editdiff.evaluation.reopening:PROGRAMS", 200),
    "reopening-gsm8k": Entry("editdiff.evaluation.reopening:SOLUTIONS", 200),
}
"""Name to benchmark."""


@dataclass(frozen=True)
class Request:
    """How a benchmark is to be run, as the user asked for it."""

    options: FillOptions
    limit: int = 200
    """Most items."""
    seed: int = 0
    """Seed of the draw of items."""
    manifest: Path = Path("models/corpus.toml")
    """The corpus: which packages are held out."""
    cache: Path = Path(".cache/corpus")
    """Folder of downloaded packages."""
    data: Path | None = None
    """File or folder of a public benchmark, in its upstream format."""
    of_lines: LineAssessor | None = None
    """Says how likely a line of ghost text is right, where that was measured of the model."""
    of_drafts: DraftCalibration | None = None
    """Says how likely a draft of `infill` is right, where that was measured of the model."""
    of_rewrites: RewriteCalibration | None = None
    """Says how likely an answer to an instruction is right, where that was measured of the model."""
    of_fixes: Trust = UNTOLD
    """How likely right a fix has to be."""
    of_tokens: Calibration | None = None
    """Says how likely a doubted token is wrong, where that was measured of the model."""
    twin: Engine | None = None
    """The engine's network decoding from left to right, for a benchmark that compares with it."""

    def __post_init__(self) -> None:
        """Raise UsageError when there is nothing to do."""
        if self.limit < 1:
            raise UsageError(f"limit has to be at least 1, but is {self.limit}", "raise --limit")


class Benchmark(Protocol):
    """A module of this package, or an object in one, that measures an engine."""

    def evaluate(self, engine: Engine, request: Request, progress: Progress) -> Result:
        """Run the benchmark, telling `progress` after each item."""
        ...


def find(name: str) -> Benchmark:
    """Import the benchmark of that name, and nothing of the others.

    Raises:
        UsageError: when there is none.
    """
    if name not in BENCHMARKS:
        raise UsageError(
            f"there is no benchmark {name!r}", f"the benchmarks are: {', '.join(BENCHMARKS)}"
        )
    module, _, attribute = BENCHMARKS[name].target.partition(":")
    imported = importlib.import_module(module)
    return cast(Benchmark, getattr(imported, attribute) if attribute else imported)
