import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from editdiff.papers.schedule import SCHEDULES, Linear, LogLinear, PerToken, Polynomial, Squeezed
from editdiff.papers.times import draw_t, on_grid

ALL = {**{name: make() for name, make in SCHEDULES.items()}, "squeezed": Squeezed(Linear())}
T = torch.linspace(0.001, 1, 400, dtype=torch.float64)


def g(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", ALL)
def test_a_schedule_falls_from_one_to_nearly_nought(name):
    alpha = ALL[name].alpha(torch.cat((torch.zeros(1).double(), T)))
    assert alpha[0] == pytest.approx(1, abs=2e-4)
    assert alpha[-1] == pytest.approx(0, abs=2e-3)
    assert (alpha.diff() < 0).all()


@pytest.mark.parametrize("name", ALL)
def test_alpha_prime_is_the_derivative(name):
    t = T.clone().requires_grad_()
    (slope,) = torch.autograd.grad(ALL[name].alpha(t).sum(), t)
    assert torch.allclose(ALL[name].alpha_prime(T), slope, atol=1e-12)


def test_log_linear_noise_without_eps_and_the_first_power_are_linear():
    for same in (LogLinear(eps=0), Polynomial(k=1)):
        assert torch.allclose(same.alpha(T), Linear().alpha(T))
        assert torch.allclose(same.alpha_prime(T), Linear().alpha_prime(T))


def test_the_learnt_schedule_begins_as_log_linear_noise():
    x = torch.arange(5).expand(400, 5)
    schedule = PerToken(vocab_size=5, eps=1e-3)
    assert torch.allclose(
        schedule.alpha(T[:, None], x), LogLinear(1e-3).alpha(T)[:, None].expand(400, 5)
    )
    slope = LogLinear(1e-3).alpha_prime(T)[:, None].expand(400, 5)
    assert torch.allclose(schedule.alpha_prime(T[:, None], x), slope)


def test_a_token_of_a_higher_power_is_masked_later():
    schedule = PerToken(vocab_size=2)
    with torch.no_grad():
        schedule.raw[1] += 1
    kept = schedule.alpha(torch.tensor([[0.5]]), torch.tensor([[0, 1]]))[0]
    assert kept[1] > kept[0]


@given(
    st.integers(1, 40),
    st.integers(1, 5),
    st.sampled_from(["stratified", "antithetic", "independent"]),
    st.floats(0, 0.9),
    st.integers(0, 999),
)
def test_times_lie_in_their_interval_and_never_at_its_lower_end(rows, blocks, spread, low, seed):
    t = draw_t((rows, blocks), g(seed), low=low, high=0.95, spread=spread)
    assert t.shape == (rows, blocks)
    assert t.dtype == torch.float64
    assert ((t > low) & (t <= 0.95)).all()


@given(st.integers(1, 200), st.integers(0, 999))
def test_stratified_times_have_one_in_each_stratum(n, seed):
    t = draw_t((n,), g(seed)).sort().values
    assert ((n * t).ceil() == torch.arange(1, n + 1)).all()


@given(st.integers(1, 200), st.integers(0, 999))
def test_antithetic_times_are_evenly_apart(n, seed):
    t = draw_t((n,), g(seed), spread="antithetic").sort().values
    assert torch.allclose(t.diff(), torch.full((n - 1,), 1 / n, dtype=torch.float64))


@pytest.mark.parametrize("spread", ["stratified", "antithetic", "independent"])
def test_each_row_by_itself_has_uniform_times(spread):
    generator = g()
    first = torch.stack([draw_t((8,), generator, spread=spread)[0] for _ in range(4000)])
    share = torch.histc(first, bins=8, min=0, max=1) / 4000
    assert (share - 1 / 8).abs().max() < 0.02  # 4 standard errors


def test_both_ends_at_one_mean_that_all_is_masked():
    assert (draw_t((3, 2), g(), low=1.0, high=1.0) == 1).all()


@given(st.integers(1, 1000), st.integers(0, 99))
def test_times_on_a_grid_are_multiples_of_a_step_from_the_first_to_one(steps, seed):
    t = on_grid(draw_t((50,), g(seed)), steps) * steps
    assert torch.allclose(t, t.round())
    assert ((t.round() >= 1) & (t.round() <= steps)).all()
