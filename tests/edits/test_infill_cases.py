"""Runs `tests/cases/infill/*.md`: a marked document, what the engine drafts, what comes of it.

A case has a title, the document under its file name with the gaps marked as «…», one `## Round` for
each time the engine is asked, and `## Proposal` with the text afterwards or `## No edit` with the
reason. A round lists its drafts, best first, a code block for each (with several gaps, a code block
for each gap); the word `unfinished` before a block means that the draft did not end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from editdiff.check.python_compile import PythonCompileChecker
from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.infill import infill
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.engines.base import Draft
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.text import markup
from editdiff.text.document import Document

FILES = sorted((Path(__file__).parents[1] / "cases" / "infill").glob("*.md"))
SECTION = re.compile(r"^## (.+)\n((?:(?!^## ).*\n?)*)", re.MULTILINE)
BLOCK = re.compile(r"^(unfinished\n)?```\w*\n((?:(?!^```).*\n)*?)```$", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """One file."""

    before: Document
    marked: markup.Marked
    rounds: list[list[Draft]]
    verdict: str
    """`Proposal` or `No edit`."""
    expected: str


def read_case(path: Path) -> Case:
    (name, document), *rounds, (verdict, expected) = SECTION.findall(path.read_text("utf-8"))
    marked = markup.parse(BLOCK.findall(document)[0][1])
    if verdict == "Proposal":
        expected = markup.parse(BLOCK.findall(expected)[0][1]).text
    return Case(
        before=Document.from_bytes(marked.text.encode(), name),
        marked=marked,
        rounds=[read_round(text, len(marked.spans)) for _, text in rounds],
        verdict=verdict,
        expected=expected.strip() if verdict == "No edit" else expected,
    )


def read_round(text: str, gaps: int) -> list[Draft]:
    blocks = BLOCK.findall(text)
    return [
        Draft(
            texts=tuple(block[1].removesuffix("\n") for block in blocks[i : i + gaps]),
            score=-float(i),
            nfe=1,
            ended=not blocks[i][0],
        )
        for i in range(0, len(blocks), gaps)
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_case_ends_as_it_says(path: Path) -> None:
    case = read_case(path)
    engine = ScriptedEngine(case.rounds)

    outcome = infill(
        case.before, case.marked.spans, engine, checkers=[SyntaxChecker(), PythonCompileChecker()]
    )

    assert len(engine.tasks) == len(case.rounds), "rounds asked"
    if case.verdict == "Proposal":
        assert isinstance(outcome, Proposal), outcome
        assert outcome.after.text == case.expected
    else:
        assert case.verdict == "No edit"
        assert isinstance(outcome, NoEdit), outcome
        assert outcome.reason == case.expected
        assert outcome.hint or outcome.reason == "the model would leave the region as it is"
