"""Two texts to the edits between them, and to a patch that `git apply` takes."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

NO_NEWLINE = "\n\\ No newline at end of file\n"
_WORD, _WORD_END = re.compile(r"\w+"), re.compile(r"\w+\Z")
_ODD = re.compile(r'[\x00-\x1f"\\\x7f\ud800-\udfff]')
ESCAPES = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}


class Change(NamedTuple):
    """Lines `old[i1:i2]` became `new[j1:j2]`; counted from 0."""

    i1: int
    i2: int
    j1: int
    j2: int


class Hunk(NamedTuple):
    """Edits that belong together because their lines meet."""

    first: int
    """The first line that they change, counted from 0."""
    end: int
    """The line after the last one that they change; equal to `first` when lines are only added."""
    edits: Edits


def diff(before: str, after: str) -> Edits:
    r"""Small edits with `diff(before, after).apply(before) == after`.

    Lines are aligned first, then what a changed group of lines has in common at its ends is left
    out. No edit begins or ends between a `\r` and its `\n`, so that each has a position in an
    editor.
    """
    old, new = _lines(before), _lines(after)
    starts_old, starts_new = line_starts(old), line_starts(new)
    edits = [
        _trimmed(
            before,
            after,
            Span(starts_old[change.i1], starts_old[change.i2]),
            Span(starts_new[change.j1], starts_new[change.j2]),
        )
        for change in _changes(old, new)
    ]
    return Edits(tuple(edits))


def patch(before: Document, after: Document, context: int = 3) -> str:
    """Unified diff of two versions of a file, byte order marks included; the path is `before`'s."""
    return unified_diff(before.to_bytes().decode(), after.to_bytes().decode(), before.path, context)


def unified_diff(
    before: str,
    after: str,
    path: str,
    context: int = 3,
    edits: Edits | None = None,
    *,
    from_top: bool = False,
) -> str:
    r"""Unified diff for `git apply`, with `context` lines around; empty when the texts are equal.

    Lines are git's: they end at `\n` only, and a `\r` belongs to the line, so the result must be
    written without newline translation. `before` and `after` are what stands in the file, a byte
    order mark included (see `patch`). `path` is relative to where the patch will be applied, with
    `/` between folders. `edits` are those that lead from `before` to `after`, where they are known: then
    only their lines are aligned, which in a long file saves minutes. `from_top` writes the line `diff --git` with
    which git reads `path` from the top of the repository, wherever in it the patch is applied.
    """
    if before == after:
        return ""
    old, new = git_lines(before), git_lines(after)
    changes = _changes(old, new) if edits is None else list(_changes_of(edits, old, new))
    old_name, new_name = _name("a", path), _name("b", path)
    parts = [f"diff --git {old_name} {new_name}\n"] if from_top else []
    parts.append(f"--- {_ended(old_name)}\n+++ {_ended(new_name)}\n")
    for group in _groups(changes, context):
        parts.extend(_hunk(group, old, new, context))
    return "".join(parts)


def _hunk(group: list[Change], old: list[str], new: list[str], context: int) -> Iterator[str]:
    first, last = group[0], group[-1]
    above = min(context, first.i1)
    below = min(context, len(old) - last.i2)
    done = first.i1 - above
    ranges = _range(done, last.i2 + below), _range(first.j1 - above, last.j2 + below)
    yield f"@@ -{ranges[0]} +{ranges[1]} @@\n"
    for i1, i2, j1, j2 in group:
        yield from (_marked(" ", line) for line in old[done:i1])
        yield from (_marked("-", line) for line in old[i1:i2])
        yield from (_marked("+", line) for line in new[j1:j2])
        done = i2
    yield from (_marked(" ", line) for line in old[done : done + below])


def _range(start: int, end: int) -> str:
    """Lines as in a hunk's head: counted from 1, an empty range named by the line before it."""
    count = end - start
    return f"{start + 1}" if count == 1 else f"{start + (count > 0)},{count}"


def _marked(mark: str, line: str) -> str:
    return mark + line if line.endswith("\n") else mark + line + NO_NEWLINE


def _groups(changes: list[Change], context: int) -> Iterator[list[Change]]:
    """Join the changes whose context lines would meet or overlap."""
    group: list[Change] = []
    for change in changes:
        if group and change.i1 - group[-1].i2 > 2 * context:
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _changes(old: list[str], new: list[str]) -> list[Change]:
    """Align the lines."""
    # most edits touch few lines of a long file, and the matcher's time grows with the square of
    # the lines that repeat, so what is equal at the ends is kept from it
    head, tail = common_ends(old, new)
    middle = old[head : len(old) - tail], new[head : len(new) - tail]
    matcher = SequenceMatcher(None, *middle, autojunk=False)
    return [
        Change(i1 + head, i2 + head, j1 + head, j2 + head)
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        if tag != "equal"
    ]


def _changes_of(edits: Edits, old: list[str], new: list[str]) -> Iterator[Change]:
    """Align the lines that edits reach; all between them are the same."""
    starts = line_starts(old)
    shift = 0
    for first, end, growth in _touched(edits, starts, len(old)):
        # the lines before this group are as many as before, but for what earlier groups added
        new_first = first + shift
        length = starts[end] - starts[first] + growth
        new_end = new_first
        while length > 0:
            length -= len(new[new_end])
            new_end += 1
        for i1, i2, j1, j2 in _changes(old[first:end], new[new_first:new_end]):
            yield Change(first + i1, first + i2, new_first + j1, new_first + j2)
        shift = new_end - end


def _touched(edits: Edits, starts: list[int], count: int) -> Iterator[tuple[int, int, int]]:
    """Groups of lines `[first, end)` that edits reach, and by how many code points they grow."""
    group: tuple[int, int, int] | None = None
    for edit in edits:
        first = max(0, min(bisect_right(starts, edit.span.start), count) - 1)
        end = min(bisect_right(starts, edit.span.end), count)
        if group and first <= group[1]:
            group = group[0], max(end, group[1]), group[2] + edit.growth
            continue
        if group:
            yield group
        group = first, end, edit.growth
    if group:
        yield group


def whole_words(edit: TextEdit, text: str) -> TextEdit:
    """The same edit without what it repeats at its ends, and of no word a part: for somebody who reads it.

    Raises:
        ValueError: when its span reaches past the end of `text`.
    """
    old = edit.span.slice(text)
    head, tail = common_ends(old, edit.text)
    start, end = edit.span.start + head, edit.span.end - tail
    pieces = text[start:end], edit.text[head : len(edit.text) - tail]
    left, right = _WORD_END.search(text[:start]), _WORD.match(text, end)
    before, behind = left[0] if left else "", right[0] if right else ""
    inside = before and behind and not all(pieces)  # the two halves are, or become, one word
    if not inside and not any(map(_WORD.match, pieces)):
        before = ""
    if not inside and not any(map(_WORD_END.search, pieces)):
        behind = ""
    span = Span(start - len(before), end + len(behind))
    return TextEdit(span, before + pieces[1] + behind)


def common_ends(a: Sequence[str], b: Sequence[str]) -> tuple[int, int]:
    """How many items (or characters) are equal at the start, and at the end of what is left."""
    head = _common_start(a, b)
    return head, _common_start(a[head:][::-1], b[head:][::-1])


def _common_start(a: Sequence[str], b: Sequence[str]) -> int:
    limit = min(len(a), len(b))
    return next((i for i in range(limit) if a[i] != b[i]), limit)


def hunks(edits: Edits, text: str) -> tuple[Hunk, ...]:
    """Split edits of `text` into what can be taken or left on its own.

    What an edit repeats of the old text is left out. Between two hunks lies at least one whole line
    that none of them changes. Together they do what `edits` do.

    Raises:
        ValueError: when a span reaches past the end of `text`.
    """
    table = LineTable(text)
    found: list[Hunk] = []
    for edit in _refined(edits, text):
        first, end = table.position(edit.span.start).line, _first_line_kept(edit, table)
        if found and first <= found[-1].end:
            last = found.pop()
            found.append(Hunk(last.first, max(last.end, end), Edits((*last.edits, edit))))
        else:
            found.append(Hunk(first, end, Edits((edit,))))
    return tuple(found)


def _refined(edits: Edits, text: str) -> Iterator[TextEdit]:
    for edit in edits:
        for small in diff(edit.span.slice(text), edit.text):
            yield small.shift(edit.span.start)


def _first_line_kept(edit: TextEdit, table: LineTable) -> int:
    """Return the line below the edit: the first whose text stays, counted in the old text."""
    start, end = table.position(edit.span.start).line, table.position(edit.span.end).line
    at_start = edit.span.end == table.start(end)
    whole = edit.text[-1] in "\r\n" if edit.text else edit.span.start == table.start(start)
    return end if at_start and whole else end + 1


def _trimmed(before: str, after: str, old: Span, new: Span) -> TextEdit:
    """Return the edit from `old` to `new` without what both have in common at their ends."""
    removed, added = old.slice(before), new.slice(after)
    head, tail = common_ends(removed, added)
    head -= _splits_crlf(removed, head)
    tail -= _splits_crlf(removed, len(removed) - tail)
    return TextEdit(Span(old.start + head, old.end - tail), added[head : len(added) - tail])


def _splits_crlf(text: str, offset: int) -> bool:
    return text[max(0, offset - 1) : offset + 1] == "\r\n"


def _lines(text: str) -> list[str]:
    table = LineTable(text)
    lines = [table.full(i).slice(text) for i in range(len(table))]
    return lines if lines[-1] else lines[:-1]


def git_lines(text: str) -> list[str]:
    r"""Lines as git counts them, with their endings: only `\n` ends one."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def line_starts(lines: list[str]) -> list[int]:
    """Offset in code points of each line, and of the end."""
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    return starts


def _name(prefix: str, path: str) -> str:
    """Write a file's name as git does: C-quoted when odd."""
    name = f"{prefix}/{posixpath.normpath(path).lstrip('/')}"
    if not _ODD.search(name):
        return name
    return f'"{"".join(_quoted(byte) for byte in name.encode("utf-8", "surrogateescape"))}"'


def _ended(name: str) -> str:
    """Write a name that has a line of its own: a tab tells where one with a space ends."""
    return name + "\t" if " " in name else name


def _quoted(byte: int) -> str:
    if byte in ESCAPES:
        return "\\" + ESCAPES[byte]
    return chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}"
