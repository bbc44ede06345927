"""Leftovers of merges: markers of git in a program whose conflict was settled by half.

`=======` also underlines titles, `>>>>>>>` quotes a mail and each may stand in a string: a line is taken for a
marker only in code, and one that names no branch only where the text does not parse with it.
"""

from __future__ import annotations

import re

from editdiff.check.enclosing import enclosing
from editdiff.check.syntax import SyntaxChecker
from editdiff.text.conflicts import conflicts, lone_markers
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.literals import CODE
from editdiff.text.span import Span

LEFTOVER = "a leftover of a merge conflict"
KEEP_LEFTOVER = "which lines belong to it is not to be guessed; settle the merge first"
_NAMED = ("<<<<<<< ", ">>>>>>> ")
"""Markers with a branch behind them, which underline nothing."""
_NO_LINE_ENDING = re.compile(r"[^\r\n]")


def leftovers(document: Document) -> list[Span]:
    """The markers, in the order of the text; none where no grammar knows the language."""
    if document.language not in CODE or not (markers := list(lone_markers(document.text))):
        return []
    around = enclosing(document.text, document.language, markers)
    if around is None:
        return []
    pairs = zip(markers, around, strict=True)
    markers = [
        marker for marker, literal in pairs if not (literal and literal.covers(marker.start))
    ]
    if any(marker.slice(document.text).startswith(_NAMED) for marker in markers):
        return markers  # what can be nothing else shows what the others are
    checker = SyntaxChecker()
    mended = markers and checker.check(document) and not checker.check(without_merges(document))
    return markers if mended else []


def without_merges(document: Document) -> Document:
    """The document with blanks for all markers and for one side of each conflict: every other place stays."""
    text = document.text
    blank = list(lone_markers(text))
    for conflict in conflicts(text):
        ours = text.index("\n", conflict.span.start) + 1
        blank.append(Span(conflict.span.start, ours))
        blank.append(Span(ours + len(conflict.ours), conflict.span.end))
    edits = [TextEdit(span, _NO_LINE_ENDING.sub(" ", span.slice(text))) for span in blank]
    return document.with_text(Edits(tuple(edits)).apply(text))
