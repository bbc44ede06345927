"""Signs that a fault is another one than the likeliest fix of it mends: then nothing is offered.

Two lines that have changed places and a line that is lost leave a text that another edit makes parse, too, by
accident. That edit is likely for a model, which is asked for the text of one place, and it is wrong. These rules
judge the fix that would be offered, unlike those of `rules`, which take one draft away and leave the others.
"""

from __future__ import annotations

import re
import tokenize
from collections import Counter
from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import islice, pairwise
from typing import NamedTuple

from editdiff.check.base import Problem
from editdiff.edits.fix.change import Change, Rule
from editdiff.edits.fix.rules import broken, reorders_lines
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.text.lines import LINE_ENDING, LineTable
from editdiff.text.shown import unix

USUAL = 0.75
"""Share of a file's steps of indentation that are alike, above which another step is a sign."""
REACH = 12
"""Lines on either side of a fix in which a step is one that it leaves."""
_OPENS_BLOCK = re.compile(
    r"(?:async|case|class|def|elif|else|except|finally|for|if|match|try|while|with)\b.*:\s*(?:#.*)?$"
)
_BRANCH = re.compile(r"(?:case|elif|else|except|finally|for|if|match|try|while|with)\b")
_FUNCTION = re.compile(r"(?:async +)?def\b")
_RESULT = re.compile(r"(?:return|yield)\b")
_NAME_LAST = re.compile(r"(?<![\w.])[^\W\d][\w.]*[ \t]*$")
_NUMBER_LAST = re.compile(r"\d[ \t]*$")
_NUMBER_FIRST = re.compile(r"[ \t]*\.?\d")
_CLAUSE = re.compile(r"(?:elif|else|except|finally)\b")
_LEAVES = ("return", "raise", "continue", "break")
_NO_STATEMENT = (
    tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.ENDMARKER,
)  # fmt: skip


def leaves_dead_code(change: Change) -> str:
    """A statement of Python behind a `return` or the like, in the changed lines or next to them."""
    first, last = _changed_lines(change)
    for left, behind in pairwise(_statements(change)):
        dead = left.word in _LEAVES and left.column == behind.column
        if dead and left.first <= last and behind.last >= first:
            return "what stands behind it would never be done"
    return ""


def steps_oddly(change: Change) -> str:
    """A block of Python near the change that is indented by more or less than nearly all others."""
    first, last = _changed_lines(change)
    steps = [
        (behind.first, behind.column - head.column)
        for head, behind in pairwise(_statements(change))
        if behind.column > head.column
    ]
    counts = Counter(step for _, step in steps).most_common(1)
    if not counts or counts[0][1] < USUAL * len(steps):
        return ""
    near = [step for line, step in steps if first - REACH <= line <= last + REACH]
    odd = any(step != counts[0][0] for step in near)
    return "a block near it would be indented unlike the others" if odd else ""


def separates_number(change: Change) -> str:
    """A comma put between a name and a number, or between two numbers of no list: an operator may be missing."""
    for taken, put in change.pieces:
        if taken.length or put.slice(change.after.text) != ",":
            continue
        before, behind = change.line_around(put.start)
        listed = change.enclosing(put.start) is not None
        name = _NAME_LAST.search(before) or (not listed and _NUMBER_LAST.search(before))
        if name and _NUMBER_FIRST.match(behind[1:]):
            return "what is missing there may be an operator"
    return ""


DOUBTFUL: tuple[Rule, ...] = (reorders_lines, leaves_dead_code, steps_oddly, separates_number)
"""For a fix of syntax that is about to be offered."""


def doubts(proposal: Proposal, previous: Proposal | NoEdit | None) -> str:
    """Why a fix may be one of another fault than there is; empty where nothing says so.

    `previous` is the fix before it, if the text did not parse after that.
    """
    if why := broken(proposal.before, proposal.after, DOUBTFUL):
        return f"it may be another fault than it seems: {why}"
    if isinstance(previous, Proposal) and _reindents(previous) and _reindents(proposal):
        return "more than one line would have to be indented otherwise"
    return ""


def line_missing(text: str, problem: Problem) -> str:
    """Why a line of Python is probably missing where its compiler misses a block, or its head; else nothing.

    A block that is there and one line of which is indented wrongly is told by the lines around that one.
    """
    table = LineTable(text)
    line = table.position(problem.span.start).line
    above = _filled(text, table, range(line - 1, -1, -1))
    below = _filled(text, table, range(line, len(table)))
    if problem.message.startswith("expected an indented block"):
        if len(below) == 1 and _OPENS_BLOCK.match(
            below[0].text
        ):  # at the end Python points at the head
            above, below = below, []
        return _without_body(text, table, above[0], below) if above else ""
    if above and below and problem.message == "unexpected indent":
        return _without_head(text, table, above, below)
    return ""


def _without_body(text: str, table: LineTable, head: _Line, below: Sequence[_Line]) -> str:
    if not _OPENS_BLOCK.match(head.text):
        return ""
    why = f"the block of line {head.number + 1} seems to be lost"
    goes_on = any(
        line.indent > head.indent for line in below[1:]
    )  # its first line lost its indentation
    if not below or (below[0].indent < head.indent and not goes_on):
        return why
    behind = below[0]
    if head.text == behind.text or behind.indent != head.indent:
        return ""
    lost = _CLAUSE.match(behind.text) or behind.number > head.number + 1
    return why if lost or _returns_for_all(text, table, head, behind) else ""


def _returns_for_all(text: str, table: LineTable, head: _Line, last: _Line) -> bool:
    """Whether what follows the head of a branch is the only result of a function, at its end.

    In the branch it would be the result there alone.
    """
    if not _BRANCH.match(head.text) or not last.text.startswith("return "):
        return False
    for line in _lines(text, table, range(head.number - 1, -1, -1)):
        if _RESULT.match(line.text):
            return False
        if line.indent < head.indent and _FUNCTION.match(line.text):
            below = next(_lines(text, table, range(last.number + 1, len(table))), None)
            return below is None or below.indent <= line.indent
    return False


def _without_head(
    text: str, table: LineTable, above: Sequence[_Line], below: Sequence[_Line]
) -> str:
    first, before = below[0], above[0]
    why = f"the line above line {first.number + 1} seems to be lost"
    ends = len(below) < 2 or below[1].indent < before.indent
    if ends and first.number > before.number + 1:  # nothing around tells which it is
        return f"line {first.number + 1} is indented too far, or the line above it is lost"
    rest = _lines(text, table, range(first.number + 1, len(table)))
    outer = next((line for line in rest if line.indent < first.indent), None)
    if outer and _CLAUSE.match(outer.text) and outer.indent == before.indent:
        return why
    if len(below) < 2 or first.text.endswith(",") or _left_open(first.text):
        return ""
    if above[-1].indent >= first.indent:  # the line between is what is indented otherwise
        return ""
    step, deeper = first.indent - before.indent, below[1].indent - first.indent
    lost = deeper == step if _OPENS_BLOCK.match(first.text) else deeper == 0
    return why if lost else ""


class _Line(NamedTuple):
    """A line with something in it but a comment."""

    number: int
    """From 0."""
    indent: int
    """Characters before its text."""
    text: str
    """What stands in it, without the white space around."""


def _filled(text: str, table: LineTable, numbers: range) -> list[_Line]:
    """The first two of these lines that are not blank."""
    return list(islice(_lines(text, table, numbers), 2))


def _lines(text: str, table: LineTable, numbers: range) -> Iterator[_Line]:
    """Those of these lines that are not blank and no comment."""
    for number in numbers:
        content = table.content(number).slice(text)
        inside = content.strip()
        if inside and not inside.startswith("#"):
            yield _Line(number, len(content) - len(content.lstrip()), inside)


def _left_open(line: str) -> bool:
    return sum(map(line.count, "([{")) > sum(map(line.count, ")]}"))


class _Statement(NamedTuple):
    """Where a simple statement, or the head of another, stands; lines count from 0."""

    word: str
    first: int
    last: int
    column: int


def _statements(change: Change) -> Iterator[_Statement]:
    """Those of the text after, if it is Python, up to where it can no longer be read."""
    if change.after.language != "python":
        return
    begins: tokenize.TokenInfo | None = None
    try:
        for token in tokenize.generate_tokens(StringIO(unix(change.after.text)).readline):
            if token.type == tokenize.NEWLINE and begins:
                line = begins.line[: begins.start[1]].expandtabs()
                yield _Statement(begins.string, begins.start[0] - 1, token.end[0] - 1, len(line))
                begins = None
            elif token.type not in _NO_STATEMENT:
                begins = begins or token
    except (tokenize.TokenError, SyntaxError):
        return


def _reindents(proposal: Proposal) -> bool:
    """Whether nothing but the white space around lines differs."""
    change = Change(proposal.before, proposal.after)
    old, new = (LINE_ENDING.split(text) for text in (change.old_text, change.new_text))
    return [line.strip() for line in old] == [line.strip() for line in new]


def _changed_lines(change: Change) -> tuple[int, int]:
    """First and last of the lines that are changed, in the text after, from 0."""
    table = LineTable(change.after.text)
    first, last = (table.position(at).line for at in (change.new.start, change.new.end))
    return first, last
