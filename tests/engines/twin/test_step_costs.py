"""How many tokens are drafted ahead: as many as pay, by what rows cost and by what came of drafts before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.engines.twin.costs import MOST, ROWS, CanvasPace, Pace, best_length, reached
from editdiff.families.base import FLAT, USUAL, StepCosts

STEEP = StepCosts((1, 2, 4, 8), (1.0, 2.0, 4.0, 8.0))
"""A machine on which each row costs a forward."""


@given(st.integers(1, 64))
def test_costs_begin_at_one_forward_and_never_fall(rows):
    for costs in (USUAL, FLAT, STEEP):
        assert costs.of(1) == 1
        assert costs.of(rows + 1) >= costs.of(rows)


def test_between_what_was_measured_lines_are_straight_and_behind_it_they_go_on():
    assert STEEP.of(3) == 3
    assert STEEP.of(20) == 20
    assert StepCosts((1, 2), (10.0, 30.0)).of(3) == 5


def test_more_is_guessed_as_long_as_all_comes_true():
    pace = Pace(USUAL)
    first = pace.most(1)
    assert 1 <= first < MOST
    for _ in range(6):
        pace.see(pace.most(1), pace.most(1))
    assert pace.most(1) == MOST
    for _ in range(9):
        pace.see(MOST, 0)
    assert pace.most(1) <= first
    told = pace.share
    pace.see(0, 0)
    assert pace.share == told, "where nothing was guessed nothing is learnt"


@pytest.mark.parametrize("count", range(2, 12))
def test_several_drafts_share_their_rows(count):
    pace = Pace(USUAL)
    for _ in range(5):
        pace.see(3, 3)
    assert count * (1 + pace.most(count)) <= max(ROWS, count)


def test_where_each_row_costs_a_forward_nothing_is_guessed():
    assert Pace(STEEP).most(1) == 0
    assert CanvasPace(STEEP, 8).choose([1.0], 1, 1.0) == ([], 0)


@given(st.floats(0.1, 1), st.integers(1, 4))
def test_on_a_machine_where_rows_cost_nothing_all_is_guessed(share, drafts):
    assert best_length(FLAT, share, drafts, 7) == 7


@given(st.lists(st.floats(1.0, 1.5), min_size=5, max_size=5), st.floats(0, 1), st.integers(1, 3))
def test_what_is_chosen_is_never_reckoned_slower_than_nothing(growth, share, drafts):
    times = [1.0]
    for each in growth:
        times.append(times[-1] * each)
    costs = StepCosts((1, 2, 4, 8, 16, 32), tuple(times))
    length = best_length(costs, share, drafts, 15)
    tokens = sum(share**n for n in range(length + 1))
    assert costs.of(drafts * (1 + length)) <= tokens * costs.of(drafts) + 1e-9


@given(st.floats(0, 1), st.integers(0, 15))
def test_the_network_goes_on_from_one_of_the_rows(share, guessed):
    told = reached(share, guessed)
    assert len(told) == 1 + guessed
    assert sum(told) == pytest.approx(1)


def test_where_rows_cost_nothing_every_row_has_a_canvas_of_all_places():
    rows, places = CanvasPace(FLAT, 8).choose(reached(0.6, 3), 4, 1.0)
    assert (rows, places) == ([0, 1, 2, 3], 8)


def test_a_canvas_whose_places_are_never_right_is_given_up():
    pace = CanvasPace(StepCosts((1, 2, 4), (1.0, 1.1, 1.3)), 8)
    assert pace.choose([1.0], 1, 1.0)[1] >= 1
    for _ in range(60):
        pace.see(1, 0)
    assert pace.choose([1.0], 1, 1.0) == ([], 0)


def test_where_something_is_always_looked_up_there_is_no_canvas():
    assert CanvasPace(USUAL, 8).choose([1.0], 1, 0.0) == ([], 0)


def test_what_came_of_places_counts_for_those_that_were_judged():
    pace = CanvasPace(USUAL, 3)
    before = pace.share
    pace.see(3, 1)
    assert pace.share > before
    assert pace._seen[1][1] == pace._seen[2][1] + 1
