"""Threads that run one network by turns."""

import time
from threading import Event, Thread

import pytest

from editdiff.families.qwen.turns import Turns

FORWARD = 0.02
"""Seconds that a thread keeps its turn."""


def test_one_thread_is_in_it_at_a_time():
    turns, inside, most = Turns(), [], []

    def work():
        for _ in range(50):
            with turns:
                inside.append(1)
                time.sleep(0.0001)
                most.append(len(inside))
                inside.pop()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 200


def test_who_comes_waits_for_one_turn_of_a_thread_that_works_without_a_pause():
    turns, end = Turns(), Event()

    def work():
        while not end.is_set():
            with turns:
                time.sleep(FORWARD)

    thread = Thread(target=work)
    thread.start()
    waited = []
    for _ in range(10):
        time.sleep(FORWARD / 3)
        began = time.monotonic()
        with turns:
            waited.append(time.monotonic() - began)
    end.set()
    thread.join()
    assert sorted(waited)[5] < 2 * FORWARD  # a plain lock makes it wait for many


def test_an_error_ends_a_turn():
    turns = Turns()
    with pytest.raises(ValueError, match="no"), turns:
        raise ValueError("no")
    with turns:
        pass
