"""A model folder that is not whole, or mixes two models: one sentence and a hint, and the file as it was."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from editdiff.cli.app import main
from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.canvas.export_onnx import write_model
from editdiff.families.canvas.transformer import CanvasTransformer
from editdiff.tokens.bpe import train_bpe

SOURCE = b"a = 1\nb = 2\n"
TEXTS = ["def area(width, height):\n    return width * height\n"]
GRAPH, WEIGHTS, TOKENIZER, CONFIG = (
    "model.onnx",
    "model.safetensors",
    "tokenizer.json",
    "config.json",
)


def made(folder: Path, vocabulary: int = 300, n_layer: int = 2) -> Path:
    """A model folder of random weights."""
    tokenizer = train_bpe(TEXTS, vocabulary)
    folder.mkdir()
    tokenizer.save(folder / "t.json")
    config = NetworkConfig(
        vocab_size=tokenizer.vocab_size, n_layer=n_layer, n_embd=32, n_head=4, n_kv_head=2, n_ff=48
    )
    torch.manual_seed(n_layer)
    state = {name: p.detach().numpy() for name, p in CanvasTransformer(config).state_dict().items()}
    write_model(folder / "model", config, state, folder / "t.json")
    return folder / "model"


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    return {
        "whole": made(folder / "whole"),
        "deeper": made(folder / "deeper", n_layer=3),
        "fewer ids": made(folder / "fewer", vocabulary=290),
    }


@pytest.fixture
def model(models, tmp_path) -> Path:
    """A copy of the whole one, to be damaged."""
    return Path(shutil.copytree(models["whole"], tmp_path / "model"))


@pytest.fixture
def area(tmp_path, monkeypatch) -> Path:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    path = tmp_path / "here" / "area.txt"
    path.write_bytes(SOURCE)
    return path


def command(model: Path) -> list[str]:
    flags = ["--model", str(model), "--steps", "2", "--drafts", "1", "--write"]
    return ["infill", "area.txt:1", *flags]


def assert_refused(model: Path, area: Path, capsys, word: str) -> None:
    before = area.stat()
    assert main(command(model)) == 2
    out, err = capsys.readouterr()
    error, hint = err.splitlines()
    assert out == ""
    assert error.startswith("error: ")
    assert not error.startswith("error: editdiff failed")
    assert word in error
    assert hint.startswith("hint: ")
    after = area.stat()
    assert (after.st_mtime_ns, after.st_mode) == (before.st_mtime_ns, before.st_mode)
    assert area.read_bytes() == SOURCE


def test_the_folder_that_is_damaged_below_can_be_used_before(model, area, capsys):
    assert main(command(model)) in (0, 1)
    assert "error: " not in capsys.readouterr().err


def test_a_folder_that_is_not_there(area, tmp_path, capsys):
    assert_refused(tmp_path / "none", area, capsys, "there is no model folder")


@pytest.mark.parametrize("part", [GRAPH, WEIGHTS, TOKENIZER, CONFIG])
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "junk", "a folder"])
def test_a_part_that_is_missing_or_broken(part, damage, model, area, capsys):
    path = model / part
    data = path.read_bytes()
    path.unlink()
    if damage == "a folder":
        path.mkdir()
    elif damage != "missing":
        path.write_bytes(
            {"empty": b"", "cut": data[: len(data) // 2], "junk": b"\x93\xff\0" * 99}[damage]
        )
    assert_refused(model, area, capsys, part)


@pytest.mark.parametrize(
    ("other", "part"),
    [
        ("deeper", GRAPH),
        ("deeper", WEIGHTS),
        ("deeper", CONFIG),
        ("fewer ids", GRAPH),
        ("fewer ids", WEIGHTS),
        ("fewer ids", TOKENIZER),
        ("fewer ids", CONFIG),
    ],
)
def test_a_part_of_another_model(other, part, models, model, area, capsys):
    shutil.copy(models[other] / part, model / part)
    assert_refused(model, area, capsys, "")


def test_weights_that_lie_elsewhere_in_their_file_than_the_graph_expects(model, area, capsys):
    path = model / WEIGHTS
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    header["__metadata__"] = {"made": "again, with a longer header" * 3}
    longer = json.dumps(header).encode()
    longer += b" " * (-len(longer) % 8)
    path.write_bytes(len(longer).to_bytes(8, "little") + longer + data[8 + size :])
    assert_refused(model, area, capsys, "")


def test_weights_that_are_no_numbers_end_in_a_named_no_edit(model, area, capsys):
    path = model / WEIGHTS
    data = path.read_bytes()
    size = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:size])
    start, end = next(
        entry["data_offsets"] for name, entry in header.items() if name.endswith(".scale")
    )
    nan = np.full((end - start) // 4, np.nan, dtype=np.float32).tobytes()
    path.write_bytes(data[: size + start] + nan + data[size + end :])
    assert main(command(model)) == 1
    out, err = capsys.readouterr()
    assert (out, err[:9]) == ("", "no edit: ")
    assert area.read_bytes() == SOURCE
