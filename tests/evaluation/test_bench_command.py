import json
import sys

import numpy as np
import pytest
import torch
import typer
from evaluation_zoo import write_corpus
from typer.testing import CliRunner

from editdiff.cli import bench as command
from editdiff.engines.fakes.noise import NoiseDenoiser
from editdiff.errors import ModelError, UsageError
from editdiff.evaluation.speed import machine, probe, startup, steps
from editdiff.evaluation.speed.steps import SpeedReport, step_rows
from editdiff.evaluation.speed.timing import Row
from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.canvas.export_onnx import write_model
from editdiff.families.canvas.transformer import CanvasTransformer
from editdiff.tokens.bpe import train_bpe


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    """A model folder of random weights."""
    folder = tmp_path_factory.mktemp("bench")
    tokenizer = train_bpe(["def area(width, height):\n    return width * height\n"], 300)
    tokenizer.save(folder / "t.json")
    shape = {"n_layer": 1, "n_embd": 32, "n_head": 4, "n_kv_head": 2, "n_ff": 48, "n_copy": 8}
    config = NetworkConfig(vocab_size=tokenizer.vocab_size, max_context=64, **shape)
    torch.manual_seed(0)
    network = CanvasTransformer(config)
    state = {n: (p + 0.2 * torch.randn_like(p)).numpy() for n, p in network.state_dict().items()}
    write_model(folder / "random", config, state, folder / "t.json")
    return str(folder / "random")


def invoke(*args: str):
    app = typer.Typer()
    app.command()(command.bench)
    return CliRunner().invoke(app, list(args), standalone_mode=False)


def test_it_measures_everything_of_a_random_model(model, tmp_path):
    manifest = write_corpus(tmp_path, {"kept": "heldout"})
    target = tmp_path / "bench.json"
    result = invoke(
        "--model", model, "--repeats", "2", "--starts", "1", "--quality-items", "1",
        "--manifest", str(manifest), "--cache", str(tmp_path), "--json", str(target),
    )  # fmt: skip
    assert result.exception is None
    content = json.loads(target.read_text(encoding="utf-8"))
    rows = {row["what"]: row for row in content["rows"]}
    for part in (
        "canvas step of 32 / AR step, 128 of context",
        "encode 128 tokens / AR step",
        "keystroke, 4 tokens / encode 128",
        "canvas step of 32 / int8 product peak, 128 of context",
        "engine start: process start to first answer",
        "session creation",
        "file model.onnx",
    ):
        assert len(rows[part]["values"]) >= 1, part
        assert min(rows[part]["values"]) > 0, part
        assert part in result.stdout
    assert content["quality"][0]["kind"]["name"] == "single lines"
    assert "machine: " in result.stdout
    asked = {"repeats": 2, "starts": 1, "quality_items": 1, "seed": 0}
    assert content["settings"] == asked | {"engine": "auto", "threads": 0, "drafter": "lookup"}


def test_without_quality_items_no_corpus_is_needed(model):
    result = invoke("--model", model, "--repeats", "1", "--starts", "1", "--quality-items", "0",
                    "--manifest", "no/such/file.toml")  # fmt: skip
    assert result.exception is None
    assert "single lines" not in result.stdout


def test_without_onnx_the_peak_is_missing_and_the_notes_say_so(model, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    result = invoke("--model", model, "--repeats", "1", "--starts", "1", "--quality-items", "0")
    assert "product peak" not in result.stdout
    assert "cannot be measured without onnx" in result.stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--repeats", "0"], "repeats has to be at least 1"),
        (["--starts", "0"], "starts has to be at least 1"),
        (["--quality-items", "-1"], "quality-items has to be at least 0"),
        (["--json", "no/such/folder/x.json"], "there is no folder"),
    ],
)
def test_wrong_usage_is_refused_before_any_work(args, message):
    result = invoke("--model", "no/such/model", *args)
    assert isinstance(result.exception, UsageError)
    assert message in result.exception.message


def test_contexts_are_as_long_as_the_network_takes():
    network = NoiseDenoiser(max_context=600)
    rows = step_rows(network, 1)
    contexts = {row.what.split(", ")[1] for row in rows if "canvas step" in row.what}
    assert contexts == {"128 of context", "256 of context", "512 of context"}
    assert len(rows) == 3 * len(network.traits.canvases) + 2


def test_the_share_of_the_peak_is_that_of_rates():
    class Product:
        multiply_adds, x = 1000, np.zeros(1, np.uint8)

    seconds = {"32": np.array([2.0, 4.0]), "product": np.array([1.0, 1.0])}
    row = steps._share(seconds, Product(), multiply_adds=25, size=256, places=32)  # type: ignore[arg-type]
    assert row.values == (40.0, 20.0)
    assert row.what == "canvas step of 32 / int8 product peak, 256 of context"


def test_the_report_has_a_table_and_every_value():
    report = SpeedReport("m", [Row("a", (1.0, 2.0))], ["a note"], {"seed": 1}, [{"kind": "k"}])
    assert report.table.plain().startswith("bench: m; every ratio within one run")
    assert report.table.plain().endswith("a note\n")
    content = report.to_json()
    assert content["rows"][0]["values"] == (1.0, 2.0)
    assert content["quality"] == [{"kind": "k"}]


def test_an_engine_that_does_not_start_is_a_clear_error():
    with pytest.raises(ModelError, match="no model folder nowhere"):
        startup.first_line(["-m", "editdiff.evaluation.speed.probe", "nowhere"])


def test_a_process_is_timed_to_its_first_line():
    program = "import time; print('a', flush=True); time.sleep(0.5); print('b')"
    seconds, line = startup.first_line(["-c", program])
    assert line == "a\n"
    assert seconds > 0


def test_memory_is_what_the_system_says(tmp_path, monkeypatch):
    status = tmp_path / "status"
    status.write_text("Name:\tpython\nVmHWM:\t  2000 kB\nVmRSS:\t  1000 kB\n")
    monkeypatch.setattr(probe, "STATUS", status)
    assert probe.memory() == {"VmRSS": 1_024_000, "VmHWM": 2_048_000}
    monkeypatch.setattr(probe, "STATUS", tmp_path / "none")
    assert probe.memory() == {}


def test_the_machine_is_described_as_far_as_it_says(tmp_path, monkeypatch):
    info = tmp_path / "cpuinfo"
    info.write_text(
        "model name\t: Some CPU\nmodel\t: 1\ncpu family\t: 25\nflags\t: fpu avx2 avx512_vnni\n"
    )
    monkeypatch.setattr(machine, "CPUINFO", info)
    assert "Some CPU (family 25, model 1)" in machine.facts()[0]
    assert "avx2, avx512_vnni" in machine.facts()[0]
    monkeypatch.setattr(machine, "CPUINFO", tmp_path / "none")
    assert "instruction sets: unknown" in machine.facts()[0]
