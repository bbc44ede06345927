import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.evaluation.core.logistic import (
    auroc,
    average_precision,
    expected_calibration_error,
    fit,
    reliability,
    sigmoid,
)

SCORED = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30)


def drawn(n: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes of a known regression: bias -2, weights 1.5 and -0.5, and a third feature that means nothing."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 3)) * [1.0, 4.0, 100.0]
    return x, rng.random(n) < sigmoid(-2 + 1.5 * x[:, 0] - 0.5 * x[:, 1])


def test_the_regression_that_made_the_outcomes_is_found_again():
    bias, weights = fit(*drawn())
    assert bias == pytest.approx(-2, abs=0.1)
    assert weights[:2] == pytest.approx([1.5, -0.5], abs=0.06)
    assert weights[2] == pytest.approx(0, abs=0.001)


def test_at_the_optimum_what_is_told_agrees_with_what_happened():
    x, right = drawn(2000)
    bias, weights = fit(x, right, ridge=0.0)
    p = sigmoid(x @ weights + bias)
    assert p.sum() == pytest.approx(right.sum())
    assert x.T @ p == pytest.approx(x.T @ right, rel=1e-6)


def test_outcomes_that_a_feature_separates_end_in_finite_weights():
    bias, weights = fit(np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([False, True]))
    assert np.isfinite([bias, *weights]).all()
    assert (weights[0] > 0, weights[1]) == (True, 0.0)


def test_a_regression_needs_both_outcomes():
    with pytest.raises(ValueError, match="both outcomes"):
        fit(np.zeros((3, 1)), np.ones(3, dtype=bool))


@given(SCORED)
def test_auroc_is_the_share_of_pairs_in_the_right_order(scored):
    score, right = (np.array(column) for column in zip(*scored, strict=True))
    pairs = [(a > b) + (a == b) / 2 for a in score[right] for b in score[~right]]
    if pairs:
        assert auroc(score, right) == pytest.approx(np.mean(pairs))
    else:
        assert np.isnan(auroc(score, right))


@given(SCORED)
def test_average_precision_looks_at_all_that_scores_as_high(scored):
    score, right = (np.array(column) for column in zip(*scored, strict=True))
    precisions = [right[score >= own].mean() for own in score[right]]
    if precisions:
        assert average_precision(score, right) == pytest.approx(np.mean(precisions))


def test_bins_hold_as_many_items_each_from_the_least_probability_up():
    p = np.array([0.9, 0.1, 0.2, 0.8])
    low, high = reliability(p, np.array([True, False, False, False]), bins=2)
    assert low == pytest.approx((0.15, 0.0, 2))
    assert high == pytest.approx((0.85, 0.5, 2))
    assert expected_calibration_error([low, high]) == pytest.approx((0.15 + 0.35) / 2)


def test_probabilities_that_come_true_have_no_calibration_error_and_others_have():
    rng = np.random.default_rng(1)
    p = rng.random(50_000)
    right = rng.random(50_000) < p
    assert expected_calibration_error(reliability(p, right)) < 0.01
    assert expected_calibration_error(reliability(p**2, right)) > 0.1


def test_fewer_items_than_bins_leave_no_empty_bin():
    assert [b.items for b in reliability(np.array([0.5, 0.6]), np.array([True, False]))] == [1, 1]
