"""What a benchmark is, and how it is asked to run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from editdiff.edits.fix.credible import UNTOLD, Trust
from editdiff.engines.base import Engine, FillOptions, LineAssessor
from editdiff.errors import UsageError
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.table import Result

if TYPE_CHECKING:
    from editdiff.engines.confidence import DraftCalibration, RewriteCalibration
    from editdiff.engines.doubt import Calibration


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
    model: str | None = None
    """What the user named, for a benchmark that has the model looked up by its name."""
    twin: Engine | None = None
    """The engine's network decoding from left to right, for a benchmark that compares with it."""

    def __post_init__(self) -> None:
        """Raise UsageError when there is nothing to do."""
        if self.limit < 1:
            raise UsageError(f"limit has to be at least 1, but is {self.limit}", "raise --limit")


class Benchmark(Protocol):
    """A module of `evaluation.benchmarks`, or an object in one, that measures an engine."""

    def evaluate(self, engine: Engine, request: Request, progress: Progress) -> Result:
        """Run the benchmark, telling `progress` after each item."""
        ...
