"""Runs with the papers' objectives at tiny size: they learn, resume exactly, and their folders can be read."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from paper_zoo import ARMS, ROW, TEXT, tiny_plan, trained

from editdiff.errors import InputError, ModelError, UsageError
from editdiff.papers.objectives import BD3LM, OBJECTIVES, GenMD4, learnable
from editdiff.papers.run.byte_text import ByteText, encode, n_bytes, spread_rows
from editdiff.papers.run.objective_run import ObjectiveRun, make_plan, per_byte
from editdiff.papers.run.paper_model import load

TIMES = {"seconds", "tokens_per_second", "share_of_peak"}


@pytest.fixture(autouse=True)
def _one_thread():  # type: ignore[no-untyped-def]
    """Sums in the same order every time."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_every_objective_is_tried_here() -> None:
    assert {name for name, _ in ARMS} == set(OBJECTIVES)


@pytest.mark.parametrize(("name", "block_size"), ARMS)
def test_the_bound_of_a_constant_text_falls(
    name: str, block_size: int | None, tmp_path: Path
) -> None:
    constant = ByteText(encode(b"a" * 200), encode(b"a" * 100))
    run = ObjectiveRun(tiny_plan(name, block_size), constant, tmp_path)
    assert run.run()
    bits = [entry["heldout"] for entry in run.progress.log if "heldout" in entry]
    assert bits[-1] < 3.0  # 8 before it begins
    assert run.progress.log[-1]["loss"] < run.progress.log[0]["loss"]


@pytest.mark.parametrize(("name", "block_size"), [("mdlm", None), ("genmd4", None), ("bd3lm", 4)])
def test_a_run_stopped_and_resumed_is_the_run_that_was_not(
    name: str, block_size: int | None, tmp_path: Path
) -> None:
    plan = tiny_plan(name, block_size)
    whole = ObjectiveRun(plan, TEXT, tmp_path / "whole")
    assert whole.run()
    part = ObjectiveRun(plan, TEXT, tmp_path / "part")
    assert not part.run(stop=lambda: part.progress.step >= 24)
    again = ObjectiveRun(plan, TEXT, tmp_path / "part")
    assert again.resume()
    assert again.run()
    for there, here in zip(whole.progress.log, again.progress.log, strict=True):
        assert {k: v for k, v in there.items() if k not in TIMES} == {
            k: v for k, v in here.items() if k not in TIMES
        }
    assert whole.progress.operations == again.progress.operations
    for name_, value in whole.ema.items():
        assert torch.equal(value, again.ema[name_]), name_
    assert whole.objective == again.objective or isinstance(whole.objective, GenMD4)


def test_the_interval_of_block_diffusion_is_searched_logged_and_kept(tmp_path: Path) -> None:
    run = ObjectiveRun(tiny_plan("bd3lm", 4, steps=20), TEXT, tmp_path)
    run.run()
    assert isinstance(run.objective, BD3LM)
    assert run.objective.interval == (run.progress.log[-1]["low"], run.progress.log[-1]["high"])
    run.write_model(tmp_path / "model")
    found = load(tmp_path / "model")
    assert isinstance(found.objective, BD3LM)
    assert found.objective.interval == found.about.interval == run.objective.interval


def test_minutes_count_over_all_parts_of_a_run(tmp_path: Path) -> None:
    run = ObjectiveRun(tiny_plan(steps=10**6), TEXT, tmp_path)
    run.progress.seconds = 59.9
    assert run.left(1) == pytest.approx(0.1 / 60)
    assert run.run(minutes=1)
    assert run.progress.seconds >= 60
    assert run.progress.log[-1]["step"] == run.progress.step


def test_a_folder_of_another_run_is_refused_and_a_longer_one_goes_on(tmp_path: Path) -> None:
    ObjectiveRun(tiny_plan("mdlm", steps=2), TEXT, tmp_path).resume()
    with pytest.raises(InputError, match="another objective, text or setting"):
        ObjectiveRun(tiny_plan("md4", steps=2), TEXT, tmp_path).resume()
    with pytest.raises(InputError, match="another objective, text or setting"):
        ObjectiveRun(tiny_plan("mdlm"), ByteText(TEXT.train, TEXT.train), tmp_path).resume()
    first = ObjectiveRun(tiny_plan("mdlm", steps=2), TEXT, tmp_path)
    first.run()
    longer = ObjectiveRun(tiny_plan("mdlm", steps=5), TEXT, tmp_path)
    assert longer.resume()
    longer.run()
    assert longer.progress.step == 5


def test_the_log_says_what_a_run_came_to(tmp_path: Path) -> None:
    run = ObjectiveRun(tiny_plan("mdlm", steps=20), TEXT, tmp_path)
    run.run()
    log = json.loads((tmp_path / "log.json").read_text())
    assert [entry["step"] for entry in log] == [10, 20]
    assert log[1]["tokens"] == 20 * 8 * ROW
    for entry in log:
        assert {"loss", "heldout", "heldout_error", *TIMES} <= set(entry)
        assert 0 < entry["share_of_peak"] < 1


@pytest.mark.parametrize(("name", "block_size"), ARMS)
def test_a_model_folder_has_all_that_the_bound_hangs_on(
    name: str, block_size: int | None, tmp_path: Path
) -> None:
    run = ObjectiveRun(tiny_plan(name, block_size, steps=2), TEXT, tmp_path)
    run.run()
    run.write_model(tmp_path / "model")
    found = load(tmp_path / "model")
    rows = spread_rows(TEXT.held_out, 4, ROW)
    x0, g = torch.from_numpy(rows), [torch.Generator().manual_seed(0) for _ in range(2)]
    with torch.no_grad(), run.averaged():
        there = run.objective.nelbo(run.predictor, x0, g[0])
        here = found.objective.nelbo(found.network, x0, g[1])
    assert torch.equal(there, here)
    assert (found.about.objective, found.about.tokens) == (name, 2 * 8 * ROW)


def test_the_powers_of_genmd4_are_trained_and_kept(tmp_path: Path) -> None:
    found = trained(tmp_path, "genmd4")
    (power,) = learnable(found.objective)
    assert not torch.equal(power, torch.full_like(power, math.log(math.expm1(1.0))))


def test_a_folder_that_is_none_or_is_broken_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no objective\.json"):
        load(tmp_path)
    trained(tmp_path, "mdlm")
    about = tmp_path / "model" / "objective.json"
    content = json.loads(about.read_text())
    about.write_text(json.dumps(content | {"objective": "genmd4"}))
    with pytest.raises(ModelError, match="do not fit"):
        load(tmp_path / "model")
    about.write_text("[1")
    with pytest.raises(ModelError, match="cannot read"):
        load(tmp_path / "model")


def test_what_no_objective_can_be_is_refused() -> None:
    with pytest.raises(UsageError, match="no objective called 'nonsense'"):
        make_plan("nonsense")
    with pytest.raises(UsageError, match="has no blocks"):
        make_plan("mdlm", 4)
    assert make_plan("bd3lm").block_size == 16
    assert replace(make_plan("bd3lm"), row=ROW).name == "bd3lm-16"


def test_bits_a_byte_are_all_bits_by_all_bytes() -> None:
    rows = spread_rows(TEXT.held_out, 3, ROW)
    size = n_bytes(rows)
    value, error = per_byte([float(n) * math.log(2) for n in size], size)
    assert value == pytest.approx(1.0)
    assert error == pytest.approx(0.0, abs=1e-12)
    assert per_byte([1.0, 3.0], size[:2] * 0 + 1)[1] == pytest.approx(1.0 / math.log(2))
