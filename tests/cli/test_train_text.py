"""`train --objective`, `eval likelihood` and `generate` from the command line: from a text to a text."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from editdiff.cli.app import main
from editdiff.cli.generate import generate
from editdiff.families.canvas.config import NetworkConfig
from editdiff.papers.run import objective_run
from editdiff.papers.run.byte_text import VOCAB

TINY = NetworkConfig(VOCAB, n_layer=1, n_embd=16, n_head=2, n_kv_head=1, n_ff=24, n_copy=0)
SENTENCE = "a line of text, to be learnt by heart\n"


@pytest.fixture
def text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A text, and networks that are tiny."""
    plan = objective_run.make_plan

    def tiny(*args: object, **kwargs: object) -> objective_run.Plan:
        return replace(plan(*args, **kwargs), network=TINY, rows=2)

    monkeypatch.setattr(objective_run, "make_plan", tiny)
    path = tmp_path / "text.txt"
    path.write_text(SENTENCE * 100)
    return path


def train(text: Path, out: Path, *more: str, objective: str = "mdlm") -> int:
    return main(
        [
            "train",
            "--objective",
            objective,
            "--text",
            str(text),
            "--out",
            str(out),
            "--threads",
            "1",
            *more,
        ]
    )


def write(*args: str) -> tuple[str, str, BaseException | None]:
    app = typer.Typer()
    app.command()(generate)
    done = CliRunner().invoke(app, [*args, "--threads", "1"], standalone_mode=False)
    return done.stdout, done.stderr, done.exception


def test_a_network_is_trained_judged_and_asked_for_text(text, tmp_path, capsys):
    assert train(text, tmp_path / "run", "--steps", "10") == 0
    told = capsys.readouterr().err
    assert "step 10" in told
    assert "bits a byte" in told
    model = tmp_path / "run" / "model"
    assert sorted(p.name for p in model.iterdir()) == [
        "config.json", "loss.png", "model.safetensors", "objective.json",
    ]  # fmt: skip
    about = json.loads((model / "objective.json").read_text())
    assert (about["objective"], about["length"], about["tokens"]) == ("mdlm", 256, 10 * 2 * 256)

    args = ["eval", "likelihood", "--model", str(model), "--data", str(text), "--limit", "2"]
    assert main(args) == 0
    shown = capsys.readouterr()
    assert "mdlm, any order" in shown.out
    assert "held out of" in shown.out

    out, err, failed = write("--model", str(model), "--length", "30", "--steps", "3")
    assert failed is None
    assert out
    assert "30 tokens, " in err
    assert "network evaluations" in err
    assert "ended because the length is reached" in err


def test_the_same_command_again_goes_on_and_changes_nothing_at_the_end(text, tmp_path, capsys):
    train(text, tmp_path / "run", "--steps", "4")
    before = (tmp_path / "run" / "model" / "model.safetensors").read_bytes()
    capsys.readouterr()
    assert train(text, tmp_path / "run", "--steps", "4") == 0
    assert "resumed at step 4" in capsys.readouterr().err
    assert (tmp_path / "run" / "model" / "model.safetensors").read_bytes() == before


def test_seed_and_block_size_reach_the_run(text, tmp_path):
    more = ("--steps", "2", "--seed", "7", "--block-size", "8")
    assert train(text, tmp_path / "run", *more, objective="bd3lm") == 0
    about = json.loads((tmp_path / "run" / "model" / "objective.json").read_text())
    assert (about["seed"], about["block_size"], about["steps"]) == (7, 8, 2)


def test_minutes_end_a_run(text, tmp_path):
    assert train(text, tmp_path / "run", "--minutes", "0.0001") == 0
    assert (tmp_path / "run" / "model" / "objective.json").is_file()


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--objective", "mdlm"], "--objective needs a text"),
        (["--objective", "mdlm", "--text", "no/such/file"], "there is no no/such/file"),
        (["--objective", "nonsense", "--text", "TEXT"], "no objective called 'nonsense'"),
        (["--objective", "mdlm", "--text", "TEXT", "--block-size", "4"], "has no blocks"),
        (["--objective", "bd3lm", "--text", "TEXT", "--block-size", "0"], "block of 0 tokens"),
        (["--objective", "mdlm", "--text", "EMPTY"], "is empty"),
        (["--objective", "mdlm", "--text", "BINARY"], "is not UTF-8"),
        (["--objective", "mdlm", "--text", "TEXT", "--minutes", "0"], "--minutes must be above 0"),
        (["--objective", "mdlm", "--text", "TEXT", "--minutes", "1", "--steps", "1"], "both say"),
        (["--objective", "mdlm", "--text", "TEXT", "--on", "."], "--on has no meaning"),
        (["--objective", "mdlm", "--text", "TEXT", "--recipe", "r"], "--recipe has no meaning"),
        (["--on", ".", "--text", "TEXT"], "--text has no meaning with --on"),
        (["--recipe", "r.toml", "--seed", "1"], "--seed has no meaning with --recipe"),
        (["--text", "TEXT"], "--objective NAME with --text PATH"),
    ],
)
def test_wrong_usage_and_bad_texts_are_refused_in_a_sentence(args, says, text, tmp_path, capsys):
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xfa" * 500)
    names = {"TEXT": text, "EMPTY": tmp_path / "empty", "BINARY": tmp_path / "binary"}
    out = tmp_path / "run"
    given = [str(names.get(arg, arg)) for arg in args]
    assert main(["train", *given, "--out", str(out)]) == 2
    message, hint = capsys.readouterr().err.rstrip("\n").split("\n")
    assert says in message
    assert hint.startswith("hint: ")
    assert not out.exists()


def test_a_folder_that_is_no_model_is_refused(tmp_path):
    _, _, failed = write("--model", str(tmp_path))
    assert "has no objective.json" in str(failed)


def test_the_commands_load_no_torch_before_they_need_it():
    program = (
        "import sys, editdiff.cli.train, editdiff.cli.train_text, editdiff.cli.generate;"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "False\n"
