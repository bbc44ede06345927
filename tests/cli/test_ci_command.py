"""`editdiff ci` as a job runs it, in real repositories."""

import json
import os
import re

import pytest
from repositories import Repository, git, session
from small_projects import AREA, AREAS, PYTEST, RIGHT

from editdiff.ci.formats import FORMATS
from editdiff.cli import ci as command
from editdiff.cli.app import main

UNUSED = "import os\n"


@pytest.fixture(autouse=True)
def nobody_around(monkeypatch):
    """Nothing of the user's git, job and pytest."""
    for name in [name for name in os.environ if name.startswith(("GIT_", "GITHUB_", "CI_"))]:
        monkeypatch.delenv(name)
    for name in [name for name in os.environ if name in ("PYTEST_ADDOPTS", "PYTHONPATH")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Repository:
    """A project whose tests pass, in the current folder; the model has read what is right."""
    found = Repository.begin(tmp_path / "project", {**AREAS, "area.py": RIGHT})
    monkeypatch.chdir(found.folder)
    monkeypatch.setattr(command, "session_of", lambda chosen: session())
    return found


def test_what_is_proposed_is_told_with_who_judged_it_and_the_status_is_1(repository, capsys):
    repository.commit({"b.py": UNUSED, "n.md": "12 * 3 = 35\n"})
    assert main(["ci", "--base", "base"]) == 1
    assert capsys.readouterr().out == (
        "b.py:1: `os` imported but unused [ruff F401]\n"
        "  - import os\n"
        "    judged by syntax, python, ruff and math\n"
        "n.md:1: 12 * 3 is 36, not 35 [math]\n"
        "  - 12 * 3 = 35\n"
        "  + 12 * 3 = 36\n"
        "    judged by math\n"
        "2 problems in what changed, 2 fixes proposed\n"
    )


def test_a_right_change_is_told_as_such_and_the_status_is_0(repository, capsys):
    repository.commit({"b.py": "b = 1\n"})
    assert main(["ci", "--base", "base"]) == 0
    assert capsys.readouterr().out == "nothing is wrong with what changed\n"


def test_what_is_left_is_told_with_the_reason_and_is_wrong(repository, capsys):
    repository.commit({"b.py": "def f(:\n    ]]]\n"})
    assert main(["ci", "--base", "base"]) == 1
    out = capsys.readouterr().out
    assert re.search(r"^b\.py:\d: .* \[syntax\]: no fix, ", out)
    assert out.endswith("1 problem in what changed, no fixes proposed\n")


def test_what_was_wrong_before_is_told_and_not_wrong(repository, capsys):
    repository.commit({"area.py": AREA})
    git(repository.folder, "tag", "-f", "base")
    repository.commit({"area.py": AREA + "\n\nx = 1\n"})
    assert main(["ci", "--base", "base", "--test", PYTEST, "--check", "syntax"]) == 0
    assert "no fix, it fails at the base, too" in capsys.readouterr().out


def test_what_cannot_be_judged_is_wrong_with_strict_alone(repository, capsys):
    repository.commit({"b.py": b"# \xe9\n"})
    assert main(["ci", "--base", "base"]) == 0
    out = capsys.readouterr().out
    assert "note: b.py: not looked at, it is not UTF-8\n" in out
    assert out.endswith("nothing is wrong with what changed, as far as it was judged\n")
    assert main(["ci", "--base", "base", "--strict"]) == 1
    assert main(["ci", "--base", "base", "--strict", "--exit-zero"]) == 0


def test_exit_zero_is_0_where_something_is_wrong_and_2_stays(repository):
    repository.commit({"b.py": UNUSED})
    assert main(["ci", "--base", "base", "--exit-zero"]) == 0
    assert main(["ci", "--base", "nothing", "--exit-zero"]) == 2


def test_the_tests_that_a_change_made_fail_are_mended(repository, capsys):
    repository.commit({"area.py": AREA})
    assert (
        main(["ci", "--base", "base", "--test", PYTEST, "--format", "diff", "--threads", "1"]) == 1
    )
    git(repository.folder, "apply", "-", data=capsys.readouterr().out.encode())
    assert (repository.folder / "area.py").read_text() == RIGHT


def test_formats_go_to_files_and_text_to_standard_output_unless_another_one_does(
    repository, capsys, tmp_path
):
    repository.commit({"b.py": UNUSED})
    patch, text = tmp_path / "fixes.patch", tmp_path / "out.txt"
    assert main(["ci", "--base", "base", "--format", f"diff={patch}"]) == 1
    assert capsys.readouterr().out.startswith("b.py:1: ")
    assert patch.read_text().startswith("diff --git a/b.py b/b.py\n")
    assert main(["ci", "--base", "base", "--format", "diff", "--format", f"text={text}"]) == 1
    assert capsys.readouterr().out == patch.read_text()
    assert text.read_text().startswith("b.py:1: ")
    assert set(FORMATS) >= {"diff", "text"}


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({"GITHUB_BASE_REF": "main"}, 1),
        ({"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}, 1),
        ({"CI_MERGE_REQUEST_DIFF_BASE_SHA": "main"}, 1),
        ({"GITHUB_BASE_REF": "nowhere"}, 2),
        ({}, 2),
    ],
)
def test_the_base_is_what_the_job_tells(repository, monkeypatch, environ, status):
    git(repository.folder, "checkout", "-qb", "feature")
    repository.commit({"b.py": UNUSED})
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert main(["ci"]) == status


def test_settings_of_the_base_hold_and_that_is_told(repository, capsys):
    repository.commit({"pyproject.toml": '[tool.editdiff]\nexclude = ["old.py"]\n'})
    git(repository.folder, "tag", "-f", "base")
    everything = '[tool.editdiff]\nexclude = ["*"]\n'
    repository.commit({"pyproject.toml": everything, "b.py": UNUSED, "old.py": UNUSED})
    assert main(["ci", "--base", "base"]) == 1
    out = capsys.readouterr().out
    assert "b.py:1: " in out
    assert "old.py: not looked at, excluded by the settings" in out
    assert "note: [tool.editdiff] in pyproject.toml is another one than at the base" in out


@pytest.mark.parametrize(
    ("flags", "message", "hint"),
    [
        ([], "nothing says what the change is to be compared with", "--base origin/main"),
        (["--base", "nothing"], "has no revision 'nothing'", "name a commit"),
        (["--base", "base", "--check", "spelling"], "there is no check 'spelling'", "the checks: "),
        (["--base", "base", "--check", ","], "--check names no check", "the checks: "),
        (["--base", "base", "--format", "html"], "there is no format 'html'", "the formats: "),
        (["--base", "base", "--format", "diff="], "names no file", "diff=FILE"),
        (["--base", "base", "--format", "diff", "--format", "text"], "cannot both go", "text=FILE"),
        (["--base", "base", "--format", "diff=no/such/folder"], "cannot write no/such/folder", "a folder"),
        (["--base", "base", "--diagnostics", "gone.json"], "gone.json does not exist", "check the path"),
        (["--base", "base", "--network"], "--network says something of tests", "--test"),
        (["--base", "base", "--keep-env", "X"], "--keep-env says something of tests", "--test"),
        (["--base", "base", "--test", " "], "--test names no command", "pytest -q"),
        (["--base", "base", "--test", "no-such-command-here"], "the test command does not run", "by hand"),
        (["--base", "base", "--max-edits", "-1"], "", ""),
    ],
)  # fmt: skip
def test_bad_input_is_told_in_a_sentence_with_a_hint(repository, capsys, flags, message, hint):
    repository.commit({"b.py": UNUSED})
    before = git(repository.folder, "status", "--porcelain")
    code = main(["ci", *flags])
    err = capsys.readouterr().err
    assert code == 2
    assert message in err
    assert re.search(hint, err)
    assert len(err.strip().split("\n")) == 2
    assert git(repository.folder, "status", "--porcelain") == before


def test_options_change_what_is_proposed(repository, capsys):
    repository.commit({"b.py": UNUSED, "n.md": "12 * 3 = 35\n"})
    (repository.folder / "out.txt").write_text(
        "b.py:1: error: odd  [misc]\narea.py:1: error: old  [misc]\n"
    )
    told = {
        "--check math": ["n.md"],
        "--max-edits 1": ["b.py", "n.md"],
        "--max-minutes 0": [],
        "--diagnostics out.txt": ["b.py", "n.md", "b.py", "area.py"],
    }
    for flags, paths in told.items():
        main(["ci", "--base", "base", *flags.split(" ")])
        lines = capsys.readouterr().out.split("\n")
        assert [
            line.partition(":")[0] for line in lines if re.match(r"[\w.]+:\d+: ", line)
        ] == paths


def test_everything_looks_at_lines_that_did_not_change(repository, capsys):
    repository.commit({"b.py": UNUSED + "\nx = 1\n"})
    git(repository.folder, "tag", "-f", "base")
    repository.commit({"b.py": UNUSED + "\nx = 2\n"})
    assert main(["ci", "--base", "base"]) == 0
    assert main(["ci", "--base", "base", "--everything"]) == 1


def test_a_name_with_a_line_break_is_one_line_of_the_log_and_of_no_harm(repository, capsys):
    name = "odd\n::warning::name.py"
    repository.commit({name: UNUSED})
    assert main(["ci", "--base", "base"]) == 1
    lines = capsys.readouterr().out.split("\n")
    assert lines[0].startswith("odd\\n::warning::name.py:1: ")


def test_outside_of_a_repository_it_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["ci", "--base", "base"]) == 2
    assert "is not in a git repository" in capsys.readouterr().err


def test_the_same_is_printed_a_second_time(repository, capsys):
    repository.commit({"b.py": UNUSED, "n.md": "12 * 3 = 35\n"})
    main(["ci", "--base", "base"])
    first = capsys.readouterr().out
    main(["ci", "--base", "base"])
    assert capsys.readouterr().out == first


def test_a_push_is_compared_with_what_was_there_before(repository, monkeypatch, tmp_path):
    before = git(repository.folder, "rev-parse", "HEAD").strip()
    repository.commit({"b.py": UNUSED})
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"before": before}))
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))
    assert main(["ci"]) == 1


@pytest.mark.weights
def test_with_the_built_in_model_a_change_is_mended(repository, monkeypatch, capsys):
    monkeypatch.undo()
    monkeypatch.chdir(repository.folder)
    repository.commit({"b.py": RIGHT.replace("height):", "height:")})
    assert main(["ci", "--base", "base", "--model", "nano", "--format", "diff"]) == 1
    git(repository.folder, "apply", "-", data=capsys.readouterr().out.encode())
    assert (repository.folder / "b.py").read_text() == RIGHT
