"""Whoever is connected, as the service sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from lsprotocol import types

from editdiff.text.edit import Edits
from editdiff_lsp.jobs import Token
from editdiff_lsp.messages import ProgressToken
from editdiff_lsp.store import Opened


class Client(Protocol):
    """What the service needs of whoever is connected."""

    def notify(self, method: str, params: Any) -> None:
        """Send a notification of ours."""
        ...

    def remark(self, sentence: str) -> None:
        """Write a sentence to the log."""
        ...

    def inform(self, sentence: str) -> None:
        """Show a sentence to the user."""
        ...

    def publish(
        self, uri: str, version: int | None, diagnostics: Sequence[types.Diagnostic]
    ) -> None:
        """Tell all that is wrong with a document, in place of what was told before."""
        ...

    async def apply(self, edit: types.WorkspaceEdit, label: str) -> bool:
        """Have an edit applied; whether it was."""
        ...

    def workspace_edit(
        self, opened: Opened, edits: Edits, annotation: types.ChangeAnnotation
    ) -> types.WorkspaceEdit:
        """Edits in the form that the client understands."""
        ...

    def working(
        self,
        token: ProgressToken | None,
        title: str,
        cancel: Token,
        *,
        measured: bool = False,
    ) -> Any:
        """Show the progress of an operation while the context lasts; gives a function for its steps.

        It takes a message, and of one that is `measured` how much is done, in percent.
        """
        ...
