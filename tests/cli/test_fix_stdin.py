import io
import json
import sys

import pytest

from editdiff.cli import fix as command
from editdiff.cli.app import main
from editdiff.engines.fakes.scripted import ScriptedEngine

WRONG = "def area(width, height:\n    return width * height\n"
RIGHT = WRONG.replace("height:", "height):", 1)
PIPED = ["fix", "-", "--path", "src/area.py"]


@pytest.fixture(autouse=True)
def no_drafts(tmp_path, monkeypatch):
    """What is mended is mended by slips undone alone, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "choose", lambda *spec: ScriptedEngine([]))


@pytest.fixture
def pipe(monkeypatch):
    """Put bytes on standard input."""

    def install(data: bytes | str) -> None:
        data = data.encode() if isinstance(data, str) else data
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    return install


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (WRONG.encode(), RIGHT.encode()),
        (WRONG.replace("\n", "\r\n").encode(), RIGHT.replace("\n", "\r\n").encode()),
        (b"\xef\xbb\xbf" + WRONG.encode()[:-1], b"\xef\xbb\xbf" + RIGHT.encode()[:-1]),
        (RIGHT.encode(), RIGHT.encode()),
        (b"", b""),
    ],
    ids=["lf", "crlf", "mark, no final newline", "right already", "empty"],
)
def test_the_mended_text_goes_to_standard_output_with_every_other_byte(
    wrong, right, pipe, capfdbinary
):
    pipe(wrong)
    assert main(PIPED) == 0
    out, err = capfdbinary.readouterr()
    assert out == right
    assert err == (b"" if wrong == right else b"src/area.py: 1 fix, no problems left\n")


def test_what_cannot_be_mended_is_passed_on_and_told_and_the_status_is_that_of_what_is_printed(
    pipe, capsys
):
    pipe("x = 1 +* 2 ]]\n")
    assert main(PIPED) == 1
    out, err = capsys.readouterr()
    assert out == "x = 1 +* 2 ]]\n"
    assert err.startswith("src/area.py:1: ")
    pipe(out)
    assert main([*PIPED, "--exit-zero", "--quiet"]) == 0
    assert capsys.readouterr() == (out, "")


def test_write_says_the_same_and_writes_no_file(pipe, capsys, tmp_path):
    pipe(WRONG)
    assert main([*PIPED, "--write"]) == 0
    assert capsys.readouterr().out == RIGHT
    assert not list(tmp_path.iterdir())


def test_a_diff_is_asked_for_and_then_the_status_is_that_of_what_was_read(pipe, capsys):
    pipe(WRONG)
    assert main([*PIPED, "--diff"]) == 1
    assert capsys.readouterr().out.startswith("--- a/src/area.py\n+++ b/src/area.py\n")


def test_json_and_report_are_printed_instead_of_the_text(pipe, capsys):
    pipe(WRONG)
    assert main([*PIPED, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["path"], told["outcome"], told["written"]) == ("src/area.py", "proposal", False)
    pipe(WRONG)
    assert main([*PIPED, "--report"]) == 1
    assert "src/area.py:1:9: '(' was never closed [python]\n" in capsys.readouterr().out


def test_the_name_tells_the_language_and_has_the_name_that_other_tools_give_it(pipe, capsys):
    pipe(WRONG)
    assert main(["fix", "-", "--stdin-filename", "notes.txt", "--strict"]) == 1
    out, err = capsys.readouterr()
    assert out == WRONG
    assert err.startswith("not checked: notes.txt: ")


def test_lines_bound_what_is_mended(pipe, capsys):
    pipe("import os\nimport re\nx = 1\n")
    assert main([*PIPED, "--check", "ruff", "--lines", "2"]) == 0
    assert capsys.readouterr().out == "import os\nx = 1\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-"], "standard input has no name"),
        (["area.py", "--path", "b.py"], "--path names standard input, but area.py is a file"),
        (["-", "area.py", "--path", "b.py"], "with - the mended text goes to standard output"),
        ([*PIPED[1:], "--write", "--diff"], "so --diff has no place"),
        ([*PIPED[1:], "--lines", "9"], "line 9 is not in src/area.py"),
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_refused_and_nothing_printed(arguments, message, pipe, capsys):
    pipe(WRONG)
    assert main(["fix", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err.split("\n")[0]
    assert err.split("\n")[1].startswith("hint: ")


@pytest.mark.parametrize("data", [b"a\0", b"\xff"], ids=["NUL", "not UTF-8"])
def test_what_is_no_text_is_one_sentence_and_a_hint(data, pipe, capsys):
    pipe(data)
    assert main(PIPED) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 2)
    assert err.startswith("error: src/area.py is not ")


def test_beside_other_files_it_is_reported(pipe, capsys, tmp_path):
    (tmp_path / "a.py").write_text(WRONG)
    pipe(WRONG)
    assert main(["fix", "-", "a.py", "--path", "b.py", "--report"]) == 1
    files = [line.split(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert sorted(set(files)) == ["a.py", "b.py"]
