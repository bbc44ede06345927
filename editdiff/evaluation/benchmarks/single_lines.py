"""The benchmark `lines`: single lines of packages that the model was not trained on.

Protocol: pass@1, the engine's best-ranked draft and nothing else; no length is known to anyone; no
test or checker chooses among drafts. Floors run under the same protocol.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from editdiff.check.base import Checker
from editdiff.check.registry import guards
from editdiff.engines.base import Engine
from editdiff.errors import InputError
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.floors import simple_floors
from editdiff.evaluation.core.gaps import Gap, draw
from editdiff.evaluation.core.report import Report
from editdiff.evaluation.core.runner import Filler, Outcome, Progress, fillers, run
from editdiff.evaluation.data.packages import NGRAM_CHARS, held_out, trained_floors

NAME = "lines"


def evaluate(engine: Engine, request: Request, progress: Progress) -> Report:
    """Fetch the held-out packages, draw the gaps, fill them with `engine` and the floors.

    Raises:
        InputError: when the manifest cannot be used or holds out no package with code.
    """
    gaps = draw(held_out(request.manifest, request.cache), request.limit, request.seed)
    if not gaps:
        raise InputError(
            f"{request.manifest} holds out no line to be filled",
            'give packages in it `split = "heldout"`',
        )
    learnt, missing = trained_floors(request)
    rows = fillers(engine, [*simple_floors(), *learnt], request.options)
    return report(gaps, rows, request, [*_notes(gaps, request), *missing], progress)


def report(
    gaps: list[Gap],
    rows: Iterable[Filler],
    request: Request,
    notes: Iterable[str] = (),
    progress: Progress = lambda name, done, total: None,
    checkers: Sequence[Checker] | None = None,
) -> Report:
    """Run every filler over all gaps; by default the guards of every draft judge the fills."""
    checkers = guards() if checkers is None else checkers
    done = []
    for filler in rows:
        outcomes: list[Outcome] = []
        for outcome in run(gaps, filler, checkers):
            outcomes.append(outcome)
            progress(filler.name, len(outcomes), len(gaps))
        done.append((filler, outcomes))
    packages = sorted({gap.package for gap in gaps})
    files = len({(gap.package, gap.path) for gap in gaps})
    title = (
        f"{NAME}: {len(gaps)} single-line gaps from {files} files of {len(packages)} held-out "
        f"packages ({', '.join(packages)})"
    )
    settings = {
        "limit": request.limit,
        "seed": request.seed,
        "manifest": request.manifest.as_posix(),
        "options": asdict(request.options),
        "checkers": [checker.name for checker in checkers],
        "ngram_chars": NGRAM_CHARS,
    }
    return Report(NAME, title, settings, gaps, done, list(notes))


def _notes(gaps: list[Gap], request: Request) -> list[str]:
    options = request.options
    return [
        f"seed {request.seed}; {options.steps} steps, threshold {options.threshold:g}, canvas of "
        f"{options.canvas} places; the fill's length is never given.",
        "exact: equal after strip; parses: neither tree-sitter nor Python's compiler finds a new "
        "problem; length in lexical tokens.",
    ]
