"""Proposals on their way: drafted, told to the client, followed as the user types, taken or rejected."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from lsprotocol import types

from editdiff.edits.hunks import together
from editdiff.edits.infill import OnSketch
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.revision import Revision
from editdiff.edits.rewriting import AnyRewriting
from editdiff.engines.base import Sketch
from editdiff.errors import EditdiffError
from editdiff.text.edit import Edits
from editdiff.text.lines import LineTable
from editdiff.text.rebase import TAKEN, Dropped
from editdiff_lsp import answers, convert, messages
from editdiff_lsp.client import Client
from editdiff_lsp.jobs import Cancelled, Token, Worker
from editdiff_lsp.messages import HunkParams
from editdiff_lsp.model import Model
from editdiff_lsp.offers import CANCELLED, FORGOTTEN, Drafting, Offer, Offers, drawn_at, hunks_of
from editdiff_lsp.remote import ANOTHER, EndpointSession, by_whom, host_of
from editdiff_lsp.store import Opened, Store

DRAFTS_PER_SECOND = 30
CLOSED = "the document was closed"
AGAIN = "ask for it again"
NO_HUNK = NoEdit("this part of the proposal is not there any more", "take what is left of it")
DOING = {
    answers.INFILL: "filling",
    answers.FIX: "fixing",
    answers.REVISION: "revising",
    answers.REWRITE: "rewriting",
}


@dataclass
class Proposals:
    """What was proposed for the documents, and what is being drafted."""

    client: Client
    model: Model
    worker: Worker
    """Where the model runs."""
    elsewhere: Worker
    """Where answers of an endpoint are waited for."""
    store: Store
    tell_status: Callable[[], None]
    """Called when the first operation begins, and when the last ends."""
    offers: Offers = field(default_factory=Offers)
    busy: int = 0
    """Operations at work that the user asked for."""

    def follow(self, opened: Opened) -> None:
        """Carry what is proposed for a document over to the text as it is now."""
        for offer in self.offers.of(opened.uri):
            self._carry(offer, opened)

    def forget(self, uri: str) -> None:
        """A document was closed: forget what was proposed for it."""
        for offer in self.offers.of(uri):
            self.offers.forget(offer.id)
            if offer.proposal:
                self.client.notify(messages.DROPPED, {"id": offer.id, "reason": CLOSED})

    def _carry(self, offer: Offer, opened: Opened) -> None:
        """Tell the client what a change made of a proposal."""
        if offer.proposal is None:
            return
        left = offer.current(opened)
        if isinstance(left, Dropped):
            if left.reason == TAKEN and not offer.mends:
                offer.settle(opened)
            else:
                self.offers.forget(offer.id)
            if left.reason != TAKEN or not offer.applying:
                self.client.notify(messages.DROPPED, {"id": offer.id, "reason": left.reason})
        elif left != offer.left:
            offer.left = left
            self.client.notify(messages.MOVED, answers.offered(offer, left, opened))

    async def accept(self, params: HunkParams) -> dict[str, Any] | None:
        """Have a proposal, or one hunk of it, applied, as the document is now; returns why it was not."""
        offer = self.offers.get(params.id)
        for _ in range(3):  # the user may type while the edit is on its way
            opened = self.store.get(offer.uri) if offer else None
            if offer is None or opened is None or offer.proposal is None:
                return answers.none(NoEdit(FORGOTTEN, AGAIN))
            left = offer.current(opened)
            if isinstance(left, Dropped):
                return answers.none(NoEdit(left.reason, AGAIN))
            if params.hunk is not None and params.hunk not in left:
                return answers.none(NO_HUNK)
            wanted = together(left.values()) if params.hunk is None else left[params.hunk]
            version = opened.version
            edit = self.client.workspace_edit(opened, wanted, _annotation(offer, offer.proposal))
            offer.applying += 1
            try:
                if await self.client.apply(edit, "editdiff"):
                    return None
            finally:
                offer.applying -= 1
            if opened.version == version:
                break
        return answers.none(NoEdit("the editor did not apply the edit", "try again"))

    def reject(self, params: HunkParams) -> None:
        """Take a proposal back, or one hunk of it: the rest stays; nothing happens if it is not known."""
        offer = self.offers.get(params.id)
        opened = self.store.get(offer.uri) if offer else None
        if offer is None or opened is None or params.hunk is None:
            self.offers.forget(params.id)
            return
        offer.rejected.add(params.hunk)
        if isinstance(offer.current(opened), Dropped):  # it was the last one
            self.offers.forget(offer.id)
        else:
            self._carry(offer, opened)

    async def propose(
        self,
        offer: Offer,
        draft_token: messages.ProgressToken | None,
        progress: messages.ProgressToken | None,
    ) -> dict[str, Any]:
        """Draft once, and offer what came of it."""
        drafted = await self._draft(offer, draft_token, progress)
        opened = self.store.get(offer.uri)
        told = answers.left(offer.left_alone) | self._rewritten(offer)
        if isinstance(drafted, NoEdit):
            return answers.none(drafted, offer.id) | told
        if opened is None or self.offers.get(offer.id) is not offer:  # closed, perhaps opened again
            return answers.none(NoEdit(CLOSED))
        outcome, hunks = drafted
        offer.propose(outcome, hunks)
        left = offer.current(opened)
        if isinstance(left, Dropped):
            self.offers.forget(offer.id)
            return answers.none(NoEdit(left.reason, AGAIN))
        offer.left = left
        all_of_it = together(left.values())
        edit = self.client.workspace_edit(opened, all_of_it, _annotation(offer, outcome))
        effort = outcome.effort
        return {
            "kind": "proposal",
            **answers.offered(offer, left, opened),
            "edit": edit,
            "effort": {
                "drafts": effort.drafts,
                "nfe": effort.nfe,
                "seconds": effort.seconds,
                "logp": None if math.isnan(effort.score) else effort.score,
                "confidence": effort.confidence,
            },
            "checked": list(outcome.checked),
        } | told

    def _rewritten(self, offer: Offer) -> dict[str, Any]:
        """What an answer tells of something asked for in words, in the text that it was asked of."""
        table = LineTable(offer.filling.document.text)
        return answers.rewritten(offer.filling, convert.Converter(table, self.store.unit))

    async def _draft(
        self,
        offer: Offer,
        draft_token: messages.ProgressToken | None,
        progress: messages.ProgressToken | None,
    ) -> tuple[Proposal, tuple[Edits, ...]] | NoEdit:
        """Run the model once; a proposal with its hunks. What went wrong is a reason, and no exception."""
        token, filling = Token(), offer.filling
        converter = convert.Converter(LineTable(filling.document.text), self.store.unit)
        loop = asyncio.get_running_loop()
        host = host_of(filling.session)
        async with self._at_work(), self.client.working(progress, _title(offer), token) as report:
            last, shown = 0.0, None

            def on_sketch(sketch: Sketch) -> None:
                nonlocal last, shown
                token.check()
                now = time.monotonic()
                if now - last >= 1 / DRAFTS_PER_SECOND and sketch != shown:
                    last, shown = now, sketch
                    loop.call_soon_threadsafe(report, answers.progress(sketch, host))
                    if draft_token is not None:
                        spans = drawn_at(filling)
                        drawn = answers.drawn(draft_token, offer, filling, spans, sketch, converter)
                        loop.call_soon_threadsafe(self.client.notify, messages.DRAFT, drawn)

            def work(token: Token) -> tuple[Proposal, tuple[Edits, ...]] | NoEdit:
                outcome = self._drafted(filling, on_sketch)
                if isinstance(outcome, NoEdit):
                    return outcome
                return outcome, hunks_of(filling, outcome)

            try:
                return await self._worker(filling).run(work, token=token)
            except Cancelled:
                return CANCELLED
            except EditdiffError as error:
                return NoEdit(error.message, error.hint)

    def _worker(self, filling: Drafting) -> Worker:
        """Where something is drafted: ghost text never waits for an endpoint."""
        return self.elsewhere if isinstance(filling.session, EndpointSession) else self.worker

    def _drafted(self, filling: Drafting, on_sketch: OnSketch) -> Proposal | NoEdit:
        """Draft by whom the filling was begun with: an endpoint that is not named any more is sent nothing."""
        if not isinstance(filling.session, EndpointSession):
            self.model.engine()
        elif filling.session is not self.model.remote.session:
            return ANOTHER
        return filling.draft(on_sketch)

    @contextlib.asynccontextmanager
    async def _at_work(self) -> AsyncIterator[None]:
        """Count an operation while it is at work; the client is told when the first begins and the last ends."""
        self.busy += 1
        try:
            if self.busy == 1:
                self.tell_status()
            yield
        finally:
            self.busy -= 1
            if not self.busy:
                self.tell_status()


def _operation(offer: Offer) -> str:
    """What its edit is the outcome of."""
    if isinstance(offer.filling, Revision):
        return answers.REVISION
    if isinstance(offer.filling, AnyRewriting):
        return answers.REWRITE
    return answers.FIX if offer.mends else answers.INFILL


def _title(offer: Offer) -> str:
    """What is told while it is drafted: what is done, and by whom if it is not this machine."""
    title, count = f"editdiff: {DOING[_operation(offer)]}", len(offer.filling.spans)
    title += f" {count} gaps" if count > 1 else ""
    return title + by_whom(offer.filling.session)


def _annotation(offer: Offer, proposal: Proposal) -> types.ChangeAnnotation:
    return answers.annotation(proposal, _operation(offer))
