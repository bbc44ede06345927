"""From the name of a benchmark to the module that runs it."""

from __future__ import annotations

import importlib
from typing import NamedTuple, cast

from editdiff.errors import UsageError
from editdiff.evaluation.core.benchmark import Benchmark


class Entry(NamedTuple):
    """Where a benchmark lives, and how much of it is run unless the user says otherwise."""

    target: str
    """A `module`, or a `module:object`, with one function `evaluate(engine, request, progress) -> Result`."""
    limit: int
    """Items that take about ten minutes on two cores with the embedded model."""


BENCHMARKS = {
    "lines": Entry("editdiff.evaluation.benchmarks.single_lines", 200),
    "lookup": Entry("editdiff.evaluation.benchmarks.lookup", 2000),
    "ghost": Entry("editdiff.evaluation.benchmarks.ghost", 6000),
    "ghost-confidence": Entry("editdiff.evaluation.benchmarks.ghost_confidence", 1),
    "ghost-lines": Entry("editdiff.evaluation.benchmarks.ghost_lines", 1200),
    "infill-confidence": Entry("editdiff.evaluation.benchmarks.infill_confidence", 300),
    "infill-lines": Entry("editdiff.evaluation.benchmarks.infill_lines", 300),
    "guesses": Entry("editdiff.evaluation.benchmarks.guesses", 24),
    "drafters": Entry("editdiff.evaluation.benchmarks.drafters", 24),
    "joint": Entry("editdiff.evaluation.benchmarks.joint", 200),
    "joint-places": Entry("editdiff.evaluation.benchmarks.joint_places", 100),
    "humaneval-single": Entry("editdiff.evaluation.benchmarks.humaneval:SINGLE", 300),
    "humaneval-multi": Entry("editdiff.evaluation.benchmarks.humaneval:MULTI", 300),
    "humaneval-random": Entry("editdiff.evaluation.benchmarks.humaneval:RANDOM", 300),
    "humaneval-random-light": Entry("editdiff.evaluation.benchmarks.humaneval:RANDOM_LIGHT", 164),
    "humanevalfix": Entry("editdiff.evaluation.benchmarks.humanevalfix", 50),
    "fix-tests": Entry("editdiff.evaluation.benchmarks.tested_fixes", 30),
    "condefects": Entry("editdiff.evaluation.benchmarks.condefects", 50),
    "valid-files": Entry("editdiff.evaluation.benchmarks.valid_files", 2000),
    "ci": Entry("editdiff.evaluation.benchmarks.ci_bot", 12),
    "everyday-faults": Entry("editdiff.evaluation.benchmarks.everyday_faults", 200),
    "half-changes": Entry("editdiff.evaluation.benchmarks.half_changes", 100),
    "fix-candidates": Entry("editdiff.evaluation.benchmarks.fix_candidates", 60),
    "fix-confidence": Entry("editdiff.evaluation.benchmarks.fix_confidence", 1),
    "half-candidates": Entry("editdiff.evaluation.benchmarks.fix_candidates:HALVES", 60),
    "syntax-faults": Entry("editdiff.evaluation.benchmarks.syntax_faults", 100),
    "gsm8k": Entry("editdiff.evaluation.benchmarks.gsm8k", 50),
    "review": Entry("editdiff.evaluation.benchmarks.review", 200),
    "review-humanevalfix": Entry("editdiff.evaluation.benchmarks.review_pairs:HUMANEVALFIX", 164),
    "review-condefects": Entry("editdiff.evaluation.benchmarks.review_pairs:CONDEFECTS", 200),
    "revising": Entry("editdiff.evaluation.benchmarks.revising:BOTH", 20),
    "revising-once": Entry("editdiff.evaluation.benchmarks.revising:ONCE", 60),
    "rewriting": Entry("editdiff.evaluation.benchmarks.rewriting", 100),
    "maths-faults": Entry("editdiff.evaluation.benchmarks.maths_faults", 100),
    "maths-derivations": Entry("editdiff.evaluation.benchmarks.maths_derivations", 300),
    "maths": Entry("editdiff.evaluation.benchmarks.maths_lines", 500),
    "likelihood": Entry("editdiff.evaluation.benchmarks.likelihood", 200),
    "reopening": Entry("editdiff.evaluation.benchmarks.reopening", 200),
    "reopening-condefects": Entry("editdiff.evaluation.benchmarks.reopening:PROGRAMS", 200),
    "reopening-places": Entry("editdiff.evaluation.benchmarks.reopening_places:LINES", 200),
    "reopening-places-condefects": Entry(
        "editdiff.evaluation.benchmarks.reopening_places:PROGRAMS", 200
    ),
    "reopening-places-gsm8k": Entry(
        "editdiff.evaluation.benchmarks.reopening_places:SOLUTIONS", 200
    ),
    "masked-doubt": Entry("editdiff.evaluation.benchmarks.masked_doubt", 40),
    "reopening-gsm8k": Entry("editdiff.evaluation.benchmarks.reopening:SOLUTIONS", 200),
}
"""Name to benchmark."""


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
