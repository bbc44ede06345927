"""`fix --test` as a user sees it, on small projects with real tests."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from confined_runs import eventually, running
from pseudo_terminal import begin
from small_projects import AREA, AREAS, PYTEST, RIGHT, write

from editdiff.cli import fix as command
from editdiff.cli.app import main
from editdiff.cli.common.question import QUESTIONS, Taking
from editdiff.engines.fakes.chain import ChainDenoiser
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.twin.engine import TwinEngine
from editdiff.trials import tree
from editdiff.trials.running import Confinement

PLAIN = "import area\nassert area.half(8) == 4, 'wrong half'\nassert area.area(3, 4) == 12, 'wrong area'\n"
CHECK = f"{sys.executable} -S check.py"
CHECKED = {"area.py": AREA, "check.py": PLAIN}
PATCH = (
    "--- a/area.py\n"
    "+++ b/area.py\n"
    "@@ -1,5 +1,5 @@\n"
    " def area(width, height):\n"
    "-    return width + height\n"
    "+    return width * height\n"
    " \n"
    " \n"
    " def half(area):\n"
)
FEW = ("--tries", "60", "--threads", "1")


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A project in the current folder whose tests tell nothing but that they fail."""
    root = tmp_path.resolve() / "project"
    root.mkdir()
    monkeypatch.chdir(root)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    for name in [each for each in os.environ if each in ("PYTEST_ADDOPTS", "PYTHONPATH")]:
        monkeypatch.delenv(name)
    return write(root, CHECKED)


@pytest.fixture
def engine(monkeypatch) -> TwinEngine:
    """An engine from left to right that has read the right text."""
    found = TwinEngine(ChainDenoiser((RIGHT,) * 20), "chain")
    monkeypatch.setattr(command, "choose", lambda *spec: found)
    return found


@pytest.fixture
def no_engine(monkeypatch) -> None:
    def never(*spec):
        raise AssertionError("a model was loaded")

    monkeypatch.setattr(command, "choose", never)


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")


DAMAGED = '{"version": "2.1.0", "runs": ['
USAGE = [
    ((), "--test names no command", "--test 'pytest -q'", ""),
    (("--report",), "--report names problems that no test tells of", "leave out --report", CHECK),
    (("--check", "math"), "--check names problems that no test tells of", "leave out --check", CHECK),
    (("-",), "nothing is read from standard input beside --test", "name files", CHECK),
    (("--path", "a.py"), "nothing is read from standard input beside --test", "name files", CHECK),
    (("--diff", "--json"), "--diff and --json exclude each other", "the JSON holds the patch", CHECK),
    ((), "the test command does not run: .*no-such-command-here", "try it by hand", "no-such-command-here"),
    (("--test-seconds", "1"), "the tests were ended: they took longer than 1 s", "--test-seconds", "sleep 30"),
    ((), "pytest reports no tests: ", "try the command by hand", f"{PYTEST} area.py"),
    ((), "pytest reports wrong usage: ", "try the command by hand", f"{PYTEST} --no-such-flag"),
    (("no-such-file.py",), "no-such-file.py", ".", CHECK),
    (("../outside.py",), r"\.\./outside\.py lies outside of .*project", "run it in the project", CHECK),
    (("--lines", "2", "area.py", "more.py"), "--lines names lines of one file, not of 2", "that file alone", CHECK),
    (("--lines", "2"), "--lines names lines of one file, not of 0", "that file alone", CHECK),
    (("--lines", "99", "area.py"), "99", "", CHECK),
    (("--lines", "two", "area.py"), "two", "", CHECK),
    (("--diff-base", "HEAD", "area.py"), "area.py is not in a git repository", "such as --diff-base", CHECK),
    (("--diagnostics", "no-such.json"), "no-such.json", ".", CHECK),
    (("--diagnostics", "damaged.sarif"), "damaged.sarif", ".", CHECK),
    (("--diagnostics", "elsewhere.txt"), "elsewhere.txt names no file of .*project", "run it in", CHECK),
    (("notebook.ipynb",), "notebook", ".", CHECK),
    (("tests",), "no file that may be edited in tests", "only if they are named themselves", CHECK),
    (("--tries", "0"), "tries", "", CHECK),
    (("--test-seconds", "0"), "test-seconds", "", CHECK),
]  # fmt: skip
NOTEBOOK = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
    {"cell_type": "code", "id": "a", "metadata": {}, "source": ["x = 1\n"], "outputs": [], "execution_count": None}
]}  # fmt: skip


@pytest.mark.parametrize(("flags", "message", "hint", "test"), USAGE)
def test_bad_input_is_told_in_a_sentence_with_a_hint(
    flags, message, hint, test, project, no_engine, capsys
):
    more = {
        "more.py": "x = 1\n", "tests/test_x.py": "", "damaged.sarif": DAMAGED,
        "elsewhere.txt": "/nowhere/a.py:1:1: error: wrong\n", "notebook.ipynb": json.dumps(NOTEBOOK),
    }  # fmt: skip
    write(project, more)
    (project.parent / "outside.py").write_text("x = 1\n")
    before = tree.snapshot(project.parent)
    assert main(["fix", "--test", test, *flags]) == 2
    out, err = capsys.readouterr()
    assert out == "" and "Traceback" not in err
    assert re.search(message, err) and hint in err
    assert tree.snapshot(project.parent) == before


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--diagnostics", "x.json"), "--diagnostics says something of tests"),
        (("--network",), "--network says something of tests"),
    ],
)
def test_what_is_said_of_tests_needs_their_command(flags, message, project, no_engine, capsys):
    assert main(["fix", "area.py", *flags]) == 2
    err = capsys.readouterr().err
    assert message in err and "--test" in err


def test_an_unknown_revision_is_told(project, no_engine, capsys):
    commit(project)
    assert main(["fix", "--test", CHECK, "--diff-base", "no-such-branch"]) == 2
    err = capsys.readouterr().err
    assert "has no revision 'no-such-branch'" in err and "such as HEAD or main" in err


def test_a_model_that_cannot_doubt_is_told(project, monkeypatch, capsys):
    monkeypatch.setattr(command, "choose", lambda *spec: ScriptedEngine([]))
    assert main(["fix", "--test", CHECK, "area.py"]) == 2
    assert "has no network that could doubt a text" in capsys.readouterr().err


def test_tests_that_pass_need_no_model(project, no_engine, capsys):
    write(project, {"area.py": RIGHT})
    assert main(["fix", "--test", CHECK]) == 0
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("the tests pass as it is (")


def test_tests_that_pass_are_told_as_json(project, engine, capsys):
    write(project, {"area.py": RIGHT})
    assert main(["fix", "--test", CHECK, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["outcome"], told["reason"]) == ("no_edit", "the tests pass as it is")


def test_a_fault_is_mended_and_the_file_stays(project, engine, capsys):
    before = tree.snapshot(project)
    assert main(["fix", "--test", CHECK, "area.py", *FEW]) == 1
    out, err = capsys.readouterr()
    assert out == PATCH
    first, last = err.rstrip("\n").split("\n")
    assert first == "the tests fail: AssertionError: wrong area"
    assert last.startswith("the tests pass with it, and all others; edit ")
    assert tree.snapshot(project) == before


def test_nothing_needs_to_be_named_where_pytest_tells_what_runs(project, engine, capsys):
    write(project, AREAS)
    assert main(["fix", "--test", PYTEST, *FEW, "--diff"]) == 1
    out, err = capsys.readouterr()
    assert out == PATCH
    assert "tests/test_area.py::test_area fails: AssertionError: assert 7 == 12" in err
    assert "1 test that failed passes with it, and all others; edit " in err
    subprocess.run(["git", "apply"], input=out.encode(), check=True)
    assert (project / "area.py").read_text() == RIGHT


def test_the_output_of_another_runner_says_where_to_look(project, engine, capsys):
    wrong = AREA.replace("width + height", "width * heigh")
    write(project, {"area.py": wrong, "check.py": "import area\nassert area.area(3, 4) == 12\n"})
    assert main(["fix", "--test", CHECK, *FEW, "--write", "--quiet"]) == 0
    assert (project / "area.py").read_text() == RIGHT


def test_where_nothing_says_where_to_look_files_have_to_be_named(project, engine, capsys):
    write(project, {"check.sh": "test -e no-such-file\n"})
    assert main(["fix", "--test", "sh check.sh"]) == 1
    out, err = capsys.readouterr()
    assert (
        out == "" and "neither the output of the tests nor what they run says where to look" in err
    )


def test_write_writes_it(project, engine, capsys):
    (project / "area.py").chmod(0o755)
    assert main(["fix", "--test", CHECK, "area.py", "--write", *FEW]) == 0
    err = capsys.readouterr().err
    assert (project / "area.py").read_text() == RIGHT
    assert (project / "area.py").stat().st_mode & 0o777 == 0o755
    assert err.rstrip("\n").endswith("written to area.py")
    assert main(["fix", "--test", CHECK]) == 0


def test_every_other_byte_of_the_file_stays(project, engine):
    data = b"\xef\xbb\xbf" + AREA.replace("\n", "\r\n").encode().removesuffix(b"\r\n")
    write(project, {"area.py": data})
    assert main(["fix", "--test", CHECK, "area.py", "--write", *FEW]) == 0
    assert (project / "area.py").read_bytes() == data.replace(b"width + height", b"width * height")


def test_json_tells_the_edit_and_what_the_tests_said(project, engine, capsys):
    write(project, AREAS)
    assert main(["fix", "--test", PYTEST, "--json", *FEW]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["outcome"], told["path"], told["patch"], told["written"]) == (
        "proposal",
        "area.py",
        PATCH,
        False,
    )
    tests = told["tests"]
    assert tests["command"] == PYTEST and tests["failing"] == ["tests/test_area.py::test_area"]
    assert 1 <= tests["tried"] <= 60 <= tests["made"] * 60 and tests["source"] == "mutation"
    assert tests["seconds"] > 0


def test_exit_zero_is_for_bots_and_leaves_bad_input(project, engine, capsys):
    assert main(["fix", "--test", CHECK, "area.py", "--exit-zero", *FEW]) == 0
    assert capsys.readouterr().out == PATCH
    assert main(["fix", "--test", "", "--exit-zero"]) == 2


def test_what_no_edit_mends_is_told_with_what_was_tried(project, engine, capsys):
    write(project, {"check.py": "import area\nassert area.area(3, 4) == 'nonsense'\n"})
    before = tree.snapshot(project)
    assert (
        main(["fix", "--test", CHECK, "area.py", "--write", "--tries", "5", "--threads", "1"]) == 1
    )
    out, err = capsys.readouterr()
    assert out == "" and "the tests pass with none of 5 edits that were tried, of " in err
    assert "--tries" in err
    assert tree.snapshot(project) == before
    assert main(["fix", "--test", CHECK, "area.py", "--json", "--tries", "3"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["outcome"], told["tests"]["tried"], told["tests"]["source"]) == (
        "no_edit",
        3,
        None,
    )


def test_only_the_lines_that_are_named_are_edited(project, engine, capsys):
    assert (
        main(
            ["fix", "--test", CHECK, "area.py", "--lines", "5-6", "--tries", "20", "--threads", "1"]
        )
        == 1
    )
    out, err = capsys.readouterr()
    assert out == "" and "pass with none of" in err
    assert main(["fix", "--test", CHECK, "area.py", "--lines", "2", *FEW]) == 1
    assert capsys.readouterr().out == PATCH
    assert main(["fix", "--test", CHECK, "area.py", "--lines", "3", *FEW]) == 1
    assert "no line that may be edited holds code" in capsys.readouterr().err


def test_only_what_changed_since_a_revision_is_edited(project, engine, capsys):
    write(project, {"area.py": RIGHT})
    commit(project)
    write(project, {"area.py": AREA})
    assert main(["fix", "--test", CHECK, "--diff-base", "HEAD", *FEW]) == 1
    assert capsys.readouterr().out == PATCH
    git(project, "commit", "-qam", "second")
    assert main(["fix", "--test", CHECK, "--diff-base", "HEAD", "area.py", *FEW]) == 1
    assert "no line that may be edited holds code" in capsys.readouterr().err


def test_what_changed_since_the_last_commit_is_suspected_where_nothing_else_is_known(
    project, engine, capsys
):
    silent = "import area\nraise SystemExit(area.area(3, 4) != 12)\n"
    write(project, {"area.py": RIGHT, "check.py": silent})
    commit(project)
    write(project, {"area.py": AREA})
    assert main(["fix", "--test", CHECK, *FEW]) == 1
    assert capsys.readouterr().out == PATCH


def test_a_link_that_leads_out_of_the_project_is_not_followed(project, engine, capsys):
    write(project, {"check.py": "import area\nraise SystemExit(area.area(3, 4) != 12)\n"})
    (project / "area.py").rename(project.parent / "outside.py")
    commit(project)
    (project / "area.py").symlink_to("../outside.py")
    assert main(["fix", "--test", CHECK, "--write", *FEW]) == 1
    assert "says where to look" in capsys.readouterr().err
    assert main(["fix", "--test", CHECK, "--write", "area.py", *FEW]) == 2
    assert "area.py lies outside of" in capsys.readouterr().err
    assert (project.parent / "outside.py").read_text() == AREA


def test_diagnostics_say_where_to_look(project, engine, capsys):
    write(
        project,
        {"told.txt": "area.py:2:12: error: Unsupported operand types\n", "more.py": "x = 1\n"},
    )
    assert main(["fix", "--test", CHECK, "--diagnostics", "told.txt", *FEW]) == 1
    assert capsys.readouterr().out == PATCH


def test_a_test_is_edited_only_if_it_is_named_itself(project, engine, capsys):
    wrong = PLAIN.replace("== 12", "== 13")
    write(project, {"area.py": RIGHT, "tests/test_plain.py": wrong})
    test = f"PYTHONPATH=. {sys.executable} -S tests/test_plain.py"
    assert main(["fix", "--test", test, "area.py", "--tries", "5", "--threads", "1"]) == 1
    assert capsys.readouterr().out == ""
    assert main(["fix", "--test", test, "tests/test_plain.py", "--lines", "3", *FEW]) == 1
    assert "+++ b/tests/test_plain.py\n" in capsys.readouterr().out


def test_it_runs_in_the_folder_below_a_repository_in_which_it_was_started(
    project, engine, capsys, monkeypatch
):
    root = write(project / "part", CHECKED)
    commit(project)
    monkeypatch.chdir(root)
    assert main(["fix", "--test", CHECK, "area.py", *FEW]) == 1
    assert PATCH.replace("/area.py", "/part/area.py") in capsys.readouterr().out


def test_tests_that_see_what_is_installed_and_not_the_copy_are_told(project, engine, capsys):
    write(project, {"src/area.py": AREA, "check.py": PLAIN})
    (project / "area.py").unlink()
    test = f"PYTHONPATH={project}/src {CHECK}"
    assert main(["fix", "--test", test, "src/area.py", *FEW]) == 1
    out, err = capsys.readouterr()
    assert out == "" and "do not notice an error planted in the copy of src/area.py" in err
    assert "PYTHONPATH=src" in err


def test_tests_that_reach_out_of_their_copy_are_told(project, engine, capsys, monkeypatch):
    monkeypatch.setattr(Confinement, "level", "plain")
    write(project, {"check.py": f"open({str(project / 'made')!r}, 'a').write('x')\n{PLAIN}"})
    assert main(["fix", "--test", CHECK, "area.py", "--write", *FEW]) == 1
    out, err = capsys.readouterr()
    assert out == "" and "made changed while the tests ran" in err
    assert "this system lets nobody separate a process" in err
    assert (project / "area.py").read_text() == AREA


PROGRAM = """
from editdiff.cli import fix
from editdiff.cli.app import main
from editdiff.engines.fakes.chain import ChainDenoiser
from editdiff.engines.twin.engine import TwinEngine
engine = TwinEngine(ChainDenoiser((open("../right").read(),) * 20), "chain")
fix.choose = lambda *spec: engine
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(("keys", "code", "after"), [("a\n", 0, RIGHT), ("n\n", 1, AREA)])
def test_at_a_terminal_it_asks(keys, code, after, project):
    (project.parent / "right").write_text(RIGHT)
    terminal = begin(PROGRAM, ("fix", "--test", CHECK, "area.py", *FEW), project)
    assert "return width * height" in terminal.wait_for(QUESTIONS[Taking])
    terminal.enter(keys)
    assert terminal.end() == code
    assert (project / "area.py").read_text() == after


def test_ctrl_c_ends_what_runs_and_leaves_nothing(project, tmp_path):
    (project.parent / "right").write_text(RIGHT)
    mark = "62.0305070911"
    terminal = begin(PROGRAM, ("fix", "--test", f"sleep {mark}; true", "area.py"), project)
    assert eventually(lambda: running(f"sleep\0{mark}"))
    before = time.monotonic()
    terminal.enter("\x03")
    assert terminal.end() == 130
    assert time.monotonic() - before < 8
    assert running(f"sleep\0{mark}") == []
    assert (project / "area.py").read_text() == AREA
