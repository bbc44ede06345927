"""A model continued on a user's code: what it is trained on, and when that stops."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from user_zoo import module, write_folder

from editdiff.errors import ModelError
from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.canvas.export_onnx import write_model
from editdiff.families.canvas.transformer import CanvasTransformer
from editdiff.tokens.bpe import train_bpe
from editdiff.training.corpus.user_files import read_user_files
from editdiff.training.run import finetuning
from editdiff.training.run.finetuning import FineTuning, Plan, Trained, fitting, read_start
from editdiff.training.run.trainer import Trainer


@pytest.fixture(autouse=True)
def _one_thread():  # type: ignore[no-untyped-def]
    """Two threads of a busy machine wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder of random weights."""
    folder = tmp_path_factory.mktemp("model")
    tokenizer = train_bpe([module(0)], 320)
    tokenizer.save(folder / "t.json")
    shape = NetworkConfig(
        vocab_size=tokenizer.vocab_size, n_layer=2, n_embd=32, n_head=4, n_ff=48, max_context=128
    )
    torch.manual_seed(0)
    state = {n: p.detach().numpy() for n, p in CanvasTransformer(shape).named_parameters()}
    write_model(folder / "model", shape, state, folder / "t.json")
    return folder / "model"


@pytest.fixture
def run(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FineTuning:
    monkeypatch.setattr(finetuning, "JUDGED", 16)
    monkeypatch.setattr(finetuning, "BATCH", replace(finetuning.BATCH, tokens=1000))
    return FineTuning(
        read_start(model), read_user_files(write_folder(tmp_path / "code", {})), tmp_path / "run"
    )


def plan(run: FineTuning, steps: int, every: int = 5) -> Plan:
    nats = float(run.nats(run.start.weights, run.watched).mean())
    return Plan(steps, 200, every, nats, 0.1, 0.1, 10.0)


def test_the_averaged_weights_that_were_best_on_watched_files_are_kept(run: FineTuning) -> None:
    told: list[finetuning.Check] = []
    found = run.train(
        plan(run, 20), 600, lambda check, so_far: told.append(check), lambda: len(told) > 4
    )
    assert [check.step for check in told] == [0, 5, 10, 15, 20, 21]
    assert told == list(found.checks)
    assert found.is_better and found.best.nats < found.checks[0].nats - 0.1
    assert np.isclose(run.nats(found.weights, run.watched).mean(), found.best.nats)


def test_training_ends_when_checks_bring_nothing_new(
    run: FineTuning, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finetuning, "LEARNING_RATE", 0.0)
    found = run.train(plan(run, 100, every=2), 600)
    assert [check.step for check in found.checks] == [0, 2, 4, 6]
    assert found.steps == 6
    assert not found.is_better
    for name, value in run.start.weights.items():
        assert torch.equal(found.weights[name], value)


def test_training_ends_when_the_time_is_up_and_the_rate_has_fallen_until_then(
    run: FineTuning, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[Trainer] = []
    monkeypatch.setattr(finetuning, "Trainer", lambda *a: used.append(Trainer(*a)) or used[-1])
    found = run.train(plan(run, 30, every=10_000), 3.0)
    assert found.steps > 1
    assert found.checks[-1].step == found.steps  # what was done until then is judged
    last = used[0].optimisers[0].param_groups[0]["lr"]
    assert 0 < last < 0.5 * finetuning.LEARNING_RATE


def test_there_is_a_step_even_without_time(run: FineTuning) -> None:
    assert run.train(plan(run, 1), 0.0).steps >= 1


def test_who_asks_to_stop_gets_the_best_so_far(run: FineTuning) -> None:
    seen: list[int] = []

    def told(check: finetuning.Check, so_far: Trained) -> None:
        seen.append(check.step)

    found = run.train(plan(run, 100), 600, told, lambda: 5 in seen)
    assert seen == [0, 5, 6]  # what was done since the last check is judged, too
    assert found.steps == 6
    assert found.is_better


def test_no_row_shows_a_file_that_is_kept_out(run: FineTuning, tmp_path: Path) -> None:
    run.train(plan(run, 2), 1.0)
    numbers = [int(f.path[5:7]) for f in (*run.files.watched, *run.files.measured)]
    rows = finetuning.Rows(tmp_path / "run/train.rows")
    decode = run.start.tokenizer.decode
    shown = "".join(decode([*rows[i].context, *rows[i].target]) for i in range(len(rows)))
    assert all(f"area_{number}_" not in shown for number in numbers)
    assert f"area_{int(run.files.train[0].path[5:7])}_" in shown


def test_the_plan_is_made_for_the_time_there_is(run: FineTuning) -> None:
    short, long = run.plan(0.02), run.plan(2)
    assert 1 <= short.steps < long.steps
    assert long.seconds < 1.2 * 120
    assert long.every <= long.steps / 4
    assert short.nats == long.nats == pytest.approx(run.nats(run.start.weights, run.watched).mean())


@given(st.floats(0.01, 1e5), st.floats(1e-4, 60), st.floats(1e-5, 0.1), st.floats(0.1, 100))
def test_steps_and_their_rows_fit_into_the_time(
    seconds: float, step: float, row: float, batch: float
) -> None:
    steps, rows = fitting(seconds, step, row, batch)
    assert 1 <= rows <= finetuning.MOST_ROWS
    assert rows >= min(finetuning.MOST_ROWS, steps * batch)
    assert steps == 1 or steps * step + (rows - 1) * row <= seconds * 1.0001


def test_a_folder_of_parts_of_two_models_is_refused(model: Path, tmp_path: Path) -> None:
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    for file in model.iterdir():
        os.link(file, mixed / file.name)
    (mixed / "config.json").unlink()
    NetworkConfig(vocab_size=320, n_layer=3, n_embd=32, n_head=4).save(mixed / "config.json")
    with pytest.raises(ModelError, match="do not fit together"):
        read_start(mixed)
