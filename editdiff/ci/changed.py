"""What a change is: the files that it added or changed, each with its lines that are new."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from editdiff.ci.excluded import LINK, POINTER, SUBMODULE, Excluded, why_not
from editdiff.errors import InputError
from editdiff.report.files import TOO_LARGE
from editdiff.report.git import Change, changes, compared, stored
from editdiff.report.paths import first_names
from editdiff.text import document as disk
from editdiff.text.diff import Hunk, common_ends, hunks
from editdiff.text.document import Document
from editdiff.text.edit import Edits
from editdiff.text.language import language_of
from editdiff.text.lines import LINE_ENDING, LineTable
from editdiff.text.printable import one_line
from editdiff.text.span import Span

PROSE = (".rst",)
"""Documentation in no language with a grammar."""
UNSEEN = (TOO_LARGE, POINTER)
"""Reasons that leave in doubt what is in a file."""


@dataclass(frozen=True)
class Changed:
    """A file that was added or changed."""

    path: str
    """From the top of the repository."""
    document: Document
    """As it is now; its path leads there from the current folder."""
    before: Document | None
    """As it was; None where it was not there. Its path is that of now."""
    everything: bool = False
    """Whether all of its lines may be looked at."""

    @cached_property
    def table(self) -> LineTable:
        """Its lines."""
        return LineTable(self.document.text)

    @cached_property
    def regions(self) -> list[range]:
        """Its lines, from 0, that are new or changed; an empty range where some went."""
        if self.everything or self.before is None:
            return [range(len(self.table))]
        return compared(self.before.text, self.document.text)

    @property
    def whole(self) -> bool:
        """Whether every line counts."""
        return self.everything or self.before is None

    @property
    def lines(self) -> list[int]:
        """The lines of all regions, in order."""
        return [line for region in self.regions for line in region]

    @property
    def spans(self) -> list[Span]:
        """The regions, endings of their lines included; of lines that went, the empty place."""
        return [self._span(region) for region in self.regions]

    def meets(self, lines: range) -> bool:
        """Whether one of some lines, from 0, is new or changed."""
        return any(
            region.start < lines.stop and lines.start < region.stop for region in self.regions
        )

    def holds(self, edits: Edits) -> bool:
        """Whether edits of the file change no line of it that is neither new nor changed."""
        return all(
            any(
                region.start <= lines.start and lines.stop <= region.stop for region in self.regions
            )
            for lines in map(self._lines_of, hunks(edits, self.document.text))
        )

    def _lines_of(self, hunk: Hunk) -> range:
        """The lines that a hunk replaces, without those that stay at its ends; an empty range where some come."""
        last = hunk.end - 1 if hunk.end > hunk.first else hunk.first
        if last >= len(self.table):  # behind the last line
            return range(hunk.first, hunk.end)
        span = Span(self.table.start(hunk.first), self.table.full(last).end)
        old = span.slice(self.document.text)
        new = Edits(tuple(edit.shift(-span.start) for edit in hunk.edits)).apply(old)
        lines = LINE_ENDING.split(old)
        head, tail = common_ends(lines, LINE_ENDING.split(new))
        first = hunk.first + head
        return range(first, max(first, hunk.first + len(lines) - tail))

    def _span(self, region: range) -> Span:
        last = len(self.table) - 1
        if not region:
            at = self.table.start(region.start) if region.start <= last else len(self.document.text)
            return Span(at, at)
        return Span(self.table.start(region.start), self.table.full(region.stop - 1).end)


@dataclass
class Listing:
    """The files of a change, and what is told of those that are left out."""

    files: list[Changed] = field(default_factory=list)
    unknown: list[Changed] = field(default_factory=list)
    """Files of text in no language that is known: merges in conflict are looked for in them, and nothing else."""
    notes: list[str] = field(default_factory=list)
    doubted: bool = False
    """Whether a file is left out that may hold something wrong."""


def changed(
    top: Path,
    commit: str,
    *,
    everything: bool = False,
    exclude: Sequence[str] = (),
    apart: Iterable[Path] = (),
) -> Listing:
    """The files that were added or changed since a commit; `apart` are some that are no part of the change.

    Raises:
        InputError: when git cannot be asked.
    """
    own = {os.path.realpath(file) for file in apart}
    found = [each for each in changes(top, commit) if os.path.realpath(top / each.path) not in own]
    excluded = Excluded(top, [each.path for each in found], exclude)
    listing, reasons = Listing(), defaultdict[str, list[str]](list)
    for change in found:
        if not (why := excluded.why(change.path)):
            why = _take(top, commit, change, everything, listing)
        elif why == LINK or not (why == SUBMODULE or language_of(change.path)):
            continue  # nobody would look at it anyway
        if why:
            reasons[why].append(change.path)
    listing.notes += [
        one_line(f"{first_names(names)}: not looked at, {why}") for why, names in reasons.items()
    ]
    listing.doubted |= any(why in UNSEEN for why in reasons)
    return listing


def _take(top: Path, commit: str, change: Change, everything: bool, listing: Listing) -> str:
    """Read a file and put it where it belongs; why it is left out, if it is."""
    known = bool(language_of(change.path))
    try:
        document = read_below(top, change.path)
    except InputError as error:
        if not known:  # of a picture nobody expects text
            return ""
        listing.doubted = True
        named = os.path.relpath(top / change.path)
        return f"it {error.message.removeprefix(named).strip().partition(':')[0]}"
    if why := why_not(document):
        return why
    before = None
    if change.before is not None and (old := stored(top, commit, change.before)) is not None:
        text = old.decode("utf-8-sig", "replace").replace("\0", "\ufffd")
        before = replace(document, text=text)
    found = Changed(change.path, document, before, everything)
    (listing.files if document.language or _is_prose(found) else listing.unknown).append(found)
    return ""


def _is_prose(file: Changed) -> bool:
    """Whether a file is documentation without a grammar: its mathematics is judged, and nothing else."""
    return PurePosixPath(file.path).suffix.lower() in PROSE


def read_below(top: Path, name: str) -> Document:
    """Read a file of the repository; the document's path leads there from the current folder."""
    return disk.read(os.path.relpath(top / name))
