"""Getting a model: which there are, and the weights of one, fetched and packed by a process of its own.

Nothing of that waits in the server: ghost text and proposals come from the model that is there until the new one is
loaded beside it and takes its place.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from editdiff.edits.proposal import NoEdit
from editdiff.engines.catalogue import catalogue
from editdiff.engines.weights import Weights
from editdiff.errors import EditdiffError
from editdiff_lsp.jobs import Token
from editdiff_lsp.messages import GetParams, ProgressToken

PATIENCE = 10.0
"""Seconds in which the process has to end when it is no longer wanted."""
WORDS = {
    "wait": "another editor or editdiff fetches it, this one waits",
    "fetch": "fetching",
    "verify": "checking",
    "pack": "packing",
}
FETCHING = {"fetch": (0, 80), "verify": (80, 5), "pack": (85, 15)}
"""Where a stage begins, and how much it is of the whole, in percent."""
GIVEN = {"verify": (0, 10), "pack": (10, 90)}
"""The same of a file at hand."""
KEPT = "what has arrived is kept: the next time goes on there"


class Shows(Protocol):
    """What is needed of a client: it shows how far an operation is."""

    def working(
        self, token: ProgressToken | None, title: str, cancel: Token, *, measured: bool = False
    ) -> Any:
        """Show it while the context lasts; gives a function for messages and percentages."""
        ...


class _Stop(Token):
    """A token that can be awaited, in the loop where it was made."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self.cancelled = asyncio.Event()

    def cancel(self) -> None:
        super().cancel()
        self._loop.call_soon_threadsafe(self.cancelled.set)


@dataclass
class Getting:
    """The models that there are, and those on their way."""

    client: Shows
    named: Callable[[], str | None]
    """The model that the user named; None for the default."""
    take_up: Callable[[], Awaitable[None]]
    """Has the server use the model that is there now, if it is the one that is wanted."""
    _names: set[str] = field(default_factory=set)
    """Models that are being fetched."""

    def models(self) -> dict[str, Any]:
        """Answer `editdiff/models`."""
        told = [{**asdict(entry), "getting": entry.name in self._names} for entry in catalogue()]
        return {"models": told, "named": self.named()}

    async def get(self, params: GetParams) -> dict[str, Any]:
        """Answer `editdiff/models/get`."""
        try:
            weights = Weights.named(params.name)
        except EditdiffError as error:
            return _none(NoEdit(error.message, error.hint))
        if params.name in self._names:
            return _none(NoEdit(f"{params.name} is being fetched already", "wait for it"))
        self._names.add(params.name)
        stop = _Stop()
        try:
            title = f"editdiff: getting {params.name}"
            async with self.client.working(params.progress, title, stop, measured=True) as report:
                told = await self._run(weights, params, stop, report)
                if "there" in told:
                    report("loading", 100)
                    await self.take_up()
        finally:
            self._names.discard(params.name)
        if "there" in told:
            return {"kind": "got", "name": params.name}
        return _none(NoEdit(told["reason"], told["hint"]))

    async def _run(
        self, weights: Weights, params: GetParams, stop: _Stop, report: Callable[[str, int], None]
    ) -> dict[str, str]:
        """Have it fetched and packed; what the process told last."""
        job = {"folder": str(weights.folder), "from": params.given, "source": params.source}
        path = "-I" if sys.flags.isolated else "-P"  # modules are looked for where ours came from
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *(path, "-m", "editdiff_lsp.getting_worker", json.dumps(job)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        stages = _Stages(weights.source.size, GIVEN if params.given else FETCHING)
        heard = asyncio.ensure_future(_listen(process, lambda *at: report(*stages.words(*at))))
        stopped = asyncio.ensure_future(stop.cancelled.wait())
        try:
            await asyncio.wait({heard, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not heard.done():
                return {"reason": "it was cancelled", "hint": KEPT}
            broken = {"reason": "the process that fetched it ended early", "hint": KEPT}
            return heard.result() or broken
        finally:
            heard.cancel()
            stopped.cancel()
            await _end(process)


@dataclass(frozen=True)
class _Stages:
    """What is told of the stages of a fetch."""

    size: int
    """Bytes of the file."""
    weights: Mapping[str, tuple[int, int]]

    def words(self, stage: str, share: float) -> tuple[str, int]:
        """A stage of which a share is done, and how much that is of all, in percent."""
        begin, part = self.weights.get(stage, (0, 0))
        size = self.size / 1e6
        done = f", {share * size:,.0f} of {size:,.0f} MB" if stage == "fetch" else ""
        return WORDS[stage] + done, round(begin + part * min(share, 1.0))


async def _listen(
    process: asyncio.subprocess.Process, progress: Callable[[str, float], None]
) -> dict[str, str]:
    """Pass on what a process tells of its progress; return what it tells in the end, nothing if it breaks off."""
    assert process.stdout is not None
    async for line in process.stdout:
        told: dict[str, Any] = json.loads(line)
        if "stage" not in told:
            return told
        progress(told["stage"], told["share"])
    return {}


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a process: it is asked, by the end of its input, and has some time to tidy up."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), PATIENCE)
    except TimeoutError:
        process.kill()
        await process.wait()


def _none(outcome: NoEdit) -> dict[str, Any]:
    return {"kind": "none", "reason": outcome.reason, "hint": outcome.hint}
