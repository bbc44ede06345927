import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
import torch

from editdiff.families.canvas.config import NetworkConfig
from editdiff.tokens.byte_tokenizer import ByteTokenizer
from editdiff.training.batches.data import BatchPlan, Rows, pack
from editdiff.training.batches.recipe import Optimisation, Recipe
from editdiff.training.batches.rowwise import Rowwise
from editdiff.training.batches.stream import stream
from editdiff.training.run.flops import matrix_peak, operations
from editdiff.training.run.trainer import Report, Trainer
from editdiff.training.tasks.mixture import draw_row

T = ByteTokenizer()
TEXT = "def area(w, h):\n    return w * h\n\n\ndef edge(w, h):\n    return 2 * (w + h)\n"
CPU = torch.device("cpu")
RECIPE = Recipe(
    "tiny",
    network=NetworkConfig(
        vocab_size=T.vocab_size, n_layer=1, n_embd=32, n_head=2, n_kv_head=1, n_ff=48, n_copy=8
    ),
    batch=BatchPlan(tokens=1200, canvases=(16,), canvas_shares=(1.0,), copies=(3,)),
    optim=Optimisation(steps=100_000, warmup=5, own_samples_every=4, decay_share=1.0),
)


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    rng = np.random.default_rng(0)
    pack((draw_row(T, TEXT, "area.py", rng) for _ in range(60)), tmp_path / "rows", T.special)
    return Rows(tmp_path / "rows")


def steps(folder: Path, workers: int) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """Number, context and noisy ids of seven steps."""
    form = Rowwise(RECIPE, ByteTokenizer.special, CPU)
    made = islice(stream(form, Rows(folder), RECIPE, 3, workers), 7)
    return [(item.step, item.batch.context, item.noisy.ids.numpy()) for item in made]


def test_workers_prepare_the_same_steps_in_the_same_order(rows: Rows, tmp_path: Path) -> None:
    # in a process of its own: where matrix tiles (AMX) were used, a process that has had a loader's workers was
    # seen to be killed by the kernel when its next child ended
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        helped = pool.submit(steps, tmp_path / "rows", 2).result()
    alone = steps(tmp_path / "rows", 0)
    assert [step for step, _, _ in helped] == list(range(3, 10))
    for (_, *a), (_, *b) in zip(alone, helped, strict=True):
        assert all(map(np.array_equal, a, b))


def test_a_run_of_so_many_minutes_ends_decayed_and_in_time(rows: Rows, tmp_path: Path) -> None:
    trainer = Trainer(RECIPE, rows, tmp_path / "run")
    reports: list[int] = []

    def note(report: Report) -> None:
        reports.append(report.steps)

    began = time.monotonic()
    trainer.run(note, minutes=0.1)
    assert time.monotonic() - began < 40
    assert 0 < trainer.progress.step < 100_000
    assert all(steps < 100_000 for steps in reports)
    assert trainer.optimisers[0].param_groups[0]["lr"] < 0.9 * RECIPE.optim.learning_rate


def test_the_held_out_loss_is_logged_and_leaves_the_weights_alone(
    rows: Rows, tmp_path: Path
) -> None:
    runs = []
    for every in (0, 10):
        optim = replace(RECIPE.optim, steps=20, validate_every=every)
        trainer = Trainer(replace(RECIPE, optim=optim), rows, tmp_path / str(every), heldout=rows)
        trainer.run(lambda report: None)
        runs.append(trainer)
    plain, watched = runs
    assert "heldout" not in plain.progress.log[-1]
    assert 0 < watched.progress.log[-1]["heldout"] < 10
    for a, b in zip(plain.model.parameters(), watched.model.parameters(), strict=True):
        assert torch.equal(a, b)


def test_arithmetic_is_counted_and_compared_with_a_measured_peak(
    rows: Rows, tmp_path: Path
) -> None:
    trainer = Trainer(replace(RECIPE, optim=replace(RECIPE.optim, steps=3)), rows, tmp_path / "run")
    trainer.run(lambda report: None)
    blocks = sum(p.numel() for p in trainer.model.blocks.parameters() if p.dim() == 2)
    assert trainer.progress.operations > 6 * blocks * trainer.progress.tokens
    assert operations(trainer.model, 10, 0) == 60 * blocks
    assert matrix_peak(CPU) > 1e8
