r"""The lines that a host shows of a pull request's change, and where a fix stands in them.

Lines are git's here, as the hosts count them: they end at `\n` only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from editdiff.ci.base import Fix, Part
from editdiff.errors import InputError
from editdiff.text.diff import git_lines, hunks
from editdiff.text.document import Document
from editdiff.text.edit import Edits
from editdiff.text.lines import LineTable
from editdiff.text.patch import FilePatch, PatchHunk, parse_patch
from editdiff.text.span import Span

_LONE_RETURN = re.compile(r"\r(?!\n)")


class ShownLine(NamedTuple):
    """A line of the file as it is after the change."""

    old: int
    """Its number before the change; of an added line that of the next one that was there."""
    new: int
    added: bool
    text: str
    r"""With its `\n`, where it has one."""


Hunk = tuple[ShownLine, ...]
"""Lines that follow one another."""


class Shown(NamedTuple):
    """What a host shows of a file."""

    old_path: str
    """As it was called before the change."""
    hunks: tuple[Hunk, ...]


@dataclass(frozen=True)
class Placed:
    """A fix among the lines that a host shows."""

    fix: Fix
    old_path: str
    lines: Hunk
    """What a comment on it is about."""
    part: Part | None
    """What a suggestion puts in the place of these lines; None where none does just what the fix does."""


def shown(patch: str, old_path: str) -> Shown:
    """What a host shows of a file, told as its hunks of a unified diff; nothing where it is none."""
    try:
        (file,) = parse_patch(f"--- a/file\n+++ b/file\n{patch.removesuffix(chr(10))}\n")
    except (InputError, ValueError):
        return Shown(old_path, ())
    return shown_of(file)._replace(old_path=old_path)


def shown_of(patch: FilePatch) -> Shown:
    """What a host shows of a file, as its part of a unified diff."""
    return Shown(patch.old_path or patch.path, tuple(map(_hunk, patch.hunks)))


def placed(fixes: Sequence[Fix], files: Mapping[str, Shown]) -> list[Placed | None]:
    """Where fixes stand in what is shown; None where a line of one is not shown, or is another there."""
    agreeing = {
        fix.path: files[fix.path]
        for fix in {fix.path: fix for fix in fixes}.values()
        if fix.path in files and _agrees(fix.proposal.before, files[fix.path])
    }
    return [_placed(fix, agreeing[fix.path]) if fix.path in agreeing else None for fix in fixes]


def _placed(fix: Fix, file: Shown) -> Placed | None:
    before = fix.proposal.before
    count = len(git_lines(before.text))  # behind a last ending there is no line to git
    ends = [(min(part.first, count), min(part.last, count)) for part in fix.parts]
    found = [_in_one_hunk(first, last, before, file) for first, last in ends]
    if not found or not all(found):
        return None
    first, last = ends[0][0], ends[-1][1]
    for around in ((first, last), (first - 1, last), (first, last + 1)):
        lines = _in_one_hunk(*around, before, file)
        if lines and _can_be_suggested(part := _spanning(fix, *around)):
            return Placed(fix, file.old_path, lines, part)
    return Placed(fix, file.old_path, found[0] or (), None)


def _hunk(hunk: PatchHunk) -> Hunk:
    old, new, lines = hunk.old_start + 1, hunk.new_start + 1, list[ShownLine]()
    for mark, text in hunk.lines:
        if mark != "-":
            lines.append(ShownLine(old, new, mark == "+", text))
        old, new = old + (mark != "+"), new + (mark != "-")
    return tuple(lines)


def _agrees(document: Document, file: Shown) -> bool:
    """Whether a document has all lines that are shown, each where it is shown: it may be of another commit."""
    if not file.hunks or _LONE_RETURN.search(document.text):
        return False
    lines = git_lines("\ufeff" * document.bom + document.text)
    return all(
        line.new <= len(lines) and lines[line.new - 1] == line.text
        for hunk in file.hunks
        for line in hunk
    )


def _in_one_hunk(first: int, last: int, document: Document, file: Shown) -> Hunk | None:
    if document.bom and first == 1:
        return None  # what replaces the line would lose the mark
    for hunk in file.hunks:
        lines = tuple(line for line in hunk if first <= line.new <= last)
        if len(lines) == last - first + 1:
            return lines
    return None


def _spanning(fix: Fix, first: int, last: int) -> Part:
    """The whole fix as one part of these lines."""
    text = fix.proposal.before.text
    table = LineTable(text)
    span = Span(table.full(first - 1).start, table.full(last - 1).end)
    old = span.slice(text)
    edits = [edit for hunk in hunks(fix.proposal.edits, text) for edit in hunk.edits]
    new = Edits(tuple(edit.shift(-span.start) for edit in edits)).apply(old)
    return Part(first, last, old, new)


def _can_be_suggested(part: Part) -> bool:
    r"""Whether every host makes of a suggestion just what the part says.

    What is empty leaves a line with one and takes it away with another; what they do with `\r` and with a last line
    without an ending is told nowhere.
    """
    whole = part.old.endswith("\n") and part.new.endswith("\n")
    return whole and "\r" not in part.old + part.new and bool(part.new.strip())
