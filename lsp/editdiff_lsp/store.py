"""The open documents: each version a text, and the edits that led to it.

Ours and not the library's, which splits lines at form feeds and U+2028, where the protocol does not.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

from lsprotocol import types

from editdiff.edits.others import among
from editdiff.engines.base import OtherFile
from editdiff.errors import InputError
from editdiff.text.document import Document
from editdiff.text.edit import Edits, compose
from editdiff.text.language import from_editor, language_of
from editdiff.text.lines import LineTable, Unit
from editdiff.text.span import Span
from editdiff_lsp import convert

KEPT = 1000
"""Changes of a document that are remembered: a proposal older than that is dropped."""
KEPT_VERSIONS = 64
"""Versions whose edits up to now are kept put together."""
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass
class Opened:
    """A document as the client has it open."""

    uri: str
    language: str
    version: int
    text: str
    unit: Unit
    history: deque[tuple[int, Edits]] = field(default_factory=lambda: deque(maxlen=KEPT))
    """Versions, and what was done to each of them to get to the next one."""
    _count: int = 0
    """Edits so far, those forgotten too."""
    _known: dict[int, tuple[Edits, int]] = field(default_factory=dict)
    """What `since` put together last: the edits from a version, up to which edit."""
    _table: LineTable | None = None
    _halves: bool = False
    """Whether half a character was ever brought alone: its other half may come later."""

    @property
    def table(self) -> LineTable:
        """The lines of the text as it is now."""
        if self._table is None:
            self._table = LineTable(self.text)
        return self._table

    @property
    def converter(self) -> convert.Converter:
        """Positions of the text as it is now."""
        return convert.Converter(self.table, self.unit)

    def document(self) -> Document:
        """The text as operations take it.

        Raises:
            InputError: when it holds a NUL or half a character.
        """
        return Document(convert.path_of(self.uri), self.text, self.version, self.language)

    def change(self, events: Sequence[types.TextDocumentContentChangeEvent], version: int) -> None:
        """Apply the content changes of one notification, one after the other."""
        for event in events:
            edits = convert.change(self.text, event, self.unit, self._table)
            text = edits.apply(self.text)
            self._halves |= bool(_SURROGATE.search(event.text))
            if (
                self._halves and (joined := _joined(text)) != text
            ):  # what follows has moved: all is new
                text, edits = joined, _whole(self.text, joined)
            self.history.append((self.version, edits))
            self._count += 1
            self.text, self._table = text, None
        self.version = version

    def since(self, version: int) -> Edits | None:
        """All edits from a version to the text as it is now; None when that is not known any more.

        What was put together for a version is kept: asked again, only the edits since then are added.
        """
        if version == self.version:
            return Edits()
        first = self._count - len(self.history)
        edits, done = self._known.pop(version, (Edits(), self._first(version)))
        if done is None or done < first:
            return None
        for _, step in islice(self.history, done - first, None):
            edits = compose(edits, step)
        self._known[version] = edits, self._count
        if len(self._known) > KEPT_VERSIONS:
            del self._known[next(iter(self._known))]
        return edits

    def _first(self, version: int) -> int | None:
        """Number of the first edit of a version, of all there ever were."""
        oldest = self._count - len(self.history)
        return next((oldest + i for i, (v, _) in enumerate(self.history) if v == version), None)


class Store:
    """All open documents, by URI, in the order in which they were last seen."""

    def __init__(self) -> None:
        self.unit: Unit = "utf-16"
        self._opened: dict[str, Opened] = {}

    def get(self, uri: str) -> Opened | None:
        """Return an open document."""
        return self._opened.get(uri)

    def see(self, uri: str) -> Opened | None:
        """Return an open document that the user is at work in: of all it is the one seen last."""
        opened = self._opened.pop(uri, None)
        if opened is not None:
            self._opened[uri] = opened
        return opened

    def all(self) -> list[Opened]:
        """Every open document."""
        return list(self._opened.values())

    def belonging(
        self, document: Document, spans: Sequence[Span], most: int
    ) -> tuple[OtherFile, ...]:
        """Other open documents that belong to one (`edits.others.among`); any thread may ask."""
        return among(document, spans, self._documents(), most)

    def _documents(self) -> list[Document]:
        """Every open document that is text, the one seen last behind the others."""
        found = []
        for opened in self.all():
            with suppress(InputError):
                found.append(opened.document())
        return found

    def open(self, item: types.TextDocumentItem) -> Opened:
        """Take a document as the client opened it."""
        named = from_editor(item.language_id)
        language = named or language_of(convert.path_of(item.uri), item.text)
        opened = Opened(item.uri, language, item.version, _joined(item.text), self.unit)
        self._opened.pop(item.uri, None)
        self._opened[item.uri] = opened
        return opened

    def close(self, uri: str) -> None:
        """Forget a document."""
        self._opened.pop(uri, None)


def _joined(text: str) -> str:
    """Join the halves of characters that JSON brought one by one."""
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _whole(before: str, after: str) -> Edits:
    return convert.change(before, types.TextDocumentContentChangeWholeDocument(after), "utf-32")
