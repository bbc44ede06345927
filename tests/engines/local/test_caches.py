import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from editdiff.engines.local.caches import ContextCaches
from editdiff.prompt.base import Prompt


class Recorder:
    """A cache is the context itself, made from the longest beginning it was given."""

    def __init__(self) -> None:
        self.fresh = 0

    def encode(self, context: Prompt, cache: list[int] | None) -> list[int]:
        old, new = cache or [], context.ids.tolist()
        shared = 0
        while shared < min(len(old), len(new)) and old[shared] == new[shared]:
            shared += 1
        self.fresh += len(new) - shared
        return new


def in_order(ids: list[int]) -> Prompt:
    return Prompt.in_order(np.array(ids, dtype=np.int64), ())


contexts = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=6), max_size=30)


@given(contexts, st.integers(1, 4))
def test_what_comes_back_is_the_context_whatever_was_kept(asked: list[list[int]], keep: int):
    recorder = Recorder()
    caches = ContextCaches(recorder.encode, keep)
    for ids in asked:
        encoded = caches.encode(in_order(ids))
        assert encoded.prompt.ids.tolist() == encoded.cache == ids
    assert caches.encoded == recorder.fresh


def test_two_documents_by_turns_are_each_extended():
    caches = ContextCaches(Recorder().encode)
    for length in range(1, 6):
        for document in (0, 1):
            caches.encode(in_order([document] * 10 + [7] * length))
    assert caches.encoded == 2 * 10 + 2 * 5


def test_only_the_last_few_are_kept():
    caches = ContextCaches(Recorder().encode, keep=2)
    for document in (0, 1, 2, 0):
        caches.encode(in_order([document] * 10))
    assert caches.encoded == 40


def test_a_drafts_own_contexts_extend_each_other_and_push_nothing_out():
    caches = ContextCaches(Recorder().encode, keep=1)
    caches.encode(in_order([0] * 10))
    drafted = None
    for length in range(1, 6):
        drafted = caches.encode_once(in_order([0] * 10 + [7] * length), drafted)
    caches.encode(in_order([0] * 10))
    assert caches.encoded == 10 + 5


def test_what_stands_at_another_place_is_encoded_again():
    caches = ContextCaches(lambda context, cache: len(context.ids))
    ids, at = np.zeros(10, dtype=np.int64), np.arange(10)
    caches.encode(Prompt(ids, at, ()))
    caches.encode(Prompt(ids, at + (at >= 4), ()))
    assert caches.encoded == 10 + 6


def test_of_long_contexts_fewer_are_kept_and_the_last_one_always():
    caches = ContextCaches(Recorder().encode, keep=4, tokens=25)
    for document, again in ((0, 10), (1, 10), (0, 0), (2, 10), (0, 0), (1, 10)):
        before = caches.encoded
        caches.encode(in_order([document] * 10))
        assert caches.encoded - before == again
    caches.encode(in_order([3] * 100))
    before = caches.encoded
    caches.encode(in_order([3] * 100 + [4]))
    assert caches.encoded - before == 1
