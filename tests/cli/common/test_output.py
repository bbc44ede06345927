import io
import json
import os
import subprocess
import sys

import pytest

from editdiff.cli.app import main
from editdiff.cli.common.output import Output
from editdiff.cli.common.terminal import stderr_screen
from editdiff.engines.base import Draft
from editdiff.errors import UsageError

SOURCE = "def area(width, height):\n    return width + height\n\n\nprint(area(3, 4))\n"
FILLED = SOURCE.replace("+", "*")
LINE = "    return width * height"
BROKEN = "    return (width"
TWO = ["infill", "area.py", "--lines", "2"]
PIPED = ["infill", "-", "--path", "src/area.py", "--lines", "2"]


@pytest.fixture(autouse=True)
def area(tmp_path, monkeypatch):
    """A small file in the current folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "area.py"
    path.write_bytes(SOURCE.encode())
    return path


@pytest.fixture
def pipe(monkeypatch):
    """Put bytes on standard input."""

    def install(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    return install


def test_a_document_from_standard_input_is_shown_as_a_patch_of_its_name(answer, pipe, capsys):
    engine = answer(LINE)
    pipe(SOURCE.encode())
    assert main(PIPED) == 0
    out, err = capsys.readouterr()
    assert out.startswith("--- a/src/area.py\n+++ b/src/area.py\n")
    assert "+    return width * height\n" in out
    assert err == ""
    assert engine.tasks[0].path == "area.py"


@pytest.mark.parametrize(
    "data",
    [
        SOURCE.encode(),
        SOURCE.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + SOURCE.encode()[:-1],
        SOURCE.replace("print", "# 😀\x0c\u2028\nprint").encode(),
    ],
    ids=["lf", "crlf", "mark, no final newline", "odd characters"],
)
def test_write_prints_the_edited_document_with_every_other_byte_kept(
    data, answer, pipe, capfdbinary
):
    answer(LINE)
    pipe(data)
    assert main([*PIPED, "--write"]) == 0
    assert capfdbinary.readouterr() == (data.replace(b"+", b"*"), b"")


def test_without_an_edit_write_passes_the_document_through(answer, pipe, capfdbinary):
    data = b"\xef\xbb\xbf" + SOURCE.replace("\n", "\r\n").encode()
    answer(BROKEN)
    pipe(data)
    assert main([*PIPED, "--write"]) == 1
    out, err = capfdbinary.readouterr()
    assert out == data
    assert err.startswith(b"no edit: ")


def test_the_name_of_standard_input_tells_the_language_that_is_checked(answer, pipe, capsys):
    for path, code in (("area.py", 1), ("area.txt", 0)):
        answer(BROKEN)
        pipe(SOURCE.encode())
        assert main(["infill", "-", "--path", path, "--lines", "2"]) == code
    assert f"+{BROKEN}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-", "--lines", "2"], "standard input has no name"),
        (["-", "--path", "", "--lines", "2"], "standard input has no name"),
        (["area.py", "--path", "b.py", "--lines", "2"], "--path names standard input, but area.py"),
        ([*PIPED[1:], "--write", "--diff"], "so --diff has no place"),
        ([*PIPED[1:], "--write", "--json"], "so --json has no place"),
        (["area.py", "--lines", "2", "--diff", "--json"], "--diff and --json exclude each other"),
        ([*PIPED[1:-1], "99"], "line 99 is not in src/area.py, which has 5 lines"),
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_refused_before_the_model_is_asked(
    arguments, message, answer, pipe, capsys, area
):
    engine = answer(LINE)
    pipe(SOURCE.encode())
    assert main(["infill", *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, engine.tasks) == ("", [])
    assert message in err.split("\n")[0]
    assert err.split("\n")[1].startswith("hint: ")
    assert area.read_bytes() == SOURCE.encode()


@pytest.mark.parametrize("data", [b"", b"a\0\n\n", b"\xff\n\n"], ids=["empty", "NUL", "not UTF-8"])
def test_standard_input_that_is_no_text_is_one_sentence_and_a_hint(data, answer, pipe, capsys):
    answer(LINE)
    pipe(data)
    assert main([*PIPED, "--write"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "src/area.py is " in err
    assert err.count("\n") == 2


@pytest.mark.parametrize("how", ["closed", "opened for writing"])
def test_standard_input_that_cannot_be_read_is_one_sentence_and_a_hint(how, area):
    redirect = "<&-" if how == "closed" else "0> a.txt"
    command = f'"{sys.executable}" -m editdiff {" ".join(PIPED)} {redirect}'
    done = subprocess.run(
        ["sh", "-c", command],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "standard input" in done.stderr
    assert done.stderr.count("\n") == 2


def test_json_is_one_object_with_the_proposal(answer, capsys, area):
    answer([Draft((LINE,), score=-1.5, nfe=3)])
    assert main([*TWO, "--json", "--seed", "7"]) == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    seconds = told.pop("seconds")
    assert seconds > 0
    patch = told.pop("patch")
    assert patch.startswith("--- a/area.py\n+++ b/area.py\n@@ -1,5 +1,5 @@\n")
    assert told == {
        "outcome": "proposal",
        "reason": None,
        "hint": None,
        "path": "area.py",
        "edits": [
            {
                "start": 25,
                "end": 50,
                "start_line": 2,
                "start_column": 1,
                "end_line": 2,
                "end_column": 26,
                "old": "    return width + height",
                "new": LINE,
            }
        ],
        "score": -1.5,
        "confidence": None,
        "nfe": 3,
        "drafts": 1,
        "drafted": None,
        "seed": 7,
        "model": "scripted",
        "written": False,
        "others": [],
    }
    assert err == ""
    assert area.read_bytes() == SOURCE.encode()


def test_the_edits_of_the_json_are_placed_by_characters_and_by_lines(answer, capsys, area):
    text = "é😀 = 1\r\nb = 2\r\nc = 3\r\n"
    area.write_bytes(text.encode())
    answer("9\nx ")
    assert main(["infill", "area.py", "--span", "1:6-2:3", "--json"]) == 0
    (edit,) = json.loads(capsys.readouterr().out)["edits"]
    assert text[edit["start"] : edit["end"]] == edit["old"] == "1\r\nb "
    assert edit["new"] == "9\r\nx "
    places = ("start_line", "start_column", "end_line", "end_column")
    assert [edit[place] for place in places] == [1, 6, 2, 3]


def test_the_json_has_an_edit_for_each_gap_also_for_one_that_stays_as_it_is(answer, capsys, area):
    text = "a = 1\r\nb = 2\r\nc = ??\r\n"
    area.write_bytes(text.encode())
    answer([Draft(("a = 5", "b = 2", "6"), 0.0, 1)])
    assert main(["infill", "area.py:2,1", "--marker", "??", "--json"]) == 0
    edits = json.loads(capsys.readouterr().out)["edits"]
    assert [(e["start_line"], e["old"], e["new"]) for e in edits] == [
        (1, "a = 1", "a = 5"),
        (2, "b = 2", "b = 2"),
        (3, "??", "6"),
    ]
    assert all(text[e["start"] : e["end"]] == e["old"] for e in edits)


def test_several_gaps_of_standard_input_are_filled(answer, pipe, capfdbinary):
    data = b"\xef\xbb\xbfa = ??\r\nb = ??  # \xf0\x9f\x98\x80"
    answer([Draft(("1", "2"), 0.0, 1)])
    pipe(data)
    assert main(["infill", "-", "--path", "a.py", "--marker", "??", "--write"]) == 0
    out = capfdbinary.readouterr().out
    assert out == b"\xef\xbb\xbfa = 1\r\nb = 2  # \xf0\x9f\x98\x80"


def test_json_tells_why_there_is_no_edit_and_what_to_do(answer, capsys):
    answer(BROKEN)
    assert main([*TWO, "--json"]) == 1
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert (told["outcome"], told["edits"], told["patch"], told["nfe"]) == (
        "no_edit",
        [],
        None,
        None,
    )
    assert told["reason"] == "the only draft has a new problem in line 2: syntax error"
    assert told["hint"].startswith("mask a larger or another region")
    assert err == ""


def test_json_and_write_together_write_and_say_so(answer, capsys, area):
    answer(LINE)
    assert main([*TWO, "--json", "--write"]) == 0
    assert json.loads(capsys.readouterr().out)["written"] is True
    assert area.read_bytes() == FILLED.encode()


def test_every_outcome_has_the_same_keys_and_the_help_names_them(answer, capsys):
    answer(LINE, BROKEN)
    main([*TWO, "--json"])
    main([*TWO, "--json"])
    proposal, no_edit = map(json.loads, capsys.readouterr().out.splitlines())
    assert proposal.keys() == no_edit.keys()
    main(["infill", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    for key in (*proposal, *proposal["edits"][0]):
        assert key in shown.partition("--json")[2].partition("--quiet")[0]


@pytest.mark.parametrize("flag", ["--quiet", "-q"])
def test_quiet_says_nothing_of_no_edit_but_by_its_exit_code(flag, answer, capsys):
    answer(BROKEN)
    assert main([*TWO, flag]) == 1
    assert capsys.readouterr() == ("", "")


def test_quiet_still_prints_the_patch_and_errors(answer, capsys):
    answer(LINE)
    assert main([*TWO, "--quiet"]) == 0
    assert capsys.readouterr().out.startswith("--- a/area.py")
    assert main(["infill", "none.py", "--lines", "2", "--quiet"]) == 2
    assert capsys.readouterr().err.startswith("error: none.py does not exist")


def test_quiet_draws_nothing_where_otherwise_much_is_drawn(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert stderr_screen().is_terminal
    assert not stderr_screen(quiet=True).is_terminal


@pytest.mark.parametrize("is_stdin", [False, True])
def test_flags_that_leave_standard_output_to_one_thing_go_together(is_stdin):
    for output in (Output(), Output(write=True, quiet=True), Output(json=True, quiet=True)):
        output.check(is_stdin)
    with pytest.raises(UsageError):
        Output(diff=True, json=True).check(is_stdin)
