"""A training run with a paper's objective on bytes: one loop for all of them.

What is drawn at a step is a function of seed and step, so that a resumed run is the same run.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from editdiff.errors import InputError
from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.canvas.transformer import CanvasTransformer
from editdiff.papers.bound import bits_per_byte, estimate
from editdiff.papers.clipping import least_varying, variances
from editdiff.papers.objectives import AR, BD3LM, Objective, learnable, make_objective
from editdiff.papers.predictor import Predictor
from editdiff.papers.run import byte_text, paper_model
from editdiff.papers.run.byte_text import MASK, ROW, VOCAB, ByteText, Ids
from editdiff.papers.run.paper_model import About
from editdiff.papers.run.paper_network import PaperNetwork
from editdiff.training.batches.recipe import Optimisation
from editdiff.training.run import checkpoint
from editdiff.training.run.averaging import follow, put_for_now
from editdiff.training.run.checkpoint import Progress
from editdiff.training.run.flops import matrix_peak, operations
from editdiff.training.run.trainer import learning_rate, make_optimisers, precision, set_rate

LOG_EVERY = 10
"""Steps between two entries of the log; losses are averaged over them."""
WATCHED = 64
"""Held-out rows whose bound is taken now and then."""
DRAWS = 2
"""Estimates of each of them."""
SEARCHED = 16
"""Rows of the text trained on that BD3-LM's interval is searched with."""
SEARCH_EVERY = 2
"""Validations to a search, which costs as much as 24 steps."""
PEAK = cache(matrix_peak)
"""The matrix peak of a device, measured once in a process."""
NETWORK = NetworkConfig(VOCAB, n_layer=4, n_embd=128, n_head=4, n_kv_head=4, n_ff=384, n_copy=0)
"""The trunk of every objective: four layers of 128, 0.9 M parameters: what 20 minutes of a CPU core can teach."""
OPTIM = Optimisation(learning_rate=1e-3, warmup=50, validate_every=100)
"""The optimiser of every objective."""


@dataclass(frozen=True)
class Plan:
    """Everything that a run depends on, beside the text."""

    objective: str
    block_size: int | None = None
    """Ids of a block, of BD3-LM alone."""
    row: int = ROW
    """Ids of a row."""
    rows: int = 8
    """Rows of a step."""
    network: NetworkConfig = NETWORK
    optim: Optimisation = field(default_factory=lambda: OPTIM)

    @property
    def name(self) -> str:
        """The objective, with its block size."""
        return self.objective if self.block_size is None else f"{self.objective}-{self.block_size}"


def make_plan(
    objective: str, block_size: int | None = None, seed: int = 0, steps: int | None = None
) -> Plan:
    """The plan of an objective; BD3-LM's blocks are of 16 ids by default.

    Raises:
        UsageError: for an unknown objective, or a block size that means nothing.
    """
    size = 16 if objective == "bd3lm" and block_size is None else block_size
    make_objective(
        objective, mask_id=MASK, vocab_size=VOCAB, block_size=size
    )  # refuses what is wrong
    optim = replace(OPTIM, seed=seed, steps=OPTIM.steps if steps is None else steps)
    return Plan(objective, size, optim=optim)


class ObjectiveRun:
    """A run: network, objective, optimisers, EMA and counters, in a folder `out`."""

    def __init__(self, plan: Plan, text: ByteText, out: Path, device: str = "cpu") -> None:
        """Make a fresh network.

        Raises:
            UsageError: for an unknown objective, or a block size that means nothing.
        """
        about = About(plan.objective, plan.row, plan.block_size)
        self.objective: Objective = paper_model.made(about, plan.network.vocab_size)
        torch.manual_seed(plan.optim.seed)
        self.plan, self.text, self.out, self.device = plan, text, out, torch.device(device)
        self.model = CanvasTransformer(plan.network).to(self.device)
        self.predictor = PaperNetwork(self.model)
        self._whole = nn.ModuleDict(
            {"network": self.model, "objective": nn.ParameterList(learnable(self.objective))}
        ).to(self.device)
        self.optimisers = make_optimisers(self.model, plan.optim)
        if own := learnable(self.objective):
            self.optimisers.append(torch.optim.AdamW(own, weight_decay=0.0))
        self.ema = {n: p.detach().clone() for n, p in self._whole.named_parameters()}
        self.progress = Progress()
        self._sums = torch.zeros(4, dtype=torch.float64, device=self.device)
        """The first two are those of `Progress.sums`: losses since the last entry of the log, and steps."""
        self._positions = 0
        self.predictor.register_forward_hook(self._count)
        self._lapped = time.monotonic()

    # ---- the state on disk -------------------------------------------------------------------------

    def resume(self) -> bool:
        """Continue from the checkpoint in the output folder, if there is one.

        Raises:
            InputError: when the folder holds a run of another plan or text.
        """
        told = {**asdict(self.plan), "text_sha256": self.text.sha256}
        told["optim"].pop("steps")  # a run may be made longer
        plan = json.loads(json.dumps(told))
        path = self.out / "plan.json"
        if path.exists() and json.loads(path.read_text(encoding="utf-8")) != plan:
            raise InputError(
                f"{self.out} holds a run with another objective, text or setting",
                "name another --out, or remove the folder",
            )
        self.out.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(plan, indent=1) + "\n", encoding="utf-8")
        if not (self.out / "checkpoint.safetensors").exists():
            return False
        self.progress = checkpoint.load(self.out, self._whole, self.ema, self.optimisers)
        self._sums.copy_(torch.tensor(self.progress.sums, dtype=torch.float64))
        searched = [entry for entry in self.progress.log if "low" in entry]
        if searched:
            self._clip((searched[-1]["low"], searched[-1]["high"]))
        return True

    def save(self) -> None:
        """Write checkpoint and log."""
        self.progress.sums = self._sums.tolist()
        checkpoint.save(self.out, self._whole, self.ema, self.optimisers, self.progress)
        log = json.dumps(self.progress.log, indent=0) + "\n"
        (self.out / "log.json").write_text(log, encoding="utf-8")

    def write_model(self, folder: Path) -> None:
        """Write the model folder of the averaged weights."""
        interval = self.objective.interval if isinstance(self.objective, BD3LM) else None
        about = About(
            self.plan.objective, self.plan.row, self.plan.block_size, interval, self.progress.tokens,
            self.progress.step, self.plan.optim.seed, self.text.sha256,
        )  # fmt: skip
        tensors = {n.removeprefix("network."): p for n, p in self.ema.items()}
        paper_model.write(folder, self.plan.network, tensors, about)

    # ---- the loop ----------------------------------------------------------------------------------

    def left(self, minutes: float | None) -> float:
        """Share of the run that is left: of the minutes, which count over all its parts, or of the steps."""
        if minutes is not None:
            return 1 - self.progress.seconds / (60 * minutes)
        return 1 - self.progress.step / self.plan.optim.steps

    def run(
        self,
        report: Callable[[Progress], None] = lambda progress: None,
        stop: Callable[[], bool] = lambda: False,
        minutes: float | None = None,
    ) -> bool:
        """Train to the plan's last step, or for `minutes`, or until `stop`; return whether it is finished.

        A checkpoint is written now and then and at the end.
        """
        p, o = self.progress, self.plan.optim
        self._lapped = saved = time.monotonic()
        while (left := self.left(minutes)) > 0 and not stop():
            self._step(learning_rate(o, p.step, left))
            self._lap()
            if p.step % LOG_EVERY == 0:
                self._log(p.step % o.validate_every == 0)
                report(p)
            if time.monotonic() - saved > 60 * o.checkpoint_minutes:
                self.save()
                saved = time.monotonic()
        finished = left <= 0
        if finished and not (p.log and p.log[-1]["step"] == p.step and "heldout" in p.log[-1]):
            self._log(validate=True)
            report(p)
        self.save()
        return finished

    def _step(self, rate: float) -> None:
        p, o = self.progress, self.plan.optim
        set_rate(self.optimisers, rate)
        x0 = self._rows(
            byte_text.batch(self.text.train, o.seed, p.step, self.plan.rows, self.plan.row)
        )
        self._positions = 0
        with precision(self.device):
            loss = self.objective.loss(self.predictor, x0, self._generator(p.step))
        self._whole.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._whole.parameters(), o.clip)
        for optimiser in self.optimisers:
            optimiser.step()
        follow(self.ema, self._whole, o.ema, p.step)
        self._sums[0] += loss.detach()
        self._sums[1] += 1
        p.step += 1
        p.tokens += x0.numel()
        p.operations += operations(self.model, self._positions, self._positions)

    def _log(self, validate: bool) -> None:
        """Append an entry: tokens and their loss since the last one, the held-out bound, the interval."""
        p, sums = self.progress, self._sums.tolist()
        last = p.log[-1] if p.log else {"tokens": 0, "seconds": 0.0, "operations": 0.0}
        spent = max(p.seconds - last["seconds"], 1e-9)
        entry = {"step": p.step, "tokens": p.tokens, "operations": p.operations}
        if sums[1]:
            entry["loss"] = sums[0] / sums[1]
            entry["tokens_per_second"] = (p.tokens - last["tokens"]) / spent
            entry["share_of_peak"] = (p.operations - last["operations"]) / spent / PEAK(self.device)
        if validate:
            entry["heldout"], entry["heldout_error"] = self.validate()
            due = p.step % (SEARCH_EVERY * self.plan.optim.validate_every) == 0
            if isinstance(self.objective, BD3LM) and due:
                entry["low"], entry["high"] = self._search()
        self._lap()
        p.log.append({**entry, "seconds": p.seconds})
        self._sums.zero_()

    def validate(self, most: int = WATCHED, draws: int = DRAWS) -> tuple[float, float]:
        """Bound of held-out rows in bits a byte, of the averaged weights, and its standard error over rows."""
        rows = byte_text.spread_rows(self.text.held_out, most, self.plan.row)
        return per_byte(self.held_out_nats(rows, draws), byte_text.n_bytes(rows))

    def held_out_nats(self, rows: Ids, draws: int = DRAWS, seed: int = 0) -> list[float]:
        """Bound of each of `rows` [B, L], nats: the objective's own, with the averaged weights."""
        with self.averaged(), precision(self.device):
            nats = row_nats(self.objective, self.predictor, self._rows(rows), draws, seed)
        return nats.tolist()

    def _search(self) -> tuple[float, float]:
        """Clip BD3-LM's times to where its estimates vary least."""
        assert isinstance(self.objective, BD3LM)
        o, step = self.plan.optim, self.progress.step
        x0 = self._rows(byte_text.batch(self.text.train, o.seed, step, SEARCHED, self.plan.row))
        with self.averaged(), precision(self.device):
            varying = variances(self.objective, self.predictor, [x0], self._generator(step))
        self._clip(least_varying(varying))
        return self.objective.interval

    def _clip(self, interval: tuple[float, float]) -> None:
        assert isinstance(self.objective, BD3LM)
        self.objective = replace(self.objective, interval=interval)

    def averaged(self) -> AbstractContextManager[None]:
        """Put the averaged weights into the network for a while."""
        return put_for_now(self._whole, self.ema)

    def _rows(self, ids: Ids) -> Tensor:
        return torch.from_numpy(ids).to(self.device)

    def _generator(self, step: int) -> torch.Generator:
        return torch.Generator().manual_seed((self.plan.optim.seed << 32) + step)

    def _count(self, module: nn.Module, asked: object, logits: Tensor) -> None:
        self._positions += logits.shape[0] * logits.shape[1]

    def _lap(self) -> None:
        now = time.monotonic()
        self.progress.seconds += now - self._lapped
        self._lapped = now


def row_nats(
    objective: Objective, model: Predictor, x0: Tensor, draws: int, seed: int = 0, at_once: int = 16
) -> Tensor:
    """The objective's bound of each row of `x0` [B, L] from `draws` >= 2 estimates; exact for AR. Nats [B]."""
    generator = torch.Generator().manual_seed(seed)
    if isinstance(objective, AR):
        with torch.no_grad():
            nats = [objective.nelbo(model, rows, generator) for rows in torch.split(x0, at_once)]
        return torch.cat(nats).double()
    return estimate(objective, model, x0, generator, draws=draws, at_once=at_once).nats


def per_byte(nats: list[float], n_bytes: Ids) -> tuple[float, float]:
    """Bits a byte of rows together, and the standard error over the rows (of a ratio: Cochran 1977, §2.11)."""
    n, total = len(nats), int(n_bytes.sum())
    value = sum(nats) / total
    rest = np.array(nats) - value * n_bytes
    error = math.sqrt(float((rest**2).sum()) * n / max(n - 1, 1)) / total
    return bits_per_byte(value, 1), bits_per_byte(error, 1)
