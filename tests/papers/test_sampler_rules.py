"""The rules that samplers are made of, one by one."""

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from chains import SPECIAL, Tabular
from hypothesis import given
from hypothesis import strategies as st

from editdiff.denoise.loop import Step, denoise
from editdiff.denoise.rules import State
from editdiff.denoise.sample import gumbel_max
from editdiff.errors import UsageError
from editdiff.papers.samplers.grid import Grid, alpha_of, linear
from editdiff.papers.samplers.llada import shares
from editdiff.papers.samplers.sampling import text_canvas
from editdiff.papers.samplers.table import SAMPLERS, make_sampler

PLACES = 6
NET = Tabular(seed=3, length=PLACES)


def run(name: str, steps: int, drafts: int = 40, seed: int = 0, **params) -> list[Step]:
    how = make_sampler(name, steps, **params)
    canvas = text_canvas(SPECIAL, drafts, PLACES)
    sample = gumbel_max(how.temperature, np.random.default_rng(seed))
    return list(denoise(NET, canvas, how.policy, how.steps, sample, State.of(canvas)))


def left(steps: list[Step]) -> list[list[int]]:
    """How many places are masked after each step, the different numbers among the drafts."""
    return [np.unique(step.canvas.masked.sum(axis=1)).tolist() for step in steps]


# time


def test_a_uniform_grid_falls_from_one_to_zero_in_equal_steps():
    np.testing.assert_allclose(Grid.of(4).times, [1, 0.75, 0.5, 0.25, 0])
    np.testing.assert_allclose(Grid.of(4).alphas, [0, 0.25, 0.5, 0.75, 1])


def test_a_cosine_grid_begins_with_short_steps():
    times = Grid.of(3, spacing="cosine").times
    np.testing.assert_allclose(times, [1, np.sqrt(3) / 2, 0.5, 0])
    assert times[-1] == 0


def test_with_an_end_time_the_last_step_starts_there():
    np.testing.assert_allclose(Grid.of(4, t_end=0.1).times, [1, 0.55 + 0.15, 0.4, 0.1, 0])
    np.testing.assert_allclose(Grid.of(1, t_end=0.1).times, [1, 0])
    assert Grid.of(4, t_end=0.1).removes_noise
    assert not Grid.of(4).removes_noise


@given(st.integers(1, 50), st.sampled_from(["uniform", "cosine"]), st.floats(0, 0.9))
def test_times_fall_and_alpha_is_found_at_the_share_of_steps_done(steps, spacing, t_end):
    grid = Grid.of(steps, linear, spacing, t_end)
    assert len(grid.times) == steps + 1
    assert (grid.times[0], grid.times[-1]) == (1, 0)
    assert all(t > s or t == s == 0 for t, s in pairwise(grid.times))
    assert [grid.after(n / steps) for n in range(steps + 1)] == grid.alphas.tolist()


def test_a_schedule_of_torch_gives_its_alpha_in_float64():
    schedule = pytest.importorskip("editdiff.papers.schedule")
    alpha = alpha_of(schedule.LogLinear(eps=1e-3))
    assert alpha(0.3) == 1 - (1 - 1e-3) * 0.3
    assert alpha_of(schedule.Linear())(1e-12) == 1 - 1e-12


# commits


@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=4),
    st.integers(1, 12),
)
def test_llada_shares_out_all_places_evenly_the_remainder_to_the_first_steps(places, steps):
    table = shares(np.array(places), steps)
    assert table.sum(axis=1).tolist() == places
    assert (np.ptp(table, axis=1) <= 1).all()
    assert (np.diff(table, axis=1) <= 0).all()


def test_llada_commits_as_planned_in_each_step():
    assert left(run("llada", 4)) == [[4], [2], [1], [0]]


def test_llada_finishes_a_block_before_the_next_begins():
    steps = run("llada", 4, block=3)
    assert left(steps) == [[4], [3], [1], [0]]
    for step in steps[:2]:
        assert step.canvas.masked[:, 3:].all()


def test_llada_names_steps_that_its_blocks_cannot_share():
    with pytest.raises(UsageError, match="3 steps cannot be shared out evenly over 2 blocks"):
        run("llada", 3, block=3)


def test_maskgit_keeps_as_many_masks_as_the_cosine_says_and_one_until_the_end():
    planned = [int(PLACES * np.cos(np.pi / 2 * n / 4)) for n in (1, 2, 3)]
    assert left(run("maskgit", 4)) == [*([m] for m in planned), [0]]
    assert left(run("maskgit", 12))[-2:] == [[1], [0]]


def test_maskgit_without_noise_commits_the_surest_places():
    first = run("maskgit", 2, choice_temperature=0.0)[0]
    sure = np.where(first.committed, first.confidence, np.inf).min(axis=1)
    unsure = np.where(first.canvas.masked, first.confidence, 0).max(axis=1)
    assert (sure >= unsure).all()
    noisy = run("maskgit", 2, choice_temperature=50.0)[0]
    unsure = np.where(noisy.canvas.masked, noisy.confidence, 0).max(axis=1)
    assert (np.where(noisy.committed, noisy.confidence, np.inf).min(axis=1) < unsure).any()


def test_p2_masks_as_many_places_as_planned_and_known_ones_among_them():
    steps = run("p2", 4)
    assert left(steps) == [[4], [3], [1], [0]]
    assert any(
        (before.canvas.ids != after.canvas.ids)[~before.canvas.masked].any()
        for before, after in pairwise(steps)
    )


def test_p2_takes_back_nothing_without_eta_and_more_with_a_greater_one():
    def taken_back(eta: float) -> int:
        steps = run("p2", 6, drafts=200, eta=eta)
        return sum(
            int((~before.canvas.masked & after.canvas.masked).sum())
            for before, after in pairwise(steps)
        )

    assert 0 == taken_back(0.0) < taken_back(1.0) < taken_back(3.0)


def test_p2_masks_the_tokens_that_the_network_thinks_least_likely():
    before, after = run("p2", 3)[:2]
    p = np.exp(NET(before.canvas).logp_of(before.canvas.ids))
    known = ~before.canvas.masked
    reopened = known & after.canvas.masked
    kept = known & ~after.canvas.masked
    assert reopened.any()
    rows = reopened.any(axis=1) & kept.any(axis=1)
    worst = np.where(reopened, p, 0).max(axis=1)
    assert (worst <= np.where(kept, p, 1).min(axis=1))[rows].all()


# the table


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (partial(make_sampler, "ancestrel", 4), "no sampler 'ancestrel'"),
        (partial(make_sampler, "ancestral", 0), "steps has to be a number of steps"),
        (partial(make_sampler, "p2", 4, temperature=-1), "temperature has to be"),
        (partial(make_sampler, "p2", 4, top_p=0), "top_p has to be a share"),
        (partial(make_sampler, "p2", 4, eta=-1), "eta has to be a factor"),
        (partial(make_sampler, "p2", 4, nu=1), "'p2' cannot take nu"),
        (partial(make_sampler, "threshold", 4), "'threshold' cannot take no parameters"),
        (partial(make_sampler, "maskgit", 4, choice_temperature=-1), "choice_temperature has"),
        (partial(make_sampler, "llada", 4, block=0), "block has to be a number of places"),
        (partial(make_sampler, "ancestral", 4, spacing="even"), "no spacing 'even'"),
        (partial(make_sampler, "ancestral", 4, t_end=1.0), "t_end has to be a time"),
        (partial(make_sampler, "remdm", 4, remasking="loop"), "no remasking 'loop'"),
        (partial(make_sampler, "remdm", 4, remasking="conf", eta=1), "'remdm conf' cannot take"),
        (partial(make_sampler, "remdm", 4, eta=2.0), "eta has to be a probability"),
        (partial(make_sampler, "remdm_loop", 4, t_on=0.01), "t_on has to be between"),
        (partial(make_sampler, "analytic", 4, alpha=linear), "some of the text at t = 1"),
    ],
)
def test_what_is_wrong_with_a_sampler_is_named_with_a_hint(make, message):
    with pytest.raises(UsageError, match=message) as caught:
        make()
    assert caught.value.hint


def test_a_sampler_says_what_it_is_made_of():
    how = make_sampler("remdm", 9, temperature=0.8, top_p=0.9, remasking="rescale", eta=0.1)
    assert how.policy.made_of == {"name": "remdm", "steps": 9, "remasking": "rescale", "eta": 0.1}
    assert (how.steps, how.temperature, how.top_p) == (9, 0.8, 0.9)


def test_the_papers_samplers_are_all_there():
    papers = {"analytic", "ancestral", "first_hitting", "llada", "maskgit", "p2", "remdm"}
    assert papers <= SAMPLERS.keys()
