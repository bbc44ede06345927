import pytest
import torch

from editdiff.training.run.muon import Muon, orthogonalise


@pytest.mark.parametrize("shape", [(32, 32), (16, 64), (64, 16)])
def test_singular_values_come_near_one(shape: tuple[int, int]) -> None:
    x = torch.randn(3, *shape, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonalise(x))
    assert values.min() > 0.3
    assert values.max() < 1.3


def test_each_matrix_is_made_orthogonal_by_itself() -> None:
    x = torch.randn(3, 8, 24, generator=torch.Generator().manual_seed(0))
    x[1] *= 1000
    together = orthogonalise(x)
    for one, found in zip(x, together, strict=True):
        assert torch.allclose(orthogonalise(one[None])[0], found, atol=1e-5)


def test_a_step_has_the_size_that_adamws_would_have() -> None:
    g = torch.Generator().manual_seed(0)
    p = torch.nn.Parameter(torch.zeros(64, 256))
    p.grad = torch.randn(64, 256, generator=g)
    Muon([p], lr=0.01, weight_decay=0.0).step()
    assert float(p.detach().square().mean().sqrt()) == pytest.approx(0.2 * 0.01, rel=0.3)


def test_weights_decay_also_without_a_gradient_to_follow() -> None:
    p = torch.nn.Parameter(torch.ones(4, 4))
    p.grad = torch.zeros(4, 4)
    Muon([p], lr=0.1, weight_decay=0.5).step()
    assert torch.allclose(p.detach(), torch.full((4, 4), 0.95))


def test_a_least_squares_problem_is_solved() -> None:
    g = torch.Generator().manual_seed(0)
    x, wanted = torch.randn(64, 8, generator=g), torch.randn(4, 8, generator=g)
    p = torch.nn.Parameter(torch.zeros(4, 8))
    optimiser = Muon([p], lr=0.1, weight_decay=0.0)
    found = []
    for _ in range(200):
        loss = (x @ p.T - x @ wanted.T).square().mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        found.append(float(loss.detach()))
    assert found[-1] < 0.02 * found[0]
