"""Runs of the bot, made up: what is proposed and what is left."""

from dataclasses import replace

from editdiff.ci.base import Fix, Left, Problem, Proposed
from editdiff.edits.proposal import Effort, Proposal, propose
from editdiff.text.diff import diff
from editdiff.text.document import Document
from editdiff.text.span import Span

BASE, HEAD = "a" * 40, "b" * 40


def fix(
    before: str,
    after: str,
    path: str = "a.py",
    problems: tuple[Problem, ...] = (),
    confidence: float | None = None,
) -> Fix:
    effort = Effort(0.0, 0, 0.0, 1, confidence)
    document = Document(path, before, language="python")
    outcome = propose(document, diff(before, after), [Span(0, len(before))], (), effort)
    assert isinstance(outcome, Proposal)
    return Fix(problems or (Problem(path, 1, "wrong", "syntax"),), outcome, "python and ruff")


def run(*fixes: Fix, left: tuple[Left, ...] = (), **more) -> Proposed:
    return Proposed(BASE, HEAD, fixes, left, **more)


def left(message: str, path: str = "a.py", line: int = 1, source: str = "ruff", **more) -> Left:
    return Left(Problem(path, line, message, source, **more), "nothing is likely enough")


NOWHERE = left("the command fails", "", 0, "tests")
"""What has no place in any file."""
BEFORE = replace(left("x", line=7, source="syntax"), blamed=False)
"""What the change is not to blame for."""


HOSTILE = [
    "plain words, and (some) more: 3 of 5",
    "@someone look at #12 and org/repo#3, GH-4",
    "<script>alert(1)</script><!-- x --><img src=x>",
    "[a link](https://example.org) ![b](c) <https://example.org> www.example.org",
    "```\n# heading\n```` suggestion",
    "`` ` ``` ` `",
    "a | b \\| c \\\\| d",
    "*a* _b_ ~~c~~ $x^2$ :smile: &lt; \\",
    "- item",
    "1. item",
    "::error::x\r\n::add-mask::y\n##[warning]z",
    "\x1b[31mred\x07 \u202eturned\u2066 \u200bnothing",
    "%0A%25 100%, a:b,c",
    "half \ud800 and \udcff",
    "{0} {braces} [x](1)",
    "",
    "   ",
]
"""What somebody may write into a message, a name of a file, a line of code."""

NAMES = [text.replace("\ud800", "\udc80") for text in HOSTILE if text]
"""What a file may be called: a name that is not UTF-8 has the second half of a character for a byte."""
