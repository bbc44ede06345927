"""Work that is done when nothing else happens, and given up as soon as something does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from editdiff.errors import EditdiffError
from editdiff_lsp.jobs import IDLE, Cancelled, Token, Worker

WAIT = 0.4
"""Seconds without anything after which it begins."""


@dataclass
class Idle:
    """One piece of work at a time; what comes later takes the place of what waits."""

    worker: Worker
    _token: Token = field(default_factory=Token)
    _timer: asyncio.TimerHandle | None = None
    _task: asyncio.Future[None] | None = None

    def later(self, work: Callable[[Token], None]) -> None:
        """Do `work` on the model's thread after a while; it has to look at its token often."""
        self.stop()
        self._token = Token()
        self._timer = asyncio.get_running_loop().call_later(WAIT, self._begin, work, self._token)

    def stop(self) -> None:
        """Something happens: what waits is not done, what is being done ends soon."""
        self._token.cancel()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _begin(self, work: Callable[[Token], None], token: Token) -> None:
        self._task = asyncio.ensure_future(self._run(work, token))

    async def _run(self, work: Callable[[Token], None], token: Token) -> None:
        with suppress(Cancelled, EditdiffError):  # of the model's state its own requests tell
            await self.worker.run(work, IDLE, token)
