"""An editor as the server sees one: pytest-lsp's client with documents, and with a memory of all that was said.

Everything is applied strictly by version, as VS Code does: an edit for another version is refused.
"""

import asyncio
import contextlib
import re
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from lsp_buffer import Buffer
from lsp_protocol import Recorder, capabilities, plain_converter
from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient as PlainClient
from pygls.protocol import JsonRPCRequestMessage
from pytest_lsp.client import (
    DEFAULT_CLIENT_FEATURES,
    LanguageClient,
    progress,
    register_lsp_features,
)

B = TypeVar("B", bound=Buffer)
PATIENCE = 20.0
"""Seconds to wait for anything: the machine may be busy."""
SCRIPTED = [sys.executable, "-I", str(Path(__file__).with_name("scripted_server.py"))]
"""The server over an engine whose answers stand in the documents."""
REAL = [sys.executable, "-I", "-m", "editdiff", "lsp"]
ALONE = [*REAL, "--alone"]
"""The same as a process apart."""
NOTICES = ("draft", "moved", "dropped", "statusChanged")
REFUSED = ("pygls.exceptions.JsonRpcInvalidParams", "pygls.exceptions.JsonRpcMethodNotFound")
"""Exceptions that are an answer."""
INVOKED = lsp.InlineCompletionTriggerKind.Invoked
AUTOMATIC = lsp.InlineCompletionTriggerKind.Automatic


class Asked(NamedTuple):
    """A request on its way."""

    id: Any
    future: Future[Any]

    def __await__(self) -> Generator[Any, None, Any]:
        """Wait for the answer; raises what the server answered as an error."""
        return asyncio.wait_for(asyncio.wrap_future(self.future), PATIENCE).__await__()


class Notice(NamedTuple):
    """A notification of the server's own kind."""

    name: str
    params: Any
    at: float
    """Seconds of the monotonic clock."""


class Editor(LanguageClient):
    """Holds documents, applies what the server asks for, remembers what it says."""

    protocol: Recorder

    def __init__(self) -> None:
        super().__init__(protocol_cls=Recorder, converter_factory=plain_converter)
        register_lsp_features(self, DEFAULT_CLIENT_FEATURES | {lsp.PROGRESS: take_progress})
        self.encoding = "utf-16"
        self.open_documents: dict[str, Buffer] = {}
        self.notices: list[Notice] = []
        self.applied: list[tuple[lsp.ApplyWorkspaceEditParams, bool]] = []
        """Each edit that the server wanted applied, and whether it was."""
        self.parts: dict[Any, list[Any]] = {}
        """Partial results, by their tokens."""
        self.stderr = ""
        self._heard = asyncio.Event()
        self._configured = False
        self._forgiven: list[str] = []
        for name in NOTICES:
            self.feature(f"editdiff/{name}")(self._listener(name))
        self.feature(lsp.WORKSPACE_APPLY_EDIT)(apply_edit)

    # --- process and session

    async def start(self, command: Sequence[str] = SCRIPTED, **kwargs: Any) -> None:
        """Start the server's process; its standard error is kept."""
        await PlainClient.start_io(self, *command, **kwargs)
        self._stderr_forwarder = asyncio.create_task(self._read_stderr())

    async def begin(
        self,
        options: Mapping[str, Any] | None = None,
        *,
        encodings: Sequence[str] = ("utf-16",),
        without: Sequence[str] = (),
        folders: Sequence[Path] = (),
    ) -> lsp.InitializeResult:
        """Shake hands; `without` names what this client cannot do, `folders` are those of its workspace."""
        self.answer_to_initialize = result = await self.initialize_session(
            lsp.InitializeParams(
                capabilities=capabilities(encodings, without),
                initialization_options=options,
                workspace_folders=[
                    lsp.WorkspaceFolder(each.as_uri(), each.name) for each in folders
                ],
            )
        )
        self.encoding = result.capabilities.position_encoding or "utf-16"
        return result

    @property
    def server_capabilities(self) -> lsp.ServerCapabilities:
        """What the server said it can do."""
        return self.answer_to_initialize.capabilities

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The server's process."""
        assert self._server is not None
        return self._server

    async def end(self) -> int:
        """Shut the server down and return its exit code."""
        await self.ask(lsp.SHUTDOWN)
        self.exit(None)
        return await self.gone()

    async def gone(self) -> int:
        """Wait until the server's process has ended, and return its exit code; it must not need a kill."""
        try:
            return await asyncio.wait_for(self.process.wait(), PATIENCE)
        except TimeoutError:
            self.process.kill()
            raise
        finally:
            await self.process.wait()
            await PlainClient.stop(self)
            if self._stderr_forwarder:
                await self._stderr_forwarder

    async def leave(self) -> None:
        """End the server if it runs. It must have answered all requests once, and logged no exception."""
        if not self.stopped:
            assert await self.end() == 0
            assert self.protocol.unanswered() == []
        assert self.exceptions() == [], self.stderr

    def exceptions(self) -> list[str]:
        """Last line of each exception in the log, but where it says that a request makes no sense."""
        records = re.split(
            r"^(?=ERROR |WARNING |CRITICAL )", self.stderr + self.log, flags=re.MULTILINE
        )
        raised = [record.strip() for record in records if "Traceback" in record]
        new = [record for record in raised if not any(words in record for words in self._forgiven)]
        ends = [record.splitlines()[-1] for record in new]
        return [end for end in ends if not end.startswith(REFUSED)]

    def forgive(self, words: str) -> None:
        """Expect an exception in the log whose record holds these words."""
        self._forgiven.append(words)

    def fresh(self) -> "Editor":
        """Close all documents, take back all options, and forget what was said so far."""
        for buffer in list(self.open_documents.values()):
            self.close(buffer)
        if self._configured:
            self.configure({})
            self._configured = False
        for said in (
            self.notices,
            self.applied,
            self.messages,
            self.log_messages,
            self.progress_reports,
            self.parts,
            self.protocol.published,
        ):
            said.clear()
        return self

    def configure(self, options: Any) -> None:
        """Change the options of the server."""
        self._configured = True
        settings = lsp.DidChangeConfigurationParams({"editdiff": options})
        self.workspace_did_change_configuration(settings)

    async def _read_stderr(self) -> None:
        stream = self.process.stderr
        assert stream is not None
        while data := await stream.read(65536):
            self.stderr += data.decode(errors="replace")

    @property
    def log(self) -> str:
        """What the server has written to the log so far."""
        return "\n".join(message.message for message in self.log_messages)

    # --- documents

    def open(self, marked: str, name: str = "a.py", language: str = "python") -> Buffer:
        """Open a document; `«»` marks selections, `ˇ` cursors."""
        return self.hold(Buffer(f"file:///project/{name}", marked, language, self.encoding))

    def hold(self, buffer: B) -> B:
        """Open the document of a buffer."""
        self.open_documents[buffer.uri] = buffer
        item = lsp.TextDocumentItem(buffer.uri, buffer.language, buffer.version, buffer.text)
        self.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        return buffer

    def change(self, buffer: Buffer, *edits: tuple[lsp.Range, str]) -> None:
        """Replace ranges one after the other, and tell it in one notification."""
        self.tell_changes(buffer, [buffer.replace(where, text) for where, text in edits])

    def write(self, buffer: Buffer, text: str, where: lsp.Position) -> lsp.Position:
        """Type a text, a character at a time; return where the cursor is then."""
        for character in text:
            end = buffer.index(where) + buffer.length(character)
            self.change(buffer, (lsp.Range(where, where), character))
            where = buffer.place(end)
        return where

    def tell_changes(
        self, buffer: Buffer, changes: Sequence[lsp.TextDocumentContentChangeEvent]
    ) -> None:
        """Tell the server of changes that the buffer has seen."""
        buffer.begin_version()
        document = lsp.VersionedTextDocumentIdentifier(buffer.version, buffer.uri)
        self.text_document_did_change(lsp.DidChangeTextDocumentParams(document, list(changes)))

    def close(self, buffer: Buffer) -> None:
        """Close a document."""
        del self.open_documents[buffer.uri]
        document = lsp.TextDocumentIdentifier(buffer.uri)
        self.text_document_did_close(lsp.DidCloseTextDocumentParams(document))

    def apply(self, edit: lsp.WorkspaceEdit) -> bool:
        """Apply an edit if it is for the versions that are open; tell the server of it."""
        changes: list[tuple[Buffer, Any]] = []
        for change in edit.document_changes or ():
            assert isinstance(change, lsp.TextDocumentEdit), "files are made and removed by users"
            buffer = self.open_documents.get(change.text_document.uri)
            if buffer is None or buffer.version != change.text_document.version:
                return False
            changes.append((buffer, change.edits))
        for buffer, edits in changes:
            self.tell_changes(buffer, buffer.apply(edits))
        return bool(changes)

    # --- requests

    def ask(self, method: str, params: Any = None) -> Asked:
        """Send a request; await what is returned for its answer, plain JSON for one of editdiff's own."""
        future = self.protocol.send_request(method, params)
        return Asked(self.protocol.asked[-1], future)

    def ask_raw(self, method: str, params: Any) -> Asked:
        """Send a request whose parameters need make no sense."""
        asked = Asked(f"raw {method}", Future())
        self.protocol.asked.append(asked.id)
        self.protocol._request_futures[asked.id] = asked.future
        self.protocol._send_data(JsonRPCRequestMessage(asked.id, method, "2.0", params))
        return asked

    def fill(self, buffer: Buffer, *ranges: lsp.Range, **more: Any) -> Asked:
        """Ask for a proposal for ranges, those that were marked unless others are given."""
        return self.ask("editdiff/fill", fill_params(buffer, *ranges, **more))

    def command(self, name: str, *arguments: Any) -> Asked:
        """Have a command executed."""
        params = lsp.ExecuteCommandParams(f"editdiff.server.{name}", list(arguments))
        return self.ask(lsp.WORKSPACE_EXECUTE_COMMAND, params)

    def ghost(
        self, buffer: Buffer, where: lsp.Position, kind: Any = AUTOMATIC, selected: Any = None
    ) -> Asked:
        """Ask for ghost text."""
        context = lsp.InlineCompletionContext(kind, selected)
        document = lsp.TextDocumentIdentifier(buffer.uri)
        params = lsp.InlineCompletionParams(context, document, where)
        return self.ask(lsp.TEXT_DOCUMENT_INLINE_COMPLETION, params)

    async def text_of(self, buffer: Buffer) -> Any:
        """What the server holds of a document."""
        return await self.ask("test/text", {"uri": buffer.uri})

    def structure(self, answer: Any, kind: type[Any]) -> Any:
        """Read plain JSON."""
        return self.protocol._converter.structure(answer, kind)

    def cancel(self, asked: Asked) -> None:
        """Say that nobody wants the answer any more."""
        self.cancel_request(lsp.CancelParams(asked.id))

    # --- waiting

    async def notice(self, name: str, fits: Callable[[Any], bool] = lambda params: True) -> Any:
        """Wait for a notification of the server's own, or find it among those that came."""

        def first() -> Notice | None:
            return next((n for n in self.notices if n.name == name and fits(n.params)), None)

        await self.until(lambda: first() is not None)
        found = first()
        assert found is not None
        return found.params

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        deadline = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError(f"it did not happen; the log:\n{self.log}\n{self.stderr}")
            self._heard.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._heard.wait(), 0.01)

    def hear(self) -> None:
        """Wake whoever waits: something came."""
        self._heard.set()

    def _listener(self, name: str) -> Callable[[Any], None]:
        def listen(params: Any) -> None:
            self.notices.append(Notice(name, params, time.monotonic()))
            self.hear()

        return listen


def take_progress(client: Editor, params: lsp.ProgressParams) -> None:
    """Keep a partial result; of progress the library knows."""
    if "kind" in params.value:
        progress(client, params)
    else:
        client.parts.setdefault(params.token, []).append(params.value)


def apply_edit(
    editor: Editor, params: lsp.ApplyWorkspaceEditParams
) -> lsp.ApplyWorkspaceEditResult:
    """Apply what the server wants applied, if it is for the versions that are open."""
    done = editor.apply(params.edit)
    editor.applied.append((params, done))
    editor.hear()
    return lsp.ApplyWorkspaceEditResult(done, None if done else "the document has changed")


def fill_params(buffer: Buffer, *ranges: lsp.Range, **more: Any) -> dict[str, Any]:
    """FillParams for the version that is open."""
    document = {"uri": buffer.uri, "version": buffer.version}
    return {"textDocument": document, "ranges": list(ranges or buffer.ranges), **more}


def json_range(line: int, character: int, end_line: int, end_character: int) -> dict[str, Any]:
    """A range in JSON."""
    return {
        "start": {"line": line, "character": character},
        "end": {"line": end_line, "character": end_character},
    }
