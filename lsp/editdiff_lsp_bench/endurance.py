"""Whether the server's memory grows with the requests that it has answered."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any, NamedTuple

from editdiff_lsp.messages import FILL, REJECT, FillParams
from lsprotocol import types

from editdiff.text.edit import TextEdit
from editdiff.text.span import Span
from editdiff_lsp_bench.probe import Buffer, Probe

OPTIONS: Mapping[str, Any] = {"drafts": 2}
"""Options of the server: two drafts take every path that four take."""
SHARES = {
    "ghost text, cancelled": 72,
    "ghost text": 10,
    "code actions": 12,
    "code action resolved": 2,
    "fill": 2,
    "fill, cancelled": 2,
}
"""Requests of each sort in a hundred."""
DOCUMENTS = 3
REOPENED = 100
"""Requests after which a document is closed and opened again as it was."""
PARTS = 8
SLIGHT = 0.5
"""Megabytes per 1,000 requests that count as nothing: 5 MB over a long day's work."""
_MB = 1e6


class Sample(NamedTuple):
    """What the server said of its memory."""

    requests: int
    """Answered before it."""
    memory: int
    """Resident bytes."""


@dataclass(frozen=True)
class Growth:
    """How the memory grows: the parts' median, megabytes per 1,000 requests, and its 93 % interval."""

    median: float
    low: float
    high: float
    total: float
    """Megabytes from the first sample to the last one."""

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> Growth | None:
        """Compare what each of `PARTS` parts of a series grew by; None for a series too short.

        Allocators take memory in rare steps of megabytes, which a line through all samples would take for
        a slope; what leaks leaks in every part. Of 8 independent values the second least and the second
        greatest enclose their distribution's median with a probability of 1 - 18/256.
        """
        size = (len(samples) - 1) // PARTS
        if size < 1:
            return None
        ends = samples[len(samples) - 1 - PARTS * size :: size]
        grown = sorted(
            (after.memory - before.memory) / _MB / (after.requests - before.requests) * 1000
            for before, after in pairwise(ends)
        )
        total = (samples[-1].memory - samples[0].memory) / _MB
        return cls(median(grown), grown[1], grown[-2], total)

    @property
    def verdict(self) -> str:
        """`growing`, `not growing`, or `not settled` where the noise lets both be."""
        if self.high < SLIGHT:
            return "not growing"
        return "growing" if self.low > SLIGHT else "not settled"

    def __str__(self) -> str:
        typical = f"{self.median:+.2f} [{self.low:+.2f}, {self.high:+.2f}] MB per 1,000 requests"
        return f"{self.total:+.1f} MB in all, typically {typical}"


@dataclass
class Endurance:
    """Requests of all sorts, over documents that are edited, closed and opened again.

    What is proposed for a code action is applied, as an editor does; what `editdiff/fill` proposes is rejected.
    """

    probe: Probe
    text: str
    """Text of every document, but for its first line."""
    seed: int = 0
    tell: Callable[[Sample], None] = lambda sample: None
    """Hears of each sample."""
    done: Counter[str] = field(default_factory=Counter)
    """Requests of each sort."""
    samples: list[Sample] = field(default_factory=list)

    async def run(self, requests: int) -> None:
        """Send so many requests; take a sample now, and at each hundredth part.

        Raises:
            EngineError: when one is not answered, or with an error.
        """
        self._random = random.Random(self.seed)
        self._open = [self._opened(number) for number in range(DOCUMENTS)]
        every = max(1, requests // 100)
        await self._sample(0)
        sorts, weights = list(SHARES), list(SHARES.values())
        for count in range(1, requests + 1):
            if count % REOPENED == 0:
                number = self._random.randrange(DOCUMENTS)
                self.probe.close(self._open[number])
                self._open[number] = self._opened(number)
            sort = self._random.choices(sorts, weights)[0]
            self.done[sort] += 1
            await self._request(sort, self._random.choice(self._open))
            if count % every == 0:
                await self._sample(count)

    async def _sample(self, count: int) -> None:
        self.samples.append(Sample(count, (await self.probe.status()).memory))
        self.tell(self.samples[-1])

    def _opened(self, number: int) -> Buffer:
        return self.probe.open(f"file:///replay/{number}.py", f"# {number}\n{self.text}")

    async def _request(self, sort: str, buffer: Buffer) -> None:
        """Change a document, and ask for something there."""
        here = self._typed(buffer)
        if sort == "ghost text":
            await self.probe.suggest(buffer, here, invoked=True).answer()
        elif sort == "ghost text, cancelled":
            await self._cancelled(buffer, here)
        elif sort.startswith("code action"):
            await self._actions(buffer, here, resolved=sort.endswith("resolved"))
        else:
            asked = self.probe.ask(FILL, self._fill(buffer, here))
            if sort.endswith("cancelled"):
                await asked.within(0.03)
                self.probe.cancel(asked)
                await asked.within(60)
            else:
                self._reject(await asked.answer())

    async def _cancelled(self, buffer: Buffer, here: int) -> None:
        asked = self.probe.suggest(buffer, here, invoked=self._random.random() < 0.1)
        await asked.within(self._random.uniform(0, 0.01))
        self._typed(buffer)
        self.probe.cancel(asked)
        await asked.within(60)

    async def _actions(self, buffer: Buffer, here: int, *, resolved: bool) -> None:
        document, where = types.TextDocumentIdentifier(buffer.uri), self._line(buffer, here)
        params = types.CodeActionParams(document, where, types.CodeActionContext([]))
        actions = await self.probe.ask(types.TEXT_DOCUMENT_CODE_ACTION, params).answer()
        if resolved and actions:
            action = await self.probe.ask(types.CODE_ACTION_RESOLVE, actions[0]).answer()
            for change in action.edit.document_changes if action.edit else []:
                for edit in reversed(change.edits):
                    span = buffer.converter.span(edit.range)
                    self.probe.change(buffer, TextEdit(span, edit.new_text))

    def _reject(self, answer: Any) -> None:
        if answer.kind == "proposal":
            self.probe.client.protocol.notify(REJECT, {"id": answer.id})

    def _fill(self, buffer: Buffer, here: int) -> dict[str, Any]:
        return FillParams(buffer.uri, buffer.version, (self._line(buffer, here),)).to_json()

    def _line(self, buffer: Buffer, here: int) -> types.Range:
        """The line at an offset, without its ending."""
        converter = buffer.converter
        line = converter.table.position(here).line
        return converter.range(converter.table.content(line))

    def _typed(self, buffer: Buffer) -> int:
        """Type a letter somewhere, or take a character away; the offset behind it."""
        at = self._random.randrange(len(buffer.text))
        gone = self._random.randrange(2)
        text = "" if gone else self._random.choice("aeinrst (=.")
        self.probe.change(buffer, TextEdit(Span(at, at + gone), text))
        return at + len(text)
