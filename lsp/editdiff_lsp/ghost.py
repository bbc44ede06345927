"""Ghost text: when the model is asked for it, when it is answered without the model, when there is none."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from editdiff.edits.complete import Suggestion, complete
from editdiff.edits.proposal import NoEdit
from editdiff.engines.base import Sketch
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.rebase import rebase
from editdiff.text.span import Span
from editdiff_lsp.jobs import GHOST, Cancelled, Token, Worker
from editdiff_lsp.model import Model
from editdiff_lsp.store import Opened

T = TypeVar("T")

LONGEST_TYPED = 800
"""Code points that are typed at one anchor: with more, a new context is worth its reading."""


@dataclass
class Ghost:
    """Ghost text of all documents."""

    worker: Worker
    model: Model
    latency: float | None = None
    """Milliseconds of the last answer that the model gave, debounce apart."""
    silence: str = ""
    """Why the model's last answer was nothing to show; empty when it was shown."""
    _last: dict[str, _Given] = field(default_factory=dict)
    _changed: dict[str, asyncio.Event] = field(default_factory=dict)
    _when: dict[str, float] = field(default_factory=dict)
    """When each document changed last, on the monotonic clock."""
    _anchors: dict[str, _Anchor] = field(default_factory=dict)

    async def suggest(
        self, opened: Opened, document: Document, offset: int, *, quiet: float, least: float
    ) -> str:
        """Return what could go on at `offset` of the document; nothing when there is no such thing.

        `document` is the text as the client will have it, which is that of `opened` but where a
        selected completion is put in. `quiet` is for how many seconds nothing may have changed when
        the model is asked; after a change the answer is nothing.
        """
        plain = document.text == opened.text
        if plain and (rest := self._rest(opened, offset)):
            return rest
        changed = self._changed.setdefault(opened.uri, asyncio.Event())
        silent = time.monotonic() - self._when.get(opened.uri, 0.0)
        if quiet > silent and await _happens(changed, quiet - silent):
            return ""
        began, token = time.perf_counter(), Token()
        job = asyncio.ensure_future(
            self.worker.run(
                partial(self._complete, opened.uri, document, offset, least), GHOST, token
            )
        )
        try:
            outcome = await _unless(changed, job, token)
        except Cancelled:
            return ""
        self.latency = 1000 * (time.perf_counter() - began)
        self.silence = outcome.reason if isinstance(outcome, NoEdit) else ""
        if isinstance(outcome, NoEdit) or changed.is_set():  # it may come together with a change
            return ""
        if plain:
            self._last[opened.uri] = _Given(document.version, document.text, offset, outcome.text)
        return outcome.text

    def follow(self, uri: str) -> None:
        """The document changed: whoever waits for ghost text gets none."""
        self._when[uri] = time.monotonic()
        if changed := self._changed.pop(uri, None):
            changed.set()

    def forget(self, uri: str) -> None:
        """The document was closed."""
        self.follow(uri)
        self._last.pop(uri, None)
        self._when.pop(uri, None)
        self._anchors.pop(uri, None)

    def _rest(self, opened: Opened, offset: int) -> str:
        """What the user has not typed yet of the last suggestion, if he typed its beginning."""
        given = self._last.get(opened.uri)
        if given is None or (user := opened.since(given.version)) is None:
            return ""
        here = Span(given.offset, given.offset)
        left = rebase(Edits((TextEdit(here, given.text),)), user, given.before)
        if not isinstance(left, Edits):
            del self._last[opened.uri]
            return ""
        (edit,) = left
        return edit.text if edit.span == Span(offset, offset) else ""

    def _complete(
        self, uri: str, document: Document, offset: int, least: float, token: Token
    ) -> Suggestion | NoEdit:
        def on_sketch(sketch: Sketch) -> None:
            token.check()

        engine = self.model.engine()
        token.check()
        anchor = self._anchors.get(uri)
        if anchor is None or not anchor.holds(document.text, offset):
            anchor = self._anchors[uri] = _Anchor(document.text, offset)
        return complete(
            document,
            offset,
            engine,
            checkers=self.model.quick,
            least=least,
            anchor=anchor.offset,
            on_sketch=on_sketch,
        )


@dataclass(frozen=True)
class _Given:
    """The last suggestion of a document."""

    version: int
    before: str
    """The text it was made for."""
    offset: int
    text: str


@dataclass(frozen=True)
class _Anchor:
    """Where the model was shown a document: what is typed on from there is little to read."""

    text: str
    offset: int

    def holds(self, text: str, offset: int) -> bool:
        """Whether `text` differs by what was typed at the anchor alone, up to the cursor at `offset`."""
        typed = offset - self.offset
        return (
            0 <= typed <= LONGEST_TYPED
            and len(text) == len(self.text) + typed
            and text.startswith(self.text[: self.offset])
            and text.endswith(self.text[self.offset :])
        )


async def _unless(event: asyncio.Event, job: asyncio.Future[T], token: Token) -> T:
    """What comes of a job, which is cancelled by its token as soon as an event comes."""
    waiting = asyncio.ensure_future(event.wait())
    both: set[asyncio.Future[Any]] = {job, waiting}
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if event.is_set():
            token.cancel()
        return await job
    except asyncio.CancelledError:
        job.cancel()  # and with it what runs; else nobody would take its outcome
        raise
    finally:
        waiting.cancel()


async def _happens(event: asyncio.Event, seconds: float) -> bool:
    """Whether an event comes within a time."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True
