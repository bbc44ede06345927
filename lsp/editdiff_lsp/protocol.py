"""The library's protocol, with our own documents, and an answer to every request."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method

from editdiff_lsp import messages

if TYPE_CHECKING:  # it needs numpy
    from editdiff_lsp.service import Service


class Serving(LanguageServer):
    """A server that keeps its documents and runs its commands itself."""

    @property
    @abstractmethod
    def service(self) -> Service:
        """What does the work."""

    @abstractmethod
    def command_of(self, name: str) -> Callable[..., Any]:
        """Return the command of a name.

        Raises:
            JsonRpcInvalidParams: when there is none.
        """


class Protocol(LanguageServerProtocol):
    """The library's protocol, with our own documents, and an answer to every request."""

    _server: Serving

    def get_message_type(self, method: str) -> type[Any] | None:  # type: ignore[override]
        """Type of a message; ours keep their parameters as JSON gave them."""
        return messages.MESSAGES.get(method) or super().get_message_type(method)

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Read a message; a request that cannot be read is answered, too."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "id" in data and "method" in data:
                self._send_response(data["id"], error=error.to_response_error())
            return messages.Notification("$/unreadable", self.VERSION)

    def _handle_response(self, msg_id: Any, result: Any = None, error: Any = None) -> None:
        """Take an answer of the client, but for a question that nobody waits for any more."""
        future = self._request_futures.get(msg_id)
        if future is not None and future.cancelled():
            del self._request_futures[msg_id]
            return
        super()._handle_response(msg_id, result, error)

    def handle_message(self, message: Any) -> None:
        """Handle a message; a request before the handshake or after the end is refused."""
        request = hasattr(message, "id") and hasattr(message, "method")
        error: JsonRpcException | None = None
        if request and self._shutdown:
            error = JsonRpcException("the server is shutting down", types.ErrorCodes.InvalidRequest)
        elif request and self._workspace is None and message.method != types.INITIALIZE:
            error = JsonRpcException(
                "initialize comes first", types.ErrorCodes.ServerNotInitialized
            )
        if error:
            self._send_response(message.id, error=error.to_response_error())
        else:
            super().handle_message(message)

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        """Take a document."""
        self._server.service.opened(params.text_document)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Take a change."""
        document = params.text_document
        self._server.service.changed(document.uri, document.version, params.content_changes)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        """Forget a document."""
        self._server.service.closed(params.text_document.uri)

    @lsp_method(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    def lsp_notebook_document__did_open(self, params: types.DidOpenNotebookDocumentParams) -> None:
        """Take a notebook and its cells."""
        service, notebook = self._server.service, params.notebook_document
        for item in params.cell_text_documents:
            service.opened(item)
        service.notebooks.open(notebook.uri, notebook.cells)

    @lsp_method(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def lsp_notebook_document__did_change(
        self, params: types.DidChangeNotebookDocumentParams
    ) -> None:
        """Take cells that came or went, and changes of their texts."""
        service, cells = self._server.service, params.change.cells
        if cells is None:
            return
        if (structure := cells.structure) is not None:
            for gone in structure.did_close or ():
                service.closed(gone.uri)
            for item in structure.did_open or ():
                service.opened(item)
            service.notebooks.restructure(params.notebook_document.uri, structure.array)
        for content in cells.text_content or ():
            service.changed(content.document.uri, content.document.version, content.changes)

    @lsp_method(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def lsp_notebook_document__did_close(
        self, params: types.DidCloseNotebookDocumentParams
    ) -> None:
        """Forget a notebook and its cells."""
        service = self._server.service
        service.notebooks.close(params.notebook_document.uri)
        for cell in params.cell_text_documents:
            service.closed(cell.uri)

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(  # type: ignore[override]
        self, params: types.ExecuteCommandParams
    ) -> Any:
        """Run a command; unlike the library's own way, cancelling the request cancels it."""
        return await self._server.command_of(params.command)(*(params.arguments or ()))

    def _send_response(
        self, msg_id: Any, result: Any | None = None, error: types.ResponseError | None = None
    ) -> None:
        super()._send_response(msg_id, result, error)
        self._result_types.pop(msg_id, None)  # an error leaves it behind
