"""A thread, as the one that runs the model, and jobs that can be cancelled while they wait and while they run."""

from __future__ import annotations

import asyncio
import itertools
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")

IDLE, GHOST, ASKED = 2, 1, 0
"""Priorities: what the user asked for goes before what he may not look at, that before what nobody waits for."""
PATIENCE = 5.0
"""Seconds that the end of the server waits for the job that runs."""


class Cancelled(Exception):  # noqa: N818 (not an error)
    """Raised inside a job whose result nobody wants any more."""


class Token:
    """Whether a job is cancelled; asked by the job at every step, set by anybody."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """End the job at its next step, or before it begins."""
        self._event.set()

    def check(self) -> None:
        """Raise Cancelled if the job is."""
        if self._event.is_set():
            raise Cancelled


@dataclass(order=True)
class _Job:
    priority: int
    number: int
    work: Callable[[Token], Any] = field(compare=False)
    token: Token = field(compare=False)
    future: Future[Any] = field(compare=False)


class Worker:
    """The thread. Jobs of one priority run in the order in which they came."""

    def __init__(self, name: str = "model") -> None:
        self._name = name
        self._jobs: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None
        self._running: _Job | None = None
        self._closed = False

    async def run(
        self, work: Callable[[Token], T], priority: int = ASKED, token: Token | None = None
    ) -> T:
        """Run `work` on the thread and return what it returns; raise what it raises.

        Cancelling the task that awaits this cancels the job.

        Raises:
            Cancelled: when its token was cancelled.
        """
        token = token or Token()
        future = self._submit(work, priority, token)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            token.cancel()
            raise

    def close(self, patience: float = PATIENCE) -> None:
        """Cancel everything and end the thread; what runs is waited for, at most `patience` seconds."""
        self._closed = True
        while True:
            try:
                self._jobs.get_nowait().token.cancel()
            except queue.Empty:
                break
        if running := self._running:
            running.token.cancel()
        if self._thread:
            self._jobs.put(_Job(-1, next(self._numbers), _nothing, Token(), Future()))
            self._thread.join(patience)

    def _submit(self, work: Callable[[Token], T], priority: int, token: Token) -> Future[T]:
        future: Future[T] = Future()
        self._jobs.put(_Job(priority, next(self._numbers), work, token, future))
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, name=self._name, daemon=True)
            self._thread.start()
        return future

    def _loop(self) -> None:
        while True:
            job = self._jobs.get()
            if self._closed:
                return
            if not job.future.set_running_or_notify_cancel():
                continue
            self._running = job
            try:
                job.token.check()
                result = job.work(job.token)
            except BaseException as error:
                job.future.set_exception(error)
            else:
                job.future.set_result(result)
            self._running = None
            del job  # what it holds, a document among it, need not live until the next one comes


def _nothing(token: Token) -> None:
    """The job that wakes the thread for its end."""
