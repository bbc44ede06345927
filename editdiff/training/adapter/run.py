"""The trainer of a canvas adapter: one loop for a CPU in bf16 and for CUDA."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from editdiff.errors import InputError
from editdiff.training.adapter.batch import collate
from editdiff.training.adapter.canvases import Noise, noised
from editdiff.training.adapter.judge import Drafter, Judge, Judged, difference
from editdiff.training.adapter.losses import Losses, Weights, losses
from editdiff.training.adapter.network import CanvasAdapter
from editdiff.training.adapter.sampler import SamplerHead
from editdiff.training.adapter.shortlist import Shortlist
from editdiff.training.adapter.state import FILE, Plan, Progress, State
from editdiff.training.adapter.stream import RowStream
from editdiff.training.run.averaging import follow, put_for_now
from editdiff.training.trunk.frozen import FrozenTrunk

LEAST_RATE = 0.05
"""Share of the rate that is left at the end of a decay."""


@dataclass(frozen=True)
class Optimisation:
    """How a run goes; may change from one command to the next."""

    rate: float = 1e-3
    warmup: int = 20
    """Steps."""
    decay: float = 0.0
    """Share of the minutes over which the rate falls; 0 leaves it as it is."""
    rows: int = 2
    """Of a step."""
    side_by_side: int = 1
    """Rows in one forward: 1 is quickest on a CPU, a GPU wants all."""
    anchors: int = 40
    """Most canvases of a row."""
    average: float = 0.999
    """Of the weights that are judged."""
    clip: float = 1.0
    log_every: float = 60.0
    """Seconds between entries of the log."""
    save_every: float = 300.0
    """Seconds between checkpoints."""
    judge_every: float = 1200.0
    """Seconds between judgements."""
    weights: Weights = field(default_factory=Weights)
    noise: Noise = field(default_factory=Noise)

    def rate_at(self, step: int, left: float | None) -> float:
        """Warm-up, then constant, or falling in the last `decay` of the time, of which a share is `left`."""
        warm = min(1.0, (step + 1) / max(1, self.warmup))
        fallen = 1.0 if left is None or not self.decay else min(1.0, left / self.decay)
        return self.rate * warm * max(LEAST_RATE, fallen)


class Network(nn.Module):
    """What is trained."""

    def __init__(self, trunk: FrozenTrunk, plan: Plan) -> None:
        super().__init__()
        self.adapter = CanvasAdapter(trunk.config, plan.rank, plan.seed)
        width = trunk.config.width
        self.sampler = SamplerHead(width, plan.sampler, plan.seed) if plan.sampler else None
        self.to(trunk.device)


class AdapterRun:
    """A run: what is trained, where rows come from, and counters."""

    def __init__(
        self,
        plan: Plan,
        trunk: FrozenTrunk,
        rows: RowStream,
        shortlist: np.ndarray,
        folder: Path,
        how: Optimisation,
        judges: Mapping[str, Judge] | None = None,
    ) -> None:
        """Begin a run; it is judged on rows of each language of `judges`."""
        self.trunk, self.rows, self.folder, self.how = trunk, rows, folder, how
        self.judges = judges or {}
        self.shortlist = Shortlist(shortlist, trunk)
        self._others = shortlist
        self.network = Network(trunk, plan)
        optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=how.rate, betas=(0.9, 0.98), weight_decay=0.0, fused=True
        )
        average = {n: p.detach().clone() for n, p in self.network.named_parameters()}
        stored = torch.from_numpy(shortlist)
        self.state = State(plan, self.network, average, optimiser, stored, Progress(), asdict(how))
        self._sums = _Sums(plan.block)

    @property
    def progress(self) -> Progress:
        """Counters."""
        return self.state.progress

    def resume(self) -> bool:
        """Go on from the state in the folder, if there is one."""
        if not (self.folder / FILE).exists():
            return False
        self.state.restore(self.folder)
        return True

    def run(
        self,
        report: Callable[[dict[str, Any]], object],
        stop: Callable[[], bool] = lambda: False,
        minutes: float | None = None,
        steps: int | None = None,
    ) -> None:
        """Train until `stop`, or for some minutes or steps.

        The state is written before the first step, so that a full disk is known of at once, at the end, and where
        the next row cannot be had.

        Raises:
            ModelError: when the state cannot be written; the one before is whole.
            InputError: when the next row cannot be had.
        """
        clock, how, p = time.monotonic, self.how, self.progress
        began, before, last = clock(), p.seconds, p.step + steps if steps is not None else None
        self.state.save(self.folder)
        logged = saved = judged = clock()
        try:
            while not stop() and p.step != last:
                left = None if minutes is None else 1 - (clock() - began) / (60 * minutes)
                if left is not None and left <= 0:
                    break
                self.step(how.rate_at(p.step, left))
                now = clock()
                p.seconds = before + now - began
                if now - logged >= how.log_every or p.step == last:
                    self._log(report)
                    logged = now
                if self.judges and now - judged >= how.judge_every:
                    self.tell_judged(report)
                    judged = clock()
                if now - saved >= how.save_every:
                    self.state.save(self.folder)
                    saved = clock()
        except InputError:
            self.state.save(self.folder)
            raise
        p.seconds = before + clock() - began
        self.state.save(self.folder)

    def step(self, rate: float) -> None:
        """One step of the optimiser over the next rows."""
        how, p = self.how, self.progress
        numbers = range(p.row, p.row + how.rows)
        found = [
            self._backward(numbers[i : i + how.side_by_side])
            for i in range(0, how.rows, how.side_by_side)
        ]
        weight = sum(each.weight for each in found)
        for parameter in self.network.parameters():
            if parameter.grad is not None:
                parameter.grad /= max(weight, 1.0)
        nn.utils.clip_grad_norm_(self.network.parameters(), how.clip)
        for group in self.state.optimiser.param_groups:
            group["lr"] = rate
        self.state.optimiser.step()
        self.network.zero_grad(set_to_none=True)
        follow(self.state.average, self.network, how.average, p.step)
        p.step, p.row = p.step + 1, numbers.stop
        p.targets += sum(each.targets for each in found)
        for each in found:
            self._sums.add(each)

    def judged(self, others: Sequence[Drafter] = ()) -> dict[str, list[Judged]]:
        """Judge the averaged weights by language, and then `others` on the same rows."""
        with put_for_now(self.network, self.state.average):
            return {
                language: judge([self.network, *others]) for language, judge in self.judges.items()
            }

    def _backward(self, numbers: Sequence[int]) -> Losses:
        """Add the gradient of some rows."""
        how, plan = self.how, self.state.plan
        reads = self.rows.read(numbers)
        canvases = [
            noised(
                each.row,
                how.anchors,
                plan.block,
                how.noise,
                self._others,
                np.random.default_rng((plan.seed, number, 1)),
            )
            for number, each in zip(numbers, reads, strict=True)
        ]
        network = self.network
        found = losses(
            self.trunk,
            network.adapter,
            network.sampler,
            collate(reads, canvases),
            self.shortlist,
            how.weights,
        )
        found.total.backward()  # type: ignore[no-untyped-call]
        return found._replace(total=found.total.detach())

    def _log(self, report: Callable[[dict[str, Any]], object]) -> None:
        p = self.progress
        entry = {
            "step": p.step,
            "rows": p.row,
            "targets": p.targets,
            "seconds": round(p.seconds, 1),
        }
        self._tell(entry | self._sums.told(), report)
        self._sums = _Sums(self.state.plan.block)

    def tell_judged(
        self, report: Callable[[dict[str, Any]], object], against: Drafter | None = None
    ) -> None:
        """Judge, `against` another adapter on the same rows where there is one, and put it into the log."""
        p = self.progress
        found = self.judged([] if against is None else [against])
        entry = {
            "step": p.step,
            "targets": p.targets,
            "earlier": p.earlier,
            "seconds": round(p.seconds, 1),
            "judged": {language: own.told() for language, (own, *_) in found.items()},
        }
        if against is not None:
            entry["against"] = {
                language: difference(own, other) for language, (own, other) in found.items()
            }
        self._tell(entry, report)

    def _tell(self, entry: dict[str, Any], report: Callable[[dict[str, Any]], object]) -> None:
        self.progress.log.append(entry)
        report(entry)


class _Sums:
    """Since the last entry of the log."""

    def __init__(self, block: int) -> None:
        self._loss = self._weight = self._nats = 0.0
        self._targets = 0
        self._right, self._asked = torch.zeros(block), torch.zeros(block)
        self._began = time.monotonic()

    def add(self, found: Losses) -> None:
        self._loss += float(found.total)
        self._weight += found.weight
        self._nats += found.nats
        self._targets += found.targets
        self._right += found.right
        self._asked += found.asked

    def told(self) -> dict[str, Any]:
        """Loss and nats a target, accuracy by place of what was trained on, targets a second."""
        right = self._right / self._asked.clamp(min=1)
        return {
            "loss": round(self._loss / max(self._weight, 1e-9), 4),
            "nats": round(self._nats / max(self._targets, 1), 4),
            "right": _rounded(right),
            "targets_a_second": round(self._targets / (time.monotonic() - self._began), 1),
        }


def _rounded(values: Tensor) -> list[float]:
    return [round(float(value), 4) for value in values]
