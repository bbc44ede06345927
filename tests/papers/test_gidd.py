import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny import LOG_N, MASK, TABLE, UNIFORM, X0, V, g
from torch import Tensor

from editdiff.papers.enumeration import gauss_legendre
from editdiff.papers.objectives import GIDD
from editdiff.papers.predictor import Predictor, Tabular


def diffused(gidd: GIDD, network: Predictor, x0: Tensor, low: float, high: float) -> float:
    """The integral of the bound over [low, high] and every z, of a text [1] of one token."""
    u, weights = gauss_legendre(64)
    times = (low + (high - low) * u).repeat_interleave(V)[:, None]  # [n V, 1]
    z = torch.arange(V).repeat(64)[:, None]
    clean = x0.expand(z.shape)
    law = gidd.mixture.marginal(torch.nn.functional.one_hot(clean, V), times)
    q = law.gather(-1, z[..., None])[:, 0, 0]
    nats = gidd.integrand(network(z, t=times), clean, z, z == MASK, times)[:, 0]
    weights = weights.repeat_interleave(V) * (high - low) * q
    return float((weights * nats)[q > 0].sum())


@given(
    st.sampled_from([(0.1, 0.3), (0.2, 0.9), (0.5, 0.99)]),
    st.sampled_from([0.0, 0.01, 0.1, 0.2, 0.5]),
    st.sampled_from([0.5, 1.0, 1.7]),
)
def test_for_the_best_network_the_bound_is_the_information_gained(interval, p_uniform, gamma):
    # of a uniform token the best x_theta is uniform, whatever z is: the reverse process is then the true one and
    # what it costs from one time to another is how much less is known of x; only if every weight is right
    gidd = GIDD(MASK, V, p_uniform, gamma)
    known = gidd.mixture.uncertainty(torch.tensor(interval, dtype=torch.float64))
    cost = diffused(gidd, UNIFORM, X0[:1], *interval)
    assert cost == pytest.approx(float(known[1] - known[0]), rel=1e-6)


@given(st.integers(0, 99))
def test_any_other_network_pays_more(seed):
    gidd, tokens = GIDD(MASK, V, 0.2), torch.tensor([[1], [2], [3]])
    table = Tabular.random(V, 1, mask_id=MASK, seed=seed)
    worse = sum(diffused(gidd, table, x0, 0.1, 0.9) for x0 in tokens)
    assert worse > sum(diffused(gidd, UNIFORM, x0, 0.1, 0.9) for x0 in tokens)


@pytest.mark.parametrize("p_uniform", [0.0, 0.1, 0.3])
def test_a_uniform_network_needs_log_v_a_token_with_uniform_noise_too(p_uniform):
    nats = GIDD(MASK, V, p_uniform, t_eps=0.02).nelbo(UNIFORM, X0.expand(20_000, -1), g())
    error = float(nats.std()) / math.sqrt(20_000)
    assert error < 0.1
    assert float(nats.mean()) == pytest.approx(len(X0) * LOG_N, abs=4 * error)


@given(st.floats(0.05, 0.95))
def test_dynamic_weights_have_the_ratios_of_the_bound_s(t):
    big = 5000  # c / N is nothing
    gidd, time = GIDD(0, big, 0.1), torch.tensor([[t]], dtype=torch.float64)
    x0, z = torch.tensor([[3, 3, 3]]), torch.tensor([[0, 7, 3]])  # masked, wrong, right
    masked = torch.tensor([[True, False, False]])
    bound, dynamic = (w(x0, z, masked, time)[0] for w in (gidd.weight, gidd.dynamic_weight))
    assert dynamic.tolist()[:2] == [2, 1]
    assert torch.allclose(bound / bound[1], dynamic, rtol=2e-3)


def test_no_weight_of_the_loss_exceeds_the_clip():
    x0 = torch.full((4000, 4), 2)
    loose, tight = (
        GIDD(MASK, V, 0.3, weights="clip", clip=c).loss(TABLE, x0, g()) for c in (100, 0.5)
    )
    assert 0 < float(tight) < float(loose)
    elbo = GIDD(MASK, V, 0.3, weights="elbo").loss(TABLE, x0, g())
    assert float(elbo) > float(loose)


def test_training_with_the_bound_s_weights_is_the_bound_a_token():
    gidd, x0 = GIDD(MASK, V, 0.3, weights="elbo"), X0.expand(50, -1)
    inner = (1 - 2 * gidd.t_eps) * gidd.loss(TABLE, x0, g(5))
    assert torch.allclose(inner + gidd.ends(), gidd.nelbo(TABLE, x0, g(5)).mean() / 4)
