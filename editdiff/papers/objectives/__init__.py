"""The papers' objectives, one file each: how a diffusion model is judged and trained.

All have one signature (`base.Objective`), so that the difference of two files is the difference of two papers.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from editdiff.errors import UsageError
from editdiff.papers.objectives.ar import AR
from editdiff.papers.objectives.base import Absorbing, Objective
from editdiff.papers.objectives.bd3lm import BD3LM
from editdiff.papers.objectives.d3pm import D3PM
from editdiff.papers.objectives.genmd4 import GenMD4
from editdiff.papers.objectives.gidd import GIDD
from editdiff.papers.objectives.llada import LLaDA
from editdiff.papers.objectives.md4 import MD4
from editdiff.papers.objectives.mdlm import MDLM
from editdiff.papers.objectives.sedd import SEDD
from editdiff.papers.schedule import PerToken

__all__ = [
    "AR",
    "BD3LM",
    "D3PM",
    "GIDD",
    "MD4",
    "MDLM",
    "OBJECTIVES",
    "SEDD",
    "Absorbing",
    "GenMD4",
    "LLaDA",
    "Objective",
    "learnable",
    "make_objective",
]

OBJECTIVES: dict[str, Callable[[int, int], Objective]] = {
    "ar": lambda mask_id, vocab_size: AR(mask_id),
    "bd3lm": lambda mask_id, vocab_size: BD3LM(mask_id),
    "d3pm": lambda mask_id, vocab_size: D3PM(mask_id),
    "genmd4": lambda mask_id, vocab_size: GenMD4(mask_id, PerToken(vocab_size)),
    "gidd": lambda mask_id, vocab_size: GIDD(mask_id, vocab_size),
    "llada": lambda mask_id, vocab_size: LLaDA(mask_id),
    "md4": lambda mask_id, vocab_size: MD4(mask_id),
    "mdlm": lambda mask_id, vocab_size: MDLM(mask_id),
    "sedd": lambda mask_id, vocab_size: SEDD(mask_id),
}
"""Each by name, with its paper's parameters: from the mask's id and the number of ids, the mask among them."""


def make_objective(
    name: str, *, mask_id: int, vocab_size: int, block_size: int | None = None
) -> Objective:
    """The objective of that name; `block_size`, in tokens, is BD3-LM's alone.

    Raises:
        UsageError: an unknown name, or a block size that means nothing.
    """
    if name not in OBJECTIVES:
        known = ", ".join(OBJECTIVES)
        raise UsageError(f"there is no objective called {name!r}", f"choose one of {known}")
    if block_size is None:
        return OBJECTIVES[name](mask_id, vocab_size)
    if name != "bd3lm":
        raise UsageError(
            f"the objective {name} has no blocks", "leave the block size out, or choose bd3lm"
        )
    if block_size < 1:
        raise UsageError(f"a block of {block_size} tokens is none", "give 1 or more")
    return BD3LM(mask_id, block_size)


def learnable(objective: Objective) -> list[nn.Parameter]:
    """Parameters of the objective itself, to be trained beside the network's: GenMD4's powers."""
    return list(objective.schedule.parameters()) if isinstance(objective, GenMD4) else []
