"""A notebook as ruff reads it, and what of its answer belongs to one cell.

Ruff has rules of its own for notebooks: imports belong at the top of a cell, its last expression is shown. What
magics do it does not see, so what they name is neither unused nor undefined for certain.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from editdiff.text.document import Document
from editdiff.text.notebook import Cell, Notebook

UNDEFINED = "F821"
_NAMES = re.compile(r"`([^`]+)`")
_WORD = re.compile(r"[^\W\d]\w*")
_DEFINING = re.compile(r"%+(?:bigquery|julia|load|loadpy|macro|pylab|R|recall|run|sql|store)\b")
"""Magics that may define any name."""


def names(told: Mapping[str, Any]) -> list[str]:
    """What an entry of ruff's list names in its message, between backticks."""
    return _NAMES.findall(told["message"])


@dataclass(frozen=True)
class CellAmongOthers:
    """A cell of code, to be judged together with the other ones of its notebook."""

    notebook: Notebook
    cell: Cell

    def as_json(self, text: str) -> str:
        """The notebook with another text of the cell, and nothing in it but code in Python."""
        cell: dict[str, object] = {
            "cell_type": "code",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        cells = [{**cell, "source": source} for source in self._sources(text)]
        return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})

    def with_others(self, document: Document) -> Document:
        """A text of the cell, followed by the other ones."""
        return document.with_text("\n".join((document.text, *self._sources(""))))

    def own(self, told: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """What ruff says of the cell, without what magics may use or define."""
        return [
            entry if _is_near(entry) else {**entry, "fix": None}
            for entry in told
            if entry["cell"] == self.cell.number
            and not self._hidden_words & _words(" ".join(names(entry)))
            and not (self._defines and entry["code"] == UNDEFINED)
        ]

    def _sources(self, text: str) -> list[str]:
        """The code of all cells, by their numbers, with another text of this one."""
        return [
            text if cell is self.cell else cell.document.text if cell.is_code else ""
            for cell in self.notebook.cells
        ]

    @cached_property
    def _hidden_words(self) -> set[str]:
        return set[str]().union(*map(_words, self.notebook.hidden))

    @cached_property
    def _defines(self) -> bool:
        """Whether a magic may define any name."""
        return any(_DEFINING.match(text.lstrip()) for text in self.notebook.hidden)


def _is_near(entry: Mapping[str, Any]) -> bool:
    """Whether a fix is one edit, which meets its problem: in which cell others belong ruff does not say."""
    edits = entry["fix"]["edits"] if entry["fix"] else []
    (start, end), *edited = (_range(told) for told in (entry, *edits))
    return len(edited) == 1 and edited[0][0] <= end and start <= edited[0][1]


def _range(told: Mapping[str, Any]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Row and column of the start and the end of an entry, or of an edit."""
    start, end = told["location"], told["end_location"]
    return (start["row"], start["column"]), (end["row"], end["column"])


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text))
