import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.canvas.transformer import NOTHING, CanvasTransformer
from editdiff.papers.blocks import block_causal, block_of, noised_and_clean
from editdiff.papers.objectives import BD3LM, OBJECTIVES, make_objective
from editdiff.papers.run.paper_network import PaperNetwork, beside

V = 20
MASK = 1


def network(n_copy: int = 0) -> CanvasTransformer:
    torch.manual_seed(0)
    made = CanvasTransformer(
        NetworkConfig(V, n_layer=2, n_embd=32, n_head=4, n_kv_head=2, n_ff=48, n_copy=n_copy)
    )
    with torch.no_grad():
        for p in made.parameters():
            p.add_(torch.randn(p.shape) * 0.1)  # as if trained: no part without effect
    return made


NETWORK = PaperNetwork(network())


def g(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def some(rows: int, length: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(2, V, (rows, length), generator=g(seed))


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 99))
@settings(max_examples=40)
def test_all_blocks_at_once_and_one_after_the_other_are_equal_to_1e_5(block_size, length, seed):
    x0 = some(2, length, seed)
    at_once, loop = (BD3LM(MASK, block_size, vectorised=v) for v in (True, False))
    x_t = x0.masked_fill(torch.rand(x0.shape, generator=g(seed)) < 0.5, MASK)
    t = at_once.times(x0, g(seed))
    with torch.no_grad():
        difference = at_once.ask(NETWORK, x_t, x0, t) - loop.ask(NETWORK, x_t, x0, t)
    assert difference.abs().max() < 1e-5


@given(st.integers(1, 4), st.integers(2, 9), st.integers(0, 99))
@settings(max_examples=40)
def test_nothing_tells_of_a_later_block(block_size, length, seed):
    ids, block = some(1, length, seed), block_of(length, block_size)
    attend = block_causal(length, block_size)
    other = some(1, length, seed + 1)
    with torch.no_grad():
        for b in range(int(block[-1])):
            changed = torch.where(block > b, other, ids)
            a, c = (NETWORK(x, attend=attend)[:, block <= b] for x in (ids, changed))
            assert torch.allclose(a, c, atol=1e-6)


@given(st.integers(1, 4), st.integers(2, 9), st.integers(0, 99))
@settings(max_examples=40)
def test_a_noised_block_is_told_nothing_of_itself_nor_of_what_follows(block_size, length, seed):
    x0, block = some(1, length, seed), block_of(length, block_size)
    x_t, other = torch.full_like(x0, MASK), some(1, length, seed + 1)
    attend, where = noised_and_clean(length, block_size), torch.arange(length).repeat(2)
    with torch.no_grad():
        for b in range(int(block[-1]) + 1):
            later = torch.cat(
                (torch.where(block > b, other, x_t), torch.where(block >= b, other, x0)), 1
            )
            both = torch.cat((x_t, x0), 1)
            a, c = (
                NETWORK(x, positions=where, attend=attend)[:, :length][:, block == b]
                for x in (both, later)
            )
            assert torch.allclose(a, c, atol=1e-6)


@given(st.integers(1, 12), st.integers(1, 12))
def test_a_place_has_beside_it_what_its_mask_lets_it_see(length, block_size):
    x_t, x0 = torch.arange(100, 100 + length), torch.arange(200, 200 + length)
    where, sees = torch.arange(length).repeat(2), noised_and_clean(length, block_size)
    sides = beside(torch.cat((x_t, x0))[None], where, sees)
    left, right = (side[0].tolist() for side in sides)
    block = block_of(length, block_size).tolist()
    for i in range(length):
        own, before = i > 0 and block[i - 1] == block[i], i > 0
        ends = i + 1 == length or block[i + 1] != block[i]
        # noised: its own block as it is noised, across the border the clean text
        assert left[i] == (99 + i if own else 199 + i if before else NOTHING)
        assert right[i] == (NOTHING if ends else 101 + i)
        assert left[length + i] == (199 + i if before else NOTHING)
        assert right[length + i] == (NOTHING if ends else 201 + i)


def test_left_to_right_a_place_has_one_neighbour_and_behind_a_cache_the_last_of_it():
    ids = torch.arange(6)[None]
    left, right = beside(ids, torch.arange(6), block_causal(6, 1)[2:])
    assert left.tolist() == [[1, 2, 3, 4]]
    assert right.tolist() == [[NOTHING] * 4]


def test_a_text_alone_is_the_trunk_s_canvas():
    ids = some(3, 7)
    canvas, mask = torch.ones_like(ids, dtype=torch.bool), torch.ones(1, 1, 7, 7, dtype=torch.bool)
    states, _ = NETWORK.network.trunk(ids, canvas, torch.arange(7)[None], mask)
    assert torch.allclose(NETWORK(ids), states @ NETWORK.network.embed.weight.T, atol=1e-6)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_objective_has_a_gradient_through_the_trunk(name):
    objective = make_objective(name, mask_id=MASK, vocab_size=V)
    wrapped = PaperNetwork(network())
    objective.loss(wrapped, some(4, 12), g()).backward()
    trained = {n for n, p in wrapped.network.named_parameters() if p.grad is not None}
    assert {"embed.weight", "blocks.0.q.weight", "blocks.1.down.weight"} <= trained


def test_a_network_that_copies_is_refused():
    with pytest.raises(ValueError, match="n_copy must be 0"):
        PaperNetwork(network(n_copy=8))
