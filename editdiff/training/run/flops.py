"""Matrix operations (FLOPs): how many a step takes, and how many a second the machine could do at most."""

from __future__ import annotations

import time

import torch

from editdiff.families.canvas.transformer import CanvasTransformer

TRAINING = 6
"""FLOPs for each weight and position: a multiply-add forward, two backward (Kaplan et al. 2020, §2.1)."""


def operations(model: CanvasTransformer, positions: int, asked: int) -> float:
    """Matrix operations of a step over `positions`, `asked` of which go through the output layer.

    Attention and the copy head, which depend on the lengths, are left out: the share is a lower bound.
    """
    blocks = sum(p.numel() for p in model.blocks.parameters() if p.dim() == 2)
    return TRAINING * (float(blocks) * positions + float(model.vocabulary_weights) * asked)


def matrix_peak(device: torch.device) -> float:
    """FLOPs a second of a large square product, bf16 on CUDA, fp32 on a CPU: the best of five."""
    cuda = device.type == "cuda"
    n, dtype = (8192, torch.bfloat16) if cuda else (1024, torch.float32)
    a, b = (torch.randn(n, n, device=device, dtype=dtype) for _ in range(2))
    seconds = []
    for _ in range(6):  # the first one warms up
        began = time.perf_counter()
        a @ b
        if cuda:
            torch.cuda.synchronize(device)
        seconds.append(time.perf_counter() - began)
    return 2 * n**3 / min(seconds[1:])
