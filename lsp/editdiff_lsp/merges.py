"""Merges in conflict: a diagnostic for each, and the ways out of it as code actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lsprotocol import types

from editdiff.check.judged import CONFLICT
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
CODE = "merge-conflict"
"""Tells the diagnostics from those of others."""


def diagnostics(opened: Opened) -> list[types.Diagnostic]:
    """One for each conflict, in the order of the text; no judge is asked, and no grammar."""
    return [_diagnostic(opened, conflict) for conflict in _conflicts(opened)]


def actions(opened: Opened, span: Span, write: Write) -> list[types.CodeAction]:
    """What may stay of each conflict that a span touches: ours, theirs or both."""
    return [
        types.CodeAction(
            title := f"editdiff: take {side} of the merge in conflict",
            f"{KIND}.{side}",
            [_diagnostic(opened, conflict)],
            edit=write(
                opened,
                Edits((conflict.taking(side),)),
                types.ChangeAnnotation(title, False, "nothing checked it"),
            ),
        )
        for conflict in _conflicts(opened)
        if conflict.span.start <= span.end and span.start <= conflict.span.end
        for side in SIDES
    ]


def _conflicts(opened: Opened) -> list[Conflict]:
    found = conflicts_of_code(opened.text, opened.language)
    ignored = ignored_lines(opened.text, opened.language) if found else ()
    return [c for c in found if opened.table.position(c.span.start).line not in ignored]


def _diagnostic(opened: Opened, conflict: Conflict) -> types.Diagnostic:
    return types.Diagnostic(
        opened.converter.range(conflict.span),
        CONFLICT,
        types.DiagnosticSeverity.Error,
        CODE,
        source="editdiff",
    )
