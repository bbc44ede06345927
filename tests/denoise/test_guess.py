import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from editdiff.denoise.guess import Guess


def guess_of(*places: list[float]) -> Guess:
    """One draft; the probabilities of ids 100, 101, … at each place."""
    p = np.array([places])
    return Guess(np.broadcast_to(100 + np.arange(p.shape[-1]), p.shape), np.log(p))


def test_the_greedy_choice_is_the_first_column():
    guess = guess_of([0.75, 0.25], [0.5, 0.5])
    assert guess.chosen.tolist() == [[100, 100]]
    np.testing.assert_allclose(guess.confidence, [[0.75, 0.5]])


def test_the_confidence_is_that_of_the_chosen_column():
    guess = guess_of([0.75, 0.25], [0.5, 0.5])
    drawn = Guess(guess.ids, guess.logp, np.array([[1, 0]]))
    assert drawn.chosen.tolist() == [[101, 100]]
    np.testing.assert_allclose(drawn.confidence, [[0.25, 0.5]])


def test_entropy_is_exact_when_the_whole_vocabulary_is_kept():
    guess = guess_of([0.25, 0.25, 0.25, 0.25], [0.5, 0.25, 0.125, 0.125])
    np.testing.assert_allclose(guess.entropy, [[2 * np.log(2), 1.75 * np.log(2)]])


@given(st.lists(st.floats(0.01, 1.0), min_size=3, max_size=12), st.integers(1, 12))
def test_entropy_of_the_kept_ids_is_a_lower_bound_of_the_whole(weights, keep):
    p = np.sort(np.array(weights) / sum(weights))[::-1]
    whole = -(p * np.log(p)).sum()
    kept = guess_of(list(p[:keep])).entropy[0, 0]
    assert -1e-9 <= kept <= whole + 1e-9


def test_excluded_ids_fall_to_the_back_and_give_their_mass_to_nobody():
    guess = guess_of([0.7, 0.2, 0.1]).only(np.array([[[False, True, True]]]), fallback=2)
    assert guess.ids.tolist() == [[[101, 102, 100]]]
    np.testing.assert_allclose(np.exp(guess.logp), [[[0.2, 0.1, 0.0]]])


def test_a_place_with_everything_excluded_falls_back_with_no_confidence():
    guess = guess_of([0.7, 0.3]).only(np.zeros((1, 1, 2), bool), fallback=2)
    assert guess.chosen.tolist() == [[2]]
    assert guess.confidence.tolist() == [[0.0]]
    assert guess.entropy.tolist() == [[np.inf]]
