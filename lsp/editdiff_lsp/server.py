"""The language server: requests in, answers out. What they do is in `service`."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.uris import to_fs_path

import editdiff
from editdiff_lsp import answers, convert, messages
from editdiff_lsp.messages import (
    cursor_params,
    fill_params,
    fix_changed_params,
    fix_params,
    get_params,
    hunk_params,
    offer_id,
    other_params,
    review_params,
    revise_params,
    rewrite_params,
)
from editdiff_lsp.protocol import Protocol, Serving

if TYPE_CHECKING:  # what needs numpy is imported after the handshake, which waits for nothing
    from editdiff.text.edit import Edits
    from editdiff_lsp.jobs import Token
    from editdiff_lsp.model import Doubting, Load, Measured
    from editdiff_lsp.options import Options
    from editdiff_lsp.service import Service
    from editdiff_lsp.store import Opened

KIND = f"{types.CodeActionKind.RefactorRewrite.value}.editdiff"
"""The kind of each action that drafts begins so."""
BY_HAND = "editdiff lsp waits for an editor on standard input (docs/lsp.md); Ctrl-D ends it"
CELLS = types.NotebookDocumentSyncOptions(
    [types.NotebookDocumentFilterWithNotebook("*", [types.NotebookCellLanguage("*")])]
)
"""Of every notebook the cells of code, in their order."""
_MAKING = Lock()
"""Held while one is made: the library resolves the types of its messages then, and fails in two threads at once."""
PARENT_WATCH = 5.0
"""Seconds between two looks at whether the client still lives."""


class Server(Serving):
    """The server, and the client as the service sees it."""

    protocol: Protocol

    def __init__(
        self,
        load: Load | None,
        measured: Measured | None,
        doubting: Doubting | None,
    ) -> None:
        super().__init__(
            "editdiff",
            editdiff.__version__,
            protocol_cls=Protocol,
            converter_factory=messages.converter,
            notebook_document_sync=CELLS,
        )
        self._load, self._measured, self._doubting = load, measured, doubting
        self._tokens = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._first: Options | None = None
        """Those with which we were started."""
        self.folder: Path | None = None
        """Where the client started us; None for the current folder."""
        self.clients: Callable[[], int] = lambda: 1
        """How many clients the process serves."""
        self.hang_up: Callable[[], object] = lambda: os._exit(1)
        """Ends without the client: a thread may wait for input that never comes."""

    @cached_property
    def service(self) -> Service:
        """What does the work; made when it is first needed."""
        from editdiff.engines import choose, measured
        from editdiff_lsp.model import Default, Measured, Model, in_pieces, load_engine
        from editdiff_lsp.service import Service

        of_models = self._measured or Measured(
            measured.ghost_thresholds,
            measured.several_thresholds,
            measured.infill_calibration,
            measured.ghost_calibration,
            measured.fix_calibration,
            measured.rewrite_calibration,
        )
        default: Default = choose.default_name if self._load is None else lambda: None
        doubting = self._doubting or in_pieces
        load = self._load or load_engine
        model = Model(load, of_models, default, doubting, self.folder)
        return Service(self, model, self.clients)

    def start(self, work: Any) -> None:
        """Run a coroutine beside everything else."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def can(self, *path: str) -> bool:
        """Whether the client announced a capability."""
        capability: Any = self.client_capabilities
        for name in path:
            capability = getattr(capability, name, None)
        return bool(capability)

    def tell(self, sentence: str, level: types.MessageType = types.MessageType.Warning) -> None:
        """Write a sentence to the client's log."""
        self.window_log_message(types.LogMessageParams(level, f"editdiff: {sentence}"))

    def show(self, answer: dict[str, Any]) -> None:
        """Show why there is nothing to apply."""
        hint = f"; {answer['hint']}" if answer["hint"] else ""
        self.inform(f"editdiff: {answer['reason']}{hint}")

    def configure(self, value: Any) -> None:
        """Take options; load the model if it is another one. The first ones alone may name an endpoint."""
        from editdiff_lsp.options import parse

        options = parse(value, self.tell)
        self._first = self._first or options
        options = options.as_at_start(self._first, self.tell)
        for wrong in self.service.configure(options):
            self.tell(wrong)

    async def look_around(self) -> None:
        """Tell what repositories say that their user alone may say."""
        from editdiff_lsp.repositories import refusals

        uris = [folder.uri for folder in self.workspace.folders.values()]
        paths = map(to_fs_path, uris or [self.workspace.root_uri or ""])
        for sentence in await asyncio.to_thread(refusals, [Path(path) for path in paths if path]):
            self.tell(sentence)

    # the client, as the service sees it

    def notify(self, method: str, params: Any) -> None:
        """Send a notification of ours."""
        self.protocol.notify(method, params)

    def remark(self, sentence: str) -> None:
        """Write a sentence to the client's log that is no warning."""
        self.tell(sentence, types.MessageType.Info)

    def inform(self, sentence: str) -> None:
        """Show a sentence to the user."""
        self.window_show_message(types.ShowMessageParams(types.MessageType.Info, sentence))

    def publish(
        self, uri: str, version: int | None, diagnostics: Sequence[types.Diagnostic]
    ) -> None:
        """Tell all that is wrong with a document, in place of what was told before."""
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri, diagnostics, version)
        )

    async def apply(self, edit: types.WorkspaceEdit, label: str) -> bool:
        """Have an edit applied; whether it was."""
        params = types.ApplyWorkspaceEditParams(edit, label)
        return bool((await self.workspace_apply_edit_async(params)).applied)

    def workspace_edit(
        self, opened: Opened, edits: Edits, annotation: types.ChangeAnnotation
    ) -> types.WorkspaceEdit:
        """Edits in the form that the client understands; those that change nothing are left out."""
        real = [edit for edit in edits if edit.text != edit.span.slice(opened.text)]
        known = ("workspace", "workspace_edit")
        return convert.workspace_edit(
            opened.uri,
            opened.version,
            opened.converter.text_edits(real),
            annotation,
            versioned=self.can(*known, "document_changes"),
            annotated=self.can(*known, "change_annotation_support"),
        )

    @contextlib.asynccontextmanager
    async def working(
        self,
        token: messages.ProgressToken | None,
        title: str,
        cancel: Token,
        *,
        measured: bool = False,
    ) -> AsyncIterator[Callable[..., None]]:
        """Show the progress of an operation while the context lasts."""
        progress = self.work_done_progress
        if token is None and self.can("window", "work_done_progress"):
            token = f"editdiff-{next(self._tokens)}"
            try:
                await progress.create_async(token)
            except JsonRpcException:  # the client will not show it; the work goes on
                token = None
        if token is None:
            yield lambda message, percentage=None: None
            return
        shown = token
        began = types.WorkDoneProgressBegin(
            title, cancellable=True, percentage=0 if measured else None
        )
        progress.begin(shown, began)
        progress.tokens[shown].add_done_callback(lambda done: cancel.cancel())

        def report(message: str, percentage: int | None = None) -> None:
            if shown in progress.tokens:  # a step may come when all is over
                step = types.WorkDoneProgressReport(message=message, percentage=percentage)
                progress.report(shown, step)

        try:
            yield report
        finally:
            progress.tokens.pop(shown, None)
            progress.end(shown, types.WorkDoneProgressEnd())

    # commands

    def command_of(self, name: str) -> Callable[..., Any]:
        """Return the command of a name.

        Raises:
            JsonRpcInvalidParams: when there is none.
        """
        commands: dict[str, Callable[..., Any]] = {
            messages.DO_ACCEPT: self._accept,
            messages.DO_FILL: self._fill,
            messages.DO_OTHER: self._other,
            messages.DO_REVISE: self._revise,
            messages.DO_REWRITE: self._rewrite,
            messages.DO_FIX: self._fix,
            messages.DO_FIX_CHANGED: self._fix_changed,
        }
        if name not in commands:
            raise JsonRpcInvalidParams(f"there is no command {name!r}")
        return commands[name]

    async def _accept(self, name: Any = None, hunk: Any = None, *more: Any) -> bool:
        answer = await self.service.proposals.accept(hunk_params(name, hunk))
        if answer is not None:
            self.show(answer)
        return answer is None

    async def _fill(self, params: Any = None, *more: Any) -> bool:
        return await self._take(await self.service.fill(fill_params(params)))

    async def _other(self, params: Any = None, *more: Any) -> bool:
        return await self._take(await self.service.other(other_params(params)))

    async def _revise(self, params: Any = None, *more: Any) -> bool:
        return await self._take(await self.service.revise(revise_params(params)))

    async def _rewrite(self, params: Any = None, *more: Any) -> bool:
        return await self._take(await self.service.rewrite(rewrite_params(params)))

    async def _fix(self, params: Any = None, *more: Any) -> bool:
        return await self._take(await self.service.fix(fix_params(params)))

    async def _fix_changed(self, params: Any = None, *more: Any) -> bool:
        return await self._take(await self.service.fix_changed(fix_changed_params(params)))

    async def _take(self, answer: dict[str, Any]) -> bool:
        """Apply what is proposed."""
        if answer["kind"] == "none":
            self.show(answer)
            return False
        return await self._accept(answer["id"])


def serve(
    load: Load | None = None,
    measured: Measured | None = None,
    doubting: Doubting | None = None,
) -> int:
    """Serve one client on standard input and output; return the exit code.

    Where one of them is left out, the models are those of `editdiff.engines.choose`.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    if sys.stdin.isatty():
        print(BY_HAND, file=sys.stderr)
    return run(make(load, measured, doubting))


def run(server: Server, stdin: BinaryIO | None = None, stdout: BinaryIO | None = None) -> int:
    """Serve one client, by default on standard input and output; return the exit code."""
    try:
        server.start_io(stdin, stdout)
    finally:
        server.service.close()
    return (
        0 if server.protocol._shutdown else 1
    )  # the protocol: an exit without shutdown is a failure


def make(
    load: Load | None = None,
    measured: Measured | None = None,
    doubting: Doubting | None = None,
) -> Server:
    """Make the server with all that it answers; any thread may."""
    with _MAKING:
        server = Server(load, measured, doubting)
    said: dict[str, Any] = {}

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        said["options"] = params.initialization_options
        if not server.can("text_document", "inline_completion"):
            server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions())(completion)

    @server.feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:
        encoding = server.workspace.position_encoding or types.PositionEncodingKind.Utf16
        server.service.store.unit = convert.UNITS[encoding]
        server.configure(said.get("options"))
        if server.process_id and os.name == "posix":
            server.start(_watch(server.process_id, server))
        server.start(server.service.load())
        server.start(server.service.keeper.run())
        server.start(server.look_around())

    @server.feature(types.SHUTDOWN)
    def shutdown(params: None) -> None:
        server.service.close()

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def did_change_configuration(params: types.DidChangeConfigurationParams) -> None:
        given = params.settings
        server.configure(given.get("editdiff") if isinstance(given, dict) else given)
        if server.service.model.state == "waiting":
            server.start(server.service.load())

    @server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
    async def inline_completion(params: types.InlineCompletionParams) -> types.InlineCompletionList:
        context = params.context
        chosen = context.selected_completion_info
        selected = (chosen.range, chosen.text) if chosen else None
        invoked = context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
        ghost = await server.service.suggest(
            params.text_document.uri, params.position, selected, invoked
        )
        items = [types.InlineCompletionItem(ghost[1], range=ghost[0])] if ghost else []
        return types.InlineCompletionList(items)

    async def completion(params: types.CompletionParams) -> types.CompletionList:
        ghost = await server.service.suggest(params.text_document.uri, params.position, None, True)
        items = [answers.completion_item(*ghost)] if ghost else []
        return types.CompletionList(is_incomplete=True, items=items)

    kinds: list[types.CodeActionKind | str] = [
        types.CodeActionKind.QuickFix,
        types.CodeActionKind.RefactorRewrite,
        answers.CHANGED_KIND,
    ]
    options = types.CodeActionOptions(code_action_kinds=kinds, resolve_provider=True)

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)
    async def code_action(params: types.CodeActionParams) -> list[types.CodeAction]:
        only = [str(getattr(kind, "value", kind)) for kind in params.context.only or [""]]

        def wanted(kind: Any) -> bool:
            return any(f"{kind}.".startswith(f"{each}." if each else "") for each in only)

        service = server.service
        at = params.text_document.uri, params.range
        lazy = server.can("text_document", "code_action", "resolve_support")
        fixing: list[types.CodeAction] = []
        if wanted(answers.FIX_KIND):
            opened = service.store.see(at[0])
            fixing = await service.fixes.actions(opened, params.context, lazy=lazy)
        drafting = [
            answers.code_action(title, f"{KIND}.{kind}", data, lazy=lazy)
            for title, kind, data in service.actions(*at)
        ]
        changed: list[types.CodeAction] = []
        if wanted(answers.CHANGED_KIND):
            changed = service.changes.actions(service.store.get(at[0]), lazy=lazy)
        every = (*service.settlements(*at), *fixing, *drafting, *changed)
        return [action for action in every if wanted(action.kind)]

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def code_action_resolve(action: types.CodeAction) -> types.CodeAction:
        if action.edit is not None:  # Neovim asks all the same, as it has no command
            return action
        answer = await server.service.resolve(action.data)
        if answer["kind"] == "proposal":
            action.edit = answer["edit"]
        else:
            server.show(answer)
        return action

    @server.feature(messages.FILL)
    async def fill(params: Any) -> Any:
        return await server.service.fill(fill_params(params))

    @server.feature(messages.OTHER)
    async def other(params: Any) -> Any:
        return await server.service.other(other_params(params))

    @server.feature(messages.REVIEW)
    async def review(params: Any) -> Any:
        return await server.service.doubts.review(review_params(params))

    @server.feature(messages.ALTERNATIVES)
    async def alternatives(params: Any) -> Any:
        return await server.service.doubts.alternatives(offer_id((params or {}).get("id")))

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(params: types.HoverParams) -> types.Hover | None:
        return server.service.doubts.hover(params.text_document.uri, params.position)

    @server.feature(messages.REVISE)
    async def revise(params: Any) -> Any:
        return await server.service.revise(revise_params(params))

    @server.feature(messages.REWRITE)
    async def rewrite(params: Any) -> Any:
        return await server.service.rewrite(rewrite_params(params))

    @server.feature(messages.REJECT)
    def reject(params: Any) -> None:
        said = params or {}
        server.service.proposals.reject(hunk_params(said.get("id"), said.get("hunk")))

    @server.feature(messages.CURSOR)
    def cursor(params: Any) -> None:
        server.service.rests(*cursor_params(params))

    @server.feature(messages.STATUS)
    def status(params: Any) -> Any:
        return server.service.status()

    @server.feature(messages.MODELS)
    def models(params: Any) -> Any:
        return server.service.getting.models()

    @server.feature(messages.GET)
    async def get(params: Any) -> Any:
        return await server.service.getting.get(get_params(params))

    for name in messages.COMMANDS:  # announced; the protocol asks `command_of`
        server.command(name)(_announced)
    return server


def _announced(*arguments: Any) -> None:
    """Stand for a command in the library's list of them."""


async def _watch(process: int, server: Server) -> None:
    """End when the client is gone and nobody closed our input."""
    while True:
        await asyncio.sleep(PARENT_WATCH)
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            server.service.close()
            server.hang_up()
            return
        except PermissionError:  # it lives, as somebody else
            pass
