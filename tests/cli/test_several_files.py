import json
import os

import pytest

from editdiff.cli import infill
from editdiff.cli.app import main
from editdiff.engines.base import Draft
from editdiff.errors import ModelError

TEXT = "a = 1\nb = 2\n"
BROKEN = "b = ("


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Two files in the current folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("one.py", "two.py"):
        (tmp_path / name).write_text(TEXT)
    return tmp_path


def test_every_file_has_its_own_region(folder, answer, capsys):
    answer("a = 3", "4")
    assert main(["infill", "one.py:1", "two.py:2:5-2:6", "--write"]) == 0
    assert (folder / "one.py").read_text() == "a = 3\nb = 2\n"
    assert (folder / "two.py").read_text() == "a = 1\nb = 4\n"
    out = capsys.readouterr().out
    assert out.index("+++ b/one.py") < out.index("+++ b/two.py")


def test_json_of_several_files_is_a_line_for_each(answer, capsys):
    answer("a = 3", BROKEN)
    assert main(["infill", "one.py:1", "two.py:2", "--json"]) == 1
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(t["path"], t["outcome"]) for t in told] == [
        ("one.py", "proposal"),
        ("two.py", "no_edit"),
    ]


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (("b = 3", "b = 4"), 0),
        (("b = 3", BROKEN), 1),
        ((BROKEN, "b = 3"), 1),
        ((BROKEN, BROKEN), 1),
    ],
)
def test_the_exit_code_tells_whether_every_file_has_a_proposal(script, code, answer):
    # each of two rounds asks the engine once: a single broken draft is tried again
    rounds = [entry for text in script for entry in ([text] if text != BROKEN else [text, ()])]
    answer(*rounds)
    assert main(["infill", "one.py:2", "two.py:2"]) == code


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("none.py:1", "none.py does not exist"),
        ("one.py:99", "one.py:99: line 99 is not in one.py, which has 2 lines"),
        ("one.py", "no region to fill in one.py"),
        ("one.py:2-1", "one.py:2-1 runs backwards"),
        (".:1", ". is a directory"),
    ],
)
@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
def test_one_bad_target_is_reported_and_the_others_are_filled(
    first, bad, message, folder, answer, capsys
):
    answer("b = 3")
    targets = [bad, "two.py:2"] if first else ["two.py:2", bad]
    assert main(["infill", *targets, "--write"]) == 2
    assert (folder / "two.py").read_text() == "a = 1\nb = 3\n"
    error, hint = capsys.readouterr().err.splitlines()
    assert error == f"error: {message}"
    assert hint.startswith("hint: ")


def test_a_file_without_an_edit_is_named_and_the_others_are_filled(folder, answer, capsys):
    answer(BROKEN, "b = 3")
    targets = ["one.py:2", "two.py:2"]
    assert main(["infill", *targets, "--write", "--temperature", "0"]) == 1
    assert (folder / "two.py").read_text() == "a = 1\nb = 3\n"
    first = capsys.readouterr().err.split("\n")[0]
    assert first.startswith("one.py:2: no edit: the only draft has a new problem")


def test_a_file_is_not_filled_twice_under_two_names(folder, answer, capsys):
    os.symlink("one.py", folder / "link.py")
    answer("a = 3", "b = 3")
    assert main(["infill", "one.py:1", "link.py:2", "--write"]) == 2
    assert (folder / "one.py").read_text() == "a = 3\nb = 2\n"
    assert "link.py is named twice" in capsys.readouterr().err


def test_a_marker_is_filled_in_every_file(folder, answer):
    (folder / "one.py").write_text("a = ??\nb = ??\n")
    (folder / "two.py").write_text("c = ??\n")
    answer([Draft(("1", "2"), 0.0, 1)], "3")
    assert main(["infill", "one.py", "two.py", "--marker", "??", "--write"]) == 0
    assert (folder / "one.py").read_text() == "a = 1\nb = 2\n"
    assert (folder / "two.py").read_text() == "c = 3\n"


def test_a_file_without_the_marker_is_named_and_the_others_are_filled(folder, answer, capsys):
    (folder / "two.py").write_text("c = ??\n")
    answer("3")
    assert main(["infill", "one.py", "two.py", "--marker", "??", "--write"]) == 2
    assert (folder / "two.py").read_text() == "c = 3\n"
    assert "error: --marker '??' does not occur in one.py\n" in capsys.readouterr().err


@pytest.mark.parametrize("flag", [["--lines", "1"], ["--span", "1:1-1:2"]])
def test_one_region_for_several_files_is_refused(flag, answer, capsys):
    engine = answer("x")
    assert main(["infill", "one.py", "two.py", *flag]) == 2
    assert engine.tasks == []
    assert f"{flag[0]} names a region of one file, not of 2" in capsys.readouterr().err


def test_without_a_model_the_reason_is_told_once(monkeypatch, capsys):
    def choose(*spec):
        raise ModelError("there is no model", "get one")

    monkeypatch.setattr(infill, "choose", choose)
    assert main(["infill", "one.py:1", "two.py:1"]) == 2
    assert capsys.readouterr().err == "error: there is no model\nhint: get one\n"
