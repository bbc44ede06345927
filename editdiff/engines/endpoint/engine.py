"""The engine: each draft is a request, and its answer is read as text that may stand in the gap.

A gap is filled by the server's own way to fill gaps, and in words where the server says that it has none, or the
model. A text is rewritten in words. Nothing tells how likely an answer is: of several drafts the one comes first
that came most often. What was asked once for the likeliest answer is not asked again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import Any

from editdiff.engines.base import Draft, FillOptions, FillTask, Place, Sketch, Update
from editdiff.engines.endpoint import chat, gaps, llama_cpp, ollama, openai
from editdiff.engines.endpoint.address import LLAMA_CPP, OLLAMA, OPENAI, Endpoint
from editdiff.engines.endpoint.asking import Answer, Asked, Gap
from editdiff.engines.endpoint.fences import EMPTY, told
from editdiff.engines.endpoint.refusals import cannot_infill, content, strange
from editdiff.engines.endpoint.sending import request_to, send
from editdiff.errors import EngineError, UsageError
from editdiff.sending import Reply, Request, Send
from editdiff.text.language import language_of

Read = Callable[[Any], Answer | None]
"""Reads a server's JSON; None where it is no answer."""
Wait = Generator[Sketch, None, Answer]
"""Waits for an answer, showing that it does."""
NATIVE = {LLAMA_CPP: llama_cpp, OLLAMA: ollama, OPENAI: openai}
"""How each kind fills a gap by itself."""
KEPT = 16
"""Answers that are kept."""


class EndpointEngine:
    """Fills the gap of a text, or rewrites a part of it, by what a server answers."""

    def __init__(self, endpoint: Endpoint, send: Send = send) -> None:
        self.name = f"{endpoint.model or endpoint.kind} at {endpoint.host}"
        self.endpoint = endpoint
        self._send = send
        self._in_words = False
        """Whether the server has said that it fills no gaps."""
        self._refused: list[str] = []
        """Fields of a request in words that it does not know."""
        self._known: dict[bytes, Answer] = {}
        """Answers to what was asked for the likeliest one, the oldest first."""

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Yield sketches while waiting, then the distinct drafts, those that came most often first.

        One that cannot be used comes with its flaw. Of the options `drafts`, `temperature`, `seed`, `max_tokens`
        and `context` mean something here.

        Raises:
            UsageError: for several gaps, or a revision in place.
            EngineError: when the endpoint does not answer, or not as one does.
        """
        if len(task.gaps) != 1 or task.region is not None:
            raise UsageError(
                "an endpoint fills one gap, or rewrites one text, at a time",
                "ask for one after the other, or use a local model",
            )
        drafts, asked = dict[tuple[str, str], list[Draft]](), 0
        for number in range(options.drafts if options.temperature > 0 else 1):
            waits = Sketch(asked, ((Place(task.old or "", False, 0.0),),))
            try:
                draft = yield from self._draft(task, Gap.of(task, options, number), waits)
            except EngineError:
                if not drafts:  # what came before is worth something
                    raise
                break
            asked += 1
            drafts.setdefault((draft.texts[0], draft.flaw), []).append(draft)
        ranked = sorted(drafts.values(), key=lambda same: (bool(same[0].flaw), -len(same)))
        yield from (replace(same[0], nfe=asked) for same in ranked)

    def _draft(self, task: FillTask, gap: Gap, waits: Sketch) -> Generator[Sketch, None, Draft]:
        """Ask for one draft."""
        before, after = task.text[: task.gaps[0].start], task.text[task.gaps[0].end :]
        rewrites, old = gap.parts.ask is not None, gap.parts.old or ""
        language = language_of(task.path, f"{before}{old}")
        if not rewrites and not self._in_words:
            answer = yield from self._native(gap, waits)
            if answer is not None:
                text, was_cut = gaps.filled(answer.text, before, after, language)
                return _made(text, "" if text.strip() else EMPTY, answer.finished or was_cut)
        answer = yield from self._asked_in_words(gap, waits)
        text, flaw = told(answer.text, language, old)
        if not flaw and rewrites:
            text = gaps.rewritten(text, old)
        elif not flaw:
            text = gaps.told_to_fill(text, before, after, language)
        return _made(text, flaw, answer.finished)

    def _native(self, gap: Gap, waits: Sketch) -> Generator[Sketch, None, Answer | None]:
        """Have the server fill the gap by itself; None where it cannot."""
        kind = NATIVE[self.endpoint.kind]
        request = self._request(kind.infill(self.endpoint, gap))
        if (known := self._known.get(request.body)) is not None:
            return known
        reply = yield from self._reply(request, waits)
        if cannot_infill(reply):
            self._in_words = True
            return None
        return self._kept(request, gap, kind.answer, reply)

    def _asked_in_words(self, gap: Gap, waits: Sketch) -> Wait:
        """Ask in words; a field that the server refuses is left out from then on."""
        while True:
            url, body = chat.ask(self.endpoint, gap)
            for name in self._refused:
                body = chat.without_field(body, name)
            request = self._request(Asked(url, body))
            if (known := self._known.get(request.body)) is not None:
                return known
            reply = yield from self._reply(request, waits)
            refused = _refused_field(reply, body)
            if refused is None:
                return self._kept(request, gap, chat.answer, reply)
            self._refused.append(refused)

    def _request(self, asked: Asked) -> Request:
        return request_to(self.endpoint, asked.url, asked.body)

    def _reply(self, request: Request, waits: Sketch) -> Generator[Sketch, None, Reply]:
        """Send a request; a sketch whenever somebody may want to give it up."""
        sending = self._send(request, self.endpoint.seconds)
        try:
            while True:
                next(sending)
                yield waits
        except StopIteration as done:
            reply: Reply = done.value
            return reply
        finally:
            sending.close()

    def _kept(self, request: Request, gap: Gap, read: Read, reply: Reply) -> Answer:
        """The answer of a reply; kept where the same request would bring the same one.

        Raises:
            EngineError: where it refuses, or is no such answer.
        """
        answer = read(content(self.endpoint, reply))
        if answer is None:
            raise strange(self.endpoint)
        if gap.temperature == 0:
            self._known[request.body] = answer
            for oldest in [*self._known][:-KEPT]:
                del self._known[oldest]
        return answer


def _refused_field(reply: Reply, body: dict[str, Any]) -> str | None:
    """The field that a server refuses a request for, where it can do without; None where it is another matter."""
    if reply.status != 400:
        return None
    try:
        return chat.unknown_field(json.loads(reply.body), body)
    except (ValueError, RecursionError):
        return None


def _made(text: str, flaw: str, finished: bool) -> Draft:
    """A draft of which nobody says how likely it is; one that was cut has no other flaw."""
    return Draft((text,), math.nan, 1, finished, flaw=flaw if finished else "")
