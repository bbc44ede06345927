"""Text from a network of a paper's objective, by any sampler, to any length."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from editdiff.denoise.loop import Propose, TimedPropose
from editdiff.denoise.policy import parameters
from editdiff.errors import UsageError
from editdiff.papers.objectives import AR, BD3LM, GIDD, SEDD, Absorbing, GenMD4, Objective
from editdiff.papers.run.byte_text import BEGIN, MASK
from editdiff.papers.run.paper_model import PaperModel
from editdiff.papers.run.paper_sampling import CachedBlocks, NextToken, Rows
from editdiff.papers.samplers.analytic import as_scores
from editdiff.papers.samplers.blocks import BlockNetwork, Blocks, semi_autoregressive
from editdiff.papers.samplers.cached import Cached
from editdiff.papers.samplers.gidd import posterior
from editdiff.papers.samplers.grid import Alpha, alpha_of, linear
from editdiff.papers.samplers.sampling import Sampling, plain
from editdiff.papers.samplers.stop import WINDOW, StopRules
from editdiff.papers.samplers.strides import by_strides
from editdiff.papers.samplers.table import SAMPLERS, make_sampler
from editdiff.tokens.base import FloatArray, IntArray

LEAST_ENTROPY = 1.0
"""Nats of 256 bytes below which a text is monotonous. BD3-LM's 4 is of words: bytes of code have 1.2 to 4.1."""
PARAMETERS: dict[str, dict[str, float]] = {
    "entropy_bound": {"bound": 0.1},
    "random_order": {"k": 1},
    "threshold": {"tau": 0.9},
    "top_k": {"k": 1},
}
"""Parameters of the samplers whose papers give none."""
OWN = {"genmd4": "genmd4", "gidd": "gidd"}
"""The samplers of objectives whose noise is not the same for every token, or not masks alone."""
WHOLE, IN_BLOCKS = "ancestral", "first_hitting"
"""The samplers of other whole rows and of blocks where none is named: the papers' own."""


@dataclass(frozen=True)
class Wish:
    """What is to be written, and how; None: as the network was trained."""

    length: int
    """Ids at most."""
    sampler: str | None = None
    steps: int | None = None
    """Evaluations of the network, at most, for each row or block."""
    block_size: int | None = None
    top_p: float = 1.0
    temperature: float = 1.0
    seed: int = 0


@dataclass(frozen=True)
class Written:
    """A text, and what it cost."""

    ids: IntArray
    """[n]"""
    evaluations: int
    """Evaluations of the network, encoding finished blocks among them."""
    why: str
    """Why it ends where it does."""


@dataclass
class Ending:
    """BD3-LM's stop rules (`samplers.stop`) for a text that goes on from its beginning; remembers which held."""

    rules: StopRules = field(default_factory=lambda: StopRules(BEGIN, WINDOW, LEAST_ENTROPY))
    why: str = "the length is reached"

    def __call__(self, ids: IntArray) -> int | None:
        """Give how many of `ids` [n] are kept, None where the text goes on."""
        stream = np.concatenate([[BEGIN], ids])
        kept = self.rules(stream)
        if kept is None:
            return None
        ended = stream[kept - 1] == BEGIN and kept > 1
        self.why = (
            "the text ends"
            if ended
            else f"its last {self.rules.window} tokens had less than {self.rules.least:g} nats of entropy"
        )
        return max(kept - 1, 0)


def write_text(model: PaperModel, wish: Wish) -> Written:
    """Write one text.

    Raises:
        UsageError: for a sampler, a size or a number that does not go with the network.
    """
    if wish.length < 1:
        raise UsageError(f"--length must be at least 1, not {wish.length}", "try 512")
    if isinstance(model.objective, AR | BD3LM):
        return _by_blocks(model, wish)
    return _by_rows(model, wish)


def _by_blocks(model: PaperModel, wish: Wish) -> Written:
    objective, row = model.objective, model.about.length
    if isinstance(objective, BD3LM):
        size = objective.block_size if wish.block_size is None else wish.block_size
        if not 1 <= size <= row:
            raise UsageError(f"--block-size must be from 1 to {row}, not {size}", "leave it out")
        network: CachedBlocks = CachedBlocks(model.network, size)
    else:
        if wish.block_size is not None:
            raise UsageError("an autoregressive network has no blocks", "leave out --block-size")
        size, network = 1, NextToken(model.network)
    how = _sampling(replace(wish, block_size=None), IN_BLOCKS, size, model)
    if how.policy.time is not None:
        raise UsageError(
            f"the sampler {wish.sampler} tells the network the time, which blocks have none of",
            "choose another --sampler",
        )
    window = row // size * size  # context and block are never more than a row, and whole blocks
    ending = Ending()
    ids = _to_the_end(network, how, Blocks(size, wish.length, window), wish.seed, ending)
    return Written(ids, network.evaluations, ending.why)


def _to_the_end(
    network: BlockNetwork, how: Sampling, blocks: Blocks, seed: int, stop: Ending
) -> IntArray:
    nothing = np.zeros(0, dtype=np.int64)
    texts = [nothing]
    for (text,) in semi_autoregressive(network, nothing, 1, how, blocks, plain(MASK), seed, stop):
        texts = [text.ids]
    return texts[0]


def _by_rows(model: PaperModel, wish: Wish) -> Written:
    """Whole rows, each going on from the second half of the one before."""
    row, rows = model.about.length, Rows(model)
    if wish.block_size is not None and wish.sampler != "llada":
        raise UsageError(
            f"--block-size means nothing for {model.about.objective} with this sampler",
            "leave it out, use --sampler llada, or train with --objective bd3lm",
        )
    how = _sampling(wish, OWN.get(model.about.objective, WHOLE), row, model)
    stride = max(1, row // 2)
    canvases = 1 + -(-max(wish.length - row, 0) // stride)
    ask = _asked(model, rows, how)
    ids = by_strides(ask, 1, row, stride, canvases, how, plain(MASK), wish.seed)
    return Written(ids[0, : wish.length], rows.evaluations, "the length is reached")


def _asked(model: PaperModel, rows: Rows, how: Sampling) -> Propose | TimedPropose:
    """What a sampler asks: probabilities or, with the time, scores or what follows from GIDD's noise."""
    if how.policy.time is None:
        return Cached(rows)
    if how.policy.made_of["name"] != "gidd":
        return rows.scores if isinstance(model.objective, SEDD) else as_scores(rows, _alpha(model))
    if not isinstance(model.objective, GIDD):
        raise UsageError(
            f"the sampler gidd takes back GIDD's noise, which {model.about.objective} never saw",
            "choose another --sampler, or train with --objective gidd",
        )
    return posterior(Cached(rows), model.objective.mixture, how.steps)


def _alpha(model: PaperModel) -> Alpha:
    """The share of known tokens by time: the objective's own schedule if it is one for all tokens."""
    objective = model.objective
    return alpha_of(objective.schedule) if isinstance(objective, Absorbing) else linear


def _sampling(wish: Wish, otherwise: str, places: int, model: PaperModel) -> Sampling:
    """The sampler of a wish, by default in as many steps as there are places."""
    name = wish.sampler or otherwise
    given: dict[str, Any] = dict(PARAMETERS.get(name, {}))
    takes = parameters(SAMPLERS[name]) if name in SAMPLERS else []
    given |= {"alpha": _alpha(model)} if "alpha" in takes else {}
    given |= {"power": _power(model.objective)} if "power" in takes else {}
    given |= {"block": wish.block_size} if "block" in takes and wish.block_size else {}
    steps = places if wish.steps is None else wish.steps
    return make_sampler(name, steps, wish.temperature, wish.top_p, **given)


def _power(objective: Objective) -> FloatArray | None:
    """The powers [V] that GenMD4 has learnt."""
    if not isinstance(objective, GenMD4):
        return None
    return objective.schedule.power.detach().double().cpu().numpy()
