"""`eval likelihood` of networks that were trained with a paper's objective."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from editdiff.cli.evaluate_bound import evaluate_bound
from editdiff.engines.base import FillOptions
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.core.benchmark import Request
from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.canvas.transformer import CanvasTransformer
from editdiff.papers.objectives import BD3LM
from editdiff.papers.run import gradients, likelihood
from editdiff.papers.run.byte_text import MASK, VOCAB, read
from editdiff.papers.run.paper_model import About, load, write

SHAPE = NetworkConfig(VOCAB, n_layer=1, n_embd=16, n_head=2, n_kv_head=1, n_ff=24, n_copy=0)
ROW = 16
SENTENCE = "a text of some lines, to be judged.\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text(SENTENCE * 20)
    return path


def model_of(
    folder: Path, objective: str, block_size: int | None = None, scale: float = 1.0, **about
):
    torch.manual_seed(0)
    network = CanvasTransformer(SHAPE)
    tensors = {name: scale * p.detach() for name, p in network.named_parameters()}
    if objective == "genmd4":
        tensors["objective.0"] = torch.full((VOCAB,), 0.54)
    write(folder, SHAPE, tensors, About(objective, ROW, block_size, **about))
    return folder


def request(data: Path | None, limit: int = 6) -> Request:
    return Request(FillOptions(), limit, 0, data=data)


def ignore(name: str, done: int, total: int) -> None:
    pass


def measured(folder: Path, data: Path) -> dict:
    return json.loads(json.dumps(evaluate_bound(folder, request(data), ignore).to_json()))


@pytest.mark.parametrize(
    ("name", "block_size", "rows"),
    [
        ("ar", None, ["ar, exact"]),
        ("bd3lm", 4, ["bd3lm, blocks of 4, over the time"]),
        ("mdlm", None, ["mdlm, over the time", "mdlm, any order"]),
        ("llada", None, ["llada, over the time", "llada, any order"]),
        ("genmd4", None, ["genmd4, over the time", "genmd4, any order"]),
    ],
)
def test_each_network_is_judged_by_the_bounds_it_has(name, block_size, rows, data, tmp_path):
    content = measured(model_of(tmp_path / "m", name, block_size), data)
    found = [row for row in content["rows"] if "bits_per_byte" in row["figures"]]
    assert [row["name"] for row in found] == rows
    for row in found:
        assert len(row["outcomes"]) == 6
        assert all(outcome["nats"] > 0 for outcome in row["outcomes"])


def test_a_network_that_knows_nothing_costs_what_its_ids_do(data, tmp_path):
    content = measured(model_of(tmp_path / "m", "ar", scale=0.0), data)
    figures = content["rows"][0]["figures"]
    assert figures["nats_per_row"]["value"] == pytest.approx(ROW * math.log(VOCAB - 1))
    wanted = math.log2(VOCAB - 1) * 6 * ROW / (6 * ROW - 1)  # one of the ids is no byte
    assert figures["bits_per_byte"]["value"] == pytest.approx(wanted)


def test_both_estimators_agree_on_average(data, tmp_path, monkeypatch):
    monkeypatch.setattr(likelihood, "DRAWS", 200)
    content = measured(model_of(tmp_path / "m", "mdlm", scale=3.0), data)
    over_time, any_order = (row["figures"]["nats_per_row"]["value"] for row in content["rows"][:2])
    assert over_time == pytest.approx(any_order, rel=0.02)


def test_of_the_text_it_was_trained_on_only_the_part_held_out_is_judged(data, tmp_path):
    digest = read(data, ROW).sha256
    known = model_of(tmp_path / "known", "ar", text_sha256=digest)
    title = evaluate_bound(known, request(data, 99), ignore).title
    assert "held out of" in title
    assert title.startswith("likelihood: 4 rows of 16 ids")
    strange = evaluate_bound(model_of(tmp_path / "strange", "ar"), request(data, 99), ignore)
    assert "not trained on" in strange.title
    assert strange.title.startswith("likelihood: 45 rows")


def test_the_gradient_s_variance_is_told_by_schedule(data, tmp_path):
    content = measured(model_of(tmp_path / "m", "bd3lm", 4, interval=(0.3, 0.8)), data)
    rows = {row["name"]: row["figures"] for row in content["rows"][1:]}
    assert list(rows) == [
        "training, linear", "training, cosine", "training, polynomial", "training, log-linear",
        "training, clipped to 0.3 … 0.8",
    ]  # fmt: skip
    assert all(figures["gradient_variance"]["value"] > 0 for figures in rows.values())
    assert "same for every schedule" in content["notes"][1]


def test_without_an_interval_one_is_searched(data, tmp_path):
    model = load(model_of(tmp_path / "m", "mdlm"))
    *_, clipped = gradients.arms(model, read(data, ROW).train)
    assert clipped.startswith("clipped to ")


def test_the_estimate_is_the_variance_of_the_gradient(data, tmp_path):
    model, stream = load(model_of(tmp_path / "m", "mdlm")), read(data, ROW).train
    # at times of which none is small: the estimates of small ones have a long tail
    objective = BD3LM(MASK, ROW, interval=(0.4, 0.9), vectorised=False)
    found = gradients.gradient_variance(model, objective, stream, pairs=40)
    drawn = [gradients._gradient(model, objective, stream, 1, step).double() for step in range(80)]
    variance = float(torch.stack(drawn).var(0).sum())
    assert found.value == pytest.approx(variance, abs=4 * found.error)
    assert found.error < 0.3 * found.value


def test_an_autoregressive_loss_has_no_noise_to_choose(data, tmp_path):
    assert gradients.arms(load(model_of(tmp_path / "m", "ar")), np.arange(99)) == {}


def test_without_data_or_a_model_nothing_is_judged(data, tmp_path):
    folder = model_of(tmp_path / "m", "ar")
    with pytest.raises(UsageError, match="needs a text"):
        evaluate_bound(folder, request(None), ignore)
    with pytest.raises(InputError, match="there is no"):
        evaluate_bound(folder, request(tmp_path / "none"), ignore)
    with pytest.raises(InputError, match=r"no objective\.json"):
        evaluate_bound(tmp_path, replace(request(data)), ignore)
