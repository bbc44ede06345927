r"""A unified diff to what it changes, and applied exactly.

Lines are git's: they end at `\n` only, and a `\r` belongs to the line. What stands between the
files' parts (a commit message, a signature) is skipped; whatever belongs to a hunk must be in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, NoReturn

from editdiff.errors import InputError
from editdiff.text.diff import ESCAPES, Change, git_lines, line_starts
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.span import Span

BOM = "\ufeff"
NOWHERE = "/dev/null"
Status = Literal["modified", "new", "deleted", "renamed", "copied"]

_HEAD = re.compile(r"@@ -([0-9]{1,9})(?:,([0-9]{1,9}))? \+([0-9]{1,9})(?:,([0-9]{1,9}))? @@")
_COMBINED = re.compile(r"diff --(cc|combined) |@@@+ ")
_SIGNATURE = re.compile(r"-- ?\r?\n")
_GIT_HEADER = re.compile(
    r"(?P<key>old mode|new mode|(?P<status>new|deleted) file mode|(?P<moved>rename|copy) (from|to)"
    r"|similarity index|dissimilarity index|index) (?P<value>.*)"
)
_BINARY = re.compile(r"Binary files .* differ\r?\n|GIT binary patch\r?\n")
_PREFIX = re.compile(r"[abciow12]/")
_MOVED: dict[str, Status] = {"rename": "renamed", "copy": "copied"}
_UNESCAPED = {letter.encode(): bytes([code]) for code, letter in ESCAPES.items()}
_DAMAGED = "make the patch again: it was cut, or changed by hand or on its way"


class PatchLine(NamedTuple):
    """A line of a hunk."""

    mark: str
    """A space for context, `-` for the old side, `+` for the new."""
    text: str
    r"""With its `\n`; without when it is the last of a file that does not end in one."""


@dataclass(frozen=True)
class PatchHunk:
    """One `@@` part: lines as they stand in the old file and in the new; counted from 0."""

    old_start: int
    new_start: int
    lines: tuple[PatchLine, ...]

    @property
    def old(self) -> list[str]:
        """Lines of the old side, context included."""
        return [line.text for line in self.lines if line.mark != "+"]

    @property
    def new(self) -> list[str]:
        """Lines of the new side, context included."""
        return [line.text for line in self.lines if line.mark != "-"]

    @property
    def changes(self) -> list[Change]:
        """The stretches of lines that changed, without context, numbered as in the files."""
        i, j = self.old_start, self.new_start
        changes: list[Change] = []
        for mark, _ in self.lines:
            step = Change(i, i + (mark != "+"), j, j + (mark != "-"))
            if mark != " ":
                joins = changes and (changes[-1].i2, changes[-1].j2) == (i, j)
                first = changes.pop() if joins else step
                changes.append(Change(first.i1, step.i2, first.j1, step.j2))
            i, j = step.i2, step.j2
        return changes


@dataclass(frozen=True)
class FilePatch:
    """What a patch does to one file."""

    old_path: str
    """Relative to where the patch is applied, without `a/`; empty for a new file."""
    new_path: str
    """Empty for a deleted file."""
    hunks: tuple[PatchHunk, ...] = ()
    status: Status = "modified"
    binary: bool = False
    """Whether the change is one of bytes, which is not read."""

    @property
    def path(self) -> str:
        """The name to call it by: the new one if there is one."""
        return self.new_path or self.old_path

    @property
    def changed_lines(self) -> tuple[range, ...]:
        """Lines of the new file that the patch added or changed, counted from 0 as git does."""
        changes = [change for hunk in self.hunks for change in hunk.changes]
        return tuple(range(change.j1, change.j2) for change in changes if change.j1 < change.j2)


def apply_patch(document: Document, patch: FilePatch) -> Document:
    """Return the next version of `document`, changed as `patch` says at the lines it says.

    Nothing is searched for and no line may differ from what the patch expects. A renamed or copied
    file keeps the path of `document`.

    Raises:
        InputError: when a hunk does not fit, with its number, or the patch is none of text lines.
    """
    if patch.binary or patch.status in ("new", "deleted"):
        kind = "a change of bytes" if patch.binary else f"a {patch.status} file"
        raise InputError(f"{patch.path}: the patch holds {kind}", "apply it with `git apply`")
    raw = _as_in_file(document)
    text = patch_edits(patch, raw).apply(raw)
    has_bom = text.startswith(BOM)
    return replace(document.with_text(text[has_bom:]), bom=has_bom)


def patch_edits(patch: FilePatch, text: str) -> Edits:
    """Return the edits of `text`, the old file with its byte order mark, without context lines.

    Raises:
        InputError: when a hunk does not fit, with its number.
    """
    lines = git_lines(text)
    starts = line_starts(lines)
    edits, done = [], 0
    for where, hunk in _numbered(patch):
        if hunk.old_start < done:
            _refuse(where, "it begins before the end of the hunk above it", _DAMAGED)
        done = hunk.old_start + len(hunk.old)
        _expect(where, hunk.old, lines, hunk.old_start)
        _expect_end(where, hunk, lines)
        new = hunk.new
        for i1, i2, j1, j2 in hunk.changes:
            added = "".join(new[j1 - hunk.new_start : j2 - hunk.new_start])
            edits.append(TextEdit(Span(starts[i1], starts[i2]), added))
    return Edits(tuple(edits))


def changed_spans(patch: FilePatch, document: Document) -> tuple[Span, ...]:
    """Where `document`, the new file, holds lines that the patch added or changed.

    Raises:
        InputError: when the document is not what the patch leads to, with the hunk's number.
    """
    lines = git_lines(_as_in_file(document))
    starts = [max(0, start - document.bom) for start in line_starts(lines)]
    for where, hunk in _numbered(patch):
        _expect(where, hunk.new, lines, hunk.new_start)
    return tuple(Span(starts[run.start], starts[run.stop]) for run in patch.changed_lines)


def parse_patch(text: str) -> tuple[FilePatch, ...]:
    r"""Read a unified diff, as `git diff`, `git format-patch` or `diff -u` writes it.

    `text` must have been read without newline translation. Names lose the prefixes `a/` and `b/`
    (and git's other ones) and their quotes.

    Raises:
        InputError: when a hunk is cut, too long or without a file, with its number; for a merge's
            combined diff; when there is no file in it.
    """
    files = tuple(_files(_Reader(git_lines(text))))
    if not files:
        raise InputError("the patch names no file", "give a unified diff, as `git diff` writes it")
    return files


class _Reader:
    """Lines with a place in them; past the end are empty ones."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._next = 0

    def peek(self, ahead: int = 0) -> str:
        at = self._next + ahead
        return self._lines[at] if at < len(self._lines) else ""

    def take(self) -> str:
        self._next += 1
        return self.peek(-1)


def _files(reader: _Reader) -> Iterator[FilePatch]:
    while line := reader.peek():
        if line.startswith("diff --git "):
            yield _git_file(reader)
        elif _at_names(reader):
            yield _with_hunks(reader, _named(*_names(reader)))
        elif line.startswith("@@ -"):
            _refuse("the patch", f"no file for {line[:60]!r}, or it is no hunk's head", _DAMAGED)
        elif _COMBINED.match(line):
            _refuse("the patch", "it is a merge's combined diff", "make it with `git diff -m`")
        else:
            reader.take()


def _git_file(reader: _Reader) -> FilePatch:
    """Read what follows `diff --git`; names stand there, in `rename`, and above the hunks."""
    old, new = _names_on_one_line(reader.take().removeprefix("diff --git ").rstrip("\r\n"))
    status: Status = "modified"
    while header := _GIT_HEADER.match(reader.peek()):
        reader.take()
        if header["status"]:
            status = "new" if header["status"] == "new" else "deleted"
        if header["moved"]:
            status = _MOVED[header["moved"]]
            name = _name(header["value"])
            old, new = (name, new) if header["key"].endswith("from") else (old, name)
    if status in _MOVED.values() and _at_names(reader):
        _names(reader)  # the same again, with prefixes
    elif _at_names(reader):
        old, new = _names(reader)
    patch = _named(NOWHERE if status == "new" else old, NOWHERE if status == "deleted" else new)
    if status in _MOVED.values():
        patch = replace(patch, status=status)
    if not patch.path:
        _refuse("the patch", "a file's header names no file", _DAMAGED)
    if _BINARY.match(reader.peek()):
        return replace(patch, binary=True)
    return _with_hunks(reader, patch)


def _named(old: str, new: str) -> FilePatch:
    if old == NOWHERE:
        return FilePatch("", new, status="new")
    return FilePatch(old, "", status="deleted") if new == NOWHERE else FilePatch(old, new)


def _with_hunks(reader: _Reader, patch: FilePatch) -> FilePatch:
    hunks: list[PatchHunk] = []
    while head := _HEAD.match(reader.peek()):
        where = f"{patch.path}, hunk {len(hunks) + 1}"
        reader.take()
        hunks.append(_hunk(reader, head, where))
        _refuse_more(reader, where)
    return replace(patch, hunks=tuple(hunks))


def _hunk(reader: _Reader, head: re.Match[str], where: str) -> PatchHunk:
    counts = {"-": int(head[2] or 1), "+": int(head[4] or 1)}
    old_start = _index(where, int(head[1]), counts["-"])
    new_start = _index(where, int(head[3]), counts["+"])
    lines: list[PatchLine] = []
    while any(counts.values()) or reader.peek().startswith("\\ "):
        line = _body_line(reader.take(), where)
        if line.mark == "\\":
            _end_without_newline(lines, where)
            continue
        lines.append(line)
        for mark in counts:
            counts[mark] -= line.mark in (" ", mark)
        if min(counts.values()) < 0:
            _refuse(where, "it has other lines than its head counts", _DAMAGED)
    hunk = PatchHunk(old_start, new_start, tuple(lines))
    if not all(line.endswith("\n") for side in (hunk.old, hunk.new) for line in side[:-1]):
        _refuse(where, "a line marked as the file's last is not the last", _DAMAGED)
    return hunk


def _index(where: str, number: int, count: int) -> int:
    """Return the place of a hunk's side; an empty one is named by the line before it."""
    if count and not number:
        _refuse(where, "its head begins at line 0", _DAMAGED)
    return number - (count > 0)


def _body_line(line: str, where: str) -> PatchLine:
    if line in ("\n", "\r\n"):  # blanks at the end of lines were removed on the way
        return PatchLine(" ", line)
    if line[:1] not in (" ", "-", "+", "\\"):
        _refuse(where, "it ends before the last line that its head counts", _DAMAGED)
    if not line.endswith("\n") and line[0] != "\\":
        _refuse(where, "the patch ends in the middle of a line", "end the patch with a newline")
    return PatchLine(line[0], line[1:])


def _end_without_newline(lines: list[PatchLine], where: str) -> None:
    if not lines or not lines[-1].text.endswith("\n"):
        _refuse(where, "`\\ No newline at end of file` follows no line", _DAMAGED)
    lines[-1] = PatchLine(lines[-1].mark, lines[-1].text[:-1])


def _refuse_more(reader: _Reader, where: str) -> None:
    """A line too many would be lost in silence, as what stands between files is skipped."""
    line = reader.peek()
    if line[:1] in (" ", "-", "+") and not _at_names(reader) and not _SIGNATURE.fullmatch(line):
        _refuse(where, "it has more lines than its head counts", _DAMAGED)


def _at_names(reader: _Reader) -> bool:
    return reader.peek().startswith("--- ") and reader.peek(1).startswith("+++ ")


def _names(reader: _Reader) -> tuple[str, str]:
    old, new = (_name(reader.take()[4:]) for _ in "-+")
    return _unprefixed(old, new)


def _names_on_one_line(names: str) -> tuple[str, str]:
    """Where one ends and the other begins: both are the same, or `rename` lines say them again."""
    for space in re.finditer(" ", names):
        old, new = _unprefixed(_name(names[: space.start()]), _name(names[space.end() :]))
        if old == new:
            return old, new
    return "", ""


def _name(field: str) -> str:
    """Read a name: quoted, or up to a tab, after which a time may stand."""
    field = field.rstrip("\r\n")
    if quoted := re.match(r'"((?:[^"\\]|\\.)*)"', field):
        data = quoted[1].encode("utf-8", "surrogateescape")
        return re.sub(rb"\\([0-7]{3}|.)", _unescaped, data).decode("utf-8", "surrogateescape")
    return field.split("\t")[0]


def _unescaped(escape: re.Match[bytes]) -> bytes:
    code: bytes = escape[1]
    return bytes([int(code, 8) & 255]) if len(code) == 3 else _UNESCAPED.get(code, code)


def _unprefixed(old: str, new: str) -> tuple[str, str]:
    """Take off git's prefixes, which differ; the same on both sides is a folder's name."""
    prefixes = [name[:2] for name in (old, new) if name != NOWHERE]
    if len({*prefixes}) < len(prefixes) or not all(map(_PREFIX.match, prefixes)):
        return old, new
    return old if old == NOWHERE else old[2:], new if new == NOWHERE else new[2:]


def _as_in_file(document: Document) -> str:
    return BOM * document.bom + document.text


def _numbered(patch: FilePatch) -> Iterator[tuple[str, PatchHunk]]:
    for number, hunk in enumerate(patch.hunks, 1):
        yield f"{patch.path}, hunk {number}", hunk


def _expect(where: str, expected: Sequence[str], lines: Sequence[str], start: int) -> None:
    hint = "the file is not the version that the patch was made for"
    if start + len(expected) > len(lines):
        _refuse(where, f"the file ends before line {start + max(1, len(expected))}", hint)
    for number, line in enumerate(expected, start):
        if line == lines[number]:
            continue
        if line.rstrip("\r\n") == lines[number].rstrip("\r\n"):
            hint = "patch and file differ in their line endings"
        found = f"expected {line[:60]!r}, the file has {lines[number][:60]!r}"
        _refuse(where, f"line {number + 1} differs: {found}", hint)


def _expect_end(where: str, hunk: PatchHunk, lines: Sequence[str]) -> None:
    """A line without newline can only be the last, or the next would be glued to it."""
    end = hunk.old_start + len(hunk.old)
    if end < len(lines) and hunk.new and not hunk.new[-1].endswith("\n"):
        _refuse(where, f"it ends the file, which has {len(lines) - end} more lines", _DAMAGED)
    above = lines[hunk.old_start - 1] if hunk.old_start else "\n"
    if hunk.new and not above.endswith("\n"):
        _refuse(where, "it adds lines after one without a newline", _DAMAGED)


def _refuse(where: str, rule: str, hint: str) -> NoReturn:
    raise InputError(f"{where}: {rule}", hint)
