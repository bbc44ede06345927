import numpy as np
import pytest

from editdiff.denoise.guess import Guess
from editdiff.denoise.sample import gumbel_max, streams

P = np.array([0.5, 0.3, 0.2])
N = 20_000


def wide(drafts: int = 1, p: np.ndarray = P, places: int = N) -> Guess:
    with np.errstate(divide="ignore"):
        logp = np.log(np.tile(p, (drafts, places, 1)))
    return Guess(np.broadcast_to(np.arange(len(p)), logp.shape), logp)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_draws_follow_the_tempered_distribution(temperature):
    sampled = gumbel_max(temperature, streams(7, [1]))(wide(), np.array([0]))
    tempered = P ** (1 / temperature) / (P ** (1 / temperature)).sum()
    # 0.02 is more than five standard deviations of a share of 20,000 draws
    np.testing.assert_allclose(np.bincount(sampled.chosen[0]) / N, tempered, atol=0.02)


def test_temperature_zero_is_greedy():
    assert not gumbel_max(0.0, streams(7, [1]))(wide(), np.array([0])).chosen.any()


def test_draft_zero_is_greedy_at_every_temperature():
    sampled = gumbel_max(2.0, streams(7, [0, 1]))(wide(2), np.array([0, 1]))
    assert not sampled.chosen[0].any()
    assert sampled.chosen[1].any()


def test_an_excluded_id_is_never_drawn():
    sampled = gumbel_max(10.0, streams(7, [1]))(wide(p=np.array([0.9, 0.1, 0.0])), np.array([0]))
    assert set(np.unique(sampled.chosen)) == {0, 1}


def test_a_place_without_admitted_ids_keeps_its_fallback():
    sampled = gumbel_max(1.0, streams(7, [1]))(wide(p=np.zeros(3)), np.array([0]))
    assert not sampled.chosen.any()


def test_the_same_seed_draws_the_same_and_another_seed_another():
    def draw(seed: int, block: int = 0) -> list[int]:
        rngs = streams(seed, [1], block)
        return gumbel_max(1.0, rngs)(wide(places=50), np.array([0])).chosen[0].tolist()

    assert draw(7) == draw(7)
    assert draw(7) != draw(8)
    assert draw(7, block=1) != draw(7, block=0)


def test_a_draft_draws_the_same_alone_as_among_others():
    together = gumbel_max(1.0, streams(7, [0, 1, 2]))(wide(3, places=50), np.array([0, 1, 2]))
    alone = gumbel_max(1.0, streams(7, [2]))(wide(places=50), np.array([0]))
    late = gumbel_max(1.0, streams(7, [0, 1, 2]))(wide(places=50), np.array([2]))
    assert together.chosen[2].tolist() == alone.chosen[0].tolist() == late.chosen[0].tolist()
