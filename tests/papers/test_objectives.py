"""What holds for every objective in the table."""

import pytest
import torch
from tiny import LOG_N, MASK, TABLE, UNIFORM, L, V, g, texts
from torch import Tensor, nn

from editdiff.errors import UsageError
from editdiff.papers.objectives import (
    BD3LM,
    OBJECTIVES,
    GenMD4,
    Objective,
    learnable,
    make_objective,
)

ANSWER = torch.tensor([False, True, True, False])


class Bigrams(nn.Module):
    """A small network: each place looks at what its neighbours by position are, where it may see them."""

    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Parameter(torch.zeros(3, V, V))
        self.place = nn.Parameter(torch.zeros(L, V))
        self.asked: list[Tensor] = []

    def forward(
        self,
        ids: Tensor,
        *,
        positions: Tensor | None = None,
        attend: Tensor | None = None,
        t: Tensor | None = None,
    ) -> Tensor:
        self.asked.append(ids)
        s = ids.shape[1]
        where = torch.arange(s) if positions is None else positions
        sees = torch.ones(s, s, dtype=torch.bool) if attend is None else attend
        logits = self.place[where].expand(*ids.shape, V)
        for i, offset in enumerate((-1, 0, 1)):
            link = (sees & (where[None] == where[:, None] + offset)).float()  # [S, S]
            logits = logits + link @ self.out[i][ids]
        return logits


def made(name: str) -> Objective:
    return make_objective(name, mask_id=MASK, vocab_size=V)


def bound(objective: Objective, network: Bigrams, x0: Tensor) -> float:
    """Nats a text, the mean of five estimates each."""
    with torch.no_grad():
        return float(objective.nelbo(network, x0.repeat(5, 1), g(1)).mean())


every = pytest.mark.parametrize("name", OBJECTIVES)


@every
def test_an_estimate_is_a_number_of_nats_for_each_text(name):
    nats = made(name).nelbo(UNIFORM, texts()[:7], g())
    assert nats.shape == (7,)
    assert (nats >= 0).all()
    assert torch.isfinite(nats).all()


@every
def test_an_answer_of_no_tokens_costs_nothing(name):
    nothing = torch.zeros(5, L, dtype=torch.bool)
    assert (made(name).nelbo(UNIFORM, texts()[:5], g(), answer=nothing) == 0).all()


@every
def test_what_is_no_answer_is_never_noised(name):
    network, x0 = Bigrams(), texts()
    made(name).nelbo(network, x0, g(), answer=ANSWER.expand(len(x0), -1))
    if name != "ar":  # it shifts its input and noises nothing
        for asked in network.asked:
            assert torch.equal(asked[:, :L][:, ~ANSWER], x0[:, ~ANSWER])
            assert (asked[:, :L][:, ANSWER] != x0[:, ANSWER]).any()


@every
def test_an_estimate_of_an_answer_is_of_its_tokens_alone(name):
    rows = 20_000
    x0 = texts()[:1].expand(rows, -1)
    objective = made(name)
    whole = objective.nelbo(UNIFORM, x0, g()).detach()
    part = objective.nelbo(UNIFORM, x0, g(), answer=ANSWER.expand(rows, -1)).detach()
    error = (whole.var() / 4 + part.var()).sqrt() / rows**0.5
    assert abs(float(whole.mean() / 2 - part.mean())) <= 4 * float(error) + 1e-6


@every
def test_the_same_generator_gives_the_same_estimate(name):
    a, b, c = (made(name).nelbo(TABLE, texts(), g(seed)) for seed in (1, 1, 2))
    assert torch.equal(a, b)
    assert torch.equal(a, c) == (name == "ar")


@every
def test_the_loss_teaches_a_network_and_its_bound_falls(name):
    # texts in which every token follows from the one before it
    x0 = torch.tensor([[1, 2, 3, 1], [2, 3, 1, 2], [3, 1, 2, 3]]).repeat(60, 1)
    network, objective, generator = Bigrams(), made(name), g()
    before = bound(objective, network, x0)
    optimiser = torch.optim.Adam([*network.parameters(), *learnable(objective)], lr=0.1)
    for _ in range(80):
        optimiser.zero_grad()
        objective.loss(network, x0, generator).backward()
        assert all(torch.isfinite(p.grad).all() for p in network.parameters() if p.grad is not None)
        optimiser.step()
    after = bound(objective, network, x0)
    assert after < before - 0.8


@every
def test_a_network_that_is_quite_wrong_has_a_finite_loss_and_gradient(name):
    network, x0 = Bigrams(), texts()
    with torch.no_grad():
        # certain of one token: the others underflow to 0; a score of SEDD's is not normalised and overflows at 88
        network.place[:, 1] = 60.0 if name == "sedd" else 300.0
    loss = made(name).loss(network, x0, g())
    loss.backward()
    assert torch.isfinite(loss)
    assert all(torch.isfinite(p.grad).all() for p in network.parameters() if p.grad is not None)


def test_llada_divides_each_answer_by_its_own_length():
    short, long = torch.tensor([[False, False, False, True]]), torch.ones(1, L, dtype=torch.bool)
    objective, x0 = made("llada"), texts()[:2].repeat(4000, 1)
    answer = torch.cat((short, long)).repeat(4000, 1)
    loss = float(objective.loss(UNIFORM, x0, g(), answer=answer))
    assert loss == pytest.approx(LOG_N, rel=0.05)


def test_llada_cuts_a_share_of_its_batches_short():
    network, objective, generator = Bigrams(), made("llada"), g()
    for _ in range(600):
        objective.loss(network, texts()[:1], generator)
    lengths = torch.tensor([ids.shape[1] for ids in network.asked])
    assert 1 <= int((lengths < L).sum()) <= 15  # 1 %, three lengths of four
    assert int(lengths.min()) >= 1


def test_only_genmd4_has_parameters_of_its_own():
    assert [name for name in OBJECTIVES if learnable(made(name))] == ["genmd4"]
    objective = made("genmd4")
    assert isinstance(objective, GenMD4)
    objective.loss(Bigrams(), texts(), g()).backward()
    assert objective.schedule.raw.grad is not None


def test_the_block_size_is_block_diffusion_s():
    assert make_objective("bd3lm", mask_id=MASK, vocab_size=V, block_size=3) == BD3LM(MASK, 3)
    with pytest.raises(UsageError, match="no blocks"):
        make_objective("mdlm", mask_id=MASK, vocab_size=V, block_size=4)
    with pytest.raises(UsageError, match="0 tokens"):
        make_objective("bd3lm", mask_id=MASK, vocab_size=V, block_size=0)


def test_an_unknown_objective_is_named_with_those_there_are():
    with pytest.raises(UsageError, match="'mldm'") as caught:
        make_objective("mldm", mask_id=MASK, vocab_size=V)
    assert "mdlm" in caught.value.hint
