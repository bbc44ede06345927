import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from editdiff.engines.local.caches import ContextCaches


class Recorder:
    """A cache is the context itself, made from the longest beginning it was given."""

    def __init__(self) -> None:
        self.fresh = 0

    def encode(self, context: np.ndarray, cache: np.ndarray | None) -> np.ndarray:
        old = [] if cache is None else cache.tolist()
        shared = 0
        while shared < min(len(old), len(context)) and old[shared] == context[shared]:
            shared += 1
        self.fresh += len(context) - shared
        return context.copy()


def indices(context: np.ndarray) -> np.ndarray:
    return np.arange(len(context))


contexts = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=6), max_size=30)


@given(contexts, st.integers(1, 4))
def test_what_comes_back_is_the_context_whatever_was_kept(asked: list[list[int]], keep: int):
    recorder = Recorder()
    caches = ContextCaches(recorder.encode, indices, keep)
    for ids in asked:
        encoded = caches.encode(np.array(ids))
        assert encoded.ids.tolist() == encoded.cache.tolist() == ids
    assert caches.encoded == recorder.fresh


def test_two_documents_by_turns_are_each_extended():
    caches = ContextCaches(Recorder().encode, indices)
    for length in range(1, 6):
        for document in (0, 1):
            caches.encode(np.array([document] * 10 + [7] * length))
    assert caches.encoded == 2 * 10 + 2 * 5


def test_only_the_last_few_are_kept():
    caches = ContextCaches(Recorder().encode, indices, keep=2)
    for document in (0, 1, 2, 0):
        caches.encode(np.array([document] * 10))
    assert caches.encoded == 40


def test_a_drafts_own_contexts_extend_each_other_and_push_nothing_out():
    caches = ContextCaches(Recorder().encode, indices, keep=1)
    caches.encode(np.zeros(10))
    drafted = None
    for length in range(1, 6):
        drafted = caches.encode_once(np.array([0] * 10 + [7] * length), drafted)
    caches.encode(np.zeros(10))
    assert caches.encoded == 10 + 5


def test_what_stands_at_another_place_is_encoded_again():
    shift = 0

    def positions(context: np.ndarray) -> np.ndarray:
        return np.arange(len(context)) + shift * (np.arange(len(context)) >= 4)

    given: list[int] = []

    def encode(context: np.ndarray, cache: object) -> int:
        return given.append(len(context)) or 0

    caches = ContextCaches(encode, positions)
    caches.encode(np.zeros(10))
    shift = 1
    caches.encode(np.zeros(10))
    assert caches.encoded == 10 + 6
