"""Between the protocol's positions and spans of code points; nothing else here knows either of both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from lsprotocol import types

from editdiff.text.edit import Edits, TextEdit
from editdiff.text.lines import LineTable, Unit
from editdiff.text.span import Span

ANNOTATION = "editdiff"
"""The change annotation of every edit."""
UNITS: Mapping[types.PositionEncodingKind | str, Unit] = {
    types.PositionEncodingKind.Utf8: "utf-8",
    types.PositionEncodingKind.Utf16: "utf-16",
    types.PositionEncodingKind.Utf32: "utf-32",
}


@dataclass(frozen=True)
class Converter:
    """Positions of one text, in the unit that client and server agreed upon."""

    table: LineTable
    unit: Unit

    def offset(self, position: types.Position) -> int:
        """Code-point offset; a position past the end of a line or of the text is that end."""
        return self.table.offset(position.line, position.character, self.unit)

    def span(self, where: types.Range) -> Span:
        """Span of a range; one that runs backwards is taken the other way round."""
        start, end = self.offset(where.start), self.offset(where.end)
        return Span(min(start, end), max(start, end))

    def position(self, offset: int) -> types.Position:
        """Position of a code-point offset."""
        return types.Position(*self.table.position(offset, self.unit))

    def range(self, span: Span) -> types.Range:
        """Range of a span."""
        return types.Range(self.position(span.start), self.position(span.end))

    def text_edits(self, edits: Iterable[TextEdit]) -> list[types.TextEdit]:
        """Edits of this text; those that change nothing are left out by whoever made them."""
        return [types.TextEdit(self.range(edit.span), edit.text) for edit in edits]


def workspace_edit(
    uri: str,
    version: int,
    edits: Sequence[types.TextEdit],
    annotation: types.ChangeAnnotation,
    *,
    versioned: bool,
    annotated: bool,
) -> types.WorkspaceEdit:
    """Edits of one document; with its version and an annotation where the client understands them."""
    if not versioned:
        return types.WorkspaceEdit(changes={uri: list(edits)})
    items: list[types.TextEdit | types.AnnotatedTextEdit | types.SnippetTextEdit] = [*edits]
    if annotated:
        items = [types.AnnotatedTextEdit(ANNOTATION, e.range, e.new_text) for e in edits]
    document = types.OptionalVersionedTextDocumentIdentifier(uri=uri, version=version)
    return types.WorkspaceEdit(
        document_changes=[types.TextDocumentEdit(document, items)],
        change_annotations={ANNOTATION: annotation} if annotated else None,
    )


def change(
    text: str,
    event: types.TextDocumentContentChangeEvent,
    unit: Unit,
    table: LineTable | None = None,
) -> Edits:
    """One content change of a notification as an edit of `text`, whose lines `table` knows."""
    if isinstance(event, types.TextDocumentContentChangeWholeDocument):
        return Edits((TextEdit(Span(0, len(text)), event.text),))
    span = Converter(table or LineTable(text), unit).span(event.range)
    return Edits((TextEdit(span, event.text),))


def path_of(uri: str) -> str:
    """Path that a URI names, percent signs resolved; for messages and the file name, never opened."""
    return unquote(urlsplit(uri).path) or uri
