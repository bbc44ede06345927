import hashlib
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from stand_ins import CONTENT, SOURCE, serving, write_source, write_wheels

from editdiff import families
from editdiff.cli.app import main
from editdiff.engines import choose
from editdiff.families.manifest import Manifest
from editdiff.store import where

FAMILY = '''
"""A family that takes fetched weights, and keeps their bytes backwards."""
import hashlib
from editdiff.errors import ModelError
from editdiff.families.base import Description, Traits
from editdiff.store import source, where
PACKING = 3
def place(folder):
    return where.place(source.Source.read(folder).sha256, PACKING)
def pack(folder, file, into, progress):
    (into / "weights.bin").write_bytes(file.read_bytes()[::-1])
    progress(1.0)
def load(folder, running):
    raise ModelError("it only lies there", "look at it")
def traits(folder):
    return Traits(context=32768)
def identity(folder):
    return hashlib.sha256((place(folder) / "weights.bin").read_bytes()).hexdigest()
def describe(folder):
    size = (place(folder) / "weights.bin").stat().st_size
    return Description(traits(folder), 2_000_000, 9, identity(folder), size, (), {"network": "toy"})
'''


@pytest.fixture(autouse=True)
def toy(tmp_path, monkeypatch) -> Path:
    """The model `toy` has to be fetched, `whole` comes whole; nothing is in the cache."""
    package = tmp_path / "families"
    package.mkdir()
    (package / "backwards.py").write_text(FAMILY)
    monkeypatch.setattr(families, "__path__", [*families.__path__, str(package)])
    monkeypatch.delitem(sys.modules, "editdiff.families.backwards", raising=False)
    shipped = tmp_path / "shipped"
    write_source(shipped / "toy")
    Manifest("backwards", licence="Apache-2.0").write(shipped / "toy")
    (shipped / "whole").mkdir()
    Manifest("canvas").write(shipped / "whole")
    monkeypatch.setattr(choose, "embedded", lambda name: shipped / name)
    for name in [name for name in os.environ if name.startswith(("HF_", "PIP_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("EDITDIFF_MODELS", str(tmp_path / "models"))
    return shipped / "toy"


@pytest.fixture
def file(tmp_path) -> str:
    (tmp_path / "mine.gguf").write_bytes(CONTENT)
    return str(tmp_path / "mine.gguf")


def place() -> Path:
    return where.place(SOURCE.sha256, 3)


def test_a_file_at_hand_becomes_a_model_and_what_happens_is_said_before(file, capsys):
    assert main(["models", "get", "toy", "--from", file]) == 0
    out, err = capsys.readouterr()
    assert out == f"toy lies in {place()}: use it with --model toy\n"
    what, source, into, takes, *stages = err.splitlines()
    assert what == "toy.gguf: 2.0 M parameters, Apache-2.0"
    assert source == f"  from {file}, which stays as it is, 3.0 MB"
    assert into == f"  into {place()}"
    assert takes == "  takes up to 3.0 MB of disk, 3.0 MB of it for good, and 1.0 MB of memory"
    assert stages[-1] == "packing 100%"
    assert "checking 100%" in stages
    assert (place() / "weights.bin").read_bytes() == CONTENT[::-1]
    assert Path(file).read_bytes() == CONTENT


def test_getting_it_twice_says_that_it_is_there(file, capsys):
    main(["models", "get", "toy", "--from", file])
    capsys.readouterr()
    assert main(["models", "get", "toy"]) == 0
    out, err = capsys.readouterr()
    assert out == f"toy is there already, in {place()}: use it with --model toy\n"
    assert err == ""


def test_the_hub_is_the_source_when_none_is_named(monkeypatch, capsys):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        assert main(["models", "get", "toy"]) == 0
    err = capsys.readouterr().err
    assert f"from makers/toy on the hub at {hub.endpoint}, revision main, 3.0 MB" in err
    assert "takes up to 6.0 MB of disk" in err
    assert "fetching 100%" in err


def test_the_package_index_is_asked_only_by_name_and_with_a_warning(tmp_path, monkeypatch, capsys):
    write_wheels(tmp_path / "wheels")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    assert main(["models", "get", "toy", "--source", "index"]) == 0
    err = capsys.readouterr().err
    warning = err.index("re-uploads by somebody unaffiliated with the model's makers")
    assert warning < err.index("fetching")
    assert place().is_dir()


def test_the_list_says_what_is_there_and_how_to_get_the_rest(file, monkeypatch, capsys):
    assert main(["models"]) == 0
    toy, whole = capsys.readouterr().out.splitlines()
    assert toy == (
        "toy         2.0 M parameters · 3.0 MB to fetch · Apache-2.0 · get it with `editdiff models get toy`"
    )
    assert whole.startswith("whole       cannot be used: ")
    main(["models", "get", "toy", "--from", file])
    capsys.readouterr()
    assert main(["models"]) == 0
    toy, _ = capsys.readouterr().out.splitlines()
    assert toy == (
        f"toy         2.0 M parameters · 3.0 MB · Apache-2.0 · 32768 tokens of context · in {place()}"
    )


def test_a_model_is_described_when_its_weights_are_there(file, capsys):
    assert main(["models", "toy"]) == 2
    assert capsys.readouterr().err == (
        "error: the weights of toy are not there\nhint: `editdiff models get toy`\n"
    )
    main(["models", "get", "toy", "--from", file])
    capsys.readouterr()
    assert main(["models", "toy"]) == 0
    out = capsys.readouterr().out
    facts = dict(line.split(maxsplit=1) for line in out.splitlines() if line.startswith("  "))
    assert facts["licence"] == "Apache-2.0"
    assert facts["fetched"] == str(place())
    assert facts["sha256"] == hashlib.sha256(CONTENT[::-1]).hexdigest()


def test_what_is_removed_is_to_be_had_again(file, capsys):
    main(["models", "get", "toy", "--from", file])
    capsys.readouterr()
    assert main(["models", "remove", "toy"]) == 0
    assert capsys.readouterr().out == "toy is removed, 3.0 MB are free again\n"
    assert not place().exists()
    assert main(["models", "remove", "toy"]) == 0
    assert capsys.readouterr().out == "toy is not here\n"


WRONG = {
    "no name": (["get"], "`editdiff models get` needs a name", "lists them"),
    "no name to remove": (["remove"], "`editdiff models remove` needs a name", "lists them"),
    "a name that is unknown": (["get", "toi"], "there is no model toi to get", "to be had: toy"),
    "unknown to remove": (["remove", "toi"], "there is no model toi to", "to be had: toy"),
    "a model that comes whole": (["get", "whole"], "whole comes with editdiff", "to be had: toy"),
    "whole, to remove": (["remove", "whole"], "whole comes with editdiff", "to be had: toy"),
    "a file and a source": (
        ["get", "toy", "--from", "x", "--source", "hub"],
        "--from and --source exclude each other",
        "a file at hand is taken from nowhere else",
    ),
    "a source nobody knows": (["get", "toy", "--source", "moon"], "'--source'", "--help"),
    "a file to describe": (["toy", "--from", "x"], "--from and --source belong to", "leave it"),
    "a source of the list": (["--source", "hub"], "--from and --source belong to", "leave it"),
    "a word too many": (["toy", "more"], "takes nothing more, but there is 'more'", "take a name"),
    "no file": (["get", "toy", "--from", "nothing.gguf"], "cannot read nothing.gguf", "toy.gguf"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_it_is_one_sentence_and_a_hint(wrong, tmp_path, monkeypatch, capsys):
    argv, message, hint = WRONG[wrong]
    monkeypatch.chdir(tmp_path)
    assert main(["models", *argv]) == 2
    out, err = capsys.readouterr()
    *_, error, hinted = err.splitlines()
    assert out == ""
    assert error.startswith("error: ")
    assert message in error
    assert hinted.startswith("hint: ")
    assert hint in hinted
    assert not (tmp_path / "models").exists() or not place().exists()


def test_an_altered_file_is_refused_and_nothing_is_kept(file, capsys):
    Path(file).write_bytes(b"x" + CONTENT[1:])
    assert main(["models", "get", "toy", "--from", file]) == 2
    assert "it is not toy.gguf as released" in capsys.readouterr().err
    assert not place().exists()


def test_a_folder_of_the_name_of_an_action_is_described_by_its_path(tmp_path, monkeypatch, capsys):
    (tmp_path / "get").mkdir()
    Manifest("backwards").write(tmp_path / "get")
    monkeypatch.chdir(tmp_path)
    assert main(["models", "./get"]) == 2
    assert "source.json" in capsys.readouterr().err


def test_the_variable_that_moves_the_models_is_no_setting(file, toy, monkeypatch, tmp_path, capsys):
    (tmp_path / "a.py").write_text("x = 1\n")
    assert main(["infill", str(tmp_path / "a.py"), "--lines", "1", "--model", str(toy)]) == 2
    assert capsys.readouterr().err == "error: it only lies there\nhint: look at it\n"


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such terminals")
def test_on_a_terminal_a_bar_is_drawn():
    program = (
        "from rich.console import Console\n"
        "from editdiff.cli.models_progress import shown\n"
        "with shown(Console(stderr=True, force_terminal=True)) as progress:\n"
        "    progress('wait', 0.0)\n"
        "    progress('fetch', 0.5)\n"
        "    progress('fetch', 1.0)\n"
    )
    leader, follower = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", program],
        stderr=follower,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "TERM": "xterm"},
        timeout=60,
    )
    os.close(follower)
    drawn = os.read(leader, 100_000).decode()
    os.close(leader)
    assert done.returncode == 0
    assert "waiting for another editdiff" in drawn
    assert "fetching" in drawn
    assert "━" in drawn
    assert "100%" in drawn
