"""What the model doubts of a document: told stretch by stretch, and forgotten where the document is edited.

A document is read when the model has nothing else to do, a piece at a time: whoever asks for ghost text or a draft
waits for one piece. What was told last of a document answers the pointer that rests on it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lsprotocol import types

from editdiff.edits.hunks import together
from editdiff.edits.proposal import NoEdit
from editdiff.edits.review import Stretch, bare, by_lines, first_character
from editdiff.engines.base import Doubt, Doubter
from editdiff.errors import EditdiffError
from editdiff.text.document import Document
from editdiff.text.edit import Edits
from editdiff.text.lines import LineTable
from editdiff.text.rebase import Dropped
from editdiff.text.span import Span
from editdiff_lsp import answers, doubt_words
from editdiff_lsp.client import Client
from editdiff_lsp.convert import Converter
from editdiff_lsp.jobs import ASKED, IDLE, Cancelled, Token, Worker
from editdiff_lsp.messages import ReviewParams
from editdiff_lsp.model import Model
from editdiff_lsp.offers import CANCELLED, FORGOTTEN, NOT_OPEN, STALE, Offers
from editdiff_lsp.store import Opened, Store

END = object()
"""What comes when all was read."""
LONGEST = 200_000
"""Most code points that one request reads, of the lines that it names first."""
TITLE = "editdiff: reading for doubts"
CHANGED = NoEdit("the document has changed meanwhile", "ask again for the lines that were not told")


@dataclass(frozen=True)
class Known:
    """What was told of a document."""

    version: int
    """That the spans count in."""
    doubts: tuple[Doubt, ...]
    calibrated: bool

    def current(self, opened: Opened) -> Iterator[Doubt]:
        """Those that nobody has touched since, where they stand now."""
        user = opened.since(self.version)
        for doubt in self.doubts if user is not None else ():
            span = moved(doubt.span, user or Edits())
            if span is not None:
                yield doubt._replace(span=span)


@dataclass
class Doubts:
    """The doubts about all documents."""

    client: Client
    model: Model
    worker: Worker
    store: Store
    offers: Offers
    _known: dict[str, Known] = field(default_factory=dict)
    """By URI."""
    _reading: dict[str, set[Token]] = field(default_factory=dict)
    """What is being read of each document, by URI."""

    def follow(self, uri: str) -> None:
        """The document has changed: what is being read does not stand there any more."""
        for token in self._reading.pop(uri, set()):
            token.cancel()

    def forget(self, uri: str) -> None:
        """The document was closed."""
        self.follow(uri)
        self._known.pop(uri, None)

    async def review(self, params: ReviewParams) -> dict[str, Any]:
        """Answer `editdiff/review`."""
        opened = self.store.get(params.uri)
        if opened is None:
            return answers.none(NOT_OPEN)
        if params.version != opened.version:
            return answers.none(STALE)
        token = Token()
        self._reading.setdefault(opened.uri, set()).add(token)
        try:
            return await self._review(opened, params, token)
        except Cancelled:
            return answers.none(CHANGED if opened.version != params.version else CANCELLED)
        except EditdiffError as error:
            return answers.none(NoEdit(error.message, error.hint))
        finally:
            self._reading.get(opened.uri, set()).discard(token)

    async def _review(self, opened: Opened, params: ReviewParams, token: Token) -> dict[str, Any]:
        document = opened.document()
        converter = Converter(LineTable(document.text), self.store.unit)
        asked = None if params.ranges is None else list(map(converter.span, params.ranges))
        spans, left_out = lines_to_read(converter.table, asked)
        parts, done, total = list[dict[str, Any]](), 0, sum(span.length for span in spans)
        async with self.client.working(params.progress, TITLE, token, measured=True) as report:
            doubter = await self.worker.run(lambda token: self.model.doubter(), IDLE, token)
            async for stretch in self._read(document, doubter, spans, token):
                likely = [doubt for doubt in stretch.findings if doubt.probability >= params.least]
                found = [bare(doubt, document.text) for doubt in likely]
                self._keep(opened, stretch.span, found, doubter.calibrated)
                part = answers.doubts(stretch.span, found, converter)
                if params.partial is None:
                    parts.append(part)
                else:
                    value = types.ProgressParams(params.partial, {"parts": [part]})
                    self.client.notify(types.PROGRESS, value)
                done += stretch.span.length
                line = converter.table.position(stretch.span.end).line
                report(f"line {line + 1}", 100 * done // max(total, 1))
        return {
            "kind": "review",
            "version": document.version,
            "calibrated": doubter.calibrated,
            "parts": parts,
            "leftOut": left_out,
        }

    async def alternatives(self, name: str) -> dict[str, Any]:
        """Answer `editdiff/alternatives`: read what is proposed as if it stood in the document."""
        offer = self.offers.get(name)
        opened = self.store.get(offer.uri) if offer else None
        left = offer.current(opened) if offer and opened else Dropped(FORGOTTEN)
        if opened is None or isinstance(left, Dropped):
            return answers.none(NoEdit(FORGOTTEN, "fill the region again"))
        try:
            edits = together(left.values())
            document = opened.document().with_text(edits.apply(opened.text))
            spans = [edit.span for edit in edits.invert(opened.text)]
            doubter = await self.worker.run(lambda token: self.model.doubter(), ASKED)
            gaps: list[list[Doubt]] = [[] for _ in spans]
            async for stretch in self._read(document, doubter, spans, Token(), ASKED):
                at = next(i for i, span in enumerate(spans) if span.contains(stretch.span))
                gaps[at] += stretch.findings
        except EditdiffError as error:
            return answers.none(NoEdit(error.message, error.hint))
        text = document.text
        told = [[answers.token(bare(doubt, text), text) for doubt in gap] for gap in gaps]
        return {"kind": "alternatives", "calibrated": doubter.calibrated, "gaps": told}

    async def _read(
        self,
        document: Document,
        doubter: Doubter,
        spans: Sequence[Span],
        token: Token,
        priority: int = IDLE,
    ) -> AsyncIterator[Stretch]:
        """Judge spans in the model's thread; each piece of it waits for what is more urgent.

        Raises:
            Cancelled: when its token was cancelled.
        """
        steps = by_lines(document, doubter, spans)

        def step(token: Token) -> object:
            return next(steps, END)

        while (told := await self.worker.run(step, priority, token)) is not END:
            token.check()
            if isinstance(told, Stretch):
                yield told

    # the pointer

    def hover(self, uri: str, where: types.Position) -> types.Hover | None:
        """What was told of the place, in words; None where nothing was."""
        opened, known = self.store.get(uri), self._known.get(uri)
        if opened is None or known is None:
            return None
        at = opened.converter.offset(where)
        for doubt in known.current(opened):
            if doubt.span.start <= at < doubt.span.end:
                text = doubt.span.slice(opened.text)
                words = doubt_words.markdown(text, doubt, calibrated=known.calibrated)
                content = types.MarkupContent(types.MarkupKind.Markdown, words)
                return types.Hover(content, opened.converter.range(doubt.span))
        return None

    def _keep(self, opened: Opened, span: Span, found: Sequence[Doubt], calibrated: bool) -> None:
        """Keep what was found in a stretch, in place of what was known of it."""
        known = self._known.get(opened.uri)
        before = known.current(opened) if known else ()
        starts = ((first_character(opened.text, doubt.span), doubt) for doubt in before)
        rest = (doubt for at, doubt in starts if not span.start <= at < span.end)
        self._known[opened.uri] = Known(opened.version, (*rest, *found), calibrated)


def moved(span: Span, user: Edits) -> Span | None:
    """Where a span stands after the edits of its text; None when one of them touches it."""
    if any(edit.span.start <= span.end and span.start <= edit.span.end for edit in user):
        return None
    return span.shift(sum(edit.growth for edit in user if edit.span.end < span.start))


def lines_to_read(table: LineTable, asked: Sequence[Span] | None) -> tuple[list[Span], int]:
    """The lines that `asked` touches, in this order, each once, neighbours together; all lines for None.

    No more than LONGEST code points are read; the number of lines that are left out for it comes second.
    """
    room, left_out, kept = LONGEST, 0, list[int]()
    for line in dict.fromkeys(_lines(table, asked)):
        length = table.full(line).length
        if length > room:
            left_out += 1
        else:
            room -= length
            kept.append(line)
    spans, before = list[Span](), -2
    for line in kept:
        start = spans.pop().start if line == before + 1 else table.start(line)
        spans.append(Span(start, table.content(line).end))
        before = line
    return spans, left_out


def _lines(table: LineTable, asked: Sequence[Span] | None) -> Iterator[int]:
    """Numbers of the lines that spans touch; of one that ends where a line begins, without that line."""
    if asked is None:
        yield from range(len(table))
    for span in asked or ():
        first, last = (table.position(at).line for at in (span.start, span.end))
        ends = last > first and span.end == table.start(last)
        yield from range(first, last + (not ends))
