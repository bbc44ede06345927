"""What `infill` says of markers that are no gaps, as they stand in strings and comments."""

from __future__ import annotations

from collections.abc import Sequence

from editdiff.cli.common.region import Gap
from editdiff.edits.proposal import NoEdit
from editdiff.report.paths import first_names
from editdiff.text.document import Document
from editdiff.text.lines import LineTable


def note(inside: Sequence[Gap], document: Document) -> str:
    """How many of a document's markers were left, where, and how they are asked for."""
    several = len(inside) > 1
    places = f"{len(inside)} place{'s' * several} of {_names(inside)}"
    return (
        f"{document.path}: {places} {'are' if several else 'is'} left, inside strings or comments in "
        f"{_lines(inside, document)}; --everywhere fills {'them' if several else 'it'}, too"
    )


def no_gap(inside: Sequence[Gap], document: Document) -> NoEdit:
    """No edit, as there is no other place of a marker."""
    return NoEdit(
        f"{_names(inside)} stands in strings and comments alone, in {_lines(inside, document)}",
        f"--everywhere fills {'them' if len(inside) > 1 else 'it'}, too",
    )


def _names(inside: Sequence[Gap]) -> str:
    return " and ".join(dict.fromkeys(gap.name for gap in inside))


def _lines(inside: Sequence[Gap], document: Document) -> str:
    table = LineTable(document.text)
    lines = dict.fromkeys(str(table.position(gap.span.start).line + 1) for gap in inside)
    return f"line{'s' * (len(lines) > 1)} {first_names(list(lines))}"
