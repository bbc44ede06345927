import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny import MASK, TABLE, UNIFORM, X0, L, Normalised, V, g, texts

from editdiff.papers.bound import Bound, any_order, bits_per_byte, estimate
from editdiff.papers.enumeration import (
    any_order_nelbo,
    any_order_nll,
    conditionals,
    gauss_legendre,
    masks,
)
from editdiff.papers.objectives import AR, BD3LM, D3PM, GIDD, MD4, MDLM, SEDD, LLaDA
from editdiff.papers.predictor import Tabular
from editdiff.papers.schedule import Cosine, Linear, Polynomial


@given(st.integers(0, 999), st.sampled_from([2, 3, 4]))
def test_the_bound_is_one(seed, length):
    table = Tabular.random(V, length, mask_id=MASK, seed=seed)
    for x0 in texts(length)[:: max(1, 3 ** (length - 2))]:
        assert any_order_nelbo(table, x0, MASK) >= any_order_nll(table, x0, MASK) - 1e-12


def test_the_bound_of_a_network_that_does_not_mind_the_order_is_tight():
    alike = TABLE.table.new_zeros(V**L, L, V) + torch.randn(L, V, generator=g()).double()
    independent = Tabular(alike, MASK)
    assert any_order_nelbo(independent, X0, MASK) == pytest.approx(
        any_order_nll(independent, X0, MASK)
    )


def test_the_any_order_model_is_a_law_over_texts():
    assert sum(math.exp(-any_order_nll(TABLE, x0, MASK)) for x0 in texts()) == pytest.approx(1)


def test_the_any_order_likelihood_is_the_mean_over_all_orders():
    x0, table = texts(2)[5], Tabular.random(V, 2, mask_id=MASK)
    log_p = conditionals(table, x0, MASK)  # rows: nothing masked, place 0, place 1, both
    first, second = (log_p[3, i] + log_p[2 - i, 1 - i] for i in (0, 1))
    assert any_order_nll(table, x0, MASK) == pytest.approx(
        -float(((first.exp() + second.exp()) / 2).log())
    )


def test_all_sets_of_places_are_listed_once():
    assert len({tuple(row) for row in masks(L).tolist()}) == 2**L
    assert masks(L)[5].tolist() == [True, False, True, False]


@given(st.integers(1, 30), st.integers(0, 59))
def test_the_quadrature_is_exact_for_polynomials(n, power):
    nodes, weights = gauss_legendre(n)
    if power < 2 * n:
        assert float((weights * nodes**power).sum()) == pytest.approx(1 / (power + 1))


TIGHT = {
    "mdlm": MDLM(MASK, Linear()),
    "mdlm, cosine": MDLM(MASK, Cosine()),
    "mdlm, cube": MDLM(MASK, Polynomial(3)),
    "md4": MD4(MASK, Linear()),
    "bd3lm, one block": BD3LM(MASK, block_size=L),
    "llada": LLaDA(MASK),
}
"""Objectives whose bound is the enumerated one."""


@pytest.mark.parametrize("name", TIGHT)
def test_every_estimator_of_the_bound_agrees_with_its_enumeration(name):
    x0 = torch.stack([X0, texts()[40]])
    bound = estimate(TIGHT[name], TABLE, x0, g(2), draws=20_000, at_once=10_000)
    exact = torch.tensor([any_order_nelbo(TABLE, text, MASK) for text in x0]).double()
    assert (bound.standard_error < 0.2).all()
    assert ((bound.nats - exact).abs() < 4 * bound.standard_error).all()


def test_counting_masks_varies_less_than_drawing_times():
    x0 = X0[None]
    by_count = any_order(TABLE, x0, MASK, g(), draws=2000, at_once=500)
    by_time = estimate(MDLM(MASK, Linear()), TABLE, x0, g(), draws=2000, at_once=500)
    assert by_count.standard_error < by_time.standard_error
    assert torch.allclose(by_count.nats, by_time.nats, atol=4 * float(by_time.standard_error))


def test_the_other_papers_estimates_agree_with_mdlm_s_enumeration():
    exact = any_order_nelbo(TABLE, X0, MASK)
    for objective, network in [
        (D3PM(MASK, steps=1000), Normalised(TABLE)),
        (SEDD(MASK), Normalised(TABLE, shift=math.log(V - 1))),
        (GIDD(MASK, V, p_uniform=0), TABLE),
    ]:
        bound = estimate(objective, network, X0[None], g(1), draws=20_000, at_once=20_000)
        assert abs(float(bound.nats) - exact) < 4 * float(bound.standard_error) + 0.02


def test_an_exact_likelihood_has_no_standard_error():
    bound = estimate(AR(MASK), UNIFORM, texts()[:3], g(), draws=2)
    assert bound.standard_error.tolist() == [0, 0, 0]


def test_draws_belong_to_their_text_however_many_are_asked_at_once():
    x0 = texts()[:7]
    whole = estimate(AR(MASK), TABLE, x0, g(), draws=3, at_once=64).nats
    assert torch.allclose(whole, AR(MASK).nelbo(TABLE, x0, g()))
    assert torch.equal(whole, estimate(AR(MASK), TABLE, x0, g(), draws=3, at_once=2).nats)


def test_only_the_answer_is_counted():
    answer = torch.tensor([[False, True, True, False]])
    bound = estimate(LLaDA(MASK), UNIFORM, X0[None], g(), draws=5, answer=answer)
    assert float(bound.nats) == pytest.approx(2 * math.log(V - 1))


def test_one_draw_has_no_standard_error():
    with pytest.raises(ValueError, match="two draws"):
        estimate(LLaDA(MASK), UNIFORM, X0[None], g(), draws=1)


def test_bits_per_byte():
    assert bits_per_byte(8 * math.log(2), 4) == pytest.approx(2)
    bound = Bound(torch.tensor([3.0, 5.0]), torch.tensor([0.3, 0.4]), 10)
    assert bound.total() == pytest.approx((8, 0.5))
    assert bound.bits_per_byte(2) == pytest.approx((4 / math.log(2), 0.25 / math.log(2)))
