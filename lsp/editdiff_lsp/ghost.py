"""Ghost text: when the model is asked for it, when it is answered without the model, when there is none."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, TypeVar

from editdiff.edits.block import takes_several
from editdiff.edits.complete import Suggestion, complete
from editdiff.edits.proposal import NoEdit
from editdiff.engines.base import Sketch
from editdiff.text.document import Document
from editdiff.text.rebase import typed_at
from editdiff_lsp.jobs import GHOST, Cancelled, Token, Worker
from editdiff_lsp.model import Model
from editdiff_lsp.options import ALWAYS
from editdiff_lsp.store import Opened

T = TypeVar("T")

LONGEST_TYPED = 800
"""Code points that are typed at one anchor: with more, a new context is worth its reading."""
CLOSERS = frozenset(")]}>\"'`")
"""What editors close by themselves: behind the cursor, when its partner is typed."""


class Shown(NamedTuple):
    """Ghost text."""

    text: str
    """Empty where there is none."""
    over: int = 0
    """Code points behind the cursor that stand in it again: what the editor closed by itself."""


NOTHING = Shown("")


@dataclass
class Ghost:
    """Ghost text of all documents."""

    worker: Worker
    model: Model
    latency: float | None = None
    """Milliseconds of the last answer that the model gave, debounce apart."""
    _last: dict[str, _Given] = field(default_factory=dict)
    _changed: dict[str, asyncio.Event] = field(default_factory=dict)
    _when: dict[str, float] = field(default_factory=dict)
    """When each document changed last, on the monotonic clock."""
    _anchors: dict[str, _Anchor] = field(default_factory=dict)

    async def suggest(
        self, opened: Opened, document: Document, offset: int, *, quiet: float, least: float
    ) -> Shown:
        """Return what could go on at `offset` of the document; nothing when there is no such thing.

        `document` is the text as the client will have it, which is that of `opened` but where a
        selected completion is put in. `quiet` is for how many seconds nothing may have changed when
        the model is asked; after a change the answer is nothing.
        """
        plain = document.text == opened.text
        if plain and (rest := self._rest(opened, offset)).text:
            return rest
        changed = self._changed.setdefault(opened.uri, asyncio.Event())
        silent = time.monotonic() - self._when.get(opened.uri, 0.0)
        if quiet > silent and await _happens(changed, quiet - silent):
            return NOTHING
        began, token = time.perf_counter(), Token()
        job = asyncio.ensure_future(
            self.worker.run(
                partial(self._complete, opened.uri, document, offset, least), GHOST, token
            )
        )
        try:
            outcome = await _unless(changed, job, token)
        except Cancelled:
            return NOTHING
        self.latency = 1000 * (time.perf_counter() - began)
        if isinstance(outcome, NoEdit) or changed.is_set():  # it may come together with a change
            return NOTHING
        if plain:
            self._last[opened.uri] = _Given(document.version, document.text, offset, outcome.text)
        return Shown(outcome.text)

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

    def _rest(self, opened: Opened, offset: int) -> Shown:
        """What is left of the last suggestion, of which the user typed the beginning, or took it word by word.

        Behind the cursor there may be what the editor closed: what is left is written over that.
        """
        given = self._last.get(opened.uri)
        user = opened.since(given.version) if given else None
        if given is None or user is None:
            return NOTHING
        typed = typed_at(given.offset, user, given.before)
        if typed is None or not typed.start <= offset <= typed.start + len(typed.text):
            return NOTHING
        done, closed = typed.text[: offset - typed.start], typed.text[offset - typed.start :]
        rest = given.text.removeprefix(done)
        if not given.text.startswith(done) or (closed and not (done and _closes(closed, rest))):
            return NOTHING
        return Shown(rest, len(closed))

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
            several=self._several(document, offset),
            anchor=anchor.offset,
            on_sketch=on_sketch,
        )

    def _several(self, document: Document, offset: int) -> float | None:
        """Least confidence of several lines at a place; None where there may be but one."""
        least = self.model.least_of_several(document.language)
        anywhere = self.model.options.ghostText.severalLines == ALWAYS
        return least if takes_several(document, offset, anywhere=anywhere) else None


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


def _closes(closed: str, rest: str) -> bool:
    """Whether an editor can have closed what a suggestion closes in its `rest`: the same signs, in this order."""
    following = iter(rest)
    return CLOSERS.issuperset(closed) and all(sign in following for sign in closed)


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
