"""A notebook as an editor holds it."""

from collections.abc import Sequence

from lsp_buffer import Buffer
from lsp_editor import Editor
from lsprotocol import types as lsp


class Book:
    """A notebook that is open in an editor."""

    def __init__(self, editor: Editor, cells: Sequence[str], languages: Sequence[str] = ()) -> None:
        """Open it; cells are marked as documents are, and in Python unless `languages` says otherwise."""
        self.uri = "file:///project/a.ipynb"
        self._editor = editor
        self._count = 0
        self._version = 1
        kinds = [*languages, *["python"] * (len(cells) - len(languages))]
        self.cells = [self._cell(text, kind) for text, kind in zip(cells, kinds, strict=True)]
        notebook = lsp.NotebookDocument(
            self.uri, "jupyter-notebook", 1, [_listed(cell) for cell in self.cells]
        )
        items = [_item(cell) for cell in self.cells]
        editor.notebook_document_did_open(lsp.DidOpenNotebookDocumentParams(notebook, items))

    def put(self, at: int, delete: int, *cells: str) -> None:
        """Delete cells, and insert others there."""
        gone, new = self.cells[at : at + delete], [self._cell(text, "python") for text in cells]
        self.cells[at : at + delete] = new
        array = lsp.NotebookCellArrayChange(at, delete, [_listed(cell) for cell in new])
        structure = lsp.NotebookDocumentCellChangeStructure(
            array,
            [_item(cell) for cell in new],
            [lsp.TextDocumentIdentifier(cell.uri) for cell in gone],
        )
        self._tell(lsp.NotebookDocumentCellChanges(structure=structure))

    def write(self, cell: Buffer, text: str, where: lsp.Position) -> None:
        """Write a text at a place of a cell."""
        changes = [cell.replace(lsp.Range(where, where), text)]
        cell.begin_version()
        document = lsp.VersionedTextDocumentIdentifier(cell.version, cell.uri)
        content = lsp.NotebookDocumentCellContentChanges(document, changes)
        self._tell(lsp.NotebookDocumentCellChanges(text_content=[content]))

    def close(self) -> None:
        """Close it."""
        closed = [lsp.TextDocumentIdentifier(cell.uri) for cell in self.cells]
        notebook = lsp.NotebookDocumentIdentifier(self.uri)
        params = lsp.DidCloseNotebookDocumentParams(notebook, closed)
        self._editor.notebook_document_did_close(params)

    def _cell(self, marked: str, language: str) -> Buffer:
        self._count += 1
        uri = f"vscode-notebook-cell:/project/a.ipynb#W{self._count}"
        return Buffer(uri, marked, language, self._editor.encoding)

    def _tell(self, cells: lsp.NotebookDocumentCellChanges) -> None:
        self._version += 1
        identifier = lsp.VersionedNotebookDocumentIdentifier(self._version, self.uri)
        change = lsp.NotebookDocumentChangeEvent(cells=cells)
        params = lsp.DidChangeNotebookDocumentParams(identifier, change)
        self._editor.notebook_document_did_change(params)


def _item(cell: Buffer) -> lsp.TextDocumentItem:
    return lsp.TextDocumentItem(cell.uri, cell.language, cell.version, cell.text)


def _listed(cell: Buffer) -> lsp.NotebookCell:
    kind = lsp.NotebookCellKind.Markup if cell.language == "markdown" else lsp.NotebookCellKind.Code
    return lsp.NotebookCell(kind, cell.uri)
