"""`editdiff endings`: from a corpus and a fetched trunk to the file that says where gaps end."""

import hashlib
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from tiny_gguf import write_model

from editdiff.cli.app import main
from editdiff.engines.base import Draft, FillOptions, FillTask
from editdiff.engines.choose import choose
from editdiff.families.load import identity
from editdiff.families.qwen.stop import FILE, KINDS, Stop
from editdiff.text.span import Span

AREA = "def area(width, height):\n    return width * height\n\n\n"


def wheel(cache: Path, name: str) -> str:
    """Write a wheel of two files; its hash."""
    cache.mkdir(exist_ok=True)
    path = cache / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for number, word in enumerate(("area", "room")):
            text = "".join(AREA.replace("area", f"{name}_{word}_{i}") for i in range(8))
            archive.writestr(zipfile.ZipInfo(f"{name}/part{number}.py"), text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def model(tmp_path, monkeypatch) -> Path:
    """A fetched model folder, and beside it a corpus of which one package is held out."""
    monkeypatch.setenv("EDITDIFF_MODELS", str(tmp_path / "models"))
    monkeypatch.chdir(tmp_path)
    return write_model(tmp_path)


def corpus(folder: Path, *splits: str) -> list[str]:
    entries = [
        f'[[package]]\nname = "{split}"\nversion = "1.0"\nlicence = "MIT"\n'
        f'sha256 = "{wheel(folder / "cache", split)}"\nsplit = "{split}"\n'
        for split in splits
    ]
    (folder / "corpus.toml").write_text("\n".join(entries))
    return ["--manifest", str(folder / "corpus.toml"), "--cache", str(folder / "cache")]


def test_a_stop_head_is_fitted_and_used(model, tmp_path, capsys):
    where = corpus(tmp_path, "train", "heldout")
    before = Stop.read(model / FILE)
    command = ["endings", "--model", str(model), "--gaps", "240", "--seed", "3", "--threads", "1"]
    assert main([*command, "--judged", "0", *where]) == 0
    out = capsys.readouterr().out
    after = Stop.read(model / FILE)
    assert after.weights == identity(model)
    assert after.kinds["line"].bias != before.kinds["line"].bias
    measured = json.loads((model / FILE).read_text())["measured"]
    assert (measured["gaps"], measured["seed"]) == (240, 3)
    for kind, line in zip(KINDS, out.splitlines(), strict=True):
        assert line.startswith(f"{kind}: strength ")
        assert f"auc {measured[kind]['auc']:.4g}" in line
        assert 0 < measured[kind]["auc"] <= 1 and measured[kind]["gaps"] >= 3
    engine = choose(str(model))
    task = FillTask(AREA, (Span(25, 49),), "a.py")
    updates = list(engine.fill(task, FillOptions(max_tokens=8, drafts=1, lookup=0)))
    assert all(update.nfe <= 9 for update in updates if isinstance(update, Draft))


def test_judges_are_fitted_beside_what_was_fitted_before(model, tmp_path, capsys):
    where = corpus(tmp_path, "train")
    before = Stop.read(model / FILE)
    command = ["endings", "--model", str(model), "--gaps", "0", "--judged", "150", "--threads", "1"]
    assert main([*command, *where]) == 0
    after = Stop.read(model / FILE)
    for kind in KINDS:
        assert np.array_equal(after.kinds[kind].hidden, before.kinds[kind].hidden)
    assert after.weights == before.weights and after.judges and not before.judges
    measured = json.loads((model / FILE).read_text())["measured"]
    assert measured["judged"] == 150
    out = capsys.readouterr().out
    for kind in after.judges:
        assert f"{kind}, read on: gaps {measured[f'{kind}, read on']['gaps']}" in out
    first = (model / FILE).read_text()
    assert main([*command, *where]) == 0
    assert (model / FILE).read_text() == first, "the same gaps, whatever stood there"


def test_where_all_packages_are_held_out_nothing_is_fitted(model, tmp_path, capsys):
    before = (model / FILE).read_text()
    assert main(["endings", "--model", str(model), *corpus(tmp_path, "heldout")]) == 2
    error, hint = capsys.readouterr().err.splitlines()
    assert error.endswith("corpus.toml has no package to be trained on")
    assert hint == "hint: name another --manifest"
    assert (model / FILE).read_text() == before


def test_a_model_that_is_not_fetched_is_told_how(model, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("EDITDIFF_MODELS", str(tmp_path / "elsewhere"))
    assert main(["endings", "--model", str(model), *corpus(tmp_path, "train")]) == 2
    assert "editdiff models get tiny" in capsys.readouterr().err


def test_a_model_that_needs_no_fetching_is_refused(model, nano, tmp_path, capsys):
    before = sorted(path.name for path in nano.iterdir())
    assert main(["endings", "--model", "nano", *corpus(tmp_path, "train")]) == 2
    error, hint = capsys.readouterr().err.splitlines()
    assert "source.json" in error and hint
    assert sorted(path.name for path in nano.iterdir()) == before


@pytest.mark.parametrize("option", ["--gaps", "--judged"])
def test_too_few_gaps_are_refused(option, capsys):
    assert main(["endings", option, "99"]) == 2
    error, hint = capsys.readouterr().err.splitlines()
    assert error.endswith(f"{option} has to be 0 or at least 100, but is 99")
    assert hint == f"hint: leave out {option} for its default"
