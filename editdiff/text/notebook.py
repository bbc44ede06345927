"""Jupyter notebooks: a file of JSON, and the cells in it.

Only the format is known here that has been written since 2014 (nbformat 4): `cells`, each with a `cell_type` and a
`source` that is a string, or a list of them, most often one for each line.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import PurePath
from typing import Any

from editdiff.errors import InputError
from editdiff.text.diff import diff
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.json_strings import JsonString, parse, written
from editdiff.text.magics import is_foreign, magics, masked
from editdiff.text.span import Span

SUFFIX = ".ipynb"
PYTHON, MARKDOWN = "python", "markdown"
_LANGUAGE = (("kernelspec", "language"), ("language_info", "name"), ("jupytext", "main_language"))
"""Where a notebook's metadata tell the language of its code; the first that is there counts."""
_HINT = "open it in Jupyter and save it there, or mend its JSON by hand"


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook, and the strings of the file that hold its text."""

    file: Document
    number: int
    """From 1, of all cells of the notebook, whatever their kind."""
    language: str
    """Of its text, in lower case; empty of a raw cell."""
    strings: tuple[JsonString, ...]
    listed: bool
    """Whether the strings stand in a list; otherwise there is one."""

    @cached_property
    def text(self) -> str:
        """What stands in it."""
        return "".join(self.strings)

    @property
    def is_code(self) -> bool:
        """Whether it is code in Python; a cell that a magic hands to another language is none."""
        return self.language == PYTHON and not is_foreign(self.text)

    @cached_property
    def magics(self) -> tuple[Span, ...]:
        """What in its text is for IPython alone."""
        return tuple(magics(self.text)) if self.language == PYTHON else ()

    @cached_property
    def document(self) -> Document:
        """Its text as one of its language, in which magics are hidden: every place stays.

        Raises:
            InputError: when it holds what no text can.
        """
        text = masked(self.text, self.magics)
        try:
            return Document(self.file.path, text, 0, self.language)
        except InputError as error:
            raise InputError(
                f"{self.file.path}: cell {self.number} holds NUL or half a character, which no text can",
                "write it as an escape of the language, such as '\\0' in Python",
            ) from error

    @property
    def editable(self) -> list[Span]:
        """Where its text may be edited: beside magics."""
        ends = [0, *(span.end for span in self.magics)]
        starts = [*(span.start for span in self.magics), len(self.text)]
        return [Span(end, start) for end, start in zip(ends, starts, strict=True) if end < start]

    def in_file(self, edits: Edits) -> Iterator[TextEdit]:
        """The edits of the file that edits of the text are; what they do not change stays as it is written."""
        for edit in edits:
            for small in diff(edit.span.slice(self.text), edit.text):
                yield self._in_strings(small.shift(edit.span.start))

    def written(self, span: Span) -> Span:
        """Where in the file a part of the text is written, without what stands between it and its neighbours."""
        if not self.strings:
            return Span(0, 0)
        start, end = self._written_at(span.start), span.end
        if not span.length:
            return Span(start, start)
        last = self._at(end - 1)
        return Span(start, self.strings[last].written_at(end - self._starts[last]))

    def _in_strings(self, edit: TextEdit) -> TextEdit:
        """One edit: in a list of strings each new line becomes one of its own."""
        start, end = edit.span.start, edit.span.end
        span = Span(self._written_at(start), self._written_at(end))
        first = self._at(start)
        if not edit.text and end == len(self.text) and first and start == self._starts[first]:
            return TextEdit(
                Span(self.strings[first - 1].end, span.end), ""
            )  # no empty string stays
        lines = re.split(r"(?<=\n)", edit.text)
        if len(lines) > 1 and not lines[-1] and end == len(self.text):
            lines.pop()  # the last line of a cell has no other behind it
        ascii_only = self.file.text.isascii() and "\\u" in self.file.text
        between = self._between if self.listed else ""
        return TextEdit(span, between.join(written(line, ascii_only=ascii_only) for line in lines))

    def _written_at(self, offset: int) -> int:
        """Where in the file a character of the text is written, or its end."""
        at = self._at(offset)
        return self.strings[at].written_at(offset - self._starts[at])

    def _at(self, offset: int) -> int:
        """Which of the strings holds a character of the text."""
        return bisect_right(self._starts, offset) - 1

    @cached_property
    def _starts(self) -> list[int]:
        """Where in the text each of the strings begins."""
        return list(accumulate(map(len, self.strings[:-1]), initial=0))

    @property
    def _between(self) -> str:
        """What the file has between two strings of the list, from quotation mark to quotation mark."""
        text, first = self.file.text, self.strings[0]
        if len(self.strings) > 1:
            return text[first.end : self.strings[1].start]
        bracket = text.rindex("[", 0, first.start)
        return f'",{text[bracket + 1 : first.start - 1] or " "}"'


@dataclass(frozen=True)
class Notebook:
    """A notebook's file and its cells, in order."""

    file: Document
    cells: tuple[Cell, ...]
    language: str
    """In which its code is written, as it says."""

    @property
    def hidden(self) -> Iterator[str]:
        """What IPython reads before Python does: magics, and cells of another language."""
        for cell in self.cells:
            if cell.language == PYTHON and not cell.is_code:
                yield cell.text
            else:
                yield from (span.slice(cell.text) for span in cell.magics)


def place(cell: int, line: int) -> str:
    """A line as people are told it, both from 1; of a notebook with its cell, which is 0 elsewhere."""
    return f"cell {cell}:{line}" if cell else f"{line}"


def is_notebook(path: str) -> bool:
    """Whether a path names a notebook."""
    return PurePath(path).suffix == SUFFIX


def read(file: Document) -> Notebook:
    """Read the cells of a notebook's file.

    Raises:
        InputError: when it is not the JSON of a notebook, or of one too old.
    """
    told = _parsed(file)
    cells = told.get("cells")
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        older = "is older than nbformat 4" if "worksheets" in told else "has no cells"
        raise InputError(f"{file.path} is no notebook that can be read: it {older}", _HINT)
    language = next(filter(None, (_told(told, *place) for place in _LANGUAGE)), PYTHON)
    found = (_cell(file, number, cell, language) for number, cell in enumerate(cells, 1))
    return Notebook(file, tuple(found), language)


def _parsed(file: Document) -> dict[str, Any]:
    try:
        told = parse(file.text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{file.path} is no notebook: it is not JSON (line {error.lineno}: {error.msg})", _HINT
        ) from error
    except RecursionError as error:
        raise InputError(f"{file.path} is no notebook: it is nested too deeply", _HINT) from error
    if not isinstance(told, dict):
        raise InputError(f"{file.path} is no notebook: its JSON is no object", _HINT)
    return told


def _cell(file: Document, number: int, told: dict[str, Any], code: str) -> Cell:
    """One of the cells, of a notebook whose code is in the language `code`."""
    kinds = {"code": _told(told, "vscode", "languageId") or code, "markdown": MARKDOWN}
    source = told.get("source")
    strings: list[Any] = source if isinstance(source, list) else [source]
    return Cell(
        file,
        number,
        kinds.get(str(told.get("cell_type")), "").lower(),
        tuple(strings) if all(isinstance(string, JsonString) for string in strings) else (),
        isinstance(source, list),
    )


def _told(owner: dict[str, Any], *keys: str) -> str:
    """What stands in the metadata of a notebook or cell; empty where it is no text."""
    told: Any = owner.get("metadata")
    for key in keys:
        told = told.get(key) if isinstance(told, dict) else None
    return told if isinstance(told, str) else ""
