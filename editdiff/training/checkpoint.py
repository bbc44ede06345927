"""Checkpoints: weights, EMA and the optimisers' moments in one safetensors file, the counters beside it as JSON.

Randomness is a function of seed and step, so these two are the whole state of a run: resuming is exact.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from editdiff.errors import ModelError

MOMENTS = ("exp_avg", "exp_avg_sq", "momentum_buffer")
"""What AdamW and Muon remember of each parameter."""


@dataclass
class Progress:
    """Counters of a run."""

    step: int = 0
    tokens: int = 0
    """Positions trained on, padding included."""
    canvas_targets: int = 0
    operations: float = 0.0
    """Matrix operations, see `arithmetic.operations`."""
    seconds: float = 0.0
    log: list[dict[str, float]] = field(default_factory=list)
    """One entry every few steps: step, tokens, canvas, causal (nats a target), seconds; sometimes heldout."""
    sums: list[float] = field(default_factory=lambda: [0.0] * 4)
    """Since the last entry: canvas loss and its targets, causal loss and its targets."""


def save(
    folder: Path,
    model: nn.Module,
    ema: dict[str, Tensor],
    optimisers: Sequence[torch.optim.Optimizer],
    progress: Progress,
) -> None:
    """Write a checkpoint; the last one stays whole if this is interrupted."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors: dict[str, Tensor] = {}
    for name, p in model.named_parameters():
        tensors[f"model.{name}"] = p.detach()
        tensors[f"ema.{name}"] = ema[name]
        for optimiser in optimisers:
            state = optimiser.state.get(p, {})
            tensors |= {f"{m}.{name}": state[m] for m in MOMENTS if m in state}
    new = folder / "checkpoint.new"
    save_file(
        {k: v.contiguous().cpu() for k, v in tensors.items()},
        new,
        metadata={"progress": json.dumps(asdict(progress))},
    )
    os.replace(new, folder / "checkpoint.safetensors")


def load(
    folder: Path,
    model: nn.Module,
    ema: dict[str, Tensor],
    optimisers: Sequence[torch.optim.Optimizer],
) -> Progress:
    """Restore a checkpoint in place; returns the counters.

    Raises:
        ModelError: when the file does not fit the network.
    """
    from safetensors import safe_open

    path = folder / "checkpoint.safetensors"
    try:
        tensors = load_file(path)
        with safe_open(path, "pt") as file:
            progress = Progress(**json.loads(file.metadata()["progress"]))
        for name, p in model.named_parameters():
            p.data.copy_(tensors[f"model.{name}"])
            ema[name].copy_(tensors[f"ema.{name}"])
            state = {m: tensors[f"{m}.{name}"] for m in MOMENTS if f"{m}.{name}" in tensors}
            for optimiser in optimisers:
                if state and any(p is q for g in optimiser.param_groups for q in g["params"]):
                    step = {"step": torch.tensor(float(progress.step))}
                    optimiser.state[p] = step | {m: t.to(p.device) for m, t in state.items()}
    except Exception as error:  # safetensors raises its own type for a broken file
        raise ModelError(
            f"cannot resume from {path}: {error}", "remove it to start anew, or name another --out"
        ) from error
    return progress
