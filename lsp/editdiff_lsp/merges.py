"""What is left of merges: a diagnostic for each conflict and each leftover, and the ways out of a conflict."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lsprotocol import types

from editdiff.check.judged import CONFLICT
from editdiff.check.leftovers import LEFTOVER, leftovers
from editdiff.errors import InputError
from editdiff.text.conflicts import SIDES, Conflict, conflicts_of_code
from editdiff.text.edit import Edits
from editdiff.text.suppress import ignored_lines

if TYPE_CHECKING:
    from editdiff.text.span import Span
    from editdiff_lsp.store import Opened

Write = Callable[["Opened", Edits, types.ChangeAnnotation], types.WorkspaceEdit]
"""Puts edits of a document as the client takes them."""
KIND = f"{types.CodeActionKind.QuickFix.value}.editdiff"
"""Each action's kind begins so, and ends with the side."""
CODE, LEFTOVER_CODE = "merge-conflict", "merge-leftover"
"""Tell the diagnostics from those of others."""


def diagnostics(opened: Opened) -> list[types.Diagnostic]:
    """One for each conflict, told by its signs alone, and each leftover, for which the grammar is asked."""
    told = [_diagnostic(opened, conflict.span) for conflict in _conflicts(opened)]
    return told + [
        _diagnostic(opened, span, LEFTOVER, LEFTOVER_CODE) for span in _leftovers(opened)
    ]


def actions(opened: Opened, span: Span, write: Write) -> list[types.CodeAction]:
    """What may stay of each conflict that a span touches: ours, theirs or both."""
    return [
        types.CodeAction(
            title := f"editdiff: take {side} of the merge in conflict",
            f"{KIND}.{side}",
            [_diagnostic(opened, conflict.span)],
            edit=write(
                opened,
                Edits((conflict.taking(side),)),
                types.ChangeAnnotation(title, False, "nothing checked it"),
            ),
        )
        for conflict in _conflicts(opened)
        if conflict.clear
        if conflict.span.start <= span.end and span.start <= conflict.span.end
        for side in SIDES
    ]


def _conflicts(opened: Opened) -> list[Conflict]:
    found = conflicts_of_code(opened.text, opened.language)
    kept = _not_ignored(opened, [conflict.span for conflict in found])
    return [conflict for conflict in found if conflict.span in kept]


def _leftovers(opened: Opened) -> list[Span]:
    try:
        return _not_ignored(opened, leftovers(opened.document()))
    except InputError:  # no text, for the moment
        return []


def _not_ignored(opened: Opened, spans: list[Span]) -> list[Span]:
    ignored = ignored_lines(opened.text, opened.language) if spans else ()
    return [span for span in spans if opened.table.position(span.start).line not in ignored]


def _diagnostic(
    opened: Opened, span: Span, message: str = CONFLICT, code: str = CODE
) -> types.Diagnostic:
    return types.Diagnostic(
        opened.converter.range(span),
        message,
        types.DiagnosticSeverity.Error,
        code,
        source="editdiff",
    )
