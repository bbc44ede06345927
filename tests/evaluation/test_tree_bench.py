"""`bench` of a model without a canvas: rows at once, engines by turns, what is left out and what is refused."""

import json

import numpy as np
import pytest
import typer
from tiny_gguf import tiny_qwen, write_model
from typer.testing import CliRunner

from editdiff.cli import bench as command
from editdiff.errors import UsageError
from editdiff.evaluation.speed.matrix_product import Product
from editdiff.evaluation.speed.tree import ROWS, Step, beside_rows, tree_rows

REHEARSAL = ("--repeats", "1", "--starts", "1", "--threads", "1")


@pytest.fixture
def coder(tmp_path, monkeypatch) -> str:
    """A model folder of the trunk's family, fetched."""
    monkeypatch.setenv("EDITDIFF_MODELS", str(tmp_path / "models"))
    return str(write_model(tmp_path))


def invoke(*args: str):
    app = typer.Typer()
    app.command()(command.bench)
    return CliRunner().invoke(app, list(args), standalone_mode=False)


def test_it_measures_rows_at_once_encoding_and_starting(coder, tmp_path):
    target = tmp_path / "bench.json"
    result = invoke("--model", coder, *REHEARSAL, "--json", str(target))
    assert result.exception is None
    content = json.loads(target.read_text(encoding="utf-8"))
    rows = {row["what"]: row for row in content["rows"]}
    for part in (
        "step of one row, 128 of context",
        "step of 4 rows / of one, 512 of context",
        "step of 256 rows / of one, 1024 of context",
        "encode 512 tokens / step of one row",
        "step of 256 rows / onnxruntime's int8 product",
        "engine start: process start to first answer",
        "resident memory, loaded",
        "weights",
    ):
        assert min(rows[part]["values"]) > 0, part
        assert part in result.stdout
    (beside,) = [what for what in rows if what.startswith("the same / importing")]
    assert "openvino" in beside and "onnxruntime" not in beside
    assert not any("canvas" in what for what in rows)
    assert "has no canvas" in result.stdout
    assert content["settings"]["threads"] == 1


def test_another_engine_takes_turns_with_the_first(coder, tmp_path):
    result = invoke("--model", coder, *REHEARSAL, "--beside", "torch")
    assert result.exception is None
    for count in (1, 8, 32):
        assert f"step of {count}, 512 of context: torch / openvino" in result.stdout
    assert "encode 512 tokens: torch / openvino" in result.stdout


def test_the_second_network_is_divided_by_the_first(tmp_path):
    class Slow:
        """The same network, which takes its time."""

        def __init__(self, network):
            self.network = network
            self.traits, self.tokenizer = network.traits, network.tokenizer
            self.encode = network.encode

        def write(self, *told):
            for _ in range(20):
                self.network.write(*told)
            return self.network.write(*told)

    network = tiny_qwen(tmp_path)
    rows = beside_rows({"quick": network, "slow": Slow(network)}, 3)
    assert rows[0].what == "step of 1, 128 of context: slow / quick"
    assert np.median(rows[0].values) > 2


def test_rows_are_written_in_place_behind_one_that_is_not_timed(tmp_path):
    network = tiny_qwen(tmp_path)
    step = Step(network, np.arange(100), 7)
    for _ in range(2):  # the second time the context's arrays are taken
        step.prepare()
        arrays = step._longer.slots.arrays
        assert arrays.filled == 101
        step.run()
        assert arrays.filled == 108, "nothing was copied"


def test_contexts_are_as_long_as_the_network_takes_and_every_number_of_rows_is_there(tmp_path):
    network = tiny_qwen(tmp_path)  # 128 tokens
    rows = tree_rows(network, 1)
    assert [row.what for row in rows] == [
        "step of one row, 128 of context",
        *(f"step of {count} rows / of one, 128 of context" for count in ROWS[1:]),
        "encode 128 tokens / step of one row",
    ]


def test_the_share_of_the_peak_is_that_of_all_rows(tmp_path):
    network = tiny_qwen(tmp_path)
    one, other = (
        tree_rows(network, 1, product=Product(True, 8, 32, threads=1), multiply_adds=n)[-1]
        for n in (1, 10**9)
    )
    assert other.values[0] > 1000 * one.values[0]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--beside", "openvino"], "--beside openvino is the engine itself"),
        (["--engine", "torch", "--beside", "torch"], "--beside torch is the engine itself"),
        (["--beside", "torch"], "has a canvas"),
        (["llama-cpp"], "llama.cpp needs a file"),
        (["llama-cpp", "--gguf", "a.gguf"], "llama.cpp needs a file"),
        (["llama-cpp", "--gguf", "a.gguf", "--python", "p"], "has a canvas"),
        (["--gguf", "a.gguf"], "are for llama.cpp"),
        (["llama-cpp", "--gguf", "a", "--python", "p", "--beside", "torch"], "--beside compares"),
        (["vllm"], "there is no measurement 'vllm'"),
        (["--gaps", "0"], "gaps has to be at least 1"),
    ],
)
def test_what_makes_no_sense_together_is_refused(args, message):
    result = invoke("--model", "nano", *args)
    assert isinstance(result.exception, UsageError)
    assert message in result.exception.message
    assert result.exception.hint
