"""What an operation found, for programs: one line of JSON for each document.

Lines are ASCII: file names need not be UTF-8, nor the terminal. Spans are code-point offsets from 0, lines and
columns count from 1, ends are exclusive. What is told of a notebook has the number of its `cell`, and counts in it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from editdiff.check.base import Problem
from editdiff.edits.fix.notebook import NotebookFixing
from editdiff.edits.fix.run import Fixed, Fixing, Repair
from editdiff.edits.long_rewriting import Part
from editdiff.edits.outside import Outside
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.review import LineDoubt, Review
from editdiff.edits.session import Session
from editdiff.engines.base import Doubt, OtherFile
from editdiff.report.doubts import Place
from editdiff.report.patches import patch_text
from editdiff.text.edit import TextEdit
from editdiff.text.lines import LineTable

_OFFERED = ("patch", "score", "confidence", "nfe", "seconds", "drafts", "drafted")
"""What a proposal alone has."""


@dataclass(frozen=True)
class Origin:
    """Where an outcome comes from."""

    path: str
    """Of the document, as the user named it."""
    model: str
    """Name of the engine."""
    seed: int
    others: tuple[str, ...] = ()
    """Paths of the files that were offered to the model beside the document, the most telling last."""

    @classmethod
    def of(cls, path: str, session: Session, others: Sequence[OtherFile] | None = None) -> Origin:
        """A document that was edited in a session; its engine is loaded if need be."""
        paths = tuple(other.path for other in others or ())
        return cls(path, session.engine.name, session.options.seed, paths)


def of_outcome(outcome: Proposal | NoEdit, origin: Origin, written: bool) -> str:
    """A proposal or none; what a `NoEdit` does not have is null."""
    return json.dumps(_outcome(outcome, origin, written))


def of_tested(
    outcome: Proposal | NoEdit, origin: Origin, written: bool, tests: Mapping[str, Any]
) -> str:
    """A proposal or none (`of_outcome`), and what the tests said."""
    return json.dumps({**_outcome(outcome, origin, written), "tests": dict(tests)})


def of_rewritten(
    outcome: Proposal | NoEdit,
    origin: Origin,
    written: bool,
    outside: Sequence[Outside],
    parts: Sequence[Part],
    text: str,
) -> str:
    """A proposal or none (`of_outcome`), what lies outside of the regions, what became of the parts of `text`."""
    told = _outcome(outcome, origin, written)
    told["outside"] = [
        {"name": each.name, "line": each.line, "told": each.told} for each in outside
    ]
    told["parts"] = [_part(each, LineTable(text)) for each in parts]
    return json.dumps(told)


def of_fixed(fixed: Fixed, origin: Origin, written: bool) -> str:
    """A proposal or none (`of_outcome`), and the problems that it mends or leaves."""
    told = _outcome(fixed.outcome, origin, written)
    told["mended"] = [_repair(repair) for repair in fixed.mended]
    told["left"] = [_repair(repair) for repair in fixed.left]
    return json.dumps(told)


def of_problems(fixing: Fixing | NotebookFixing, unjudged: Sequence[str] = ()) -> str:
    """The problems of a document or notebook, in the order of the text; and why not all was judged, if so."""
    told = []
    for part in fixing.parts:
        table = LineTable(part.document.text)
        found = sorted(part.problems(), key=lambda problem: problem.span)
        told += [{**_problem(problem, table), **_cell(part.cell)} for problem in found]
    path = fixing.document.path
    return json.dumps({"path": path, "problems": told, "unjudged": list(unjudged)})


def of_unjudged(path: str, reason: str) -> str:
    """A file that was not read: as `of_problems`, with no problem and a reason."""
    return json.dumps({"path": path, "problems": [], "unjudged": [reason]})


def of_review(review: Review, places: Sequence[Place], model: str) -> str:
    """A review by a model; `places` of other reviews are left out."""
    told = {
        "path": review.document.path,
        "model": model,
        "calibrated": review.calibrated,
        "finished": review.finished,
        "left_out": review.left_out,
        "places": [_place(place) for place in places if place.review is review],
        "lines": [_line(review, line) for line in review.lines()],
        "tokens": [
            {
                **_counted(review, doubt),
                "probability": round(doubt.probability, 6),
                **_cell(review.numbered(review.line(doubt))[0]),
            }
            for doubt in review.doubts
        ],
    }
    return json.dumps(told)


def _line(review: Review, told: LineDoubt) -> dict[str, int | float]:
    cell, line = review.numbered(told.line)
    return {"line": line, "probability": round(told.probability, 6), **_cell(cell)}


def _counted(review: Review, doubt: Doubt) -> dict[str, int]:
    span = review.counted(doubt)
    return {"start": span.start, "end": span.end}


def _outcome(outcome: Proposal | NoEdit, origin: Origin, written: bool) -> dict[str, Any]:
    told: dict[str, Any] = dict.fromkeys(("outcome", "reason", "hint", "path", "edits", *_OFFERED))
    if isinstance(outcome, NoEdit):
        told |= {"outcome": "no_edit", "reason": outcome.reason, "hint": outcome.hint, "edits": []}
    else:
        effort, table = outcome.effort, LineTable(outcome.before.text)
        told |= {
            "outcome": "proposal",
            "edits": [_edit(edit, outcome.before.text, table) for edit in outcome.edits],
            "patch": patch_text(outcome, origin.path),
            "score": None if math.isnan(effort.score) else effort.score,
            "confidence": effort.confidence,
            "nfe": effort.nfe,
            "seconds": effort.seconds,
            "drafts": effort.drafts,
            "drafted": None if effort.drafted is None else effort.drafted._asdict(),
        }
    told |= {"path": origin.path, "seed": origin.seed, "model": origin.model, "written": written}
    told["others"] = list(origin.others)
    return told


def _part(part: Part, table: LineTable) -> dict[str, int | float | str | None]:
    first, last = (table.position(at).line + 1 for at in (part.span.start, part.span.end))
    return {
        "start_line": first,
        "end_line": last,
        "became": part.became,
        "reason": part.reason,
        "confidence": part.confidence,
    }


def _edit(edit: TextEdit, text: str, table: LineTable) -> dict[str, int | str]:
    first, last = table.position(edit.span.start), table.position(edit.span.end)
    return {
        "start": edit.span.start,
        "end": edit.span.end,
        "start_line": first.line + 1,
        "start_column": first.column + 1,
        "end_line": last.line + 1,
        "end_column": last.column + 1,
        "old": edit.span.slice(text),
        "new": edit.text,
    }


def _repair(repair: Repair) -> dict[str, int | float | str | None]:
    outcome = repair.outcome
    sure = outcome.effort.confidence if isinstance(outcome, Proposal) else None
    return {
        "line": repair.line,
        "message": repair.problem.message,
        "check": repair.problem.source,
        "reason": outcome.reason if isinstance(outcome, NoEdit) else None,
        "confidence": sure,
        **_cell(repair.cell),
    }


def _cell(number: int) -> dict[str, int]:
    """In which cell of a notebook a line counts; nothing in other documents."""
    return {"cell": number} if number else {}


def _problem(problem: Problem, table: LineTable) -> dict[str, int | str]:
    line, column = table.position(problem.span.start)
    return {
        "start": problem.span.start,
        "end": problem.span.end,
        "line": line + 1,
        "column": column + 1,
        "message": problem.message,
        "check": problem.source,
    }


def _place(place: Place) -> dict[str, Any]:
    review, doubt = place
    cell, line, column = place.position
    return {
        **_counted(review, doubt),
        "line": line,
        "column": column,
        "text": doubt.span.slice(review.document.text),
        "probability": round(doubt.probability, 6),
        "alternatives": list(doubt.alternatives),
        **_cell(cell),
    }
