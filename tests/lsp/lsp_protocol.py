"""What the client says of itself, and what it keeps of the talk."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from lsprotocol import types as lsp
from pygls.protocol import (
    JsonRPCNotification,
    JsonRPCRequestMessage,
    JsonRPCResponseMessage,
    default_converter,
)
from pytest_lsp.protocol import LanguageClientProtocol


class Recorder(LanguageClientProtocol):
    """Counts how often each request was answered."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.asked: list[Any] = []
        self.answered: Counter[Any] = Counter()
        self.published: list[lsp.PublishDiagnosticsParams] = []
        """Diagnostics that were told."""

    def send_request(
        self, method: str, params: Any = None, callback: Any = None, msg_id: Any = None
    ) -> Any:
        msg_id = msg_id or len(self.asked) + 1
        self.asked.append(msg_id)
        return super().send_request(method, params, callback, msg_id)

    def get_result_type(self, method: str) -> Any:
        # the library takes an action with a command for a command
        return None if method == lsp.TEXT_DOCUMENT_CODE_ACTION else super().get_result_type(method)

    def unanswered(self) -> list[Any]:
        """Requests that were not answered, or more than once."""
        return [msg_id for msg_id in self.asked if self.answered[msg_id] != 1]

    def _handle_notification(self, method_name: str, params: Any) -> None:
        if method_name == lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS:
            self.published.append(params)
        super()._handle_notification(method_name, params)

    def _handle_response(self, msg_id: Any, result: Any = None, error: Any = None) -> None:
        self.answered[msg_id] += 1
        super()._handle_response(msg_id, result, error)


def plain_converter() -> Any:
    """The client's converter, but for messages that it does not know: their content stays JSON."""
    converter = default_converter()
    for kind in (JsonRPCRequestMessage, JsonRPCResponseMessage, JsonRPCNotification):
        converter.register_structure_hook(kind, lambda message, kind: kind(**message))
    return converter


def capabilities(encodings: Sequence[str], without: Sequence[str]) -> lsp.ClientCapabilities:
    """What VS Code says it can do, as far as editdiff asks for it, less what is named."""
    resolve = lsp.ClientCodeActionResolveOptions(properties=["edit"])
    kinds = lsp.ClientCodeActionKindOptions(
        value_set=["", "quickfix", "refactor", "refactor.rewrite"]
    )
    action = lsp.CodeActionClientCapabilities(
        code_action_literal_support=lsp.ClientCodeActionLiteralOptions(kinds),
        data_support="resolve" not in without,
        resolve_support=None if "resolve" in without else resolve,
        honors_change_annotations=True,
    )
    inline = lsp.InlineCompletionClientCapabilities()
    edit = lsp.WorkspaceEditClientCapabilities(
        document_changes="documentChanges" not in without,
        change_annotation_support=None
        if "annotations" in without
        else lsp.ChangeAnnotationsSupportOptions(),
    )
    return lsp.ClientCapabilities(
        general=lsp.GeneralClientCapabilities(position_encodings=list(encodings)),
        workspace=lsp.WorkspaceClientCapabilities(
            apply_edit="applyEdit" not in without, workspace_edit=edit
        ),
        notebook_document=lsp.NotebookDocumentClientCapabilities(
            lsp.NotebookDocumentSyncClientCapabilities()
        ),
        window=lsp.WindowClientCapabilities(work_done_progress="progress" not in without),
        text_document=lsp.TextDocumentClientCapabilities(
            code_action=action,
            completion=lsp.CompletionClientCapabilities(),
            inline_completion=None if "inlineCompletion" in without else inline,
        ),
    )
