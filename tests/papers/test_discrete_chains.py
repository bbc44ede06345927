"""D3PM's and MD4's bounds in T steps against their Markov chains, written out as matrices and Bayes' rule."""

import math

import pytest
import torch
from tiny import MASK, Normalised, V, texts
from torch import Tensor

from editdiff.papers.enumeration import integrated
from editdiff.papers.objectives import D3PM, MD4
from editdiff.papers.predictor import Predictor, Tabular
from editdiff.papers.schedule import Cosine, Linear, Schedule

LENGTH = 2
STEPS = 5
TABLE = Tabular.random(V, LENGTH, mask_id=MASK, seed=3)
CANVASES = torch.cartesian_prod(*[torch.arange(V)] * LENGTH)  # [V^L, L]
NETWORKS = {"with mass on the mask": TABLE, "without": Normalised(TABLE)}
SCHEDULES = {"linear": Linear(), "cosine": Cosine()}


def step(alpha_s: float, alpha_t: float) -> Tensor:
    """q(x_t | x_s) [from, to] of one token."""
    keep = alpha_t / alpha_s
    q = keep * torch.eye(V, dtype=torch.float64)
    q[:, MASK] += 1 - keep
    q[MASK] = torch.eye(V, dtype=torch.float64)[MASK]
    return q


def reverse(q_s: Tensor, q_st: Tensor, law: Tensor) -> Tensor:
    """Laws [..., x_t, x_s] in proportion to sum over x0 of q(x_s | x0) q(x_t | x_s) p(x0); `law` is [..., x0]."""
    joint = (law @ q_s)[..., None, :] * q_st.T  # [..., x_t, x_s]
    return joint / joint.sum(-1, keepdim=True)


def alphas(schedule: Schedule) -> list[float]:
    times = torch.linspace(0, 1, STEPS + 1, dtype=torch.float64)
    return [float(alpha) for alpha in schedule.alpha(times)]


def chain(network: Predictor, schedule: Schedule, x0: Tensor) -> tuple[float, float]:
    """The bound and -log p of the text x0 [L], both in nats, by brute force."""
    alpha = alphas(schedule)
    law = network(CANVASES).softmax(-1)  # [V^L, L, x0]
    start = torch.eye(V, dtype=torch.float64)
    bound, p = 0.0, (CANVASES == MASK).all(-1).double()  # p of each canvas: all masks at t = 1
    for t in range(STEPS, 0, -1):
        q_s, q_st = step(1.0, alpha[t - 1]), step(alpha[t - 1], alpha[t])
        q_t = step(1.0, alpha[t])
        weight = q_t[x0, CANVASES].prod(-1)  # q(x_t | x_0) of each canvas
        at = CANVASES[..., None, None].expand(-1, -1, 1, V)
        model = reverse(q_s, q_st, law).gather(2, at).squeeze(2)  # [V^L, L, x_s]
        true = reverse(q_s, q_st, start[x0].expand(law.shape)).gather(2, at).squeeze(2)
        kl = (torch.xlogy(true, true) - torch.xlogy(true, model)).sum((-1, -2))
        bound += float((weight * kl)[weight > 0].sum())
        moves = torch.stack([model[:, i, CANVASES[:, i]] for i in range(LENGTH)]).prod(0)
        p = torch.nan_to_num(p) @ torch.nan_to_num(moves)
    return bound, -math.log(float(p[(x0 == CANVASES).all(-1)]))


def grid_bound(objective: D3PM | MD4, network: Predictor, x0: Tensor) -> float:
    times = torch.arange(1, STEPS + 1, dtype=torch.float64) / STEPS
    return float(integrated(objective, network, x0, times, torch.full_like(times, 1 / STEPS)))


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=list(SCHEDULES))
@pytest.mark.parametrize("network", NETWORKS.values(), ids=list(NETWORKS))
def test_d3pm_is_the_sum_of_the_divergences_of_its_chain_and_bounds_its_likelihood(
    network, schedule
):
    for x0 in texts(LENGTH):
        bound, nll = chain(network, schedule, x0)
        assert grid_bound(D3PM(MASK, schedule, STEPS), network, x0) == pytest.approx(bound)
        assert bound > nll


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=list(SCHEDULES))
def test_md4_in_t_steps_is_the_sum_of_the_divergences_of_its_chain(schedule):
    for x0 in texts(LENGTH):
        bound, _ = chain(NETWORKS["without"], schedule, x0)
        assert grid_bound(MD4(MASK, schedule, STEPS), TABLE, x0) == pytest.approx(bound)


def test_the_chain_s_texts_have_probability_one_unless_mass_is_left_on_the_mask():
    p = {
        name: sum(math.exp(-chain(network, Linear(), x0)[1]) for x0 in texts(LENGTH))
        for name, network in NETWORKS.items()
    }
    assert p["without"] == pytest.approx(1)
    assert p["with mass on the mask"] < 0.9  # such a chain can end on a mask
