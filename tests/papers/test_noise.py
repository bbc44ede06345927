import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from editdiff.papers.absorb import absorb, absorb_exactly, absorb_within, end_terms
from editdiff.papers.blocks import block_of
from editdiff.papers.mixture import Mixture
from editdiff.papers.schedule import Linear, LogLinear

MASK = 2
V = 6


def g(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def some(rows: int, length: int, seed: int = 0) -> torch.Tensor:
    """Texts [rows, length] without the mask."""
    x = torch.randint(0, V - 1, (rows, length), generator=g(seed))
    return x + (x >= MASK)


def an_answer(rows: int, length: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(rows, length, generator=g(seed)) < 0.5


@given(st.floats(0, 1), st.booleans(), st.integers(0, 99))
def test_a_token_is_itself_or_masked_and_stays_outside_the_answer(alpha, with_answer, seed):
    x0 = some(8, 10, seed)
    answer = an_answer(8, 10, seed) if with_answer else None
    x_t, masked = absorb(x0, torch.tensor(alpha), MASK, g(seed), answer)
    assert torch.equal(x_t == MASK, masked)
    assert torch.equal(x_t[~masked], x0[~masked])
    if answer is not None:
        assert not (masked & ~answer).any()


def test_the_share_of_masks_is_one_less_alpha_by_place():
    alpha = torch.linspace(0, 1, 11).expand(4000, 11)
    _, masked = absorb(some(4000, 11), alpha, MASK, g())
    assert (masked.double().mean(0) - (1 - alpha[0])).abs().max() < 0.03


@given(st.integers(0, 12), st.booleans(), st.integers(0, 99))
def test_exactly_so_many_are_masked(k, with_answer, seed):
    x0 = some(8, 10, seed)
    answer = an_answer(8, 10, seed) if with_answer else None
    x_t, masked = absorb_exactly(x0, torch.full((8,), k), MASK, g(seed), answer)
    most = torch.full((8,), 10) if answer is None else answer.sum(-1)
    assert torch.equal(masked.sum(-1), most.clamp_max(k))
    assert torch.equal(x_t == MASK, masked)


def test_every_set_of_a_size_is_equally_likely():
    _, masked = absorb_exactly(some(6000, 4), torch.full((6000,), 2), MASK, g())
    pairs = (masked * 2 ** torch.arange(4)).sum(-1).bincount(minlength=16)
    assert (pairs > 0).sum() == 6
    assert (pairs[pairs > 0] / 6000 - 1 / 6).abs().max() < 0.02


INTERVALS = st.sampled_from([(0.3, 0.8), (0.5, 1.0), (0.001, 0.5), (1.0, 1.0)])


@given(INTERVALS, st.integers(2, 5), st.integers(5, 14), st.booleans(), st.integers(0, 99))
def test_the_masked_share_of_each_block_lies_in_the_interval(
    interval, block_size, length, with_answer, seed
):
    x0, block = some(6, length, seed), block_of(length, block_size)
    answer = an_answer(6, length, seed) if with_answer else torch.ones(6, length, dtype=torch.bool)
    t = torch.full((6, length), sum(interval) / 2, dtype=torch.float64)
    _, masked = absorb_within(x0, 1 - t, block, MASK, interval, g(seed), answer)
    assert not (masked & ~answer).any()
    for b in range(int(block[-1]) + 1):
        n, k = answer[:, block == b].sum(-1), masked[:, block == b].sum(-1)
        for places, hidden in zip(n.tolist(), k.tolist(), strict=True):
            shares = [i / places for i in range(places + 1)] if places else []
            possible = any(interval[0] <= share <= interval[1] for share in shares)
            assert not possible or interval[0] <= hidden / places <= interval[1]


def test_masks_within_an_interval_have_the_law_of_redrawing():
    rows, size, t, interval = 20_000, 4, 0.6, (0.3, 0.8)
    alpha = torch.full((rows, size), 1 - t, dtype=torch.float64)
    _, once = absorb(some(rows, size), alpha, MASK, g(1))
    redrawn = once[(once.sum(-1) >= 2) & (once.sum(-1) <= 3)]  # of 4 tokens: shares .5 and .75
    _, within = absorb_within(some(rows, size), alpha, block_of(size, size), MASK, interval, g(2))
    code = 2 ** torch.arange(size)
    a, b = ((m * code).sum(-1).bincount(minlength=16) / len(m) for m in (redrawn, within))
    assert (a - b).abs().max() < 0.02
    assert a.max() > 0.08  # there is something to compare


def test_a_schedule_from_one_to_nought_costs_nothing_at_its_ends():
    x0 = some(3, 7)
    assert torch.equal(end_terms(Linear(), x0, None, V), torch.zeros(3).double())
    answer = an_answer(3, 7)
    ends = end_terms(LogLinear(eps=0.01), x0, answer, V)
    assert torch.allclose(ends, answer.sum(-1).double() * 0.01 * math.log(V - 1))


@given(st.floats(0.01, 0.99), st.floats(0, 0.6), st.floats(0.3, 2), st.integers(0, 99))
def test_the_mixture_is_a_law_of_which_alpha_is_x(t, p_uniform, gamma, seed):
    mixture = Mixture(MASK, V, p_uniform, gamma)
    time = torch.full((4, 1), t, dtype=torch.float64)
    x = torch.nn.functional.one_hot(some(4, 3, seed), V).double()
    q = mixture.marginal(x, time)
    assert torch.allclose(q.sum(-1), torch.ones(4, 3).double())
    others = q[..., [i for i in range(V) if i != MASK]].min(-1).values
    alpha = (1 - t) / (1 + mixture.c(time))
    assert torch.allclose((q * x).sum(-1) - others, alpha.expand(4, 3))
    assert torch.allclose(q[..., MASK], (t / (1 + mixture.c(time))).expand(4, 3))


def test_half_way_the_share_of_uniform_noise_is_p_uniform():
    for p_uniform in (0.0, 0.1, 0.2):
        c = Mixture(MASK, V, p_uniform).c(torch.tensor(0.5))
        assert float(c / (1 + c)) == pytest.approx(p_uniform)


def test_samples_of_the_mixture_have_its_marginals():
    mixture, x0 = Mixture(MASK, V, 0.3), some(1, 1).expand(40_000, 1)
    t = torch.full((1, 1), 0.4, dtype=torch.float64)
    z, masked = mixture.sample(x0, t, g())
    assert torch.equal(z == MASK, masked)
    law = mixture.marginal(torch.nn.functional.one_hot(x0[:1], V).double(), t)[0, 0]
    assert (z[:, 0].bincount(minlength=V) / 40_000 - law).abs().max() < 0.01


def test_the_mixture_leaves_what_is_no_answer():
    x0, answer = some(50, 10), an_answer(50, 10)
    z, masked = Mixture(MASK, V, 0.5).sample(x0, torch.full((50, 1), 0.9), g(), answer)
    assert torch.equal(z[~answer], x0[~answer])
    assert not (masked & ~answer).any()
    assert (z[answer] != x0[answer]).double().mean() > 0.5


@given(st.floats(0.01, 0.99), st.floats(0, 0.6))
def test_uncertainty_is_the_entropy_of_x_given_z(t, p_uniform):
    mixture, time = Mixture(MASK, V, p_uniform), torch.tensor([[t]], dtype=torch.float64)
    x = torch.eye(V, dtype=torch.float64)[[i for i in range(V) if i != MASK]]
    joint = mixture.marginal(x[None], time)[0] / (V - 1)  # [x, z]
    entropy = -torch.xlogy(joint, joint).sum() + torch.xlogy(joint.sum(0), joint.sum(0)).sum()
    assert float(mixture.uncertainty(time)) == pytest.approx(float(entropy), abs=1e-12)
