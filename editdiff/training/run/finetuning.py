"""Fine-tuning: a model is trained on with the files of a user's folder, as long as that helps on files kept out.

Rows are drawn by the mixture that the model was made with, each used once; the averaged weights are asked every
few steps how likely fixed gaps in the watched files are, and the best of them are kept (early stopping).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from editdiff.errors import ModelError
from editdiff.families.canvas import files as model_files
from editdiff.families.canvas import weights
from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.canvas.transformer import CanvasTransformer
from editdiff.tokens.bpe import BpeTokenizer
from editdiff.training.batches.data import BatchPlan, Rows, pack
from editdiff.training.batches.recipe import Optimisation, Recipe
from editdiff.training.corpus.sources import SourceFile
from editdiff.training.corpus.user_files import UserFiles
from editdiff.training.run.trainer import Trainer
from editdiff.training.run.validation import cross_entropy
from editdiff.training.tasks.mixture import TASKS, Task, draw_row, mixture
from editdiff.training.tasks.rows import Row

Nats = NDArray[np.float64]
"""[N] cross-entropy of each judged gap, nats a token, mean of its noise levels."""
BATCH = BatchPlan(tokens=3072, copies=(6, 5, 4, 3), canvas_shares=(0.25, 0.45, 0.25, 0.05))
"""The batches that the built-in model was trained with."""
LEARNING_RATE, WARMUP = 2e-3, 20
"""Half the rate of a model from scratch; steps of warm-up."""
DECAY_SHARE = 0.5
"""Last part of the time, over which the rate falls."""
FOREVER = 10**9
"""Steps of a run that ends by the clock."""
JUDGED = 128
"""Rows of the watched files, and as many of the measured ones; of infill alone, whatever is trained."""
CHECKS, PATIENCE = 12, 3
"""Checks in a whole run, fewer in a short one, and how many without a new best end it."""
CHECKS_SHARE = 0.2
"""Largest share of the time that is spent on checks, the last one aside."""
TIMED_STEPS, TIMED_ROWS = 4, 200
"""What the time of a step and of a row is measured on."""
MOST_ROWS = 20_000
"""Rows drawn; a longer run sees them again."""


MIXTURE = mixture(
    {"infill": 0.75, "several": 0.15, "prose": 0.05, "repair": 0.03, "revise": 0.02, "instruct": 0.0, "maths": 0.0}
)  # fmt: skip
"""What a repository has to teach is its own text; the other tasks are only not to be forgotten."""


@dataclass(frozen=True)
class Start:
    """The model that is continued."""

    config: NetworkConfig
    tokenizer: BpeTokenizer
    weights: Mapping[str, Tensor]
    """fp32 by parameter name, dequantised."""
    sha256: str
    """Hash of its weights file, in hex."""


@dataclass(frozen=True)
class Plan:
    """How long the fine-tuning will take, told before it begins."""

    steps: int
    """Estimate of the steps that fit into the time."""
    rows: int
    every: int
    """Steps from one check to the next."""
    nats: float
    """The check before the first step."""
    seconds_per_step: float
    seconds_per_check: float
    seconds: float
    """Estimate for the whole run: drawing rows, steps and checks."""


@dataclass(frozen=True)
class Check:
    """What the averaged weights are worth after some steps."""

    step: int
    nats: float
    """Mean over the watched gaps."""


@dataclass(frozen=True)
class Trained:
    """The weights that a fine-tuning ended with, and how it came to them."""

    weights: Mapping[str, Tensor]
    """The best averaged weights, on the CPU; the start's own if none were better."""
    checks: Sequence[Check]
    """In order; the first is the start."""
    steps: int
    """Done in all, which may be more than those of the best check."""
    seconds: float

    @property
    def best(self) -> Check:
        """The check that the weights are of."""
        return min(self.checks, key=lambda check: check.nats)

    @property
    def is_better(self) -> bool:
        """Whether training helped on files that were not trained on."""
        return self.best.step > 0


def read_start(folder: Path) -> Start:
    """Read a model folder.

    Raises:
        ModelError: when a part is missing, broken or does not fit the others.
    """
    config = NetworkConfig.load(folder / model_files.CONFIG)
    tokenizer = BpeTokenizer.from_file(folder / model_files.TOKENIZER)
    file = folder / model_files.WEIGHTS
    loaded = {name: torch.from_numpy(value) for name, value in weights.load(file).items()}
    wanted = {n: p.shape for n, p in CanvasTransformer(config).named_parameters()}
    shapes = {n: w.shape for n, w in loaded.items()}
    if shapes != wanted or tokenizer.vocab_size != config.vocab_size:
        raise ModelError(
            f"{', '.join(model_files.ALL[:2])} and {model_files.WEIGHTS} in {folder} do not fit together",
            "the folder mixes two models; restore it, or name another with --start-from",
        )
    return Start(config, tokenizer, loaded, weights.sha256(file))


class FineTuning:
    """One fine-tuning: its rows, its plan, the training and the gaps that it is judged by."""

    def __init__(self, start: Start, files: UserFiles, folder: Path, device: str = "cpu") -> None:
        """`folder` gets packed rows and checkpoints; it is the caller's to remove."""
        self.start, self.files, self.folder, self.device = start, files, folder, device
        self._judge = CanvasTransformer(start.config).to(device)
        infill = {"infill": TASKS["infill"]}
        self.watched = self._rows("watched", files.watched, JUDGED, tasks=infill)
        self.measured = self._rows("measured", files.measured, JUDGED, tasks=infill)

    def plan(self, minutes: float) -> Plan:
        """Measure a few rows, steps and a check, and say how many fit into the time."""
        clock = Clock()
        rows = self._rows("timed", self.files.train, TIMED_ROWS)
        row = clock.lap() / TIMED_ROWS
        trainer = self._trainer(rows, TIMED_STEPS, last=TIMED_STEPS)
        trainer.run(lambda report: None)
        step = trainer.progress.seconds / TIMED_STEPS
        clock.lap()
        nats = float(self.nats(self.start.weights, self.watched).mean())
        check = clock.lap()
        checks = max(1, min(CHECKS, int(CHECKS_SHARE * 60 * minutes / check)))
        steps, drawn = fitting(60 * minutes - checks * check, step, row, rows_per_batch(rows))
        seconds = drawn * row + steps * step + checks * check
        return Plan(steps, drawn, math.ceil(steps / checks), nats, step, check, seconds)

    def train(
        self,
        plan: Plan,
        seconds: float,
        told: Callable[[Check, Trained], None] = lambda check, so_far: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Trained:
        """Train until the time is up, it stopped helping, or `stop`; `told` of every check.

        The rate falls by the clock: how many steps fit depends on what else the machine does.
        """
        began = time.monotonic()
        rows = self._rows("train", self.files.train, plan.rows, seed=1)
        trainer = self._trainer(rows, plan.steps)
        watch = Watch(trainer, lambda w: self.nats(w, self.watched), plan.nats, began, told)

        def ended() -> bool:
            if stop():
                return True
            if trainer.progress.step >= watch.checks[-1].step + plan.every:
                watch.check()
            return watch.exhausted

        left = seconds - (time.monotonic() - began) - plan.seconds_per_check
        trainer.run(lambda report: None, ended, minutes=max(left, plan.seconds_per_step) / 60)
        if trainer.progress.step > watch.checks[-1].step:
            watch.check()
        return watch.so_far

    def nats(self, averaged: Mapping[str, Tensor], rows: Rows) -> Nats:
        """Ask weights the fixed gaps of `rows`, with the same noise each time."""
        for name, p in self._judge.named_parameters():
            p.data.copy_(averaged[name])
        losses = cross_entropy(self._judge, rows, JUDGED)
        return np.asarray(losses.masked.mean(axis=1))

    def _trainer(self, rows: Rows, steps: int, last: int = FOREVER) -> Trainer:
        """A trainer at the start, for about so many steps; it ends at the `last` one at the latest."""
        optim = Optimisation(
            steps=last,
            learning_rate=LEARNING_RATE,
            warmup=min(WARMUP, steps // 5),
            decay_share=DECAY_SHARE,
            muon=True,
            context_stride=2,
            checkpoint_minutes=math.inf,  # one at the end, as it is never resumed
        )
        recipe = Recipe("own", network=self.start.config, batch=BATCH, optim=optim)
        trainer = Trainer(recipe, rows, self.folder / "run", self.device)
        trainer.start_from(dict(self.start.weights))
        return trainer

    def _rows(
        self,
        name: str,
        files: Sequence[SourceFile],
        count: int,
        seed: int = 0,
        tasks: Mapping[str, Task] = MIXTURE,
    ) -> Rows:
        path = self.folder / f"{name}.rows"
        pack(draw_rows(self.start, files, count, seed, tasks), path, self.start.tokenizer.special)
        return Rows(path)


class Watch:
    """Early stopping: the checks of a run, and the weights of the best one."""

    def __init__(
        self,
        trainer: Trainer,
        judge: Callable[[Mapping[str, Tensor]], Nats],
        nats: float,
        began: float,
        told: Callable[[Check, Trained], None],
    ) -> None:
        """`nats` is what the trainer's weights are worth before the first step."""
        self._trainer, self._judge, self._began, self._told = trainer, judge, began, told
        self.checks: list[Check] = []
        self._best: Mapping[str, Tensor] = {}
        self._note(nats)

    def check(self) -> None:
        """Judge the averaged weights as they are now, and keep them if they are the best so far."""
        self._note(float(self._judge(self._trainer.ema).mean()))

    def _note(self, nats: float) -> None:
        check = Check(self._trainer.progress.step, nats)
        if not self.checks or nats < min(earlier.nats for earlier in self.checks):
            self._best = {name: w.cpu().clone() for name, w in self._trainer.ema.items()}
        self.checks.append(check)
        self._told(check, self.so_far)

    @property
    def exhausted(self) -> bool:
        """Whether the last checks brought nothing new."""
        latest = [check.nats for check in self.checks]
        return len(latest) - 1 - int(np.argmin(latest)) >= PATIENCE

    @property
    def so_far(self) -> Trained:
        """What the run would end with if it were stopped now."""
        seconds = time.monotonic() - self._began
        return Trained(self._best, tuple(self.checks), self._trainer.progress.step, seconds)


class Clock:
    """A stopwatch: seconds since the last lap."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def lap(self) -> float:
        """Return the seconds since the last lap, and begin a new one."""
        last, self._last = self._last, time.monotonic()
        return self._last - last


def fitting(seconds: float, step: float, row: float, batch: float) -> tuple[int, int]:
    """Steps, and rows to draw for them, that fit; `step` and `row` are seconds for one, `batch` rows a step."""
    steps = max(1, int(seconds / (step + batch * row)))
    if steps * batch > MOST_ROWS:  # the others are seen again, which takes no time to draw
        steps = max(1, int((seconds - MOST_ROWS * row) / step))
    return steps, min(MOST_ROWS, math.ceil(steps * batch))


def rows_per_batch(rows: Rows) -> float:
    """Rows that fill a batch of `BATCH` on average, padding not counted."""
    laid_out = zip(BATCH.canvas_shares, BATCH.copies, BATCH.canvases, strict=True)
    canvas = sum(share * (copies + 1) * size for share, copies, size in laid_out)
    return BATCH.tokens / (float(rows.lengths[:, 0].mean()) + canvas)


def draw_rows(
    start: Start, files: Sequence[SourceFile], count: int, seed: int, tasks: Mapping[str, Task]
) -> Iterator[Row]:
    """Rows of the mixture, of files drawn in proportion to their length."""
    rng, most = np.random.default_rng(seed), start.config.max_context
    lengths = np.array([len(file.text) for file in files], dtype=np.float64)
    for i in rng.choice(len(files), size=count, p=lengths / lengths.sum()):
        yield draw_row(start.tokenizer, files[i].text, files[i].path, rng, tasks, most)
