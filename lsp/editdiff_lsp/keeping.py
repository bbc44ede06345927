"""Keeping the model: unloaded after idle minutes, and another one taken up once it is there."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from editdiff_lsp.jobs import GHOST, IDLE, Worker
from editdiff_lsp.memory import trim
from editdiff_lsp.model import Beside, Model

PULSE = 5.0
"""Seconds between two looks."""
MINUTE = 60.0


@dataclass
class Keeper:
    """Looks after the model while the server lives."""

    worker: Worker
    model: Model
    tell: Callable[[], None]
    """Tells the client of a changed state."""
    _trimmed: float = 0.0
    """When the model had been used last, as what it had freed was given back."""
    _taking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self) -> None:
        """Look after it until the task is cancelled."""
        loop = asyncio.get_running_loop()
        self.model.on_wake = lambda: loop.call_soon_threadsafe(self.tell)
        while True:
            await asyncio.sleep(PULSE)
            if self._is_idle():
                await self._unload()
            elif self.model.used not in (self._trimmed, 0.0) and self._rested() > PULSE:
                self._trimmed = self.model.used
                await self.worker.run(lambda token: trim(), IDLE)
            if self.model.state in ("ready", "asleep"):
                await self.take_up()

    async def take_up(self) -> None:
        """Use what is there by now, where the user's choice means another model, or none could be loaded."""
        async with self._taking:  # it is noticed here, and by who fetched it
            if self.model.outdated or self.model.state == "failed":
                await self._renew()

    async def _renew(self) -> None:
        """Take up the model that the user's choice means by now; the one before answers until it is loaded."""
        beside: Beside | None = None
        with contextlib.suppress(Exception):  # it is met again, and told, in the model's thread
            beside = await asyncio.to_thread(self.model.load_beside)
        with contextlib.suppress(Exception):  # the state tells what went wrong
            await self.worker.run(lambda token: self.model.renew(beside))
        self.tell()

    async def _unload(self) -> None:
        def unload() -> None:
            if self._is_idle():  # still, when all that was asked before is done
                self.model.unload()

        await self.worker.run(lambda token: unload(), GHOST)
        self.tell()

    def _is_idle(self) -> bool:
        minutes = self.model.options.unloadAfter
        return minutes > 0 and self.model.state == "ready" and self._rested() > minutes * MINUTE

    def _rested(self) -> float:
        """Seconds since the model was asked for."""
        return time.monotonic() - self.model.used
