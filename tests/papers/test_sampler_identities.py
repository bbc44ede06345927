"""What must be the same draw by draw, and what holds of every sampler."""

import subprocess
import sys

import chains
import numpy as np
import pytest
from chains import MASK, SPECIAL, L, Tabular
from hypothesis import given, settings
from hypothesis import strategies as st

from editdiff.denoise.loop import Step, denoise
from editdiff.denoise.rules import State
from editdiff.denoise.sample import gumbel_max
from editdiff.papers.mixture import Mixture
from editdiff.papers.samplers.analytic import as_scores
from editdiff.papers.samplers.cached import Cached
from editdiff.papers.samplers.gidd import posterior
from editdiff.papers.samplers.sampling import Sampling, sampled, text_canvas
from editdiff.papers.samplers.table import SAMPLERS, make_sampler
from editdiff.tokens.canvas import Canvas

NET = Tabular(seed=1)
NEEDS = {
    "analytic": {"alpha": lambda t: 1 - 0.99 * t},
    "entropy_bound": {"bound": 0.5},
    "random_order": {"k": 2},
    "threshold": {"tau": 0.6},
    "top_k": {"k": 2},
}
"""What a sampler cannot do without."""


def every(name: str, steps: int) -> Sampling:
    return make_sampler(name, steps, **NEEDS.get(name, {}))


def asked(name: str, net=NET, steps: int = 4):
    if name == "gidd":
        return posterior(net, Mixture(MASK, chains.V + 1, 0.3), steps)
    return as_scores(net, NEEDS["analytic"]["alpha"]) if name == "analytic" else net


def run(propose, how: Sampling, canvas: Canvas, seed: int) -> list[Step]:
    sample = gumbel_max(how.temperature, np.random.default_rng(seed))
    state = State.of(canvas)
    return list(denoise(propose, canvas, how.policy, how.steps, sample, state))


def ids_of(steps: list[Step]) -> list[list[list[int]]]:
    return [step.canvas.ids.tolist() for step in steps]


@pytest.mark.parametrize("remasking", ["cap", "rescale"])
def test_remdm_that_never_remasks_is_the_ancestral_sampler_draw_by_draw(remasking):
    canvas = text_canvas(SPECIAL, 200, L)
    plain = run(NET, make_sampler("ancestral", 6), canvas, 5)
    never = run(NET, make_sampler("remdm", 6, remasking=remasking, eta=0.0), canvas, 5)
    some = run(NET, make_sampler("remdm", 6, remasking=remasking, eta=0.5), canvas, 5)
    assert ids_of(plain) == ids_of(never) != ids_of(some)


def test_scores_made_of_probabilities_give_the_ancestral_sampler_draw_by_draw():
    alpha, canvas = NEEDS["analytic"]["alpha"], text_canvas(SPECIAL, 200, L)
    analytic = run(asked("analytic"), make_sampler("analytic", 5, alpha=alpha), canvas, 5)
    plain = run(NET, make_sampler("ancestral", 5, alpha=alpha, t_end=1e-5), canvas, 5)
    assert ids_of(analytic)[:-1] == ids_of(plain)[:-1]


@pytest.mark.parametrize("name", ["ancestral", "remdm", "p2", "first_hitting", "threshold"])
def test_a_cached_network_gives_the_same_draws(name):
    canvas = text_canvas(SPECIAL, 50, L)
    cached = Cached(Tabular(seed=1))
    assert ids_of(run(NET, every(name, 20), canvas, 3)) == ids_of(
        run(cached, every(name, 20), canvas, 3)
    )


def test_the_cache_asks_again_only_when_something_changed_and_counts_what_it_saves():
    net = Tabular(seed=1)
    cached = Cached(net)
    steps = run(cached, make_sampler("ancestral", 100), text_canvas(SPECIAL, 1, L), 3)
    changed = sum(int(step.committed.any()) for step in steps[:-1])
    assert (cached.asked, cached.saved) == (1 + changed, 99 - changed)
    assert len(net.calls) == cached.asked <= L + 1


def test_of_a_batch_the_cache_asks_about_the_drafts_that_changed():
    net = Tabular(seed=1)
    cached = Cached(net)
    run(cached, make_sampler("ancestral", 100), text_canvas(SPECIAL, 20, L), 3)
    assert net.calls[0] == 20
    assert cached.asked == sum(net.calls) <= 20 * (L + 1)
    assert cached.asked + cached.saved == 20 * 100


def test_the_cache_forgets_what_is_not_of_the_last_step():
    net = Tabular(seed=1)
    cached, canvas = Cached(net), text_canvas(SPECIAL, 1, L)
    other = canvas.write(np.zeros_like(canvas.ids), canvas.masked)
    for x in (canvas, other, canvas, canvas):
        cached(x)
    assert (net.calls, cached.saved) == ([1, 1, 1], 1)


def test_the_times_of_the_hits_are_uniform_and_the_network_is_told_them():
    told = []

    def propose(canvas: Canvas, t: np.ndarray):
        told.append(t.copy())
        return NET(canvas)

    draws = 20_000
    sampled(propose, text_canvas(SPECIAL, draws, L), make_sampler("first_hitting", L, times=True))
    t = np.stack(told)  # [L, B]
    assert (np.diff(t, axis=0) < 0).all()
    # of L uniform times the n-th from above has the mean (L + 1 - n) / (L + 1)
    np.testing.assert_allclose(t.mean(axis=1), [3 / 4, 2 / 4, 1 / 4], atol=0.01)
    pooled = np.histogram(t, bins=10, range=(0, 1))[0]
    expected = {(bin_,): 0.1 for bin_ in range(10)}
    assert chains.p_value(np.repeat(np.arange(10), pooled)[:, None], expected) > 1e-3


def test_the_time_changes_nothing_for_a_network_that_knows_none():
    canvas = text_canvas(SPECIAL, 30, L)
    timed = run(lambda x, t: NET(x), make_sampler("first_hitting", L, times=True), canvas, 2)
    assert ids_of(timed) == ids_of(run(NET, make_sampler("first_hitting", L), canvas, 2))


def test_noise_removal_writes_the_likeliest_token_of_what_is_left():
    how = make_sampler("ancestral", 2, t_end=0.9)
    first, last = run(NET, how, text_canvas(SPECIAL, 300, L), 1)
    left = first.canvas.masked
    assert 0.8 < left.mean() < 0.98
    likeliest = NET(first.canvas).ids[..., 0]
    assert (last.canvas.ids[left] == likeliest[left]).all()
    drawn = run(NET, make_sampler("ancestral", 2), text_canvas(SPECIAL, 300, L), 1)
    left = drawn[0].canvas.masked
    likeliest = NET(drawn[0].canvas).ids[..., 0]
    assert (drawn[-1].canvas.ids[left] != likeliest[left]).any()


@pytest.mark.parametrize("name", sorted(SAMPLERS))
@given(steps=st.integers(1, 7), seed=st.integers(0, 1000), known=st.integers(0, L))
@settings(max_examples=12, deadline=None)
def test_every_sampler_ends_in_its_steps_with_no_mask_and_changes_nothing_given(
    name, steps, seed, known
):
    given_ids = np.random.default_rng(seed).integers(0, chains.V, (3, known))
    canvas = text_canvas(SPECIAL, 3, L, given_ids)
    net = Tabular(seed=1)
    timed = asked(name, net, steps)
    last = sampled(timed, canvas, every(name, steps), seed)
    assert not last.masked.any()
    assert (last.ids < chains.V).all()
    assert (last.ids[:, :known] == given_ids).all()
    assert len(net.calls) <= steps
    again = sampled(timed, canvas, every(name, steps), seed)
    assert np.array_equal(last.ids, again.ids)


@pytest.mark.parametrize("name", sorted(SAMPLERS))
def test_a_draft_with_its_own_key_is_the_same_alone_as_in_a_batch(name):
    keys = [(4, draft) for draft in range(5)]
    together = sampled(asked(name), text_canvas(SPECIAL, 5, L), every(name, 4), keys=keys)
    for draft, key in enumerate(keys):
        alone = sampled(asked(name), text_canvas(SPECIAL, 1, L), every(name, 4), keys=[key])
        assert np.array_equal(together.ids[draft], alone.ids[0])
    assert len(np.unique(together.ids, axis=0)) > 1


def test_temperature_zero_is_greedy():
    how = make_sampler("top_k", L, temperature=0.0, k=1)
    ids = sampled(NET, text_canvas(SPECIAL, 20, L), how).ids
    assert (ids == ids[0]).all()


def test_the_samplers_start_without_torch():
    program = "import sys, editdiff.papers.samplers.table; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"
