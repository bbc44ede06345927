"""One line of JSON for each document, in ASCII, whatever the document and its name hold."""

import json

import pytest

from editdiff.check.base import Problem
from editdiff.edits.fix.notebook import NotebookFixing
from editdiff.edits.fix.run import Fixed, Fixing, Repair
from editdiff.edits.fix.standards import Checks
from editdiff.edits.proposal import NoEdit
from editdiff.edits.review import Review
from editdiff.engines.base import Doubt
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.report import json_lines
from editdiff.report.doubts import most_doubtful
from editdiff.report.json_lines import Origin
from editdiff.text.document import Document
from editdiff.text.span import Span

TEXT = "🎉 = 1\r\nb = 'ä'\n"
DOCUMENT = Document("sub/ü\udcff.py", TEXT, 0, "python")
ORIGIN = Origin(DOCUMENT.path, "nano", 3, ("near.py",))
PROBLEM = Problem(Span(7, 8), "undefined: b", "ruff")


class Finding:
    """A checker that finds a word wherever it stands."""

    name = "ruff"

    def supports(self, language: str) -> bool:
        return True

    def check(self, document: Document) -> list[Problem]:
        at = document.text.find("b")
        return [Problem(Span(at, at + 1), "undefined: b", self.name)] if at >= 0 else []


def told(line: str) -> dict:
    assert line.isascii()
    assert "\n" not in line
    return json.loads(line)


def test_a_proposal_is_told_with_its_place_its_patch_and_its_cost(replacing):
    proposal = replacing(DOCUMENT, "'ä'", "2")
    line = told(json_lines.of_outcome(proposal, ORIGIN, written=True))
    patch = line.pop("patch")
    assert patch.endswith(" 🎉 = 1\r\n-b = 'ä'\n+b = 2\n")
    assert line == {
        "outcome": "proposal",
        "reason": None,
        "hint": None,
        "path": DOCUMENT.path,
        "edits": [
            {
                "start": 11,
                "end": 14,
                "start_line": 2,
                "start_column": 5,
                "end_line": 2,
                "end_column": 8,
                "old": "'ä'",
                "new": "2",
            }
        ],
        "score": -1.5,
        "confidence": 0.75,
        "nfe": 7,
        "seconds": 0.25,
        "drafts": 3,
        "drafted": None,
        "seed": 3,
        "model": "nano",
        "written": True,
        "others": ["near.py"],
    }


def test_no_edit_has_the_same_keys_and_a_reason(replacing):
    proposal = told(json_lines.of_outcome(replacing(DOCUMENT, "1", "2"), ORIGIN, False))
    line = told(json_lines.of_outcome(NoEdit("no draft ended", "try more"), ORIGIN, False))
    assert list(line) == list(proposal)
    assert {key: value for key, value in line.items() if value is not None} == {
        "outcome": "no_edit",
        "reason": "no draft ended",
        "hint": "try more",
        "path": DOCUMENT.path,
        "edits": [],
        "seed": 3,
        "model": "nano",
        "written": False,
        "others": ["near.py"],
    }


def test_fixes_are_told_as_a_proposal_with_what_is_mended_and_what_is_left(replacing):
    proposal = replacing(DOCUMENT, "b", "c")
    mended, left = Repair(PROBLEM, 2, proposal), Repair(PROBLEM, 1, NoEdit("unfinished"))
    line = told(json_lines.of_fixed(Fixed(proposal, (mended,), (left,)), ORIGIN, written=False))
    problem = {"message": "undefined: b", "check": "ruff"}
    assert line.pop("mended") == [{"line": 2, **problem, "reason": None, "confidence": 0.75}]
    assert line.pop("left") == [{"line": 1, **problem, "reason": "unfinished", "confidence": None}]
    assert line == told(json_lines.of_outcome(proposal, ORIGIN, False))


def test_problems_are_told_in_code_points_and_in_lines_and_columns():
    fixing = Fixing(DOCUMENT, ScriptedEngine, Checks((), (Finding(),)))
    assert told(json_lines.of_problems(fixing)) == {
        "path": DOCUMENT.path,
        "problems": [
            {"start": 7, "end": 8, "line": 2, "column": 1, "message": "undefined: b", "check": "ruff"}
        ],
        "unjudged": [],
    }  # fmt: skip
    clean = Fixing(DOCUMENT, ScriptedEngine, Checks((), ()))
    line = told(json_lines.of_problems(clean, ["cannot judge: why"]))
    assert line == {"path": DOCUMENT.path, "problems": [], "unjudged": ["cannot judge: why"]}


def test_a_problem_of_a_notebook_is_told_by_its_cell_and_counts_there():
    cells = [{"cell_type": "code", "source": source} for source in ("x", ["y\n", "b"])]
    notebook = Document("n.ipynb", json.dumps({"cells": cells}), 0, "json")
    fixing = NotebookFixing(notebook, ScriptedEngine, Checks((), (Finding(),)))
    assert told(json_lines.of_problems(fixing)) == {
        "path": "n.ipynb",
        "problems": [
            {"start": 2, "end": 3, "line": 2, "column": 1, "message": "undefined: b", "check": "ruff", "cell": 2}
        ],
        "unjudged": [],
    }  # fmt: skip


def test_a_fix_of_a_notebook_is_told_by_its_cell(replacing):
    repair = Repair(PROBLEM, 2, NoEdit("unfinished"), cell=3)
    line = told(json_lines.of_fixed(Fixed(NoEdit("no"), (), (repair,)), ORIGIN, written=False))
    assert [(one["cell"], one["line"]) for one in line["left"]] == [(3, 2)]


@pytest.mark.parametrize("finished", [True, False])
def test_a_review_tells_its_own_places_its_lines_and_every_token(finished):
    doubts = (Doubt(Span(0, 1), 0.25), Doubt(Span(7, 8), 0.1234567, ("c", "")))
    review = Review(DOCUMENT, doubts, True, finished, left_out=0 if finished else 7)
    other = Review(Document("b.py", "x", 0, "python"), (Doubt(Span(0, 1), 0.9),), True)
    line = told(json_lines.of_review(review, most_doubtful([review, other], 2), "nano"))
    assert line == {
        "path": DOCUMENT.path,
        "model": "nano",
        "calibrated": True,
        "finished": finished,
        "left_out": 0 if finished else 7,
        "places": [
            {
                "start": 0,
                "end": 1,
                "line": 1,
                "column": 1,
                "text": "🎉",
                "probability": 0.25,
                "alternatives": [],
            }
        ],
        "lines": [{"line": 1, "probability": 0.25}, {"line": 2, "probability": 0.123457}],
        "tokens": [
            {"start": 0, "end": 1, "probability": 0.25},
            {"start": 7, "end": 8, "probability": 0.123457},
        ],
    }
