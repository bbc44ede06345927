import io
import json

import pytest
import typer
from evaluation_zoo import write_corpus
from rich.console import Console
from typer.testing import CliRunner

from editdiff.cli import evaluate as command
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.benchmarks.registry import BENCHMARKS
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.report import Report


@pytest.fixture
def engine(monkeypatch) -> ScriptedEngine:
    scripted = ScriptedEngine(["return 1"] * 100)
    monkeypatch.setattr(command, "choose", lambda *spec: scripted)
    monkeypatch.setattr(command, "choose_twin", lambda *spec: scripted)
    return scripted


@pytest.fixture
def corpus(tmp_path):
    manifest = write_corpus(tmp_path, {"kept": "heldout", "out": "heldout", "learnt": "train"})
    return ["--manifest", str(manifest), "--cache", str(tmp_path), "--limit", "2"]


def invoke(*args: str):
    app = typer.Typer()
    app.command()(command.evaluate)
    return CliRunner().invoke(app, list(args), standalone_mode=False)


def test_it_prints_the_table_on_stdout_and_progress_on_stderr(engine, corpus):
    result = invoke("lines", *corpus)
    assert result.exception is None
    assert "scripted, greedy" in result.stdout
    assert "floor: 3-gram" in result.stdout
    assert "scripted, greedy: 2 done" in result.stderr
    assert "done" not in result.stdout


def test_every_option_reaches_the_engine(engine, corpus):
    invoke(
        "lines", *corpus, "--drafts", "3", "--steps", "9", "--threshold", "0.5", "--canvas", "16",
        "--seed", "7",
    )  # fmt: skip
    first = engine.options[0]
    assert (first.drafts, first.steps, first.threshold, first.canvas, first.seed) == (
        3,
        9,
        0.5,
        16,
        7,
    )


def test_json_is_written_with_the_versions(engine, corpus, tmp_path):
    target = tmp_path / "out.json"
    invoke("lines", *corpus, "--json", str(target))
    content = json.loads(target.read_text(encoding="utf-8"))
    assert {"editdiff", "python", "settings", "gaps", "fillers"} <= set(content)
    assert content["fillers"][0]["outcomes"][0]["fill"] == "return 1"


@pytest.fixture
def asked(engine, monkeypatch) -> list[Request]:
    """What benchmarks are asked for, instead of running them."""
    requests = []

    class Recorder:
        def evaluate(self, engine, request, progress):
            requests.append(request)
            return Report("b", "t", {}, [], [])

    monkeypatch.setattr(command, "find", lambda name: Recorder())
    return requests


@pytest.mark.parametrize("name", ["lines", "humaneval-single", "humanevalfix"])
def test_without_a_limit_each_benchmark_takes_its_own(asked, name):
    invoke(name)
    invoke(name, "--limit", "7")
    assert [request.limit for request in asked] == [BENCHMARKS[name].limit, 7]


def test_the_benchmarks_data_are_where_the_user_says(asked, tmp_path):
    invoke("humaneval-single", "--data", str(tmp_path))
    assert asked[0].data == tmp_path


def test_the_figures_are_drawn(engine, corpus, tmp_path):
    target = tmp_path / "out.svg"
    result = invoke("lines", *corpus, "--plot", str(target))
    assert result.exception is None
    assert target.read_text(encoding="utf-8").startswith("<?xml")


def test_the_threshold_of_ghost_text_is_kept_in_the_models_folder(engine, corpus, tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    result = invoke("ghost", *corpus, "--model", str(tmp_path), "--write-threshold")
    assert result.exception is None
    assert str(tmp_path / "ghost.json") in result.stderr
    content = json.loads((tmp_path / "ghost.json").read_text(encoding="utf-8"))
    assert content["languages"]["python"]["shown"]["total"] == 1
    assert content["languages"]["python"]["threshold"] is None


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["nothing"], "no benchmark 'nothing'"),
        (["lines", "--write-threshold"], "--write-threshold: lines chooses none"),
        (["ghost", "--write-calibration"], "--write-calibration: ghost fits none"),
        (["lines", "--canvas", "12"], "canvas has to be"),
        (["lines", "--limit", "0"], "limit has to be"),
        (["lines", "--steps", "0"], "steps has to be"),
        (["lines", "--json", "no/such/folder/x.json"], "--json: there is no folder"),
        (["lines", "--plot", "no/such/folder/x.png"], "there is no folder"),
        (["lines", "--plot", "x.bmp"], "written as .png or .svg"),
    ],
)
def test_wrong_usage_is_refused_before_any_work(engine, args, message):
    result = invoke(*args)
    assert isinstance(result.exception, UsageError)
    assert message in result.exception.message
    assert engine.tasks == []


def test_a_json_file_that_cannot_be_written_is_a_clear_error(tmp_path):
    with pytest.raises(InputError, match="cannot write"):
        command.write_json(tmp_path, Report("b", "t", {}, [], []))


def test_a_terminal_gets_a_drawn_table_with_its_brackets(engine, corpus, tmp_path, monkeypatch):
    target = io.StringIO()
    screen = Console(file=target, force_terminal=True, width=200)
    monkeypatch.setattr(command, "Console", lambda stderr=False: screen)
    invoke("lines", *corpus)
    assert "0.0 [0.0, 65.8]" in target.getvalue()
    assert "┃" in target.getvalue()
