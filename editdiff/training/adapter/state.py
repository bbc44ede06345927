"""The state of a run: weights, averages and moments in one safetensors file, the rest in its metadata.

What is drawn is a function of seed and row number, so these are all of it, and going on is exact.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from editdiff.errors import ModelError
from editdiff.training.run.checkpoint import put_in_place, taken

FILE = "state.safetensors"
MOMENTS = ("exp_avg", "exp_avg_sq")
"""What AdamW remembers of each parameter."""
SHORTLIST = "shortlist"
ADDED = frozenset({"adapter.given"})
"""Parameters that older states do not have: they begin as they are made."""


@dataclass(frozen=True)
class Plan:
    """What a run is, and cannot change while it goes on."""

    trunk: str
    """SHA-256 of the trunk's file."""
    rank: int = 32
    sampler: int = 512
    """Width between the layers of the sampler head; 0 for none."""
    block: int = 8
    """Places of a canvas."""
    own: float = 0.5
    """Share of the middles that the trunk writes itself."""
    seed: int = 0


@dataclass
class Progress:
    """Counters of a run."""

    step: int = 0
    row: int = 0
    """Number of the next row."""
    targets: int = 0
    earlier: int = 0
    """Targets that the adapter had seen with whose weights the run began."""
    seconds: float = 0.0
    corpora: list[dict[str, Any]] = field(default_factory=list)
    """What was trained on, and from which row on; older states do not say."""
    log: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class State:
    """Everything that a run remembers."""

    plan: Plan
    model: nn.Module
    average: dict[str, Tensor]
    optimiser: torch.optim.Optimizer
    shortlist: Tensor
    """[K] ids."""
    progress: Progress
    how: dict[str, Any] = field(default_factory=dict)
    """Options of the last command: noted, and free to change."""

    def note(self, corpus: Mapping[str, Any]) -> bool:
        """Note what is trained on from here on; whether it is another corpus than before."""
        corpora, p = self.progress.corpora, self.progress
        if corpora and {name: corpora[-1].get(name) for name in corpus} == dict(corpus):
            return False
        corpora.append({"row": p.row, "targets": p.targets, **corpus})
        return p.row > 0

    def save(self, folder: Path) -> None:
        """Write it; the one before stays whole if this fails.

        Raises:
            ModelError: when it cannot be written.
        """
        tensors = {SHORTLIST: self.shortlist}
        for name, p in self.model.named_parameters():
            tensors |= {f"model.{name}": p.detach(), f"average.{name}": self.average[name]}
            moments = self.optimiser.state.get(p, {})
            tensors |= {f"{m}.{name}": moments[m] for m in MOMENTS if m in moments}
        parts = {"plan": asdict(self.plan), "progress": asdict(self.progress), "how": self.how}
        told = {name: json.dumps(part) for name, part in parts.items()}
        put_in_place(folder / FILE, tensors, told)

    def restore(self, folder: Path) -> None:
        """Go on from what was written, in place.

        Raises:
            ModelError: when it is broken, or of another plan.
        """
        path = folder / FILE
        tensors, told = read(path)
        refuse_other(asdict(self.plan), json.loads(told["plan"]), path)
        try:
            progress = progress_of(told)
            with torch.no_grad():
                for name, p in self.model.named_parameters():
                    if name in ADDED and f"model.{name}" not in tensors:
                        tensors |= {f"{m}.{name}": torch.zeros_like(p) for m in MOMENTS}
                        continue
                    p.copy_(tensors[f"model.{name}"])
                    self.average[name].copy_(tensors[f"average.{name}"])
            if progress.step:
                for name, p in self.model.named_parameters():
                    moments = {m: tensors[f"{m}.{name}"].to(p.device) for m in MOMENTS}
                    step = torch.tensor(float(progress.step), device=p.device)
                    self.optimiser.state[p] = {"step": step, **moments}
            self.progress = progress
        except (LookupError, RuntimeError, ValueError, TypeError) as error:
            raise _broken(path, error) from error


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and metadata of a state.

    Raises:
        ModelError: when it is broken.
    """
    try:
        tensors, told = taken(path)
        if not {"plan", "progress"} <= told.keys() or SHORTLIST not in tensors:
            raise ValueError("it is no state of an adapter's training")
        return tensors, told
    except Exception as error:  # safetensors raises its own type for a broken file
        raise _broken(path, error) from error


def progress_of(told: Mapping[str, str]) -> Progress:
    """Counters in the metadata of a state; those that an older one does not have are as at the beginning."""
    return Progress(**json.loads(told["progress"]))


def refuse_other(wanted: Mapping[str, Any], stored: Mapping[str, Any], path: Path) -> None:
    """Raise ModelError where a run that is asked for is not the one that is stored."""
    for name, value in wanted.items():
        if stored.get(name) != value:
            raise ModelError(
                f"{path} is of a run with {name} {stored.get(name)}, not {value}",
                "give the options that it was begun with, or name another --state",
            )


def _broken(path: Path, error: Exception) -> ModelError:
    return ModelError(
        f"cannot go on from {path}: {error}", "remove it to start anew, or name another --state"
    )
