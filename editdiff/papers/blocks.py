"""Who may attend to whom in block diffusion (BD3-LM, arXiv 2503.09573).

A text of L tokens is cut into blocks of L' (the last may be shorter). A mask [queries, keys] is true where
attention is allowed.
"""

from __future__ import annotations

import torch
from torch import Tensor


def block_of(length: int, block_size: int, device: torch.device | None = None) -> Tensor:
    """Index of each place's block [L]."""
    return torch.arange(length, device=device) // block_size


def block_diagonal(length: int, block_size: int, device: torch.device | None = None) -> Tensor:
    """Attention inside one's own block: M_BD [L, L]."""
    block = block_of(length, block_size, device)
    return block[:, None] == block


def offset_block_causal(length: int, block_size: int, device: torch.device | None = None) -> Tensor:
    """Attention to the blocks before one's own: M_OBC [L, L]."""
    block = block_of(length, block_size, device)
    return block[:, None] > block


def block_causal(length: int, block_size: int, device: torch.device | None = None) -> Tensor:
    """To one's own block and those before it: M_BC [L, L]. Blocks of 1: the causal mask."""
    block = block_of(length, block_size, device)
    return block[:, None] >= block


def noised_and_clean(length: int, block_size: int, device: torch.device | None = None) -> Tensor:
    """For the input [x_t ; x_0]: the mask [2L, 2L] under which every block is denoised in one forward.

    A noised block sees itself and the clean blocks before it; a clean one sees the clean up to itself, nothing
    noised.
    """
    shape = (length, block_size, device)
    nothing = torch.zeros(length, length, dtype=torch.bool, device=device)
    noised = torch.cat((block_diagonal(*shape), offset_block_causal(*shape)), dim=1)
    clean = torch.cat((nothing, block_causal(*shape)), dim=1)
    return torch.cat((noised, clean), dim=0)
