import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from editdiff.cli import models
from editdiff.cli.app import main
from editdiff.engines import choose
from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.canvas.weights import save_int8
from editdiff.families.manifest import Manifest
from editdiff.tokens.bpe import train_bpe

CARD = """---
license: apache-2.0
---
# tiny
## What it is
A model of ten
weights\x1b[2J and more.

Another paragraph.
"""
VOCABULARY = train_bpe(["def area(width, height):\n"], 300)
CONFIG = NetworkConfig(
    vocab_size=VOCABULARY.vocab_size, n_layer=2, n_embd=32, n_head=4, max_context=128
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    """A model folder, but for the graph."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    folder.mkdir()
    CONFIG.save(folder / "config.json")
    VOCABULARY.save(folder / "tokenizer.json")
    weights = {
        "embed": np.ones((100, 10), dtype=np.float32),
        "norm": np.ones(7, dtype=np.float32),
    }
    save_int8(folder / "model.safetensors", weights, {})
    (folder / "README.md").write_text(CARD)
    Manifest("canvas").write(folder)
    return folder


def ship(monkeypatch, folder: Path) -> None:
    """What comes with editdiff lies in `folder`, and its default is `tiny`."""
    monkeypatch.setattr(choose, "embedded", lambda name: folder / "tiny")


@pytest.fixture
def shipped(tiny, monkeypatch) -> Path:
    """The folder with `tiny` is what comes with editdiff."""
    ship(monkeypatch, tiny.parent)
    return tiny


def test_the_list_has_a_line_for_each_model_and_names_the_default(shipped, capsys):
    other = shipped.parent / "broken"
    other.mkdir()
    (other / "config.json").write_text("{")
    Manifest("canvas").write(other)
    (shipped.parent / "recipes").mkdir()
    assert main(["models"]) == 0
    broken, tiny = capsys.readouterr().out.splitlines()
    assert broken.startswith("broken      cannot be used: cannot read the model's configuration")
    assert tiny.startswith("tiny        0.0 M parameters · ")
    assert tiny.endswith(" · 128 tokens of context · default")


def test_what_was_measured_of_a_model_stands_below_it(shipped, capsys, tmp_path, monkeypatch):
    model = tmp_path / "tiny"
    shutil.copytree(shipped, model)
    Manifest("canvas", measured=("lines: 3.0 % exact, of 200", "pairs: 1.0 %\x1b[2J")).write(model)
    ship(monkeypatch, tmp_path)
    assert main(["models"]) == 0
    _, *figures = capsys.readouterr().out.splitlines()
    assert [figure.strip() for figure in figures[:1]] == ["lines: 3.0 % exact, of 200"]
    assert len(figures) == 2
    assert "\x1b" not in figures[1]
    assert main(["models", "tiny"]) == 0
    assert "  measured    lines: 3.0 % exact, of 200\n" in capsys.readouterr().out


@pytest.mark.parametrize("by", ["name", "folder"])
def test_a_model_is_described_by_its_name_or_its_folder(by, shipped, capsys):
    assert main(["models", "tiny" if by == "name" else str(shipped)]) == 0
    out = capsys.readouterr().out
    digest = hashlib.sha256((shipped / "model.safetensors").read_bytes()).hexdigest()
    facts = dict(line.split(maxsplit=1) for line in out.splitlines() if line.startswith("  "))
    assert out.startswith("tiny\n")
    assert facts["parameters"] == "1,007"  # without the scales
    assert facts["numbers"] == "U8, F32"
    assert facts["tokenizer"] == f"byte-level BPE, {VOCABULARY.vocab_size} ids"
    assert facts["context"] == "128 tokens"
    assert facts["sha256"] == digest
    assert facts["folder"] == str(shipped)
    assert out.endswith("\n\nA model of ten weights␛[2J and more.\n")


@pytest.mark.parametrize(
    ("card", "first"),
    [
        ("", ""),
        ("# only a heading\n", ""),
        ("One.\n\nTwo.\n", "One."),
        ("# a\n\n| t | u |\n|---|---|\n\nProse\nof two lines.\n", "Prose of two lines."),
    ],
)
def test_the_card_is_told_by_its_first_prose(card, first, tmp_path):
    path = tmp_path / "README.md"
    path.write_text(card)
    assert models.first_paragraph(path) == first


def test_a_folder_without_a_card_is_described_too(shipped, tmp_path):
    assert models.first_paragraph(tmp_path / "README.md") == ""


@pytest.mark.parametrize("missing", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_folder_that_lacks_a_part_is_one_sentence_and_a_hint(missing, tiny, tmp_path, capsys):
    for path in tiny.iterdir():
        if path.name != missing:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    assert main(["models", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    error, hint = err.splitlines()
    assert missing in error
    assert hint.startswith("hint: ")


def test_a_name_that_is_no_model_is_refused_with_those_that_are(shipped, capsys):
    assert main(["models", "tinny"]) == 2
    error, hint = capsys.readouterr().err.splitlines()
    assert error == "error: there is no model tinny"
    assert "tiny" in hint


def test_where_no_model_is_shipped_the_list_says_so(tmp_path, monkeypatch, capsys):
    ship(monkeypatch, tmp_path / "models")
    assert main(["models"]) == 2
    assert capsys.readouterr().err.startswith(
        "error: no model comes with this installation\nhint: "
    )
