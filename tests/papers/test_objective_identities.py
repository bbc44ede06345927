"""What the papers prove of each other, on texts that can be enumerated."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny import LOG_N, MASK, TABLE, UNIFORM, X0, L, Normalised, V, g, noised, texts

from editdiff.papers.absorb import end_terms
from editdiff.papers.enumeration import any_order_nelbo, gauss_legendre, integrated
from editdiff.papers.objectives import (
    AR,
    BD3LM,
    D3PM,
    GIDD,
    MD4,
    MDLM,
    SEDD,
    Absorbing,
    GenMD4,
    LLaDA,
)
from editdiff.papers.predictor import LeftToRight, Predictor
from editdiff.papers.schedule import (
    SCHEDULES,
    Cosine,
    Linear,
    LogLinear,
    PerToken,
    Polynomial,
    Squeezed,
)

SEEDS = st.integers(0, 999)
CONTINUOUS = gauss_legendre(48)
EXACT = {"linear": Linear(), "cosine": Cosine(), "square": Polynomial(2), "cube": Polynomial(3)}
"""Schedules that run from 1 to 0."""


def grid(steps: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Times of a chain and the weight of each."""
    times = torch.arange(1, steps + 1, dtype=torch.float64) / steps
    return times, torch.full_like(times, 1 / steps)


def whole(
    objective: Absorbing, model: Predictor, x0: torch.Tensor, steps: int | None = None
) -> float:
    """The bound in nats with the expectation over t and x_t taken exactly."""
    times, weights = CONTINUOUS if steps is None else grid(steps)
    ends = end_terms(objective.schedule, x0[None], None, V)
    return float(integrated(objective, model, x0, times, weights) + ends)


# ---- a network that knows nothing: L log(V - 1), because the mask is no token ----------------------------


@pytest.mark.parametrize("schedule", [*SCHEDULES.values(), lambda: Squeezed(Linear())])
@pytest.mark.parametrize("paper", [MDLM, MD4, SEDD, BD3LM])
def test_a_uniform_network_needs_log_v_a_token_under_every_schedule(paper, schedule):
    assert whole(paper(MASK, schedule=schedule()), UNIFORM, X0) == pytest.approx(
        L * LOG_N, rel=1e-6
    )


@pytest.mark.parametrize("steps", [1, 2, 7])
@pytest.mark.parametrize("schedule", [Linear(), Cosine(), Squeezed(Linear(), 0.01)])
def test_a_uniform_network_needs_log_v_a_token_in_any_number_of_steps(steps, schedule):
    chain = MD4(MASK, schedule=schedule, steps=steps)
    assert whole(chain, UNIFORM, X0, steps) == pytest.approx(L * LOG_N)


@given(SEEDS)
def test_every_single_estimate_of_llada_and_ar_is_log_v_a_token_for_a_uniform_network(seed):
    for objective in (LLaDA(MASK), AR(MASK)):
        nats = objective.nelbo(UNIFORM, texts()[:5], g(seed))
        assert torch.allclose(nats.double(), torch.tensor(L * LOG_N).double())


def test_a_uniform_network_of_d3pm_that_spends_mass_on_the_mask_pays_for_it():
    assert whole(D3PM(MASK, steps=7), Normalised(UNIFORM), X0, 7) == pytest.approx(L * LOG_N)
    assert whole(D3PM(MASK, steps=7), UNIFORM, X0, 7) > L * LOG_N + 0.01


# ---- the same at every x_t and t -------------------------------------------------------------------------


@given(SEEDS)
def test_md4_with_the_linear_schedule_is_mdlm(seed):
    x0, x_t, masked, t = noised(seed)
    logits = TABLE(x_t)
    a = MD4(MASK, schedule=Linear()).integrand(logits, x0, x_t, masked, t)
    b = MDLM(MASK, schedule=Linear()).integrand(logits, x0, x_t, masked, t)
    assert torch.allclose(a, b)
    assert (b[masked] > 0).all()


@given(SEEDS)
def test_the_log_linear_weight_is_one_over_t(seed):
    x0, x_t, masked, t = noised(seed)
    nats = MDLM(MASK).integrand(UNIFORM(x_t), x0, x_t, masked, t)
    assert torch.allclose(nats.double(), masked * LOG_N / t)


@given(SEEDS)
def test_d3pm_without_mass_on_the_mask_is_md4_in_as_many_steps_and_mdlm(seed):
    x0, x_t, masked, t = noised(seed)
    logits = Normalised(TABLE)(x_t)
    chain = D3PM(MASK, steps=8).integrand(logits, x0, x_t, masked, t)
    md4 = MD4(MASK, schedule=Linear(), steps=8).integrand(logits, x0, x_t, masked, t)
    mdlm = MDLM(MASK, schedule=Linear()).integrand(logits, x0, x_t, masked, t)
    assert torch.allclose(chain, md4)
    assert torch.allclose(chain, mdlm)


@given(SEEDS, st.sampled_from([LogLinear(), Cosine(), SCHEDULES["geometric"]()]))
def test_sedd_with_scores_p_over_expm1_sigma_is_mdlm(seed, schedule):
    x0, x_t, masked, t = noised(seed)
    t = t.clamp_max(7 / 8)  # at 1 the cosine schedule's sigma is infinite
    sedd = SEDD(MASK, schedule=schedule)
    logits = Normalised(TABLE, shift=LOG_N)(x_t)
    score, sigma = sedd.log_score(logits, t).exp(), -torch.log(schedule.alpha(t))
    assert torch.allclose(score, Normalised(TABLE)(x_t).exp() / torch.expm1(sigma)[..., None])
    mdlm = MDLM(MASK, schedule=schedule).integrand(TABLE(x_t), x0, x_t, masked, t)
    assert torch.allclose(sedd.integrand(logits, x0, x_t, masked, t), mdlm)


@given(SEEDS)
def test_sedd_s_entropy_is_nought_at_the_true_ratios_and_never_less(seed):
    x0, x_t, masked, t = noised(seed)
    known = torch.full((*x0.shape, V), -60.0).scatter(-1, x0[..., None], LOG_N).double()
    assert torch.allclose(
        SEDD(MASK).integrand(known, x0, x_t, masked, t), torch.zeros(x0.shape).double(), atol=1e-9
    )
    assert (SEDD(MASK).integrand(3 * TABLE(x_t), x0, x_t, masked, t) >= 0).all()


@given(SEEDS)
def test_genmd4_with_equal_powers_is_md4(seed):
    x0, x_t, masked, t = noised(seed)
    logits = TABLE(x_t)
    gen = GenMD4(MASK, PerToken(V, eps=1e-3)).integrand(logits, x0, x_t, masked, t)
    md4 = MD4(MASK, schedule=LogLinear(1e-3)).integrand(logits, x0, x_t, masked, t)
    assert torch.allclose(gen.double(), md4, rtol=1e-5)


@given(SEEDS)
def test_gidd_without_uniform_noise_is_mdlm(seed):
    x0, x_t, masked, t = noised(seed)
    t = t - 1 / 16  # GIDD knows no t = 1
    logits = TABLE(x_t)
    gidd = GIDD(MASK, V, p_uniform=0).integrand(logits, x0, x_t, masked, t)
    mdlm = MDLM(MASK, schedule=Linear()).integrand(logits, x0, x_t, masked, t)
    assert torch.allclose(gidd, mdlm)


@given(SEEDS)
def test_one_block_is_mdlm_draw_by_draw(seed):
    x0 = texts()[:20]
    block = BD3LM(MASK, block_size=L).nelbo(TABLE, x0, g(seed))
    assert torch.allclose(block, MDLM(MASK, schedule=Linear()).nelbo(TABLE, x0, g(seed)))


# ---- left to right ---------------------------------------------------------------------------------------


def chain_rule(x0: torch.Tensor) -> float:
    """-log p(x_1) p(x_2 | x_1) … of the table, token by token."""
    nats = 0.0
    for i in range(L):
        ids = torch.full((1, L), MASK)
        ids[0, :i] = x0[:i]
        nats -= float(Normalised(TABLE)(ids)[0, i, x0[i]])
    return nats


def test_ar_is_the_chain_rule():
    nats = AR(MASK).nelbo(LeftToRight(TABLE, MASK), texts(), g())
    assert nats.tolist() == pytest.approx([chain_rule(x0) for x0 in texts()])


@given(SEEDS)
def test_blocks_of_one_always_masked_are_the_exact_likelihood_of_ar(seed):
    always = BD3LM(MASK, block_size=1, interval=(1.0, 1.0))
    ar = AR(MASK).loss(LeftToRight(TABLE, MASK), texts(), g(seed))
    assert torch.allclose(always.loss(TABLE, texts(), g(seed)), ar)


def test_blocks_of_one_have_the_likelihood_of_ar_as_their_bound():
    assert whole(BD3LM(MASK, block_size=1), TABLE, X0) == pytest.approx(chain_rule(X0))


def test_the_bound_of_blocks_is_the_sum_of_each_block_s_given_the_text_before_it():
    nats = 0.0
    for start in (0, 2):
        for hidden in ([start], [start + 1], [start, start + 1]):
            ids = X0[None].clone()
            ids[0, start + 2 :] = MASK
            ids[0, hidden] = MASK
            log_p = Normalised(TABLE)(ids)[0].gather(-1, X0[:, None])[hidden]
            nats -= float(log_p.sum()) / 2  # 1 / (k C(2, k)) is 1/2 for one mask and for two
    assert whole(BD3LM(MASK, block_size=2), TABLE, X0) == pytest.approx(nats)


# ---- the schedule is no part of the bound ----------------------------------------------------------------


@pytest.mark.parametrize("schedule", EXACT.values(), ids=list(EXACT))
@pytest.mark.parametrize("paper", [MDLM, MD4, BD3LM])
def test_the_bound_does_not_depend_on_the_schedule(paper, schedule):
    bound = whole(paper(MASK, schedule=schedule), TABLE, X0)
    assert bound == pytest.approx(any_order_nelbo(TABLE, X0, MASK), rel=1e-6)


@pytest.mark.parametrize("make", SCHEDULES.values(), ids=list(SCHEDULES))
def test_schedules_that_stop_short_differ_by_no_more_than_their_ends(make):
    short = float(end_terms(make(), X0[None], None, V))
    bound = whole(MDLM(MASK, schedule=make()), TABLE, X0)
    assert abs(bound - any_order_nelbo(TABLE, X0, MASK)) <= 4 * short + 1e-6


def test_the_bound_in_many_steps_tends_to_that_of_continuous_time():
    steps = [1, 2, 4, 64]
    bounds = [whole(MD4(MASK, schedule=Linear(), steps=n), TABLE, X0, n) for n in steps]
    limit = any_order_nelbo(TABLE, X0, MASK)
    assert bounds[-1] == pytest.approx(limit, abs=0.02)
    assert abs(bounds[-1] - limit) < abs(bounds[0] - limit)
