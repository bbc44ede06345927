"""Documents whose places move with the client's edits: what the server says and does is judged by them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from os.path import commonprefix
from typing import Any

from lsp_buffer import Buffer
from lsprotocol import types as lsp


@dataclass(eq=False)
class Mark:
    """Places of a document that a request may change, as the user's edits have moved them."""

    spans: list[tuple[int, int]] | None
    """In units; None when an edit reached across a border of one: what was asked for is gone."""
    at: dict[int, list[tuple[int, int]] | None] = field(default_factory=dict)
    """By version."""
    beside: list[tuple[str, str]] = field(default_factory=list)
    """The character before each span and the one after it, when the request was made."""

    def follow(self, start: int, end: int, growth: int) -> None:
        """Take an edit into account."""
        if self.spans is not None:
            moved = [_moved(span, start, end, growth) for span in self.spans]
            self.spans = None if None in moved else [span for span in moved if span]


def _moved(span: tuple[int, int], start: int, end: int, growth: int) -> tuple[int, int] | None:
    """A span after an edit of `start` to `end`; None when the edit is neither outside nor inside of it."""
    s, e = span
    if s <= start and end <= e:
        return s, e + growth
    if end <= s:
        return s + growth, e + growth
    return span if start >= e else None


class TrackedBuffer(Buffer):
    """A document whose marks move with its text, and which judges the server's edits."""

    def __init__(self, *args: Any, judge: Callable[..., None]) -> None:
        super().__init__(*args)
        self.judge = judge
        self.marks: list[Mark] = []
        self.texts = {self.version: self.text}
        """By version."""

    def mark(self, ranges: Iterable[lsp.Range]) -> Mark:
        """Begin to follow some ranges."""
        spans = [(self.index(each.start), self.index(each.end)) for each in ranges]
        beside = [self.beside(*span) for span in spans]
        self.marks.append(Mark(spans, {self.version: spans}, beside))
        return self.marks[-1]

    def replace(self, where: lsp.Range, text: str) -> lsp.TextDocumentContentChangePartial:
        old = self.slice(where)
        head = len(commonprefix((old, text)))  # noqa: RUF071
        tail = len(commonprefix((old[head:][::-1], text[head:][::-1])))  # noqa: RUF071
        start = self.index(where.start) + self.length(old[:head])
        end = self.index(where.end) - self.length(old[len(old) - tail :])
        for mark in self.marks:
            mark.follow(start, end, self.length(text) - self.length(old))
        return super().replace(where, text)

    def begin_version(self) -> None:
        super().begin_version()
        self.texts[self.version] = self.text
        for mark in self.marks:
            mark.at[self.version] = mark.spans

    def apply(self, edits: Iterable[lsp.TextEdit]) -> list[lsp.TextDocumentContentChangePartial]:
        edits = list(edits)
        places = [(self.index(edit.range.start), self.index(edit.range.end)) for edit in edits]
        before = self.text
        changes = super().apply(edits)
        self.judge(self, places, edits, before)
        return changes

    def holds(self, mark: Mark, places: Iterable[tuple[int, int]], version: int) -> bool:
        """Whether each place of a version lies in what was asked for.

        Where an edit reached across a border, it may have put there what it took away, as typing `(` and then
        removing the next one does: what was asked for is then known by the characters beside it.
        """
        if version not in mark.at:
            return False
        if (spans := mark.at[version]) is not None:
            return all(any(s <= start and end <= e for s, e in spans) for start, end in places)
        then = TrackedBuffer(self.uri, self.texts[version], "", self.encoding, judge=self.judge)
        return all(then.beside(*place) in mark.beside for place in places)

    def beside(self, start: int, end: int) -> tuple[str, str]:
        """The character before a place and the one after it; nothing where there is none."""
        return self.part(0, start)[-1:], self.part(end, self.length(self.text))[:1]

    def places_in(self, version: int, ranges: Iterable[lsp.Range]) -> list[tuple[int, int]]:
        """Indices of ranges that count in the text of some version."""
        then = Buffer(self.uri, self.texts[version], self.language, self.encoding)
        return [(then.index(each.start), then.index(each.end)) for each in ranges]

    def part(self, start: int, end: int) -> str:
        """What stands between two indices."""
        return self.slice(self.range(start, end))
