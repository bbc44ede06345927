"""Runs of the adapter's training: they learn, they go on exactly, and what goes wrong loses nothing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from adapter_zoo import BLOCK, TRUNK, exact, run_in, source
from tiny_gguf import pack

from editdiff.errors import ModelError
from editdiff.families.qwen.adapter import CanvasAdapter
from editdiff.training.adapter import judge
from editdiff.training.adapter.export import exported, start_from
from editdiff.training.adapter.judge import accepted, worth
from editdiff.training.adapter.losses import Weights
from editdiff.training.adapter.network import products_in_bf16
from editdiff.training.adapter.rows import MiddleRow
from editdiff.training.adapter.run import AdapterRun, Optimisation
from editdiff.training.adapter.state import FILE, Plan
from editdiff.training.averaging import put_for_now
from editdiff.training.checkpoint import put_in_place
from editdiff.training.frozen_trunk import FrozenTrunk


@pytest.fixture(scope="module")
def there(tmp_path_factory) -> Path:
    return pack(tmp_path_factory.mktemp("trunk"))


def trained(run: AdapterRun, steps: int) -> list[dict]:
    """Entries of the log of some steps."""
    told: list[dict] = []
    run.run(told.append, steps=steps)
    return told


def weights(run: AdapterRun) -> dict[str, np.ndarray]:
    current = {n: p.detach().numpy().copy() for n, p in run.network.named_parameters()}
    return current | {f"average.{n}": p.numpy().copy() for n, p in run.state.average.items()}


def same(one: AdapterRun, two: AdapterRun) -> bool:
    first, second = weights(one), weights(two)
    return first.keys() == second.keys() and all(np.array_equal(first[n], second[n]) for n in first)


def test_the_loss_falls_and_the_trunk_stays_as_it_is(there, tmp_path):
    run = run_in(tmp_path / "run", there, own=0.0, log_every=0.0, weights=Weights(trunk=0.0))
    before = [p.clone() for layer in run.trunk.layers for p in layer.values()]
    told = trained(run, 60)
    first, last = (np.mean([e["nats"] for e in part]) for part in (told[:5], told[-5:]))
    assert last < 0.6 * first
    assert [e["step"] for e in told] == list(range(1, 61))
    assert told[-1]["rows"] == 120 and told[-1]["targets"] == run.progress.targets > 500
    first, last = (np.mean([e["right"] for e in part]) for part in (told[:5], told[-5:]))
    assert last > first + 0.1
    after = [p for layer in run.trunk.layers for p in layer.values()]
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_a_run_that_is_stopped_and_goes_on_is_the_run_that_was_not(there, tmp_path):
    whole = run_in(tmp_path / "whole", there)
    trained(whole, 6)
    first = run_in(tmp_path / "parts", there)
    trained(first, 2)
    second = run_in(tmp_path / "parts", there)
    assert second.resume() and second.progress.step == 2
    trained(second, 4)
    assert same(whole, second)
    assert second.progress.targets == whole.progress.targets
    assert second.progress.row == whole.progress.row == 12


def test_rows_side_by_side_train_as_one_after_the_other(there, tmp_path):
    one = run_in(tmp_path / "one", there, rows=4)
    all_at_once = run_in(tmp_path / "four", there, rows=4, side_by_side=4)
    for run in (one, all_at_once):
        trained(run, 2)
    for name, value in weights(one).items():
        assert np.allclose(value, weights(all_at_once)[name], atol=2e-4), name


def test_a_stop_that_is_asked_for_leaves_a_state(there, tmp_path):
    run = run_in(tmp_path / "run", there)
    run.run(lambda entry: None, stop=lambda: run.progress.step >= 3)
    again = run_in(tmp_path / "run", there)
    assert again.resume() and again.progress.step == 3 and same(run, again)


def test_what_is_logged_is_in_the_state(there, tmp_path):
    run = run_in(tmp_path / "run", there, judged=3, log_every=0.0, judge_every=0.0)
    told = trained(run, 2)
    assert [sorted(entry) for entry in told][1::2] == [["judged", "seconds", "step", "targets"]] * 2
    again = run_in(tmp_path / "run", there)
    again.resume()
    assert again.progress.log == told


@pytest.mark.parametrize(
    "change",
    [
        {"weights": Weights(trunk=0.0)},
        {"weights": Weights(trunk=1.0)},
        {"weights": Weights(fall=0.3)},
        {"weights": Weights(temperature=2.0)},
        {"rate": 1e-4},
        {"anchors": 3},
        {"rows": 1},
        {"average": 0.1},
        {"clip": 1e-3},
    ],
    ids=str,
)
def test_what_can_be_chosen_changes_what_is_trained(change, there, tmp_path):
    plain, changed = run_in(tmp_path / "a", there), run_in(tmp_path / "b", there, **change)
    for run in (plain, changed):
        trained(run, 5)
    assert not same(plain, changed)


def test_without_a_sampler_head_there_is_none(there, tmp_path):
    plan = Plan(TRUNK, rank=4, sampler=0, block=BLOCK)
    run = run_in(tmp_path / "run", there, judged=2, plan=plan)
    trained(run, 1)
    assert run.network.sampler is None and exported(run.state).sampler is None
    told = run.judged()
    assert np.array_equal(told.right, told.right_sampled)


def test_the_rate_warms_up_stays_and_falls():
    how = Optimisation(rate=1.0, warmup=4, decay=0.5)
    assert [how.rate_at(step, None) for step in range(5)] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert [how.rate_at(9, left) for left in (0.9, 0.5, 0.25, 0.0)] == [1.0, 1.0, 0.5, 0.05]
    assert Optimisation(rate=1.0, warmup=0).rate_at(0, 0.01) == 1.0


def test_a_state_of_another_run_is_refused(there, tmp_path):
    trained(run_in(tmp_path / "run", there), 1)
    for change, what in (({"rank": 8}, "rank 4, not 8"), ({"trunk": "1" * 64}, "trunk 0000")):
        plan = replace(Plan(TRUNK, rank=4, sampler=16, block=BLOCK), **change)
        with pytest.raises(ModelError, match=what) as caught:
            run_in(tmp_path / "run", there, plan=plan).resume()
        assert "another --state" in caught.value.hint


@pytest.mark.parametrize("kept", [0, 7, 1000, -1])
def test_half_a_state_is_refused(kept, there, tmp_path):
    trained(run_in(tmp_path / "run", there), 1)
    path = tmp_path / "run" / FILE
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ModelError, match="cannot go on from") as caught:
        run_in(tmp_path / "run", there).resume()
    assert "remove it to start anew" in caught.value.hint


def test_another_file_in_the_place_of_the_state_is_refused(there, tmp_path):
    (tmp_path / "run").mkdir()
    put_in_place(tmp_path / "run" / FILE, {"a": torch.zeros(2)}, {})
    with pytest.raises(ModelError, match="no state of an adapter's training"):
        run_in(tmp_path / "run", there).resume()


def test_a_full_disk_ends_the_run_in_one_sentence_and_the_state_before_is_whole(
    there, tmp_path, monkeypatch
):
    run = run_in(tmp_path / "run", there)
    trained(run, 2)

    def full(tensors, path, metadata):
        path.write_bytes(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("editdiff.training.checkpoint.save_file", full)
    with pytest.raises(ModelError, match="No space left on device") as caught:
        trained(run, 1)
    assert "make room" in caught.value.hint
    assert [path.name for path in (tmp_path / "run").iterdir()] == [FILE]
    again = run_in(tmp_path / "run", there)
    assert again.resume() and again.progress.step == 2


def test_a_new_run_begins_with_an_adapter(there, tmp_path):
    run = run_in(tmp_path / "run", there)
    trained(run, 3)
    path = tmp_path / "adapter.safetensors"
    exported(run.state).write(path)
    stored = CanvasAdapter.read(path, run.trunk.config, TRUNK)
    begun = run_in(tmp_path / "begun", there)
    start_from(begun.state, stored)
    for name, value in begun.network.named_parameters():
        assert torch.allclose(value, run.state.average[name], atol=0.02), name
        assert torch.equal(value, begun.state.average[name])
    trained(begun, 1)
    assert begun.progress.earlier == run.progress.targets > begun.progress.targets > 0
    assert exported(begun.state).told["earlier"] == str(run.progress.targets)


def test_a_judge_counts_what_the_trunk_would_accept(there, tmp_path):
    run = run_in(tmp_path / "run", there, judged=4)
    told = run.judged()
    assert told.right.shape == told.right_sampled.shape == (4, BLOCK)
    assert ((told.accepted >= 1) & (told.accepted <= 1 + BLOCK)).all()
    assert ((told.trunk >= 0) & (told.trunk <= 1)).all()
    figures = told.told()
    assert figures["rows"] == 4 and len(figures["right_worth"]) == BLOCK


def test_a_perfect_draft_is_accepted_whole(there, tmp_path, monkeypatch):
    """Canvases whose hidden states are those that the trunk itself has there."""
    trunk = exact(there)
    held_out = judge.Judge(source(there, seed=1), trunk, 3, BLOCK)

    def perfect(trunk: FrozenTrunk, cache, canvases):
        known = [*held_out._own, *held_out._gold]
        rows = cache[0].keys
        reads = [
            next(r for r in known if r.cache[0].keys.equal(k[:, : len(r.hidden)])) for k in rows
        ]
        return torch.stack(
            [
                r.hidden[at.clamp(max=len(r.hidden) - 1)]
                for r, at in zip(reads, canvases.at, strict=True)
            ]
        )

    told = held_out(perfect, None)  # type: ignore[arg-type]
    assert (told.accepted == 1 + BLOCK).all()
    assert np.allclose(told.right.mean(), told.trunk.mean(), atol=0.3)


def test_more_rows_than_are_kept_are_judged_as_those_that_are(there, tmp_path, monkeypatch):
    run = run_in(tmp_path / "run", there, judged=20)
    trained(run, 2)
    kept = run.judged()
    monkeypatch.setattr(judge, "KEPT", 5)
    again = judge.Judge(source(there, seed=1), run.trunk, 20, BLOCK)
    with put_for_now(run.network, run.state.average):
        told = again(run.network.adapter, run.network.sampler)
    assert all(isinstance(row, MiddleRow) for row in again._own)
    assert np.abs(told.accepted - kept.accepted).max() < 0.3
    assert np.array_equal(told.trunk, kept.trunk)


def test_tokens_of_a_round_are_the_leading_right_ones_and_one():
    hits = np.array([[1, 1, 0, 1], [0, 1, 1, 1], [1, 1, 1, 1]], dtype=np.bool_)
    assert accepted(hits).tolist() == [3, 1, 5]


def test_rows_that_agree_with_themselves_are_worth_less_than_their_canvases():
    rng = np.random.default_rng(0)
    apart = (rng.random((400, 4, 1)) < 0.3).mean(axis=1)
    alike = (rng.random((400, 1)) < 0.3).astype(np.float64)
    assert 1200 < worth(apart)[0] < 2100 and 330 < worth(alike)[0] < 480
    assert worth(np.zeros((9, 2))).tolist() == [9, 9]


def test_products_in_bf16_are_for_a_while():
    before = torch.get_float32_matmul_precision()
    with products_in_bf16():
        assert torch.get_float32_matmul_precision() == "medium"
    assert torch.get_float32_matmul_precision() == before
