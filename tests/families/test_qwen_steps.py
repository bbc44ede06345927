"""What forwards cost on this machine: measured once, when a trunk is packed, and kept beside it."""

import json

import pytest
from tiny_gguf import denoiser, pack, tiny_qwen_on_torch, write_model

from editdiff.families import load, qwen
from editdiff.families.base import FLAT, USUAL, StepCosts
from editdiff.families.qwen import steps
from editdiff.families.qwen.trunk import Trunk
from editdiff.families.running import Running
from editdiff.store.packed import is_whole
from editdiff.store.source import Source


def test_what_is_measured_rises_from_one_and_no_row_costs_more_than_a_forward(tmp_path):
    told = steps.measure(Trunk(pack(tmp_path), 1), repeats=2)
    assert told.rows == USUAL.rows and told.times[0] == 1
    assert list(told.times) == sorted(told.times)
    assert all(time <= rows for rows, time in zip(told.rows, told.times, strict=True))


def test_measuring_leaves_nothing_behind_in_the_trunk(tmp_path):
    trunk = Trunk(pack(tmp_path), 1)
    steps.measure(trunk, repeats=1)
    assert trunk.empty().count == 0


def test_what_was_measured_comes_back(tmp_path):
    costs = StepCosts((1, 4, 16), (1.0, 1.25, 2.5))
    steps.write(tmp_path, costs)
    assert steps.read(tmp_path) == costs


@pytest.mark.parametrize(
    "told",
    [
        "no JSON",
        "[]",
        '{"rows": [1]}',
        '{"rows": [1], "times": [1.0]}',
        '{"rows": [2, 4], "times": [1.0, 2.0]}',
        '{"rows": [1, 4, 2], "times": [1.0, 2.0, 3.0]}',
        '{"rows": [1, 2], "times": [1.0]}',
        '{"rows": [1, 2], "times": [0.0, 1.0]}',
        '{"rows": [1, 2], "times": ["a", 1.0]}',
    ],
)
def test_what_cannot_be_used_is_as_if_it_were_not_there(tmp_path, told):
    (tmp_path / steps.FILE).write_text(told)
    assert steps.read(tmp_path) == USUAL


def test_what_a_fetch_packs_is_measured_and_whole(tmp_path, monkeypatch):
    monkeypatch.setenv("EDITDIFF_MODELS", str(tmp_path / "models"))
    model = write_model(tmp_path)
    into = tmp_path / "again"
    into.mkdir()
    load.pack(model, tmp_path / "tiny.gguf", into, lambda share: None)
    assert json.loads((into / steps.FILE).read_text())["rows"] == list(USUAL.rows)
    there = qwen.fetched(model)
    assert is_whole(there, Source.read(model).sha256) and not (there / steps.FILE).exists()


def test_a_model_knows_what_was_measured_where_it_lies(tmp_path, monkeypatch):
    monkeypatch.setattr(steps, "read", lambda there: StepCosts((1, 2), (1.0, 1.5)))
    monkeypatch.setenv("EDITDIFF_MODELS", str(tmp_path / "models"))
    model = write_model(tmp_path)
    assert load.load(model, Running("openvino", 1)).costs.times == (1.0, 1.5)
    assert load.load(model, Running("torch", 1)).costs == USUAL, "another runtime's are not ours"


def test_on_a_gpu_rows_cost_nothing(tmp_path):
    network = tiny_qwen_on_torch(tmp_path)
    assert qwen._costs_on_torch(network.trunk) == USUAL

    class Cuda:
        type = "cuda"

    network.trunk.device = Cuda()
    assert qwen._costs_on_torch(network.trunk) == FLAT


def test_without_openvino_nothing_is_measured(tmp_path, monkeypatch):
    there = pack(tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "openvino", None)
    qwen.measure(there)
    assert not (there / steps.FILE).exists()


def test_a_network_over_a_trunk_is_as_usual_where_nothing_is_said(tmp_path):
    there = pack(tmp_path)
    assert denoiser(Trunk(there, 1), there).costs == USUAL
