"""GenMD4's gradient for the powers of its schedule, against the enumeration of every text's every mask."""

from dataclasses import dataclass

import pytest
import torch
from tiny import LOG_N, MASK, TABLE, UNIFORM, V, g
from torch import Tensor

from editdiff.papers.enumeration import gauss_legendre, integrated
from editdiff.papers.objectives import GenMD4
from editdiff.papers.predictor import Predictor
from editdiff.papers.schedule import PerToken

X0 = torch.tensor([3, 1, 1])
BATCHES, ROWS = 60, 500


def unequal() -> GenMD4:
    """Powers of about 0.9, 1.3, 0.7 and 1.6; reconstruction up to t = 0.05, so that its gradient counts too."""
    schedule = PerToken(V, eps=0.01)
    with torch.no_grad():
        schedule.raw.copy_(torch.tensor([0.38, 0.98, 0.01, 1.37]))
    return GenMD4(MASK, schedule, t_1=0.05)


def exact(objective: GenMD4, network: Predictor = TABLE, x0: Tensor = X0) -> Tensor:
    """The bound of the text x0, []: quadrature over [t_1, 1] and every mask, and what `nelbo` adds undrawn."""
    u, weights = gauss_legendre(40)
    width = 1 - objective.t_1
    inner = integrated(objective, network, x0, objective.t_1 + width * u, width * weights)
    nothing_drawn = objective.ends(x0[None]).sum()
    return inner + nothing_drawn


def test_value_and_gradient_of_the_estimate_are_those_of_the_enumeration():
    objective, generator = unequal(), g(3)
    truth = exact(objective)
    (slope,) = torch.autograd.grad(truth, objective.schedule.raw)
    values, slopes = [], []
    for _ in range(BATCHES):
        value = objective.nelbo(TABLE, X0.expand(ROWS, -1), generator).mean()
        values.append(value.detach())
        slopes.append(torch.autograd.grad(value, objective.schedule.raw)[0])
    for drawn, wanted in ((torch.stack(values), truth.detach()), (torch.stack(slopes), slope)):
        error = drawn.std(0) / BATCHES**0.5
        assert ((drawn.mean(0) - wanted).abs() <= 4 * error + 1e-6).all()
        assert (error < 0.05).all()


class MasksOfThemselves(PerToken):
    """The same schedule, of whose masks no gradient is told."""

    def alpha(self, t: Tensor, x: Tensor) -> Tensor:
        return super().alpha(t, x).detach()


def test_without_the_law_of_the_masks_the_gradient_is_another():
    # what the estimate would be with nothing but its integrand differentiated: the test above sees that
    objective, naive = unequal(), MasksOfThemselves(V, eps=0.01)
    naive.load_state_dict(objective.schedule.state_dict())
    (slope,) = torch.autograd.grad(exact(objective), objective.schedule.raw)
    (wrong,) = torch.autograd.grad(exact(GenMD4(MASK, naive, t_1=0.05)), naive.raw)
    assert (slope - wrong).abs().max() > 0.3


@dataclass(frozen=True)
class LateTokens:
    """The best network for texts of one uniform token: what is masked at t is v in proportion to t^w_v."""

    power: Tensor

    def __call__(
        self,
        ids: Tensor,
        *,
        positions: Tensor | None = None,
        attend: Tensor | None = None,
        t: Tensor | None = None,
    ) -> Tensor:
        assert t is not None
        return self.power * t[..., None].log()


def test_for_the_best_network_the_bound_is_the_entropy_of_the_text():
    # the reverse process is then the true one, so that the mean over texts is log N; only if every term is right
    objective = unequal()
    best = LateTokens(objective.schedule.power.detach())
    nats = [exact(objective, best, torch.tensor([v])) for v in range(V) if v != MASK]
    assert float(torch.stack(nats).mean().detach()) == pytest.approx(LOG_N, rel=1e-6)


def test_with_equal_powers_a_uniform_network_needs_log_v_a_token():
    objective = GenMD4(MASK, PerToken(V, eps=0.01), t_1=0.05)
    nats = objective.nelbo(UNIFORM, X0.expand(20_000, -1), g()).detach()
    error = float(nats.std()) / 20_000**0.5
    assert abs(float(nats.mean()) - len(X0) * LOG_N) < 4 * error
