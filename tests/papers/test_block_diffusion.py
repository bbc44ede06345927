import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny import LOG_N, MASK, TABLE, UNIFORM, L, g, noised, texts

from editdiff.papers.blocks import block_of
from editdiff.papers.clipping import grid, least_varying, variances
from editdiff.papers.objectives import BD3LM


@given(st.integers(1, L + 1), st.integers(0, 999))
def test_all_blocks_at_once_and_one_after_the_other_are_equal(block_size, seed):
    x0, x_t, masked, _ = noised(seed)
    at_once, loop = (BD3LM(MASK, block_size, vectorised=v) for v in (True, False))
    t = at_once.times(x0, g(seed))
    a, b = (o.integrand(o.ask(TABLE, x_t, x0, t), x0, x_t, masked, t) for o in (at_once, loop))
    assert torch.allclose(a, b, rtol=0, atol=1e-5)
    assert torch.allclose(at_once.nelbo(TABLE, x0, g(seed)), loop.nelbo(TABLE, x0, g(seed)))


@given(st.integers(1, 5), st.integers(1, 12), st.integers(0, 99))
def test_every_block_has_one_time_of_its_own(block_size, length, seed):
    x0 = torch.ones(6, length, dtype=torch.long)
    t = BD3LM(MASK, block_size).times(x0, g(seed))
    block = block_of(length, block_size)
    for b in range(int(block[-1]) + 1):
        assert (t[:, block == b] == t[:, block == b][:, :1]).all()
    firsts = t[:, ::block_size]
    assert len(firsts.flatten().unique()) == firsts.numel()


def test_times_of_the_loss_are_clipped_and_those_of_the_bound_are_not():
    x0 = torch.ones(400, L, dtype=torch.long)
    clipped = BD3LM(MASK, block_size=1, interval=(0.3, 0.5))
    nats = clipped.clipped(UNIFORM, x0, g(), clipped.interval)
    weight = nats[nats > 0] / LOG_N
    assert ((weight >= 2) & (weight <= 1 / 0.3 + 1e-6)).all()
    assert (
        clipped.nelbo(UNIFORM, x0, g()) > 4 / 0.3 * 1.2
    ).any()  # some t is far below the interval


def test_above_one_half_the_loss_has_no_weight():
    nats = BD3LM(MASK, 2).clipped(UNIFORM, texts(), g(), (0.6, 0.9))
    assert torch.allclose(nats[nats > 0], torch.tensor(LOG_N).double())


def test_resampled_masks_keep_to_the_interval():
    x0 = texts()
    for resample, all_inside in ((False, False), (True, True)):
        objective = BD3LM(MASK, 4, interval=(0.25, 0.5), resample=resample)
        hidden = (objective.clipped(UNIFORM, x0, g(), objective.interval) > 0).sum(-1)
        assert bool(((hidden >= 1) & (hidden <= 2)).all()) == all_inside


def test_the_grid_of_intervals_slides_five_widths_over_all_times():
    intervals = grid()
    assert len(intervals) == 11 + 9 + 7 + 5 + 3 + 1
    assert len(set(intervals)) == len(intervals)
    assert all(0 < low < high <= 1 for low, high in intervals)
    assert {(0.001, 0.5), (0.45, 0.95), (0.5, 1.0), (0.1, 1.0), (0.001, 1.0)} <= set(intervals)


def test_measured_variances_are_those_of_the_formula_and_the_least_is_found():
    # a block of one token that costs log N when masked: weight 1/t with probability t, so the second moment is
    # log(high / low) / (high - low) log^2 N and the mean log N
    batches = [torch.ones(2000, 10, dtype=torch.long)] * 2
    measured = variances(
        BD3LM(MASK, 1), UNIFORM, batches, g(), [(0.1, 0.6), (0.3, 0.8), (0.5, 1.0)]
    )
    for (low, high), variance in measured.items():
        second = math.log(high / low) / (high - low)
        assert variance == pytest.approx(LOG_N**2 * (second - 1), rel=0.05)
    assert least_varying(measured) == (0.5, 1.0)


def test_a_whole_search_takes_every_interval():
    measured = variances(BD3LM(MASK, 2), TABLE, [texts()[:8]], g())
    assert list(measured) == grid()
    assert least_varying(measured)[0] > 0.001  # the smallest times vary most
