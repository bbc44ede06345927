"""The trainer: one loop for a CPU in fp32 and for CUDA in bf16."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from editdiff.families.canvas.transformer import CanvasTransformer
from editdiff.training.batches.data import Rows
from editdiff.training.batches.packed import PackedRows
from editdiff.training.batches.recipe import Optimisation, Recipe
from editdiff.training.batches.rowwise import Rowwise
from editdiff.training.batches.stream import Form, stream
from editdiff.training.run import checkpoint
from editdiff.training.run.averaging import follow, put_for_now
from editdiff.training.run.checkpoint import Progress
from editdiff.training.run.flops import operations
from editdiff.training.run.muon import Muon
from editdiff.training.run.validation import cross_entropy

LOG_EVERY = 10
"""Steps between two entries of the log; losses are averaged over them."""
WARM = 20
"""Steps whose time says nothing: compilation and caches."""
VALIDATED = 512
"""Held-out gaps that a run is judged on while it goes on."""
WORKERS = 6
"""Processes that prepare batches for a GPU."""


@dataclass(frozen=True)
class Report:
    """What the caller is shown every few steps."""

    progress: Progress
    steps: int
    seconds_left: float
    tokens_per_second: float = 0.0
    """Since this process took the run up."""
    operations_per_second: float = 0.0
    """The same of matrix operations."""


def learning_rate(o: Optimisation, step: int, left: float | None = None) -> float:
    """Warm-up, constant, linear decay to a twentieth over the last `decay_share` of the run.

    `left` is the share of the run that is left, by default of the steps.
    """
    warm = min(1.0, (step + 1) / max(1, o.warmup))
    left = (o.steps - step) / o.steps if left is None else left
    return o.learning_rate * warm * max(0.05, min(1.0, left / o.decay_share))


def make_optimisers(model: CanvasTransformer, o: Optimisation) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the blocks; AdamW for the rest, the embedding hardly decayed, vectors not."""
    hidden = [p for p in model.blocks.parameters() if p.dim() == 2] if o.muon else []
    rest = [p for p in model.parameters() if not any(p is h for h in hidden)]
    groups = [
        {
            "params": [p for p in rest if p.dim() >= 2],
            "weight_decay": o.weight_decay * (0.1 if o.muon else 1.0),
        },
        {"params": [p for p in rest if p.dim() < 2], "weight_decay": 0.0},
    ]
    fused = next(model.parameters()).is_cuda
    adamw = torch.optim.AdamW(groups, lr=o.learning_rate, betas=o.betas, fused=fused)
    return [adamw, Muon(hidden, o.learning_rate, o.weight_decay)] if o.muon else [adamw]


def set_rate(optimisers: Sequence[torch.optim.Optimizer], rate: float) -> None:
    """Give all parameters one learning rate."""
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["lr"] = rate


def precision(device: torch.device) -> AbstractContextManager[object]:
    """In bf16 where the device is a GPU, else in fp32."""
    return torch.autocast("cuda", torch.bfloat16) if device.type == "cuda" else nullcontext()


class Trainer:
    """A run: network, optimisers, EMA and counters."""

    def __init__(
        self,
        recipe: Recipe,
        rows: Rows,
        out: Path,
        device: str = "cpu",
        heldout: Rows | None = None,
    ) -> None:
        torch.manual_seed(recipe.optim.seed)
        self.recipe, self.rows, self.out, self.heldout = recipe, rows, out, heldout
        self.device = torch.device(device)
        self.special = rows.special
        self.model = CanvasTransformer(recipe.network).to(self.device)
        self.optimisers = make_optimisers(self.model, recipe.optim)
        self.ema = {n: p.detach().clone() for n, p in self.model.named_parameters()}
        self.progress = Progress()
        form = PackedRows if recipe.batch.sequence else Rowwise
        self._form: Form = form(recipe, self.special, self.device)
        self._sums = torch.zeros(4, dtype=torch.float64, device=self.device)

    def resume(self) -> bool:
        """Continue from the checkpoint in the output folder, if there is one."""
        if not (self.out / "checkpoint.safetensors").exists():
            return False
        self.progress = checkpoint.load(self.out, self.model, self.ema, self.optimisers)
        self._sums.copy_(torch.tensor(self.progress.sums))
        return True

    def start_from(self, weights: dict[str, Tensor]) -> None:
        """Start from given weights with a fresh optimiser: how a later rung begins."""
        for name, p in self.model.named_parameters():
            p.data.copy_(weights[name])
            self.ema[name].copy_(weights[name])

    def save(self) -> None:
        """Write a checkpoint."""
        self.progress.sums = self._sums.tolist()
        checkpoint.save(self.out, self.model, self.ema, self.optimisers, self.progress)

    def run(
        self,
        report: Callable[[Report], None],
        stop: Callable[[], bool] = lambda: False,
        minutes: float | None = None,
        saved: Callable[[], None] = lambda: None,
    ) -> None:
        """Train to the recipe's last step, or until `stop`; a checkpoint is written in any case.

        With `minutes`, from now on, the rate decays by the clock and the run ends with them. `saved` is called
        after each checkpoint.
        """
        p, o, clock = self.progress, self.recipe.optim, time.monotonic
        last_saved = began = clock()
        before, first, warm = p.seconds, p.step, began
        tokens, done_before = p.tokens, p.operations
        items = stream(self._form, self.rows, self.recipe, p.step, self._workers)
        while p.step < o.steps and not stop():
            left = None if minutes is None else 1 - (clock() - began) / (60 * minutes)
            if left is not None and left <= 0:
                break
            set_rate(self.optimisers, learning_rate(o, p.step, left))
            self._sums += self._step(next(items))
            p.step += 1
            p.seconds = before + clock() - began
            if p.step == first + WARM:
                self._wait()
                warm = clock()
            if p.step % LOG_EVERY == 0 or p.step == o.steps:
                self._log()
                p.seconds = before + clock() - began  # with what was waited for
                done = p.step - first
                each = (clock() - warm) / (done - WARM) if done > WARM else (clock() - began) / done
                steps = o.steps if left is None else p.step + int(60 * (minutes or 0) * left / each)
                spent = p.seconds - before
                rates = (p.tokens - tokens) / spent, (p.operations - done_before) / spent
                report(Report(p, steps, each * (steps - p.step), *rates))
            if clock() - last_saved > 60 * o.checkpoint_minutes:
                self.save()
                saved()
                last_saved = clock()
        self.save()
        saved()

    @property
    def _workers(self) -> int:
        return WORKERS if self.device.type == "cuda" else 0

    def _wait(self) -> None:
        """Wait for the GPU, whose work the clock would not see."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    def _log(self) -> None:
        """Average the losses since the last entry of the log into a new one."""
        p, o = self.progress, self.recipe.optim
        canvas, canvas_targets, causal, causal_targets = self._sums.tolist()
        entry = {
            "step": p.step,
            "tokens": p.tokens,
            "canvas": round(canvas / canvas_targets, 4),
            "causal": round(causal / causal_targets, 4),
        }
        if self.heldout is not None and o.validate_every and p.step % o.validate_every == 0:
            entry["heldout"] = round(self.validate(self.heldout), 4)
        p.log.append({**entry, "seconds": round(p.seconds, 1)})
        self._sums.zero_()

    def validate(self, rows: Rows, count: int = VALIDATED) -> float:
        """Canvas cross-entropy of held-out gaps, nats a target, with the averaged weights."""
        with self.averaged(), precision(self.device):
            return float(cross_entropy(self.model, rows, count).masked.mean())

    def averaged(self) -> AbstractContextManager[None]:
        """Put the averaged weights into the network for a while."""
        return put_for_now(self.model, self.ema)

    def _step(self, item: Any) -> Tensor:
        """Return the sums of both losses, see `Losses.sums`."""
        o = self.recipe.optim
        with precision(self.device):
            found = self._form.losses(self.model, item)
        self.model.zero_grad(set_to_none=True)
        found.total(o.causal_weight).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), o.clip)
        for optimiser in self.optimisers:
            optimiser.step()
        follow(self.ema, self.model, o.ema, self.progress.step)
        self.progress.tokens += item.tokens
        self.progress.canvas_targets += item.canvas_targets
        self.progress.operations += operations(self.model, item.tokens, item.asked)
        return found.sums()
