"""What tests say of a change: what it made fail, edits with which they pass, fixes with which they fail."""

import os
import sys

import pytest
from repositories import Repository, git
from small_projects import AREA, AREAS, PYTEST, RIGHT, TEST

from editdiff.ci.base import Proposed
from editdiff.errors import UsageError

CHECK = f"{sys.executable} -S check.py"
CHECKED = "import area\nassert area.half(8) == 4, 'wrong half'\nassert area.area(3, 4) == 12, 'wrong area'\n"
RUNNING = {"area.py": RIGHT, "check.py": CHECKED}
MORE = RIGHT + "\n\ndef twice(area):\n    return area * 2\n"
MORE_TESTS = TEST.replace("import area, half", "import area, half, twice") + (
    "\n\ndef test_twice():\n    assert twice(4) == 8\n    assert twice(3) == 6\n"
)


@pytest.fixture
def project(tmp_path, monkeypatch) -> Repository:
    """A project whose tests pass."""
    found = Repository.begin(tmp_path / "project", {**AREAS, "area.py": RIGHT})
    monkeypatch.chdir(found.folder)
    return found


def reasons(proposed: Proposed) -> list[tuple[str, str, bool]]:
    return [(each.problem.path, each.reason, each.blamed) for each in proposed.left]


def test_an_edit_is_proposed_with_which_the_tests_pass_that_the_change_made_fail(project):
    project.commit({"area.py": AREA})
    before = git(project.folder, "status", "--porcelain")
    proposed = project.proposed(test=PYTEST)
    assert len(proposed.fixes) == 1
    fix = proposed.fixes[0]
    assert [(p.path, p.line, p.source) for p in fix.problems] == [("area.py", 2, "tests")]
    assert fix.problems[0].message.startswith("tests/test_area.py::test_area fails: AssertionError")
    assert fix.judged.startswith("syntax, python and tests")
    assert fix.confidence is None
    assert project.mended(proposed) == {"area.py": RIGHT}
    assert before == ""


def test_of_tests_that_tell_nothing_the_same_is_found(tmp_path, monkeypatch):
    project = Repository.begin(tmp_path / "plain", RUNNING)
    monkeypatch.chdir(project.folder)
    project.commit({"area.py": AREA})
    proposed = project.proposed(test=CHECK)
    assert project.mended(proposed) == {"area.py": RIGHT}
    assert "wrong area" in proposed.fixes[0].problems[0].message


def test_nothing_is_blamed_on_the_change_that_fails_at_the_base_too(tmp_path, monkeypatch):
    for name, files, test in (
        ("told", AREAS, PYTEST),
        ("plain", {**RUNNING, "area.py": AREA}, CHECK),
    ):
        project = Repository.begin(tmp_path / name, files)
        monkeypatch.chdir(project.folder)
        project.commit({"area.py": AREA + "\n\ndef third(area):\n    return area / 3\n"})
        proposed = project.proposed(test=test)
        assert (proposed.fixes, proposed.wrong) == ((), 0)
        assert [each[1:] for each in reasons(proposed)] == [("it fails at the base, too", False)]


def test_beside_tests_that_fail_at_the_base_what_the_change_broke_is_mended(tmp_path, monkeypatch):
    old = {**AREAS, "area.py": MORE.replace("* 2", "* 3"), "tests/test_area.py": MORE_TESTS}
    project = Repository.begin(tmp_path / "old", old)
    monkeypatch.chdir(project.folder)
    broken = old["area.py"].replace("width * height", "width + height")
    project.commit({"area.py": broken})
    proposed = project.proposed(test=PYTEST, right=old["area.py"])
    assert project.mended(proposed) == {"area.py": old["area.py"]}
    assert [each[1:] for each in reasons(proposed)] == [("it fails at the base, too", False)]
    assert "test_twice" in proposed.left[0].problem.message


def test_two_faults_of_one_change_are_two_fixes(tmp_path, monkeypatch):
    old = {**AREAS, "area.py": MORE, "tests/test_area.py": MORE_TESTS}
    project = Repository.begin(tmp_path / "old", old)
    monkeypatch.chdir(project.folder)
    project.commit(
        {"area.py": MORE.replace("* 2", "* 3").replace("width * height", "width + height")}
    )
    proposed = project.proposed(test=PYTEST, right=MORE, tries=15)
    assert len(proposed.fixes) == 2
    assert project.mended(proposed) == {"area.py": MORE}
    assert (proposed.left, proposed.wrong) == ((), 2)


def test_a_fault_outside_of_the_lines_that_changed_is_left(project):
    project.commit({"area.py": AREA + "\n\ndef third(area):\n    return area / 3\n"})
    git(project.folder, "tag", "-f", "base")
    test = TEST.replace("assert half", "assert area(1, 1) == 1\n    assert half")
    project.commit({"tests/test_more.py": test.replace("test_", "test_more_"), "area.py": AREA})
    proposed = project.proposed(test=PYTEST)
    assert proposed.fixes == ()
    assert {each[1:] for each in reasons(proposed)} == {
        ("it fails at the base, too", False),
        ("no line that changed holds code that the failing tests run", True),
    }
    everything = project.proposed(test=PYTEST, everything=True)
    assert [fix.path for fix in everything.fixes] == ["area.py"]


def test_tests_themselves_are_never_edited(project):
    project.commit({"tests/test_area.py": TEST.replace("== 12", "== 13")})
    proposed = project.proposed(test=PYTEST)
    assert proposed.fixes == ()
    assert reasons(proposed) == [
        ("tests/test_area.py", "none of the files that changed is code that a test runs", True)
    ]


def test_what_an_edit_of_the_tests_mends_besides_is_told_with_it(project):
    project.commit({"area.py": RIGHT.replace("width * height", "width * heigth")})
    proposed = project.proposed(test=PYTEST)
    assert len(proposed.fixes) == 1
    assert {problem.source for problem in proposed.fixes[0].problems} >= {"ruff"}
    assert proposed.left == ()
    assert project.mended(proposed) == {"area.py": RIGHT}


def test_what_no_checker_can_mend_is_told_with_the_edit_that_the_tests_prove(tmp_path, monkeypatch):
    whole = "from math import floor\n\n\ndef area(width):\n    return floor(width)\n"
    test = "from area import area\n\n\ndef test_area():\n    assert area(3.5) == 3\n"
    old = {"area.py": whole, "tests/test_area.py": test, "conftest.py": ""}
    project = Repository.begin(tmp_path / "old", old)
    monkeypatch.chdir(project.folder)
    project.commit({"area.py": whole.replace("floor(width)", "flor(width)")})
    proposed = project.proposed(test=PYTEST, right=whole)
    assert [each.problem.path for each in proposed.left] == []
    (fix,) = proposed.fixes
    assert sorted((p.source, p.rule) for p in fix.problems) == [
        ("ruff", "F401"),
        ("ruff", "F821"),
        ("tests", ""),
    ]
    assert project.mended(proposed) == {"area.py": whole}


def test_a_line_that_went_and_that_the_tests_miss_is_put_back(tmp_path, monkeypatch):
    head = "def area(values):\n    result = 0\n    for value in values:\n        value += 1\n"
    whole = head + "        result += value\n    return result\n"
    test = "from area import area\n\n\ndef test_area():\n    assert area([3, 4]) == 9\n"
    old = {"area.py": whole, "tests/test_area.py": test, "conftest.py": ""}
    project = Repository.begin(tmp_path / "old", old)
    monkeypatch.chdir(project.folder)
    project.commit({"area.py": whole.replace("        result += value\n", "")})
    proposed = project.proposed(test=PYTEST, right="result += value\n")
    assert project.mended(proposed) == {"area.py": whole}


def test_what_the_command_names_or_where_the_assertion_stands_is_a_test_too(tmp_path, monkeypatch):
    project = Repository.begin(tmp_path / "plain", {"area.py": RIGHT})
    monkeypatch.chdir(project.folder)
    wrong = CHECKED.replace("== 12", "== 13")
    project.commit({"check.py": wrong, "run.py": "import check\n"})
    for script in ("check.py", "run.py"):
        proposed = project.proposed(test=f"{sys.executable} -S {script}", checks=["syntax"])
        assert proposed.fixes == ()
        assert [each.reason for each in proposed.left]


def test_what_fails_at_one_time_and_passes_at_another_is_not_blamed(project, tmp_path):
    seen = tmp_path / "seen"
    shaky = (
        f"import os\n\n\ndef test_shaky():\n    there = os.path.exists({str(seen)!r})\n"
        f"    open({str(seen)!r}, 'w').close()\n    assert there\n"
    )
    project.commit({"tests/test_shaky.py": shaky})
    proposed = project.proposed(test=PYTEST)
    assert (proposed.fixes, proposed.wrong) == ((), 0)


def test_a_fix_with_which_tests_fail_is_left(project):
    project.commit(
        {
            "area.py": "import os\n\n\n" + RIGHT,
            "tests/test_os.py": "import area\n\n\ndef test_os():\n    assert area.os\n",
        }
    )
    proposed = project.proposed(test=PYTEST)
    assert proposed.fixes == ()
    assert reasons(proposed) == [("area.py", "tests fail with it that pass without", True)]


def test_a_fix_that_tests_would_notice_is_judged_by_them_too(project):
    project.commit({"area.py": "import os\n\n\n" + RIGHT, "n.md": "12 * 3 = 35\n"})
    proposed = project.proposed(test=PYTEST)
    judged = {fix.path: fix.judged for fix in proposed.fixes}
    assert judged == {"area.py": "syntax, python, ruff, math and tests", "n.md": "math"}


def test_a_fix_of_the_syntax_with_which_the_tests_pass_mends_them(project):
    project.commit({"area.py": RIGHT.replace("height):", "height:")})
    proposed = project.proposed(test=PYTEST)
    assert len(proposed.fixes) == 1
    assert [problem.source for problem in proposed.fixes[0].problems] == ["syntax", "tests"]
    assert proposed.fixes[0].judged == "syntax, python and tests"
    assert project.mended(proposed) == {"area.py": RIGHT}
    assert proposed.left == ()


def test_tests_that_do_not_run_because_a_file_does_not_parse_are_a_note(project):
    project.commit({"conftest.py": "def f(:\n"})
    proposed = project.proposed(test=PYTEST)
    assert [each.problem.path for each in proposed.left] == ["conftest.py"]
    assert any(
        note.startswith("the tests cannot be run: pytest reports wrong usage")
        for note in proposed.notes
    )


def test_a_command_that_does_not_run_is_a_clear_error(project):
    project.commit({"area.py": AREA})
    with pytest.raises(UsageError, match="the test command does not run"):
        project.proposed(test="no-such-command-here")


def test_tests_that_take_too_long_are_told_and_the_rest_stays(project):
    project.commit(
        {
            "area.py": "import os\n\n\n" + RIGHT,
            "tests/test_slow.py": "import time\n\ntime.sleep(60)\n",
        }
    )
    proposed = project.proposed(test=PYTEST, test_seconds=3)
    assert [fix.path for fix in proposed.fixes] == ["area.py"]
    assert any("longer than 3 s" in note for note in proposed.notes)
    assert proposed.doubted


def test_tests_that_cannot_be_run_at_the_base_are_told(tmp_path, monkeypatch):
    project = Repository.begin(tmp_path / "new", {"area.py": RIGHT})
    monkeypatch.chdir(project.folder)
    project.commit({"area.py": AREA, "check.py": CHECKED, "run.sh": f"#!/bin/sh\n{CHECK}\n"})
    os.chmod(project.folder / "run.sh", 0o755)
    proposed = project.proposed(test="./run.sh", checks=["syntax"])
    assert project.mended(proposed) == {"area.py": RIGHT}
    assert any(note.startswith("the tests do not run at the base") for note in proposed.notes)


def test_the_tests_see_no_secret_of_the_job(project, monkeypatch, tmp_path):
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_very_secret")
    monkeypatch.setenv("PASSED_ON", "x-ghs_very_secret")
    monkeypatch.setenv("MY_TOKEN", "kept on purpose")
    monkeypatch.setenv("PLAIN", "seen")
    told = tmp_path / "told"
    project.commit({"area.py": RIGHT + "\n"})
    project.proposed(test=f"env > {told}; true", keep_env=["MY_TOKEN"])
    lines = told.read_text().split("\n")
    assert "ghs_very_secret" not in told.read_text()
    assert {"MY_TOKEN=kept on purpose", "PLAIN=seen"} <= set(lines)


def test_a_second_run_of_the_same_commit_proposes_the_same(project):
    project.commit({"area.py": "import os\n\n\n" + AREA})
    one, two = project.proposed(test=PYTEST), project.proposed(test=PYTEST)
    assert len(one.fixes) == 2
    assert [fix.fingerprint for fix in one.fixes] == [fix.fingerprint for fix in two.fixes]


def test_the_project_itself_is_left_as_it_was(project):
    project.commit({"area.py": AREA, "b.py": "import os\n"})
    head = git(project.folder, "rev-parse", "HEAD")
    project.proposed(test=PYTEST)
    assert git(project.folder, "status", "--porcelain", "--ignored") == ""
    assert git(project.folder, "rev-parse", "HEAD") == head
    assert len(git(project.folder, "worktree", "list").split("\n")) == 2
