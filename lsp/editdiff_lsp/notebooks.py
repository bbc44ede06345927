"""The open notebooks: in which order their cells stand, and so what was run before one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lsprotocol import types

from editdiff.text.magics import is_foreign, magics, masked
from editdiff.text.notebook_code import BETWEEN
from editdiff_lsp.store import Opened, Store

MOST_ABOVE = 20_000
"""Code points of the cells above one, the nearest first: more than a model is shown."""


@dataclass
class Notebooks:
    """Cells by notebook; their texts are in the store, as those of other documents are."""

    store: Store
    _cells: dict[str, list[str]] = field(default_factory=dict)
    """URIs of the cells of each notebook, from top to bottom."""

    def open(self, uri: str, cells: Iterable[types.NotebookCell]) -> None:
        """Take a notebook."""
        self._cells[uri] = [cell.document for cell in cells]

    def restructure(self, uri: str, change: types.NotebookCellArrayChange) -> None:
        """Take cells that came, went or moved; of a notebook that is not open nothing is known."""
        if (cells := self._cells.get(uri)) is not None:
            new = [cell.document for cell in change.cells or ()]
            cells[change.start : change.start + change.delete_count] = new

    def close(self, uri: str) -> None:
        """Forget a notebook."""
        self._cells.pop(uri, None)

    def above(self, cell: Opened) -> str:
        """The code above a cell that is in its language, and what parts it from the cell."""
        pieces: list[str] = []
        room = MOST_ABOVE
        for opened in reversed(self._before(cell)):
            text = _python(opened.text) if opened.language == "python" else opened.text
            room -= len(text)
            if room < 0:
                break
            if text.strip():
                pieces.append(text)
        return "".join(text + BETWEEN for text in reversed(pieces))

    def _before(self, cell: Opened) -> Sequence[Opened]:
        cells = next((each for each in self._cells.values() if cell.uri in each), [])
        above = cells[: cells.index(cell.uri)] if cells else []
        found = (self.store.get(uri) for uri in above)
        return [each for each in found if each is not None and each.language == cell.language]


def _python(cell: str) -> str:
    """The Python of a cell, with a comment for each magic."""
    return "" if is_foreign(cell) else masked(cell, magics(cell))
