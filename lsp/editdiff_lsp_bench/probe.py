"""A server as a process, driven as an editor drives it, and what can be seen of it from outside."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from editdiff_lsp.convert import Converter
from editdiff_lsp.messages import DROPPED, MOVED, STATUS, STATUS_CHANGED
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from editdiff.errors import EngineError
from editdiff.text.edit import TextEdit
from editdiff.text.lines import LineTable

SERVER = (sys.executable, "-I", "-m", "editdiff", "lsp", "--alone")
"""A process apart: what is measured of it is of nobody else."""
PATIENCE = 60.0
"""Seconds within which anything has to be answered, on a busy machine too."""


@dataclass
class Asked:
    """A request on its way, or answered."""

    id: str
    future: Future[Any]
    sent: float = field(default_factory=time.perf_counter)
    """Seconds of the clock `time.perf_counter`."""
    answered: float | None = None

    def __post_init__(self) -> None:
        self._done = asyncio.get_running_loop().create_future()
        self.future.add_done_callback(self._answer)  # called where answers are read: in our loop

    async def within(self, seconds: float) -> bool:
        """Whether it is answered after at most so many seconds."""
        await asyncio.wait({self._done}, timeout=seconds)
        return self.answered is not None

    async def answer(self) -> Any:
        """Wait for the answer.

        Raises:
            EngineError: when there is none, or it is an error.
        """
        if not await self.within(PATIENCE):
            raise EngineError(f"no answer within {PATIENCE:g} seconds", "look at the server's log")
        if error := self.future.exception():
            raise EngineError(f"the server answered: {error}", "look at the server's log")
        return self.future.result()

    def _answer(self, future: Future[Any]) -> None:
        self.answered = time.perf_counter()
        if not self._done.done():
            self._done.set_result(None)


@dataclass
class Buffer:
    """A document that is open in the server."""

    uri: str
    text: str
    version: int = 1

    @property
    def converter(self) -> Converter:
        """Positions of the text as it is now."""
        return Converter(LineTable(self.text), "utf-16")


class Probe:
    """A server and its client."""

    def __init__(self) -> None:
        self.client = LanguageClient("editdiff-replay", "1")
        self.errors: list[str] = []
        """What the server's log and its standard error say of errors."""
        self.seconds = 0.0
        """Time from the start of the process to the answer of `initialize`."""
        self.worked: float | None = None
        """Processor seconds of the server until then; None where the system does not tell."""
        self.diagnostics = 0
        """How often the server has told what is wrong with a document."""
        self.said = bytearray()
        """The server's standard error."""
        self._ready = asyncio.Event()
        self._ids = (f"r{number}" for number in itertools.count())
        self._began = 0.0
        self._ready_at = 0.0
        self._open: dict[str, Buffer] = {}
        self._listen()

    async def start(self, command: Sequence[str], options: Mapping[str, Any]) -> None:
        """Start a process and shake hands with it.

        Raises:
            EngineError: when it does not answer.
        """
        self._began = time.perf_counter()
        try:
            await self.client.start_io(*command)
        except OSError as error:
            raise EngineError(f"the server does not start: {error}", "name another one") from error
        self._reader = asyncio.create_task(self._read())
        params = types.InitializeParams(
            capabilities=CAPABILITIES, initialization_options=dict(options)
        )
        asked = self.ask(types.INITIALIZE, params)
        await asked.answer()
        self.seconds, self.worked = (asked.answered or 0.0) - self._began, self.processor()

    async def load(self) -> float:
        """Have the model loaded; seconds from the start of the process until it is.

        Raises:
            EngineError: when it is not.
        """
        self.client.initialized(types.InitializedParams())
        try:
            await asyncio.wait_for(self._ready.wait(), PATIENCE)
        except TimeoutError as error:
            raise EngineError("the model is not ready", "look at the server's log") from error
        return self._ready_at - self._began

    async def end(self) -> None:
        """Shut the server down."""
        process = self.client._server
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(EngineError):
            await self.ask(types.SHUTDOWN).answer()
        self.client.exit(None)
        try:
            await asyncio.wait_for(process.wait(), PATIENCE)
        except TimeoutError:
            process.kill()
        await self.client.stop()  # type: ignore[no-untyped-call]
        await self._reader

    def processor(self) -> float | None:
        """Processor seconds that the server has used so far; None where the system does not tell.

        Unlike the time on the clock they hardly depend on what else the machine has to do.
        """
        process = self.client._server
        try:
            stat = Path(f"/proc/{process.pid if process else 0}/stat").read_text()
            ticks = stat.rpartition(")")[2].split()[11:13]  # utime and stime, see proc(5)
            return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
        except (OSError, ValueError):
            return None

    def ask(self, method: str, params: Any = None) -> Asked:
        """Send a request."""
        name = next(self._ids)
        return Asked(name, self.client.protocol.send_request(method, params, msg_id=name))

    def cancel(self, asked: Asked) -> None:
        """Cancel a request."""
        self.client.cancel_request(types.CancelParams(asked.id))

    async def status(self) -> Any:
        """Return what the server says of itself."""
        return await self.ask(STATUS).answer()

    def open(self, uri: str, text: str) -> Buffer:
        """Open a document as Python."""
        item = types.TextDocumentItem(uri, "python", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        self._open[uri] = Buffer(uri, text)
        return self._open[uri]

    def change(self, buffer: Buffer, edit: TextEdit) -> None:
        """Change a document, as one keystroke does."""
        where = buffer.converter.range(edit.span)
        buffer.text = buffer.text[: edit.span.start] + edit.text + buffer.text[edit.span.end :]
        buffer.version += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(buffer.version, buffer.uri),
                [types.TextDocumentContentChangePartial(where, edit.text)],
            )
        )

    def close(self, buffer: Buffer) -> None:
        """Close a document."""
        del self._open[buffer.uri]
        document = types.TextDocumentIdentifier(buffer.uri)
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(document))

    def apply(self, edit: types.WorkspaceEdit) -> bool:
        """Apply an edit as editors do: to the versions that it names, or not at all."""
        changes: list[tuple[Buffer, types.TextDocumentEdit]] = []
        for change in edit.document_changes or ():
            assert isinstance(change, types.TextDocumentEdit)
            buffer = self._open.get(change.text_document.uri)
            if buffer is None or buffer.version != change.text_document.version:
                return False
            changes.append((buffer, change))
        for buffer, change in changes:
            for each in reversed(change.edits):
                assert not isinstance(each, types.SnippetTextEdit)
                self.change(buffer, TextEdit(buffer.converter.span(each.range), each.new_text))
        return bool(changes)

    def suggest(self, buffer: Buffer, cursor: int, *, invoked: bool = False) -> Asked:
        """Ask for ghost text."""
        kind = types.InlineCompletionTriggerKind
        context = types.InlineCompletionContext(kind.Invoked if invoked else kind.Automatic)
        document = types.TextDocumentIdentifier(buffer.uri)
        params = types.InlineCompletionParams(context, document, buffer.converter.position(cursor))
        return self.ask(types.TEXT_DOCUMENT_INLINE_COMPLETION, params)

    def _listen(self) -> None:
        """Hear what the server says unasked; the library takes functions, and no methods."""
        heard: Mapping[str, Callable[[Any], Any]] = {
            STATUS_CHANGED: lambda status: self._changed(status),
            types.WINDOW_LOG_MESSAGE: lambda params: self._logged(params),
            types.WINDOW_SHOW_MESSAGE: lambda params: None,  # why there is no proposal
            MOVED: lambda params: None,
            DROPPED: lambda params: None,
            types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS: lambda params: self._told(params),
            types.WORKSPACE_APPLY_EDIT: lambda params: self._apply(params),
        }
        for method, hear in heard.items():
            self.client.feature(method)(hear)

    def _told(self, params: types.PublishDiagnosticsParams) -> None:
        self.diagnostics += 1

    def _apply(self, params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        return types.ApplyWorkspaceEditResult(self.apply(params.edit))

    def _changed(self, status: Any) -> None:
        if status.state == "ready" and not self._ready.is_set():
            self._ready_at = time.perf_counter()
            self._ready.set()
        if status.state == "failed":
            self.errors.append(status.message)

    def _logged(self, params: types.LogMessageParams) -> None:
        if params.type == types.MessageType.Error:
            self.errors.append(params.message)

    async def _read(self) -> None:
        """Take what the server writes to its standard error, which it could not go on without."""
        process = self.client._server
        assert process is not None and process.stderr is not None
        while line := await process.stderr.readline():
            self.said += line
            if line.startswith(b"ERROR"):
                self.errors.append(line.decode(errors="replace").rstrip())


@contextlib.asynccontextmanager
async def probing(command: Sequence[str], options: Mapping[str, Any]) -> AsyncIterator[Probe]:
    """A server whose handshake is over, while the context lasts.

    Raises:
        EngineError: when it does not start or does not answer.
    """
    probe = Probe()
    try:
        await probe.start(command, options)
        yield probe
    finally:
        await probe.end()


CAPABILITIES = types.ClientCapabilities(
    text_document=types.TextDocumentClientCapabilities(
        inline_completion=types.InlineCompletionClientCapabilities(),
        code_action=types.CodeActionClientCapabilities(
            resolve_support=types.ClientCodeActionResolveOptions(["edit"])
        ),
    ),
    workspace=types.WorkspaceClientCapabilities(
        apply_edit=True, workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True)
    ),
)
"""What VS Code announces of what the server asks for; no progress, which would only be read and forgotten."""
