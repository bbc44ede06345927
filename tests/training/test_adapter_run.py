"""Runs of the adapter's training: they learn, they go on exactly, and what goes wrong loses nothing."""

import json
import resource
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from adapter_zoo import BLOCK, TRUNK, run_in, source
from tiny_gguf import pack

from editdiff.errors import InputError, ModelError
from editdiff.families.qwen.adapter import CanvasAdapter
from editdiff.training.adapter import judge
from editdiff.training.adapter.assemble import other
from editdiff.training.adapter.export import exported, start_from
from editdiff.training.adapter.judge import accepted, worth
from editdiff.training.adapter.losses import Weights
from editdiff.training.adapter.network import products_in_bf16
from editdiff.training.adapter.reading import read
from editdiff.training.adapter.rows import MiddleRow, Source
from editdiff.training.adapter.run import AdapterRun, Optimisation
from editdiff.training.adapter.state import FILE, Plan
from editdiff.training.adapter.stream import RowStream
from editdiff.training.run.checkpoint import put_in_place, taken
from editdiff.training.trunk.frozen import FrozenTrunk


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
    keys = ["earlier", "judged", "seconds", "step", "targets"]
    assert [sorted(entry) for entry in told][1::2] == [keys] * 2
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
    ((told,),) = run.judged().values()
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

    monkeypatch.setattr("editdiff.training.run.checkpoint.save_file", full)
    with pytest.raises(ModelError, match="No space left on device") as caught:
        trained(run, 1)
    assert "make room" in caught.value.hint
    assert [path.name for path in (tmp_path / "run").iterdir()] == [FILE]
    again = run_in(tmp_path / "run", there)
    assert again.resume() and again.progress.step == 2


def test_a_limit_on_the_size_of_files_is_told_before_anything_is_trained(there, tmp_path):
    run = run_in(tmp_path / "run", there)
    trained(run, 2)
    before = (tmp_path / "run" / FILE).read_bytes()
    again = run_in(tmp_path / "run", there)
    again.resume()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, hard))
    try:
        with pytest.raises(ModelError, match=r"cannot write .*state\.safetensors") as caught:
            trained(again, 1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "make room" in caught.value.hint and again.progress.step == 2
    assert [path.name for path in (tmp_path / "run").iterdir()] == [FILE]
    assert (tmp_path / "run" / FILE).read_bytes() == before


def test_a_row_that_cannot_be_had_ends_the_run_with_what_it_learnt_kept(there, tmp_path):
    run = run_in(tmp_path / "run", there)
    small = source(there, own=0.5)
    outside = max(int(small.draw(n).middle.max()) for n in range(128, 256))
    run.rows = RowStream(OutsideFrom(128, small, outside), run.trunk)
    run.progress.row = 124
    with pytest.raises(InputError, match="outside the trunk's vocabulary"):
        trained(run, 5)
    again = run_in(tmp_path / "run", there)
    assert again.resume() and again.progress.step == 2 and same(run, again)


class OutsideFrom:
    """A source whose rows have a token outside of the vocabulary from a number on."""

    def __init__(self, first: int, rows: Source, outside: int) -> None:
        self.first, self.rows, self.special = first, rows, rows.special
        self.small = replace(rows, vocabulary=outside)

    def draw(self, number: int) -> MiddleRow:
        return (self.rows if number < self.first else self.small).draw(number)


def test_a_state_before_the_first_step_is_gone_on_with(there, tmp_path):
    run = run_in(tmp_path / "run", there)
    run.run(lambda entry: None, stop=lambda: True)
    again, whole = run_in(tmp_path / "run", there), run_in(tmp_path / "whole", there)
    assert again.resume() and again.progress.step == 0
    for each in (again, whole):
        trained(each, 2)
    assert same(again, whole)


def test_an_older_state_without_the_mark_goes_on(there, tmp_path):
    run = run_in(tmp_path / "run", there)
    trained(run, 2)
    path = tmp_path / "run" / FILE
    tensors, told = taken(path)
    older = json.loads(told["progress"])
    del older["corpora"]
    kept = {name: value for name, value in tensors.items() if not name.endswith(".adapter.given")}
    assert len(kept) == len(tensors) - 4
    put_in_place(path, kept, {**told, "progress": json.dumps(older)})
    again = run_in(tmp_path / "run", there)
    assert again.resume() and same(run, again) and again.progress.corpora == []
    trained(again, 2)
    onward = run_in(tmp_path / "run", there)
    assert onward.resume() and same(again, onward)


def test_another_corpus_is_noted_and_not_refused(there, tmp_path):
    run = run_in(tmp_path / "run", there)
    assert not run.state.note({"sha256": "a", "several": 0.1}), "the first is no change"
    trained(run, 2)
    again = run_in(tmp_path / "run", there)
    again.resume()
    assert not again.state.note({"sha256": "a", "several": 0.1})
    assert again.state.note({"sha256": "b", "several": 0.1})
    noted = json.loads(exported(again.state).told["corpora"])
    assert [(each["row"], each["sha256"]) for each in noted] == [(0, "a"), (4, "b")]
    assert noted[1]["targets"] == run.progress.targets


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
    ((told,),) = run.judged().values()
    assert told.right.shape == told.right_sampled.shape == (4, BLOCK)
    assert ((told.accepted >= 1) & (told.accepted <= 1 + BLOCK)).all()
    assert ((told.trunk >= 0) & (told.trunk <= 1)).all()
    figures = told.told()
    assert figures["rows"] == 4 and len(figures["right_worth"]) == BLOCK


class Perfect:
    """Drafts whose hidden states are those that the trunk itself has there."""

    sampler = None

    def __init__(self, trunk: FrozenTrunk, rows: Sequence[MiddleRow]) -> None:
        self.reads = [read(trunk, [row])[0] for row in rows]

    def adapter(self, trunk: FrozenTrunk, cache, canvases) -> torch.Tensor:
        reads = [
            next(r for r in self.reads if r.cache[0].keys.equal(k[:, : len(r.hidden)]))
            for k in cache[0].keys
        ]
        return torch.stack(
            [
                r.hidden[at.clamp(max=len(r.hidden) - 1)]
                for r, at in zip(reads, canvases.at, strict=True)
            ]
        )


def test_a_perfect_draft_is_accepted_whole_and_better_than_an_untrained_one(there, tmp_path):
    run = run_in(tmp_path / "run", there, judged=3)
    held_out = run.judges["python"]
    run.judged()  # writes the trunk's own middles
    perfect = Perfect(run.trunk, [*held_out._own, *held_out._gold])
    told, untrained = held_out([perfect, run.network])  # type: ignore[list-item]
    assert (told.accepted == 1 + BLOCK).all()
    assert np.allclose(told.right.mean(), told.trunk.mean(), atol=0.3)
    mean, low, high = judge.difference(told, untrained)["accepted_sampled"]
    assert 0 < low <= mean <= high
    mean, low, high = judge.difference(told, told)["accepted"]
    assert mean == low == high == 0


def test_an_adapter_is_judged_as_the_run_that_wrote_it(there, tmp_path):
    run = run_in(tmp_path / "run", there, judged=20)
    trained(run, 2)
    exported(run.state).write(tmp_path / "a")
    ((own, stored),) = run.judged([other(tmp_path / "a", run)]).values()
    assert np.abs(own.accepted - stored.accepted).max() < 0.6
    assert np.array_equal(own.trunk, stored.trunk)
    assert not hasattr(run.judges["python"]._own[0], "cache"), "nothing that was read is kept"


def test_a_difference_has_the_interval_of_paired_rows():
    rng = np.random.default_rng(0)
    accepted_by = rng.normal(2.0, 1.0, 300)
    better = accepted_by + rng.normal(0.1, 0.3, 300)

    def judged(values: np.ndarray) -> judge.Judged:
        shares = np.tile(values[:, None], (1, 2))
        return judge.Judged(shares, shares, values, values, values)

    found = judge.difference(judged(better), judged(accepted_by))
    mean, low, high = found["accepted"]
    half = 1.96 * (better - accepted_by).std() / 300**0.5
    assert low == pytest.approx(mean - half, abs=0.01) and high == pytest.approx(
        mean + half, abs=0.01
    )
    assert [len(part) for part in found["right"]] == [2, 2, 2]


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
