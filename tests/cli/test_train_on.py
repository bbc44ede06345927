"""`editdiff train --on PATH`: what is told, what is written, and that the model can be used."""

import os
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from editdiff.cli import train_on as cli
from editdiff.cli.app import main
from editdiff.cli.train_on import first_interrupt, sigterm_interrupts
from editdiff.engines.base import FillOptions
from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.canvas.export_onnx import write_model
from editdiff.families.canvas.transformer import CanvasTransformer
from editdiff.tokens.bpe import train_bpe
from editdiff.training.run import finetuning

FILES = [
    "README.md",
    "config.json",
    "manifest.json",
    "model.onnx",
    "model.safetensors",
    "tokenizer.json",
]


def module(number: int) -> str:
    functions = (
        f"def area_{number}_{k}(width, height):\n    total = width * height\n    return total + {k}\n\n\n"
        for k in range(25)
    )
    return f'"""Module {number}."""\n\n' + "".join(functions)


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
    write_model(folder / "tiny", shape, state, folder / "t.json")
    return folder / "tiny"


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of twelve modules; small runs, and short fills: random weights never end one."""
    monkeypatch.setattr(cli, "OPTIONS", FillOptions(steps=2, drafts=1, max_tokens=8))
    monkeypatch.setattr(finetuning, "JUDGED", 16)
    monkeypatch.setattr(finetuning, "BATCH", replace(finetuning.BATCH, tokens=1000))
    root = tmp_path / "code"
    root.mkdir()
    for number in range(12):
        (root / f"m{number:02}.py").write_text(module(number))
    for command in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", "-C", str(root), *command], check=True)
    return root


def arguments(code: Path, model: Path, *more: str) -> list[str]:
    small = ["--minutes", "0.03", "--limit", "2", "--threads", "1"]
    return ["train", "--on", str(code), "--start-from", str(model), *small, *more]


def test_a_model_is_written_that_model_accepts_and_git_does_not_see(code, model, capsys):
    assert main(arguments(code, model)) == 0
    out, told = capsys.readouterr()
    written = code / ".editdiff/model"
    assert sorted(path.name for path in written.iterdir()) == FILES
    seen = subprocess.run(
        ["git", "-C", str(code), "status", "--porcelain", "-uall"], capture_output=True, text=True
    )
    assert ".editdiff" not in seen.stdout

    lines = told.splitlines()
    assert (
        lines[0].startswith("10 files that git tracks to train on, 2")
        and "kept out: 1 " in lines[0]
    )
    assert "minutes of training, fewer if it stops helping" in lines[1]
    assert lines[2] == f"the model goes to {written}; nothing leaves this machine"
    assert lines[-1] == f"try it: editdiff infill FILE --lines N --model {written}"
    assert lines.index("before: 2 done") < lines.index("after: 2 done")
    assert any(line.endswith("best so far") for line in lines)

    rows = [line.split()[0] for line in out.splitlines()[3:] if line]
    assert rows[:3] == ["before", "after", "difference"]

    card = (written / "README.md").read_text()
    assert finetuning.read_start(model).sha256 in card
    assert "| before |" in card and "| difference |" in card
    assert str(code) not in card and str(model.parent) not in card

    assert main(["models", str(written)]) == 0
    assert "tiny, trained on with the files of one folder" in capsys.readouterr().out
    infill = ["infill", str(code / "m00.py"), "--lines", "5", "--model", str(written), "--json"]
    assert main(infill) in (0, 1)
    assert '"model": "model"' in capsys.readouterr().out


def test_a_model_of_your_own_is_continued_in_its_place(code, model, capsys):
    assert main(arguments(code, model)) == 0
    written = code / ".editdiff/model"
    before = finetuning.read_start(written).sha256
    assert main(arguments(code, written)) == 0
    assert finetuning.read_start(written).sha256 != before
    assert before in (written / "README.md").read_text()


def test_training_that_does_not_help_writes_nothing(code, model, capsys, monkeypatch):
    monkeypatch.setattr(finetuning, "LEARNING_RATE", 0.0)
    assert main(arguments(code, model)) == 1
    assert "training did not help" in capsys.readouterr().err
    assert not (code / ".editdiff").exists()


def test_a_folder_that_was_there_is_not_hidden_from_git(code, model, tmp_path, capsys):
    mine = tmp_path / "mine"
    mine.mkdir()
    assert main(arguments(code, model, "--out", str(mine))) == 0
    assert [path.name for path in mine.iterdir()] == ["model"]
    assert not (code / ".editdiff").exists()


@pytest.mark.parametrize(
    "given, sentence",
    [
        ([], "train takes --recipe FILE or --on PATH"),
        (["--on", ".", "--recipe", "a.toml"], "--recipe has no meaning with --on"),
        (["--on", ".", "--steps", "5"], "--steps has no meaning with --on"),
        (["--on", ".", "--decay-share", "0.5"], "--decay-share has no meaning with --on"),
        (["--on", ".", "--shards", "s"], "--shards has no meaning with --on"),
        (["--recipe", "a.toml", "--limit", "5"], "--limit has no meaning with --recipe"),
        (["--on", ".", "--minutes", "0"], "--minutes must be above 0, not 0"),
        (["--on", "nowhere"], "nowhere is not a folder"),
        (["--on", "."], ". holds 1 files of code and"),
    ],
)
def test_what_makes_no_sense_is_a_sentence_and_a_hint(
    given, sentence, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.py").write_text(module(1))
    assert main(["train", *given]) == 2
    error, hint = capsys.readouterr().err.splitlines()
    assert error.startswith(f"error: {sentence}")
    assert hint.startswith("hint: ")
    assert [path.name for path in tmp_path.iterdir()] == ["one.py"]


def test_nothing_begins_where_nothing_can_be_written(code, model, capsys):
    taken = code / "m00.py"
    assert main(arguments(code, model, "--out", str(taken / "model"))) == 2
    assert capsys.readouterr().err.startswith("error: nothing can be written to ")
    assert taken.read_text() == module(0)


def test_code_without_a_line_to_be_filled_is_refused(code, model, capsys):
    for path in code.glob("*.py"):
        path.write_text(f'"""Words of {path.name}.\n' + "more words\n" * 300 + '"""\n')
    assert main(arguments(code, model)) == 2
    assert "hold no line of code" in capsys.readouterr().err


def test_the_first_interrupt_is_noted_and_the_second_ends():
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), first_interrupt() as stopped:
        assert not stopped()
        os.kill(os.getpid(), signal.SIGINT)
        assert stopped()
        os.kill(os.getpid(), signal.SIGINT)
        pytest.fail("the second was noted, too")
    assert signal.getsignal(signal.SIGINT) is handler


def test_sigterm_ends_it_as_an_interrupt_does_so_that_what_is_temporary_goes():
    handler = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), sigterm_interrupts():
        with first_interrupt() as stopped:
            os.kill(os.getpid(), signal.SIGTERM)
            assert stopped()
        os.kill(os.getpid(), signal.SIGTERM)
        pytest.fail("it went on")
    assert signal.getsignal(signal.SIGTERM) is handler
