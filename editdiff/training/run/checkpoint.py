"""Checkpoints: weights, EMA and the optimisers' moments in one safetensors file, the counters beside it as JSON.

Randomness is a function of seed and step, so these two are the whole state of a run: resuming is exact.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
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
    """Matrix operations, see `flops.operations`."""
    seconds: float = 0.0
    log: list[dict[str, float]] = field(default_factory=list)
    """One entry every few steps: step, tokens, canvas, causal (nats a target), seconds; sometimes heldout."""
    sums: list[float] = field(default_factory=lambda: [0.0] * 4)
    """Since the last entry: canvas loss and its targets, causal loss and its targets."""


def put_in_place(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write tensors to a file in one step: what stood there stays whole until the new one is on the disk.

    Raises:
        ModelError: when it cannot be written, as on a full disk; what stood there is left.
    """
    new = path.with_suffix(".new")
    try:
        save_file({k: v.contiguous().cpu() for k, v in tensors.items()}, new, dict(metadata))
        with new.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(new, path)
    except Exception as error:  # safetensors raises its own type for a full disk
        new.unlink(missing_ok=True)
        raise ModelError(
            f"cannot write {path}: {error}",
            "make room on the disk and give the same command again; the checkpoint before is whole",
        ) from error


def taken(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and metadata of a file.

    Raises:
        Exception: of safetensors' own type for a file that is missing or broken.
    """
    with safe_open(path, "pt") as file:
        metadata = dict(file.metadata() or {})
        return {name: file.get_tensor(name) for name in file.keys()}, metadata  # noqa: SIM118


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
    put_in_place(
        folder / "checkpoint.safetensors", tensors, {"progress": json.dumps(asdict(progress))}
    )


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
    path = folder / "checkpoint.safetensors"
    try:
        tensors, metadata = taken(path)
        progress = Progress(**json.loads(metadata["progress"]))
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
