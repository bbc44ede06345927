"""The benchmark `valid-files`: files of other people's packages, in which `fix` should report and edit nothing.

Published packages hold few files that do not parse, so each file that is reported is named, to be looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from editdiff.check.registry import guards
from editdiff.edits.fix.run import Limits, fix
from editdiff.edits.fix.standards import Checks
from editdiff.edits.proposal import Proposal
from editdiff.engines.base import Engine, FillOptions
from editdiff.errors import InputError
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.rows import Number, Row, RowReport
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.data.folder_files import drawn
from editdiff.text.document import Document
from editdiff.text.lines import LineTable

NAME = "valid-files"
LARGEST = 100_000
"""Bytes of a file."""
LIMITS = Limits(seconds=20.0)
COLUMNS = {
    "files": "files",
    "reported": "reported",
    "edited": "edited",
    "unjudged": "cannot judge",
}


@dataclass(frozen=True)
class Outcome:
    """What `fix` has to say of one file."""

    path: str
    reported: str = ""
    """Its first problem, with the line; empty where there is none."""
    edited: bool = False
    unjudged: str = ""
    """Why what looks wrong in it could not be judged; empty where nothing does, or it could."""


def evaluate(engine: Engine, request: Request, progress: Progress) -> RowReport:
    """Check the files of the folder `request.data`, and have `fix` try its hand at what it finds.

    Raises:
        InputError: when there is no such folder, or no file in it.
    """
    languages = drawn(request.data, request.limit, request.seed, LARGEST)
    total = sum(map(len, languages.values()))
    rows: list[Row] = []
    for language, documents in languages.items():
        outcomes = []
        for document in documents:
            outcomes.append(judge(document, engine, request.options))
            progress(language, sum(len(row.outcomes) for row in rows) + len(outcomes), total)
        rows.append(_row(language, outcomes))
    settings = {
        "limit": request.limit, "seed": request.seed, "largest": LARGEST, "limits": asdict(LIMITS),
        "options": asdict(request.options),
    }  # fmt: skip
    named = [
        f"{outcome['path']}: {outcome['reported']}{' (edited)' if outcome['edited'] else ''}"
        for row in rows
        for outcome in row.outcomes
        if outcome["reported"]
    ]
    title = f"{NAME}: {total} files of other people's packages, in {len(rows)} languages"
    return RowReport(NAME, title, settings, COLUMNS, rows, named)


def judge(document: Document, engine: Engine, options: FillOptions) -> Outcome:
    """Report and fix one file, as `fix` does by default; nothing is written."""
    checks = Checks(guards()).remembering()
    try:
        problems = checks.problems(document)
        unjudged = next((problem.doubt for problem in checks.doubts(document)), "")
        fixed = fix(document, engine, checks, options, LIMITS).outcome if problems else None
    except InputError as error:
        return Outcome(document.path, unjudged=error.message)
    told = ""
    if problems:
        line = LineTable(document.text).position(problems[0].span.start).line + 1
        told = f"{problems[0].message}, line {line} [{problems[0].source}]"
    return Outcome(document.path, told, isinstance(fixed, Proposal), unjudged)


def _row(language: str, outcomes: Sequence[Outcome]) -> Row:
    counts = {
        "files": len(outcomes),
        "reported": sum(bool(outcome.reported) for outcome in outcomes),
        "edited": sum(outcome.edited for outcome in outcomes),
        "unjudged": sum(bool(outcome.unjudged) for outcome in outcomes),
    }
    figures = {name: Number(count) for name, count in counts.items()}
    return Row(language, figures, [asdict(outcome) for outcome in outcomes])
