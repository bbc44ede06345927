"""From a run to the adapter of a model folder, and back: averaged weights in 8 bits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import torch
from torch import Tensor, nn

from editdiff.families.qwen.adapter import CanvasAdapter, Marks
from editdiff.families.qwen.packed import Float32
from editdiff.training.adapter.state import State


def exported(state: State) -> CanvasAdapter:
    """The averaged weights of a run."""
    return of_weights(state.average, state.plan.trunk, told_of(state))


def of_weights(
    weights: Mapping[str, Tensor], trunk: str, told: Mapping[str, str] | None = None
) -> CanvasAdapter:
    """An adapter of the weights of a `run.Network`, by parameter name; `told` is what its file says besides."""

    def taken(name: str) -> Float32:
        return np.asarray(weights[name].detach().float().cpu().numpy())

    prefix = "adapter.branches."
    matrices = sorted({n.removeprefix(prefix)[:-2] for n in weights if n.startswith(prefix)})
    branches = {
        name.replace("_", "."): (taken(f"{prefix}{name}_a"), taken(f"{prefix}{name}_b"))
        for name in matrices
    }
    head = None
    if "sampler.first" in weights:
        head = taken("sampler.first"), taken("sampler.second")
    marks = Marks(taken("adapter.mask"), taken("adapter.given"))
    return CanvasAdapter(branches, marks, trunk, head, told or {})


def told_of(state: State) -> dict[str, str]:
    """What the file says of its training."""
    plan = {name: str(value) for name, value in asdict(state.plan).items() if name != "trunk"}
    p = state.progress
    counted = {"targets": p.targets, "earlier": p.earlier, "steps": p.step}
    counts = {name: str(value) for name, value in counted.items()}
    parts = {name: json.dumps(part) for name, part in (("how", state.how), ("corpora", p.corpora))}
    return {**plan, **counts, "seconds": f"{p.seconds:.0f}", **parts}


def start_from(state: State, adapter: CanvasAdapter) -> None:
    """Begin a run from the weights of an adapter, with a fresh optimiser: how a lost state is made good.

    What the adapter lacks (a sampler head) keeps its random weights. Targets that the adapter has seen are noted.
    """
    state.progress.earlier = seen(adapter)
    put(adapter, state.model)
    for name, p in state.model.named_parameters():
        state.average[name].copy_(p.detach())


def seen(adapter: CanvasAdapter) -> int:
    """Targets that it has been trained on, as its file says."""
    counts = (adapter.told.get(name, "0") for name in ("targets", "earlier"))
    return sum(int(count) for count in counts if count.isdecimal())


@torch.no_grad()
def put(adapter: CanvasAdapter, network: nn.Module) -> None:
    """Put the weights of an adapter into a `run.Network` of its rank."""
    weights: dict[str, Float32] = {
        "adapter.mask": adapter.marks.mask,
        "adapter.given": adapter.marks.given,
    }
    for name, (a, b) in adapter.branches.items():
        layer, matrix = name.split(".")
        weights |= {
            f"adapter.branches.{layer}_{matrix}_a": a,
            f"adapter.branches.{layer}_{matrix}_b": b,
        }
    if adapter.sampler is not None:
        weights |= dict(zip(("sampler.first", "sampler.second"), adapter.sampler, strict=True))
    for name, p in network.named_parameters():
        if name in weights:
            p.copy_(torch.from_numpy(np.ascontiguousarray(weights[name])))
