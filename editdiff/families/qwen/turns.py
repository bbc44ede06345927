"""A lock for threads that run one network by turns."""

from __future__ import annotations

from collections import deque
from threading import Lock


class Turns:
    """A context that one thread is in at a time, in the order in which they came.

    `threading.Lock` is had again, nearly always, by the thread that has just released it: beside one that runs the
    network without a pause, another would wait for many of its forwards, where one is enough.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting = deque[Lock]()
        """A closed lock for each thread, the first of which is in the context."""

    def __enter__(self) -> None:
        turn = Lock()
        turn.acquire()
        with self._lock:
            self._waiting.append(turn)
            if len(self._waiting) == 1:
                return
        turn.acquire()  # until the one before releases it

    def __exit__(self, *raised: object) -> None:
        with self._lock:
            self._waiting.popleft()
            if self._waiting:
                self._waiting[0].release()
