"""What the server does, apart from how a client says it: documents in, proposals out."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any

from lsprotocol import types

from editdiff.edits import groups, revision, rewriting
from editdiff.edits.fix.mending import Mending
from editdiff.edits.groups import AnyFilling
from editdiff.edits.proposal import NoEdit
from editdiff.edits.revision import Revision
from editdiff.errors import EditdiffError
from editdiff.text.document import Document
from editdiff.text.rebase import Dropped
from editdiff.text.span import Span
from editdiff_lsp import answers, merges, messages
from editdiff_lsp.changed import Changes
from editdiff_lsp.client import Client
from editdiff_lsp.diagnostics import Diagnostics
from editdiff_lsp.doubts import Doubts
from editdiff_lsp.fill_actions import FillActions
from editdiff_lsp.getting import Getting
from editdiff_lsp.ghost import Ghost
from editdiff_lsp.jobs import Worker
from editdiff_lsp.keeping import Keeper
from editdiff_lsp.kept_actions import KeptActions
from editdiff_lsp.memory import resident
from editdiff_lsp.messages import (
    FillParams,
    FixChangedParams,
    FixParams,
    OtherParams,
    ReviseParams,
    RewriteParams,
)
from editdiff_lsp.model import Model
from editdiff_lsp.notebooks import Notebooks
from editdiff_lsp.offers import FORGOTTEN, NOT_OPEN, STALE, Drafting, Offer
from editdiff_lsp.options import Options
from editdiff_lsp.proposing import AGAIN, CLOSED, Proposals
from editdiff_lsp.quick_fixes import QuickFixes
from editdiff_lsp.remote import ONE
from editdiff_lsp.store import Opened, Store

SENT = (
    "the region, what stands around it, the file's name and your words go there when you ask for it"
)


@dataclass
class Service:
    """All documents, the model, and what was proposed."""

    client: Client
    model: Model
    clients: Callable[[], int] = lambda: 1
    """How many clients the process serves, this one among them."""
    worker: Worker = field(default_factory=Worker)
    elsewhere: Worker = field(default_factory=lambda: Worker("endpoint"))
    """Where answers of an endpoint are waited for."""
    store: Store = field(default_factory=Store)
    _kept: KeptActions = field(default_factory=KeptActions)

    def __post_init__(self) -> None:
        self.notebooks = Notebooks(self.store)
        self.proposals = Proposals(
            self.client, self.model, self.worker, self.elsewhere, self.store, self._tell_status
        )
        self.ghost = Ghost(self.worker, self.model)
        self.keeper = Keeper(self.worker, self.model, self._tell_status)
        self.getting = Getting(self.client, lambda: self.model.named, self.keeper.take_up)
        self.diagnostics = Diagnostics(self.client, lambda: self.model.options.diagnostics)
        self.fixes = QuickFixes(self.client, self.model, self.worker, self._kept.keep)
        self.changes = Changes(self.model, self._kept.keep)
        offers, drafting = self.proposals.offers, (self.filling, self.revision)
        self._fills = FillActions(self.model, offers, *drafting, self._kept.keep)
        self.doubts = Doubts(self.client, self.model, self.worker, self.store, offers)
        self.model.find = self.store.belonging

    # documents

    def opened(self, item: types.TextDocumentItem) -> None:
        """Take a document; what was proposed for an earlier one of its name is dropped."""
        self.closed(item.uri)
        opened = self.store.open(item)
        self.ghost.follow(item.uri)
        self.diagnostics.follow(opened)

    def changed(
        self, uri: str, version: int, events: Sequence[types.TextDocumentContentChangeEvent]
    ) -> None:
        """Take a change, end the ghost text that waits, and carry the proposals over."""
        opened = self.store.see(uri)
        if opened is None:
            return
        opened.change(events, version)
        self.ghost.follow(uri)
        self.fixes.follow(uri)
        self.doubts.follow(uri)
        self.proposals.follow(opened)
        self.diagnostics.follow(opened)

    def closed(self, uri: str) -> None:
        """Forget a document and all that was proposed for it."""
        self.store.close(uri)
        self.ghost.forget(uri)
        self.fixes.follow(uri)
        self.doubts.forget(uri)
        self.diagnostics.forget(uri)
        self.proposals.forget(uri)

    def configure(self, options: Options) -> list[str]:
        """Take other options, and look at all documents again; return what is wrong with them."""
        before = self.model.remote.session
        wrong = self.model.configure(options)
        for opened in self.store.all():
            self.diagnostics.follow(opened)
        now = self.model.remote.session
        if now is not before:
            self._tell_status()
            if now is not None and now.host:
                self.client.remark(f"rewriting and infilling are asked of {now.host}: {SENT}")
        return wrong

    # ghost text

    async def suggest(
        self,
        uri: str,
        position: types.Position,
        selected: tuple[types.Range, str] | None,
        invoked: bool,
    ) -> tuple[types.Range, str] | None:
        """Return ghost text at a position and the range that it replaces; None for silence.

        With a `selected` completion the text goes on from that, as if it stood in the document.
        """
        opened = self.store.see(uri)
        if opened is None or (least := self.model.least(opened.language)) is None:
            return None
        here, before = opened.converter.span(types.Range(position, position)), ""
        if selected:
            here, before = opened.converter.span(selected[0]), selected[1]
        try:
            document = opened.document()
            if selected:
                document = _with(document, here, before)
        except EditdiffError:  # no text: there is nothing to go on from
            return None
        converter = opened.converter
        quiet = 0.0 if invoked else self.model.options.ghostText.debounce / 1000
        try:
            ghost = await self.ghost.suggest(
                opened,
                document,
                here.start + len(before),
                above=partial(self.notebooks.above, opened),
                quiet=quiet,
                least=least,
            )
        except EditdiffError:  # the state of the model tells why
            return None
        replaced = converter.range(Span(here.start, here.end + ghost.over))
        return (replaced, before + ghost.text) if ghost.text else None

    def rests(self, uri: str, position: types.Position) -> None:
        """A cursor rests somewhere: what ghost text there would be made in view of is read before a key comes.

        Only by a model that is loaded, and where there is ghost text: nothing is woken by a look at a file.
        """
        opened = self.store.see(uri)
        if opened is None or self.model.state != "ready":
            return
        if self.model.least(opened.language) is None:
            return
        try:
            document = opened.document()
        except EditdiffError:  # no text
            return
        offset = opened.converter.offset(position)
        self.ghost.rests(opened, document, offset, above=partial(self.notebooks.above, opened))

    # proposals

    async def fill(self, params: FillParams) -> dict[str, Any]:
        """Answer `editdiff/fill`."""
        filling = self.begin(params)
        if isinstance(filling, NoEdit):
            return answers.none(filling)
        offer = self.proposals.offers.add(params.uri, filling)
        return await self.proposals.propose(offer, params.draft_token, params.progress)

    async def other(self, params: OtherParams) -> dict[str, Any]:
        """Answer `editdiff/other`."""
        offer = self.proposals.offers.get(params.id)
        opened = self.store.get(offer.uri) if offer else None
        if offer is None or opened is None:
            return answers.none(NoEdit(FORGOTTEN, AGAIN))
        try:
            filling = offer.followed(opened)
        except EditdiffError as error:
            return answers.none(NoEdit(error.message, error.hint))
        if isinstance(filling, Dropped):
            return answers.none(NoEdit(filling.reason, AGAIN))
        offer.filling = filling  # what is proposed stays until there is another
        return await self.proposals.propose(offer, params.draft_token, params.progress)

    async def fix(self, params: FixParams) -> dict[str, Any]:
        """Propose a fix of what was reported."""
        begin = partial(self.fixes.begin, params=params)
        return await self._begun(params.uri, begin, params.progress)

    async def fix_changed(self, params: FixChangedParams) -> dict[str, Any]:
        """Propose fixes of what changed in a document since the last commit."""
        return await self._begun(params.uri, self.changes.begin, params.progress)

    async def revise(self, params: ReviseParams) -> dict[str, Any]:
        """Answer `editdiff/revise`."""

        def begin(opened: Opened) -> Drafting | NoEdit:
            if params.version != opened.version:
                return STALE
            return self.revision(opened, opened.converter.span(params.range))

        return await self._begun(params.uri, begin, params.progress, params.draft_token)

    async def rewrite(self, params: RewriteParams) -> dict[str, Any]:
        """Answer `editdiff/rewrite`."""

        def begin(opened: Opened) -> Drafting | NoEdit:
            if params.version != opened.version:
                return STALE
            span, session = opened.converter.span(params.range), self.model.drafting
            return rewriting.begin(session, opened.document(), [span], params.ask)

        return await self._begun(params.uri, begin, params.progress, params.draft_token)

    async def _begun(
        self,
        uri: str,
        begin: Callable[[Opened], Drafting | NoEdit],
        progress: messages.ProgressToken | None,
        draft_token: messages.ProgressToken | None = None,
    ) -> dict[str, Any]:
        """Begin to draft in an open document, and offer what comes of it."""
        opened = self.store.see(uri)
        if opened is None:
            return answers.none(NOT_OPEN)
        try:
            filling = begin(opened)
        except EditdiffError as error:
            return answers.none(NoEdit(error.message, error.hint))
        if isinstance(filling, NoEdit):
            return answers.none(filling)
        offer = self.proposals.offers.add(uri, filling)
        answer = await self.proposals.propose(offer, draft_token, progress)
        self._tell_left(offer)
        return answer

    def begin(self, params: FillParams) -> AnyFilling | NoEdit:
        """The filling of some ranges, as a client names them."""
        opened = self.store.see(params.uri)
        if opened is None:
            return NOT_OPEN
        if params.version != opened.version:
            return STALE
        return self.filling(opened, [opened.converter.span(each) for each in params.ranges])

    def filling(self, opened: Opened, spans: Sequence[Span]) -> AnyFilling | NoEdit:
        """The filling of some spans, if they can be filled together."""
        spans = sorted(set(spans))
        if any(a.end >= b.start for a, b in pairwise(spans)):
            return NoEdit("two of the gaps touch or overlap", "select one region that holds both")
        if not opened.text:
            return NoEdit("the document is empty", "write some text around the gap first")
        try:
            model, session = self.model, self.model.drafting
            most = (lambda: model.most_gaps) if session is model.session else (lambda: ONE)
            return groups.begin(session, opened.document(), spans, most)
        except EditdiffError as error:
            return NoEdit(error.message, error.hint)

    def revision(self, opened: Opened, selection: Span) -> Revision | NoEdit:
        """The revision of a selection, if there is something to revise."""
        try:
            return revision.begin(self.model.session, opened.document(), selection)
        except EditdiffError as error:  # it is no text
            return NoEdit(error.message, error.hint)

    # code actions

    def actions(self, uri: str, where: types.Range) -> list[tuple[str, str, Any]]:
        """Title, kind and data of what can be drafted at a range."""
        opened = self.store.get(uri)
        return [] if opened is None else self._fills.offered(opened, opened.converter.span(where))

    def settlements(self, uri: str, where: types.Range) -> list[types.CodeAction]:
        """What can be done about the merges in conflict at a range."""
        opened = self.store.get(uri)
        if opened is None:
            return []
        return merges.actions(opened, opened.converter.span(where), self.client.workspace_edit)

    async def resolve(self, data: Any) -> dict[str, Any]:
        """Do what a code action stands for, on the document as it is now; nothing is applied."""
        if isinstance(data, dict) and isinstance(data.get("other"), str):
            return await self.other(OtherParams(data["other"]))
        known = self._kept.get(str(data.get("fill"))) if isinstance(data, dict) else None
        if known is None:
            return answers.none(NoEdit("the action is not known any more", "ask for it again"))
        opened, filling = known
        if self.store.get(opened.uri) is not opened:
            return answers.none(NoEdit(CLOSED, "ask for the action again"))
        if isinstance(filling, Mending):
            filling.hurry()
        offer = self.proposals.offers.add(opened.uri, filling)
        answer = await self.other(OtherParams(offer.id))
        self._tell_left(offer)
        return answer

    def _tell_left(self, offer: Offer) -> None:
        """Tell the user what was left alone of what changed, or was asked for."""
        if offer.left_alone:
            self.client.inform(answers.left_alone(offer.left_alone))
        for note in offer.notes:
            self.client.inform(f"editdiff: {note}")

    # status

    async def load(self) -> None:
        """Load the model, and tell when it is there."""
        self.model.state = "loading"
        self._tell_status()
        with contextlib.suppress(Exception):  # the state tells what went wrong
            await self.worker.run(lambda token: self.model.engine())
        self._tell_status()

    def status(self) -> dict[str, Any]:
        """Answer `editdiff/status`."""
        state, remote = self.model.state, self.model.remote.session
        return {
            "state": "busy" if state == "ready" and self.proposals.busy else state,
            "model": self.model.name,
            "message": self.model.message,
            "memory": resident(),
            "clients": self.clients(),
            "latency": self.ghost.latency,
            "silence": self.ghost.silence,
            "encoded": self.model.encoded,
            "languages": list(self.model.languages),
            "endpoint": remote.status if remote else None,
        }

    def _tell_status(self) -> None:
        self.client.notify(messages.STATUS_CHANGED, self.status())

    def close(self) -> None:
        """End everything."""
        self.diagnostics.close()
        self.elsewhere.close()
        self.worker.close()


def _with(document: Document, span: Span, text: str) -> Document:
    return document.with_text(document.text[: span.start] + text + document.text[span.end :])
