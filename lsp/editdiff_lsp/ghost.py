"""Ghost text: when the model is asked for it, when it is answered without the model, when there is none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple, TypeVar

from editdiff.edits.block import takes_several
from editdiff.edits.complete import GHOST as GHOST_OPTIONS
from editdiff.edits.complete import Suggestion, complete
from editdiff.edits.infill import fill_task
from editdiff.engines.base import ReadsAhead, Sketch
from editdiff.text.document import Document
from editdiff.text.span import Span
from editdiff_lsp.idle import Idle
from editdiff_lsp.jobs import GHOST, Cancelled, Token, Worker
from editdiff_lsp.model import Model
from editdiff_lsp.options import ALWAYS
from editdiff_lsp.store import Opened
from editdiff_lsp.typed import NOTHING, Anchor, Given, Shown, over_closed, without

T = TypeVar("T")

NEAR = replace(GHOST_OPTIONS, context=256)
"""How a new place is answered first: after a jump nobody waits for all of what a model is shown otherwise."""


class Asked(NamedTuple):
    """What came of asking the model."""

    shown: Shown
    silence: str
    """Why that is nothing; empty where the model had something to show."""
    read_on: Callable[[Token], None] | None
    """Reads the rest of the context, where the model was shown the nearest part of it alone."""


@dataclass
class Ghost:
    """Ghost text of all documents."""

    worker: Worker
    model: Model
    latency: float | None = None
    """Milliseconds of the last answer that the model gave, debounce apart."""
    silence: str = ""
    """Why the model's last answer was nothing to show; empty when it was shown."""
    _last: dict[str, Given] = field(default_factory=dict)
    _changed: dict[str, asyncio.Event] = field(default_factory=dict)
    _when: dict[str, float] = field(default_factory=dict)
    """When each document changed last, on the monotonic clock."""
    _anchors: dict[str, Anchor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._idle = Idle(self.worker)

    async def suggest(
        self,
        opened: Opened,
        document: Document,
        offset: int,
        *,
        quiet: float,
        least: float,
        above: Callable[[], str] = str,
    ) -> Shown:
        """Return what could go on at `offset` of the document; nothing when there is no such thing.

        `document` is the text as the client will have it, which is that of `opened` but where a
        selected completion is put in. `quiet` is for how many seconds nothing may have changed when
        the model is asked; after a change the answer is nothing. The model is shown what stands `above`
        a notebook's cell, read only then, as if it were the beginning of the document.
        """
        self._idle.stop()
        plain = document.text == opened.text
        if plain and (rest := self._rest(opened, offset)).text:
            return rest
        changed = self._changed.setdefault(opened.uri, asyncio.Event())
        silent = time.monotonic() - self._when.get(opened.uri, 0.0)
        if quiet > silent and await _happens(changed, quiet - silent):
            return NOTHING
        began, token = time.perf_counter(), Token()
        before = above()
        whole = _below(before, document)
        work = partial(self._complete, opened.uri, whole, len(before) + offset, least)
        job = asyncio.ensure_future(self.worker.run(work, GHOST, token))
        try:
            asked = await _unless(changed, job, token)
        except Cancelled:
            return NOTHING
        self.latency = 1000 * (time.perf_counter() - began)
        self.silence = asked.silence
        if changed.is_set():  # it may come together with a change
            return NOTHING
        if asked.read_on is not None:
            self._idle.later(asked.read_on)
        if plain and asked.shown.text:
            self._last[opened.uri] = Given(document.version, document.text, offset, asked.shown)
        return asked.shown

    def rests(
        self, opened: Opened, document: Document, offset: int, above: Callable[[], str] = str
    ) -> None:
        """The cursor rests at `offset`: have the model read what stands near it, when nothing else happens.

        Nothing where the model was shown the place already.
        """
        before = above()
        whole = _below(before, document)
        anchor = self._anchors.get(opened.uri)
        if anchor is None or anchor.closed(whole.text, len(before) + offset) is None:
            place = opened.uri, whole, len(before) + offset, ""
            self._idle.later(partial(self._read, *place, near=True))

    def follow(self, uri: str) -> None:
        """The document changed: whoever waits for ghost text gets none."""
        self._idle.stop()
        self._when[uri] = time.monotonic()
        if changed := self._changed.pop(uri, None):
            changed.set()

    def forget(self, uri: str) -> None:
        """The document was closed."""
        self.follow(uri)
        self._last.pop(uri, None)
        self._when.pop(uri, None)
        self._anchors.pop(uri, None)

    def _rest(self, opened: Opened, offset: int) -> Shown:
        """What is left of the last suggestion, of which the user typed the beginning, or took it word by word."""
        given = self._last.get(opened.uri)
        user = opened.since(given.version) if given else None
        if given is None or user is None:
            return NOTHING
        return given.rest(user, offset, opened.language)

    def _complete(
        self, uri: str, document: Document, offset: int, least: float, token: Token
    ) -> Asked:
        """Ask the model, which is not shown what the editor has closed behind the cursor."""

        def on_sketch(sketch: Sketch) -> None:
            token.check()

        engine = self.model.engine()
        token.check()
        anchor = self._anchors.get(uri)
        closed = anchor.closed(document.text, offset) if anchor else None
        if anchor is None or closed is None:
            near = isinstance(engine, ReadsAhead)
            anchor = self._anchors[uri] = Anchor(document.text, offset, near)
        closed = closed or ""
        document = without(document, offset, closed)
        outcome = complete(
            document,
            offset,
            engine,
            NEAR if anchor.near else GHOST_OPTIONS,
            checkers=self.model.quick,
            least=least,
            several=self._several(document, offset),
            calibration=self.model.of_lines,
            anchor=anchor.offset,
            on_sketch=on_sketch,
        )
        place = uri, document, offset, closed
        read_on = partial(self._read, *place, near=False) if anchor.near else None
        if not isinstance(outcome, Suggestion):
            return Asked(NOTHING, outcome.reason, read_on)
        typed = document.text[anchor.offset : offset]
        return Asked(over_closed(typed, outcome.text, closed, document.language), "", read_on)

    def _read(
        self, uri: str, document: Document, offset: int, closed: str, token: Token, *, near: bool
    ) -> None:
        """Have the model read all, or what is `near`, of a place, which is answered with that from then on."""
        engine = self.model.engine()
        if isinstance(engine, ReadsAhead):
            task = fill_task(document, [Span(offset, offset)])
            for _ in engine.read_ahead(task, NEAR if near else GHOST_OPTIONS):
                token.check()
            self._anchors[uri] = Anchor(document.text, offset, near, closed)

    def _several(self, document: Document, offset: int) -> float | None:
        """Least confidence of several lines at a place; None where there may be but one."""
        least = self.model.least_of_several(document.language)
        if least is None:
            return None
        anywhere = self.model.options.ghostText.severalLines == ALWAYS
        return least if takes_several(document, offset, anywhere=anywhere) else None


def _below(before: str, document: Document) -> Document:
    """A document with what stands before it in its notebook."""
    return document.with_text(before + document.text) if before else document


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
