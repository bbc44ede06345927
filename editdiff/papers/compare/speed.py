"""Times of two ways of doing the same, paired in one run: by turns, so that what disturbs one disturbs both."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import torch

from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.canvas.transformer import CanvasTransformer
from editdiff.papers.objectives import BD3LM
from editdiff.papers.run.byte_text import BEGIN, MASK, ROW
from editdiff.papers.run.objective_run import NETWORK
from editdiff.papers.run.paper_network import PaperNetwork
from editdiff.papers.run.paper_sampling import CachedBlocks, WholeBlocks
from editdiff.papers.samplers.blocks import BlockNetwork, Blocks, semi_autoregressive
from editdiff.papers.samplers.sampling import plain
from editdiff.papers.samplers.table import make_sampler

ROUNDS = 5
"""Each way once a round; one more round before them is not measured."""
TRAINED_ROWS = 2
BLOCK_SIZES = (4, 16)
LENGTHS = (64, 128, 256, 512)
"""Lengths of the sampled texts, in ids."""
SAMPLED_BLOCK = 16


@dataclass(frozen=True)
class Ratio:
    """How many times as long the first way takes as the second, in every round."""

    what: str
    values: list[float]
    seconds: tuple[float, float]
    """Medians of both."""

    @property
    def markdown(self) -> str:
        """A row of a table."""
        low, middle, high = np.quantile(self.values, (0.25, 0.5, 0.75))
        first, second = self.seconds
        times = f"{first:.3g} s / {second:.3g} s"
        return f"| {self.what} ({times}) | {middle:.2f} | {low:.2f} … {high:.2f} | {len(self.values)} |"


def vectorised_training(
    stop: Callable[[], bool] = lambda: False,
    config: NetworkConfig = NETWORK,
    sizes: Iterable[int] = BLOCK_SIZES,
    row: int = ROW,
    rounds: int = ROUNDS,
) -> list[Ratio]:
    """Gradients of BD3-LM one block after the other, by those of all blocks at once."""
    network = _network(config)
    x0 = torch.randint(BEGIN, (TRAINED_ROWS, row), generator=torch.Generator().manual_seed(0))
    ratios = []
    for size in sizes:
        at_once = BD3LM(MASK, size)
        ways = [_step(way, network, x0) for way in (replace(at_once, vectorised=False), at_once)]
        what = f"training, block by block by vectorised, blocks of {size} in rows of {row}"
        ratios += _paired(what, ways, rounds, stop)
    return ratios


def cached_sampling(
    stop: Callable[[], bool] = lambda: False,
    config: NetworkConfig = NETWORK,
    lengths: Iterable[int] = LENGTHS,
    size: int = SAMPLED_BLOCK,
    rounds: int = ROUNDS,
) -> list[Ratio]:
    """Block diffusion without a cache by that with one, one token a step, by length."""
    network = _network(config)
    ratios = []
    for length in lengths:
        ways = [_sampler(make(network, size), length, size) for make in (WholeBlocks, CachedBlocks)]
        what = f"sampling, uncached by cached, {length} tokens in blocks of {size}"
        ratios += _paired(what, ways, rounds, stop)
    return ratios


def _network(config: NetworkConfig) -> PaperNetwork:
    torch.manual_seed(0)
    return PaperNetwork(CanvasTransformer(config))


def _step(objective: BD3LM, network: PaperNetwork, x0: torch.Tensor) -> Callable[[], object]:
    def step() -> None:
        network.zero_grad(set_to_none=True)
        loss = objective.loss(network, x0, torch.Generator().manual_seed(0))
        loss.backward()  # type: ignore[no-untyped-call]

    return step


def _sampler(network: BlockNetwork, length: int, size: int) -> Callable[[], object]:
    how = make_sampler("first_hitting", size)
    blocks, start = Blocks(size, length, window=length), np.zeros(0, dtype=np.int64)
    return lambda: list(semi_autoregressive(network, start, 1, how, blocks, plain(MASK)))


def _paired(
    what: str, ways: list[Callable[[], object]], rounds: int, stop: Callable[[], bool]
) -> list[Ratio]:
    """Nothing if stopped before the last round."""
    seconds = np.zeros((rounds, 2))
    for turn in range(-1, rounds):
        for way in (0, 1) if turn % 2 else (1, 0):
            if stop():
                return []
            began = time.perf_counter()
            ways[way]()
            seconds[turn, way] = time.perf_counter() - began  # the first round is written over
    first, second = np.median(seconds, axis=0).tolist()
    return [Ratio(what, (seconds[:, 0] / seconds[:, 1]).tolist(), (first, second))]
