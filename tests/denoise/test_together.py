"""What the papers' samplers ask of the loop: many drafts from one stream, a clock, noise removal, the nucleus."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.denoise.commit import top_k
from editdiff.denoise.guess import Guess
from editdiff.denoise.loop import denoise
from editdiff.denoise.rules import Policy, State, best
from editdiff.denoise.sample import greedy, gumbel_max, nucleus
from editdiff.tokens.byte_tokenizer import ByteTokenizer
from editdiff.tokens.canvas import Canvas

SPECIAL = ByteTokenizer.special
P = np.array([0.5, 0.3, 0.15, 0.05])
N = 20_000


def wide(places: int = N, drafts: int = 1) -> Guess:
    p = np.tile(P, (drafts, places, 1))
    return Guess(100 + np.broadcast_to(np.arange(len(P)), p.shape), np.log(p))


def network(canvas: Canvas) -> Guess:
    return wide(canvas.ids.shape[1], canvas.ids.shape[0])


def test_one_generator_draws_for_all_drafts_each_on_its_own():
    sample = gumbel_max(1.0, np.random.default_rng(0))
    chosen = sample(wide(N // 4, 4), np.arange(4)).chosen - 100
    np.testing.assert_allclose(np.bincount(chosen.ravel()) / N, P, atol=0.02)
    assert len(np.unique(chosen, axis=0)) == 4


def test_drafts_together_share_a_stream_that_a_seed_decides():
    canvas = Canvas.blank(SPECIAL, 3, [20])
    state = replace(State.of(canvas), together=5)
    first = state.uniform()
    assert len(np.unique(first)) == first.size
    assert np.array_equal(first, replace(state, keys=()).uniform())
    assert not np.array_equal(first, replace(state, step=2).uniform())
    assert not np.array_equal(first, replace(state, together=6).uniform())
    kept = state.rows(np.array([True, False, True]))
    assert kept.uniform().shape == (2, 20)


@pytest.mark.parametrize("together", [None, 3])
def test_more_numbers_beside_those_of_the_places_change_nothing_of_their_own_draft(together):
    state = replace(State.of(Canvas.blank(SPECIAL, 1, [20])), together=together)
    assert np.array_equal(state.uniform(more=2)[:, :20], state.uniform())
    assert len(np.unique(state.uniform(more=2))) == 22


@given(st.lists(st.integers(0, 8), min_size=3, max_size=3), st.integers(0, 99))
def test_each_draft_has_its_own_number_of_best_places(k, seed):
    rng = np.random.default_rng(seed)
    score, among = rng.random((3, 6)), rng.random((3, 6)) < 0.7
    for draft, chosen in enumerate(best(np.array(k), score, among)):
        alone = best(k[draft], score[draft : draft + 1], among[draft : draft + 1])
        assert np.array_equal(chosen, alone[0])


def test_the_probability_of_any_token_can_be_asked():
    guess = wide(3)
    np.testing.assert_allclose(np.exp(guess.logp_of(np.array([[101, 103, 7]]))), [[0.3, 0.05, 0]])


@pytest.mark.parametrize(
    ("p", "kept"), [(1.0, 4), (0.97, 3), (0.951, 3), (0.94, 2), (0.6, 1), (0.1, 1)]
)
def test_the_nucleus_is_what_holds_at_most_its_share_and_the_first_token_always(p, kept):
    sample = nucleus(p, gumbel_max(1.0, np.random.default_rng(1)))
    guess = sample(wide(), np.array([0]))
    shares = np.bincount(guess.chosen[0] - 100, minlength=4) / N
    np.testing.assert_allclose(shares[:kept], P[:kept] / P[:kept].sum(), atol=0.02)
    assert shares[kept:].sum() == 0
    assert set(np.round(np.unique(guess.confidence), 6)) <= set(P)


def test_the_nucleus_of_a_greedy_choice_is_greedy():
    assert (nucleus(0.5, greedy)(wide(5), np.array([0])).chosen == 100).all()


def test_a_policy_with_a_clock_tells_the_network_each_drafts_own_time():
    told: list[list[float]] = []

    def timed(canvas: Canvas, t: np.ndarray) -> Guess:
        told.append(t.tolist())
        return network(canvas)

    def halves(canvas: Canvas, state: State, before: np.ndarray) -> np.ndarray:
        return before / (1 + canvas.masked.sum(axis=1))

    canvas = Canvas.blank(SPECIAL, 2, [3])
    canvas = canvas.write(np.full(canvas.ids.shape, 100), np.array([[0, 0, 1], [0, 0, 0]], bool))
    policy = replace(top_k(1), time=halves)
    list(denoise(timed, canvas, policy, 5))
    assert told == [[1 / 2, 1 / 3], [1 / 6]]


def test_a_policy_that_removes_noise_takes_the_likeliest_tokens_in_the_last_step_alone():
    def second(guess: Guess, drafts: np.ndarray) -> Guess:
        return replace(guess, column=np.ones(guess.ids.shape[:2], np.int64))

    canvas = Canvas.blank(SPECIAL, 1, [5])
    for removes, wanted in ((True, 100), (False, 101)):
        policy = Policy(top_k(1).commit, removes_noise=removes)
        last = list(denoise(network, canvas, policy, 3, second))[-1]
        assert last.canvas.ids[0, 1:].tolist() == [101, 101, wanted, wanted]
