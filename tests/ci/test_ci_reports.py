"""What becomes of what other tools report of a change."""

import json
import subprocess
import sys

import pytest

from editdiff.ci.base import Proposed
from editdiff.errors import InputError

TWO = "import os\n\nx = 1\n\n\ndef f(y):\n    return y == None\n"


def left(proposed: Proposed) -> list[tuple[str, int, str, bool]]:
    return [
        (each.problem.path, each.problem.line, each.problem.source, each.blamed)
        for each in proposed.left
    ]


def sarif(*results: tuple[str, int, str]) -> str:
    def result(path: str, line: int, rule: str) -> dict[str, object]:
        place = {"artifactLocation": {"uri": path}, "region": {"startLine": line}}
        return {
            "ruleId": rule, "level": "error", "message": {"text": f"{rule} is broken"},
            "locations": [{"physicalLocation": place}],
        }  # fmt: skip

    run = {"tool": {"driver": {"name": "t"}}, "results": [result(*each) for each in results]}
    return json.dumps({"version": "2.1.0", "runs": [run]})


def test_what_ruff_reports_is_mended_and_told_once(repository):
    config = '[lint]\nselect = ["F", "E7"]\n'
    repository.commit({"b.py": TWO, "ruff.toml": config})
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--output-format=json",
        "--exit-zero",
        "--no-cache",
    ]
    said = subprocess.run(command, cwd=repository.folder, capture_output=True, check=True)
    (repository.folder / "ruff.json").write_bytes(said.stdout)
    assert len(json.loads(said.stdout)) == 2
    proposed = repository.proposed(diagnostics=["ruff.json"])
    assert [fix.problems[0].rule for fix in proposed.fixes] == ["F401"]
    assert [(each.problem.rule, each.blamed) for each in proposed.left] == [("E711", True)]


def test_what_ruff_reports_and_is_not_seen_here_is_left_as_such(repository):
    repository.commit({"b.py": "x = 1\n"})
    entry = {
        "filename": "b.py", "location": {"row": 1, "column": 1}, "end_location": {"row": 1, "column": 2},
        "message": "odd", "code": "XYZ1",
    }  # fmt: skip
    (repository.folder / "ruff.json").write_text(json.dumps([entry]))
    proposed = repository.proposed(diagnostics=["ruff.json"])
    assert left(proposed) == [("b.py", 1, "ruff", True)]
    assert "ruff does not find it here" in proposed.left[0].reason


def test_what_nobody_here_can_judge_is_left_and_blamed_only_in_lines_that_changed(repository):
    repository.commit({"a.py": "x = 1\ny = 2\nz = 4\n", "b.py": "b = 1\n"})
    (repository.folder / "report.sarif").write_text(
        sarif(("a.py", 1, "R1"), ("a.py", 3, "R2"), ("b.py", 1, "R3"), ("none.py", 1, "R4"))
    )
    proposed = repository.proposed(diagnostics=["report.sarif"])
    assert left(proposed) == [
        ("a.py", 1, "sarif", False),
        ("a.py", 3, "sarif", True),
        ("b.py", 1, "sarif", True),
    ]
    reasons = [each.reason for each in proposed.left]
    assert reasons[0] == "it stands outside of the lines that changed"
    assert reasons[1] == "nothing here can judge what mends it (sarif)"
    assert proposed.wrong == 2
    assert "report.sarif names what is not in the repository: none.py" in proposed.notes
    everything = repository.proposed(diagnostics=["report.sarif"], everything=True)
    assert everything.wrong == 3


def test_a_file_that_did_not_change_is_none_of_the_change(repository):
    repository.commit({"b.py": "b = 1\n"})
    (repository.folder / "mypy.txt").write_text(
        "a.py:1: error: odd  [misc]\nb.py:1: error: bad  [misc]\n"
    )
    proposed = repository.proposed(diagnostics=["mypy.txt"])
    assert left(proposed) == [("a.py", 1, "text", False), ("b.py", 1, "text", True)]
    assert proposed.left[0].reason == "it stands in a file that did not change"


def test_a_compilers_word_on_a_file_that_does_not_parse_is_not_told_again(repository):
    repository.commit({"b.py": "def f(:\n    ]]]\n"})
    (repository.folder / "out.txt").write_text("b.py:2: error: invalid syntax  [syntax]\n")
    proposed = repository.proposed(diagnostics=["out.txt"])
    assert [each.problem.source for each in proposed.left] == ["syntax"]


def test_tests_that_a_report_names_are_left_with_what_would_help(repository):
    repository.commit({"test_b.py": "def test_b():\n    assert 1 == 2\n"})
    (repository.folder / "junit.xml").write_text(
        '<testsuites><testsuite name="pytest"><testcase classname="test_b" name="test_b" file="test_b.py" line="0">'
        '<failure message="assert 1 == 2">test_b.py:2: AssertionError</failure></testcase></testsuite></testsuites>'
    )
    proposed = repository.proposed(diagnostics=["junit.xml"], checks=["syntax"])
    assert {each.reason for each in proposed.left} == {
        "no test is run here: --test names their command"
    }
    assert all(each.blamed for each in proposed.left)
    run = repository.proposed(diagnostics=["junit.xml"], checks=["syntax"], test="true")
    assert run.left == ()


def test_two_reports_of_one_thing_are_one(repository):
    repository.commit({"b.py": "b = 1\n"})
    for name in ("one.sarif", "two.sarif"):
        (repository.folder / name).write_text(sarif(("b.py", 1, "R")))
    proposed = repository.proposed(diagnostics=["one.sarif", "two.sarif"])
    assert left(proposed) == [("b.py", 1, "sarif", True)]


@pytest.mark.parametrize(
    ("name", "held", "message"),
    [
        ("report.json", '{"a": 1}', "no report that editdiff knows"),
        ("report.json", "{", "names no line|its JSON ends"),
        ("report.xml", "<?xml version='1.0'?><a/>", "cannot be read as a report"),
        ("report.txt", "nothing of a file is said here\n", "names no line of a file"),
        ("gone.json", None, "does not exist"),
    ],
)
def test_what_is_no_report_is_a_clear_error(repository, name, held, message):
    repository.commit({"b.py": "b = 1\n"})
    if held is not None:
        (repository.folder / name).write_text(held)
    with pytest.raises(InputError, match=message) as told:
        repository.proposed(diagnostics=[name])
    assert told.value.hint
