"""`editdiff adapter`: from a corpus and a fetched trunk to an adapter that is judged, and goes on."""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open
from tiny_gguf import write_model

from editdiff.cli.adapter_told import as_json, lines_of
from editdiff.cli.app import main
from editdiff.families.load import identity
from editdiff.families.qwen import fetched
from editdiff.families.qwen.adapter import CanvasAdapter
from editdiff.families.qwen.config import TrunkConfig
from editdiff.training.adapter.state import FILE

AREA = "def area(width, height):\n    return width * height\n\n\n"


def wheel(cache: Path, name: str) -> str:
    """Write a wheel of two files; its hash."""
    cache.mkdir(exist_ok=True)
    path = cache / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for number, word in enumerate(("area", "room")):
            text = "".join(AREA.replace("area", f"{name}_{word}_{i}") for i in range(8))
            archive.writestr(zipfile.ZipInfo(f"{name}/part{number}.py"), text)
        archive.writestr(zipfile.ZipInfo(f"{name}-1.0.dist-info/METADATA"), "License: MIT\n\n")
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def command(tmp_path, monkeypatch) -> list[str]:
    """A command for a fetched model on a corpus of which one package is held out, quick and small."""
    monkeypatch.setenv("EDITDIFF_MODELS", str(tmp_path / "models"))
    monkeypatch.chdir(tmp_path)
    model = write_model(tmp_path)
    return [
        "adapter",
        "--model",
        str(model),
        *corpus(tmp_path, "train", "heldout"),
        "--threads",
        "1",
    ]


SMALL = ["--rank", "2", "--block", "3", "--sampler", "8", "--judge", "2", "--state", "state"]


def corpus(folder: Path, *splits: str) -> list[str]:
    entries = [
        f'[[package]]\nname = "{split}"\nversion = "1.0"\nlicence = "MIT"\n'
        f'sha256 = "{wheel(folder / "cache", split)}"\nsplit = "{split}"\n'
        for split in splits
    ]
    (folder / "corpus.toml").write_text("\n".join(entries))
    return ["--manifest", str(folder / "corpus.toml"), "--cache", str(folder / "cache")]


def told(part: str) -> dict[str, Any]:
    """What the state says."""
    with safe_open(Path("state") / FILE, "numpy") as file:
        made: dict[str, Any] = json.loads(file.metadata()[part])
    return made


def test_a_run_is_trained_judged_written_and_gone_on_with(command, tmp_path, capsys):
    assert main([*command, *SMALL, "--minutes", "0.02", "--to", "a.safetensors"]) == 0
    out = capsys.readouterr().err
    assert "begins" in out and "python, 2 gaps" in out and "wrote a.safetensors" in out
    steps = told("progress")["step"]
    assert steps > 0
    model = Path(command[2])
    config = TrunkConfig.read(fetched(model))
    stored = CanvasAdapter.read(Path("a.safetensors"), config, identity(model), 2)
    assert stored.told["steps"] == str(steps) and stored.told["block"] == "3"
    assert main([*command, *SMALL, "--minutes", "0.02"]) == 0
    assert f"goes on at step {steps}" in capsys.readouterr().err
    assert told("progress")["step"] > steps
    assert main([*command, *SMALL, "--state", "new", "--begin", "a.safetensors"]) == 0
    assert "python, 2 gaps" in capsys.readouterr().err
    assert not (tmp_path / "new" / FILE).exists(), "without --minutes nothing is trained"


def test_what_is_asked_for_is_what_is_run(command):
    plan = {"rank": 3, "block": 5, "sampler": 0, "own": 0.25, "seed": 4}
    how = {"rate": 0.002, "decay": 0.5, "rows": 1, "anchors": 7}
    flags = [f"--{name}={value}" for name, value in (plan | how).items()]
    more = ["--trunk-weight=0.1", "--fall=0.7", "--judge-minutes=3", "--shortlist=16", "--judge=0"]
    assert main([*command, "--state", "state", "--minutes", "0.005", *flags, *more]) == 0
    assert plan.items() <= told("plan").items()
    noted = told("how")
    assert how.items() <= noted.items()
    assert noted["weights"] == {"trunk": 0.1, "temperature": 1.0, "fall": 0.7}
    assert noted["judge_every"] == 180
    with safe_open(Path("state") / FILE, "numpy") as file:
        assert file.get_tensor("shortlist").shape == (16,)


def test_two_adapters_are_compared_and_told_as_json(command, capsys):
    train = ["--judge", "0", "--minutes", "0.01", "--to", "a.safetensors"]
    assert main([*command, *SMALL, *train]) == 0
    capsys.readouterr()
    judge = ["--judge", "python=3", "--against", "a.safetensors", "--json"]
    assert main([*command, *SMALL, "--rank", "3", "--state", "new", *judge]) == 0
    out, err = capsys.readouterr()
    told = json.loads(out)["judged"]["python"]
    assert told["rows"] == 3 and len(told["right"]) == 3 == len(told["right"][0])
    assert len(told["against"]["accepted"]) == 3 and "against the other, paired" in err


def test_rows_that_are_prepared_train_as_those_of_the_corpus(command, tmp_path, capsys):
    small = [*SMALL[2:6], "--rank", "2", "--judge", "python=2", "--threads", "1"]
    options = ["--model", command[2], *small]
    rows = ["rows", *command[1:7], "--block", "3", "--judge", "python=2", "--count", "200"]
    assert main([*rows, "--to", "rows", "--piece-mib", "1"]) == 0
    assert "rows 0 to 255 and 2 to judge on" in capsys.readouterr().err
    (tmp_path / "corpus.toml").rename(tmp_path / "away.toml")
    from_rows = ["adapter", *options, "--state", "gpu", "--prepared", "rows", "--pieces", "back"]
    assert main([*from_rows, "--minutes", "0.01"]) == 0
    assert "pieces of the state into back" in capsys.readouterr().err
    (tmp_path / "away.toml").rename(tmp_path / "corpus.toml")
    home = [*command, *small, "--state", "home", "--pieces", "back", "--json"]
    assert main(home) == 0
    out, err = capsys.readouterr()
    assert "goes on at step" in err and "another than before" not in err
    assert json.loads(out)["targets"] > 0
    assert main([*from_rows, "--minutes", "0.01", "--block", "4"]) == 2
    assert "--block 3, not 4" in refusal(capsys)[0]
    assert main([*from_rows, "--judge", "python=9"]) == 2
    assert "2 prepared rows of python" in refusal(capsys)[0]


def test_rows_go_on_where_a_state_stands(command, capsys):
    assert main([*command, *SMALL, "--judge", "0", "--minutes", "0.01"]) == 0
    row = told("progress")["row"]
    rows = ["rows", *command[1:7], "--block", "3", "--judge", "0", "--count", "1"]
    assert main([*rows, "--state", "state", "--to", "rows"]) == 0
    first = row - row % 128
    assert f"rows {first} to {first + 127}" in capsys.readouterr().err


def refusal(capsys) -> tuple[str, str]:
    error, hint = capsys.readouterr().err.splitlines()[-2:]
    return error, hint


def test_another_rank_than_the_states_is_refused(command, capsys):
    assert main([*command, *SMALL, "--judge", "0", "--minutes", "0.005"]) == 0
    before = (Path("state") / FILE).read_bytes()
    assert main([*command, *SMALL, "--judge", "0", "--minutes", "0.005", "--rank", "5"]) == 2
    error, hint = refusal(capsys)
    assert "rank 2, not 5" in error and "--state" in hint
    assert (Path("state") / FILE).read_bytes() == before


def test_half_a_state_is_refused_and_left(command, capsys):
    Path("state").mkdir()
    (Path("state") / FILE).write_bytes(b"half")
    assert main([*command, *SMALL, "--minutes", "0.005"]) == 2
    error, hint = refusal(capsys)
    assert "cannot go on from" in error and "remove it" in hint
    assert (Path("state") / FILE).read_bytes() == b"half"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--minutes", "0"], "--minutes must be above 0"),
        (["--judge", "0"], "nothing to do"),
        (["--minutes", "1", "--device", "cuda"], "no CUDA device"),
        (["--minutes", "1", "--begin", "none"], "cannot read the adapter none"),
        (["--minutes", "1", "--manifest", "none.toml"], "cannot read the corpus manifest"),
        (["--judge", "cobol=3"], "no language 'cobol'"),
        (["--judge", "java=3"], "no file of java is held out"),
        (["--minutes", "1", "--languages", "python=x"], "not a number for each language"),
        (["--minutes", "1", "--judge", "0", "--json"], "what is judged"),
        (["--minutes", "1", "--prepared", "none"], "prepared.safetensors.pieces.json"),
        (["--judge", "1", "--against", "none"], "cannot read the adapter none"),
    ],
)
def test_what_makes_no_sense_is_refused(options, says, command, capsys):
    import torch

    if "cuda" in options and torch.cuda.is_available():
        pytest.skip("there is one here")
    assert main([*command, "--state", "state", *options]) == 2
    assert says in refusal(capsys)[0]
    assert not (Path("state") / FILE).exists()


def test_a_corpus_with_nothing_to_judge_on_is_refused(command, tmp_path, capsys):
    where = corpus(tmp_path, "train")
    assert main([*command, *SMALL, *where, "--minutes", "0.01"]) == 2
    error, hint = refusal(capsys)
    assert "held out" in error and "--judge 0" in hint


def test_a_state_that_cannot_be_made_is_told(command, capsys):
    Path("state").write_text("a file")
    assert main([*command, *SMALL, "--judge", "0", "--minutes", "0.01"]) == 2
    assert "state" in refusal(capsys)[0] and Path("state").read_text() == "a file"


def test_an_entry_of_the_log_is_told_with_intervals():
    judged = {
        "rows": 100,
        "trunk": 0.6,
        "right": [0.3, 0.1],
        "right_worth": [100.0, 50.0],
        "right_sampled": [0.4, 0.2],
        "right_sampled_worth": [100.0, 50.0],
        "accepted": 2.0,
        "accepted_error": 0.1,
        "accepted_sampled": 2.5,
        "accepted_sampled_error": 0.2,
    }
    gain = {
        "accepted": [0.1, -0.1, 0.3],
        "accepted_sampled": [0.2, 0.1, 0.3],
        "right": [[0.1, 0.0], [0.0, -0.1], [0.2, 0.1]],
    }
    seen = {"step": 3, "targets": 12_345, "earlier": 5, "seconds": 90.0}
    entry = {**seen, "judged": {"javascript": judged}, "against": {"javascript": gain}}
    lines = lines_of(entry)
    assert lines[0] == "step 3  12,345 targets  1.5 min"
    assert lines[1].startswith("  javascript, 100 gaps")
    assert "0.300 [0.219-0.396] 0.100 [0.043-0.214]" in lines[2]
    assert "2.00 ± 0.20, with the sampler head 2.50 ± 0.39" in lines[4]
    assert "+0.100 [-0.100, +0.300]" in lines[5] and "+0.200 [+0.100, +0.300]" in lines[5]
    assert lines[7].strip().startswith("better beyond")
    made = as_json(entry)
    told = made["judged"]["javascript"]
    assert made["earlier"] == 5 and told["against"] == gain and told["rows"] == 100
    assert told["accepted"] == pytest.approx([2.0, 1.804, 2.196], abs=1e-3)
    assert told["right"][0] == pytest.approx([0.3, 0.219, 0.396], abs=1e-3)
    gain["accepted_sampled"] = [0.2, 0.0, 0.4]
    assert lines_of(entry)[7].strip().startswith("not better beyond")
