"""Whether the server's memory grows with the requests that it has answered."""

from __future__ import annotations

import contextlib
import random
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from editdiff_lsp.messages import (
    DO_ACCEPT,
    DO_FIX,
    DO_FIX_CHANGED,
    FILL,
    GET,
    MODELS,
    OTHER,
    REJECT,
    STATUS,
    FillParams,
    FixParams,
)
from lsprotocol import types

from editdiff.text.edit import TextEdit
from editdiff.text.span import Span
from editdiff_lsp_bench.probe import Asked, Buffer, Probe

OPTIONS: Mapping[str, Any] = {"drafts": 2}
"""Options of the server: two drafts take every path that four take."""
SHARES = {
    "ghost text, cancelled": 66.0,
    "ghost text": 10.0,
    "code actions": 8.0,
    "code action resolved": 2.0,
    "fill": 2.0,
    "fill, other draft": 1.0,
    "fill, accepted": 2.0,
    "fill, cancelled": 2.0,
    "fix": 0.2,
    "fix, cancelled": 1.0,
    "fix what changed": 0.1,
    "fix what changed, cancelled": 1.0,
    "options": 0.5,
    "status": 3.0,
    "models": 1.0,
    "get a model, cancelled": 0.2,
}
"""Requests of each sort in a hundred; those that take the model seconds are few."""
LATEST = {"ghost text": 0.01, "fill": 0.03, "fix": 0.3, "fix what changed": 0.3, "get a model": 0.3}
"""Seconds in which a request is cancelled that is."""
LONGEST = 20.0
"""Seconds after which any other request is given up, as a user does: a large model may look for minutes."""
NOWHERE = {"name": "coder", "from": "/nowhere.gguf"}
"""A model from a file that is not there: nothing is fetched."""
DOCUMENTS = 3
REOPENED = 100
"""Requests after which a document is closed and opened again as it was."""
PARTS = 8
SLIGHT = 0.5
"""Megabytes per 1,000 requests that count as nothing: 5 MB over a long day's work."""
_MB = 1e6


def committed(folder: Path, text: str) -> None:
    """Make a folder a repository in which the documents are committed, where there is a git."""
    for number in range(DOCUMENTS):
        (folder / f"{number}.py").write_text(f"# {number}\n{text}", encoding="utf-8")
    by = ("-c", "user.name=replay", "-c", "user.email=replay")
    with contextlib.suppress(OSError):
        for command in (("init", "-q"), ("add", "."), ("commit", "-qm", "all")):
            subprocess.run(["git", *by, *command], cwd=folder, check=False)


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

    What is proposed is applied as an editor does, or rejected.
    """

    probe: Probe
    text: str
    """Text of every document, but for its first line."""
    folder: Path
    """Where the documents lie: committed, where this is a repository."""
    options: Mapping[str, Any] = field(default_factory=lambda: OPTIONS)
    """Of the server."""
    seed: int = 0
    tell: Callable[[Sample], None] = lambda sample: None
    """Hears of each sample."""
    done: Counter[str] = field(default_factory=Counter)
    """Requests of each sort."""
    given_up: int = 0
    """Requests that took longer than LONGEST, and were cancelled."""
    samples: list[Sample] = field(default_factory=list)
    _on: bool = True
    """Whether ghost text is on."""

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
        uri = (self.folder / f"{number}.py").as_uri()
        return self.probe.open(uri, f"# {number}\n{self.text}")

    async def _request(self, sort: str, buffer: Buffer) -> None:
        """Change a document, and ask for something there."""
        name, _, how = sort.partition(", ")
        here = self._typed(buffer)
        asking: Mapping[str, Callable[[Buffer, int], Asked]] = {
            "ghost text": lambda buffer, here: self.probe.suggest(buffer, here, invoked=how == ""),
            "fill": lambda buffer, here: self.probe.ask(FILL, self._fill(buffer, here)),
            "fix": lambda buffer, here: self._command(DO_FIX, self._fix(buffer, here)),
            "fix what changed": lambda buffer, here: self._command(
                DO_FIX_CHANGED, {"textDocument": {"uri": buffer.uri}}
            ),
            "status": lambda buffer, here: self.probe.ask(STATUS),
            "models": lambda buffer, here: self.probe.ask(MODELS),
            "get a model": lambda buffer, here: self.probe.ask(GET, NOWHERE),
            "options": lambda buffer, here: self._configured(),
        }
        if name.startswith("code action"):
            await self._actions(buffer, here, resolved=name.endswith("resolved"))
        elif how == "cancelled":
            asked = asking[name](buffer, here)
            await asked.within(self._random.uniform(0, LATEST[name]))
            if name == "ghost text":
                self._typed(buffer)
            self.probe.cancel(asked)
            await asked.within(60)
        else:
            answer = await self._answer(asking[name](buffer, here))
            if name == "fill" and answer and answer.kind == "proposal":
                await self._proposed(answer.id, how)

    async def _proposed(self, name: str, how: str) -> None:
        """Do with a proposal what a user does."""
        if how == "accepted":
            await self._answer(self._command(DO_ACCEPT, name))
            return
        if how == "other draft":
            await self._answer(self.probe.ask(OTHER, {"id": name}))
        self.probe.client.protocol.notify(REJECT, {"id": name})

    async def _answer(self, asked: Asked) -> Any:
        """What is answered; None where that takes too long."""
        if await asked.within(LONGEST):
            return await asked.answer()
        self.given_up += 1
        self.probe.cancel(asked)
        await asked.within(60)
        return None

    def _command(self, name: str, *arguments: Any) -> Asked:
        params = types.ExecuteCommandParams(name, list(arguments))
        return self.probe.ask(types.WORKSPACE_EXECUTE_COMMAND, params)

    def _configured(self) -> Asked:
        """Switch ghost text off, or on again; the answer comes after that."""
        self._on = not self._on
        options = {**self.options, "ghostText": {"enabled": self._on}}
        settings = types.DidChangeConfigurationParams({"editdiff": options})
        self.probe.client.workspace_did_change_configuration(settings)
        return self.probe.ask(STATUS)

    async def _actions(self, buffer: Buffer, here: int, *, resolved: bool) -> None:
        document, where = types.TextDocumentIdentifier(buffer.uri), self._line(buffer, here)
        params = types.CodeActionParams(document, where, types.CodeActionContext([]))
        actions = await self._answer(self.probe.ask(types.TEXT_DOCUMENT_CODE_ACTION, params))
        if resolved and actions:
            action = await self._answer(self.probe.ask(types.CODE_ACTION_RESOLVE, actions[0]))
            if action and action.edit:
                self.probe.apply(action.edit)

    def _fix(self, buffer: Buffer, here: int) -> dict[str, Any]:
        where = self._line(buffer, here)
        return FixParams(buffer.uri, buffer.version, where, "invalid syntax").to_json()

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
