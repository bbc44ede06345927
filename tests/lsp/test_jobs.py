"""The thread that runs the model: order, results, errors, and cancelling."""

import asyncio
import threading

import pytest
from editdiff_lsp.jobs import ASKED, GHOST, Cancelled, Token, Worker


def run(story):
    """Run a coroutine function that takes a worker."""

    async def main():
        worker = Worker()
        try:
            return await story(worker)
        finally:
            worker.close()

    return asyncio.run(asyncio.wait_for(main(), 10))


class Gate:
    """Work that begins, and goes on when it is let through."""

    def __init__(self):
        self.begun, self.open = threading.Event(), threading.Event()

    def work(self, token: Token) -> str:
        self.begun.set()
        while not self.open.wait(0.001):
            token.check()
        return "through"

    async def started(self):
        await asyncio.to_thread(self.begun.wait, 5)


def test_work_returns_what_it_returns():
    assert run(lambda worker: worker.run(lambda token: 42)) == 42


def test_work_raises_what_it_raises():
    def fail(token):
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        run(lambda worker: worker.run(fail))


def test_the_thread_lives_on_after_an_error():
    async def story(worker):
        with pytest.raises(ZeroDivisionError):
            await worker.run(lambda token: 1 // 0)
        return await worker.run(lambda token: "alive")

    assert run(story) == "alive"


def test_all_work_runs_on_one_thread_that_is_not_the_loops():
    async def story(worker):
        return {await worker.run(lambda token: threading.get_ident()) for _ in range(5)}

    (thread,) = run(story)
    assert thread != threading.get_ident()


def test_what_the_user_asked_for_goes_before_ghost_text():
    async def story(worker):
        gate, order = Gate(), []
        first = asyncio.ensure_future(worker.run(gate.work))
        await gate.started()
        later = [
            asyncio.ensure_future(worker.run(lambda token, n=name: order.append(n), priority))
            for name, priority in [("ghost 1", GHOST), ("ghost 2", GHOST), ("asked", ASKED)]
        ]
        await asyncio.sleep(0)
        gate.open.set()
        await asyncio.gather(first, *later)
        return order

    assert run(story) == ["asked", "ghost 1", "ghost 2"]


def test_a_token_ends_work_that_runs():
    async def story(worker):
        gate, token = Gate(), Token()
        task = asyncio.ensure_future(worker.run(gate.work, token=token))
        await gate.started()
        token.cancel()
        with pytest.raises(Cancelled):
            await task
        return await worker.run(lambda token: "next")

    assert run(story) == "next"


def test_cancelling_the_task_ends_work_that_runs():
    async def story(worker):
        gate = Gate()
        task = asyncio.ensure_future(worker.run(gate.work))
        await gate.started()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await worker.run(lambda token: "next")  # it would wait for ever behind the gate

    assert run(story) == "next"


def test_work_that_was_cancelled_while_it_waited_never_begins():
    async def story(worker):
        gate, token, begun = Gate(), Token(), []
        first = asyncio.ensure_future(worker.run(gate.work))
        await gate.started()
        second = asyncio.ensure_future(worker.run(lambda token: begun.append(1), token=token))
        third = asyncio.ensure_future(worker.run(lambda token: begun.append(2)))
        await asyncio.sleep(0)
        token.cancel()
        third.cancel()
        await asyncio.wait([third])
        gate.open.set()
        await first
        with pytest.raises(Cancelled):
            await second
        await worker.run(lambda token: None)
        return begun

    assert run(story) == []


def test_closing_ends_work_that_runs_and_the_thread():
    async def story(worker):
        gate = Gate()
        task = asyncio.ensure_future(worker.run(gate.work))
        await gate.started()
        await asyncio.to_thread(worker.close)
        with pytest.raises(Cancelled):
            await task
        return [thread.name for thread in threading.enumerate() if thread.name == "model"]

    assert run(story) == []
