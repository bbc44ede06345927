"""The code of a notebook as one text: its cells one below the other, as they are run from top to bottom."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.magics import is_foreign
from editdiff.text.notebook import Cell, Notebook
from editdiff.text.span import Span

BETWEEN = "\n\n"
"""What stands between two cells."""


@dataclass(frozen=True)
class NotebookCode:
    """The cells of code that are in the language of the notebook."""

    file: Document
    cells: tuple[Cell, ...]
    language: str

    @classmethod
    def of(cls, notebook: Notebook) -> NotebookCode:
        """The code of a notebook; a cell that a magic hands to another language is none."""
        language = notebook.language.lower()
        cells = (cell for cell in notebook.cells if cell.language == language)
        code = tuple(cell for cell in cells if not is_foreign(cell.text))
        return cls(notebook.file, code, language)

    @cached_property
    def document(self) -> Document:
        """The text, magics among it.

        Raises:
            InputError: when a cell holds what no text can.
        """
        text = BETWEEN.join(cell.text for cell in self.cells)
        return Document(self.file.path, text, 0, self.language)

    @property
    def spans(self) -> list[Span]:
        """What of the text stands in cells, beside magics: disjoint, in order."""
        return [
            span.shift(start)
            for cell, start in zip(self.cells, self._starts, strict=True)
            for span in cell.editable
        ]

    def cell_at(self, offset: int) -> tuple[Cell, int]:
        """The cell that stands at a place of the text or ends before it, and where it begins."""
        at = bisect_right(self._starts, offset) - 1
        return self.cells[at], self._starts[at]

    def line_in_cell(self, line: int) -> int:
        """A line of the text, counted in its cell; both from 0."""
        _, start = self.cell_at(self._table.start(line))
        return line - self._table.position(start).line

    def in_cell(self, span: Span, at: int) -> Span:
        """What of a span stands in the cell at a place, counted there."""
        cell, first = self.cell_at(at)
        start, end = (
            min(max(0, place - first), len(cell.text)) for place in (span.start, span.end)
        )
        return Span(start, end)

    def in_file(self, span: Span, at: int) -> Span:
        """Where in the JSON that is written."""
        return self.cell_at(at)[0].written(self.in_cell(span, at))

    @cached_property
    def _table(self) -> LineTable:
        return LineTable(self.document.text)

    @cached_property
    def _starts(self) -> list[int]:
        lengths = (len(cell.text) + len(BETWEEN) for cell in self.cells[:-1])
        return list(accumulate(lengths, initial=0)) if self.cells else []
