import json
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from proposed_runs import BEFORE, HOSTILE, NAMES, NOWHERE, fix, left, run

from editdiff.ci.base import Problem, Proposed
from editdiff.ci.outputs import sarif
from editdiff.text.document import Document

LINES = st.lists(st.sampled_from(["a", "é = 1", "", "😀 b", "c\td"]), max_size=6)


def told(proposed: Proposed):
    (log,) = json.loads(sarif.text(proposed))["runs"]
    return log


def applied(text: str, replacements) -> str:
    """What a reader makes of a text: lines and columns from 1, columns in UTF-16, ends exclusive."""
    rest = text
    lines, starts = [], [0]
    while rest:
        ends = [at for at in (rest.find("\n") + 1, rest.find("\r") + 1) if at]
        end = min(ends, default=len(rest))
        end += rest[end - 1 : end + 1] == "\r\n"
        lines.append(rest[:end])
        rest = rest[end:]
        starts.append(starts[-1] + end)
    lines.append("")

    def offset(line: int, column: int) -> int:
        head = lines[line - 1].encode("utf-16-le")[: 2 * (column - 1)]
        return starts[line - 1] + len(head.decode("utf-16-le"))

    for replacement in sorted(
        replacements, key=lambda each: list(each["deletedRegion"].values()), reverse=True
    ):
        region = replacement["deletedRegion"]
        start = offset(region["startLine"], region["startColumn"])
        end = offset(region["endLine"], region["endColumn"])
        text = text[:start] + replacement.get("insertedContent", {"text": ""})["text"] + text[end:]
    return text


def replacements(result):
    (fixed,) = result["fixes"]
    (change,) = fixed["artifactChanges"]
    assert (
        change["artifactLocation"] == result["locations"][0]["physicalLocation"]["artifactLocation"]
    )
    return change["replacements"]


@given(LINES, LINES, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.booleans())
def test_a_fix_does_what_its_proposal_does(old, new, ending, closed, also):
    before = ending.join(old) + ending * closed
    after = ending.join(new) + ending * also
    if before == after:
        return
    (result,) = told(run(fix(before, after)))["results"]
    assert applied(before, replacements(result)) == after


def test_a_fix_of_two_places_is_one_fix_with_two_replacements():
    before = "😀 = helo\r\nb\r\nc\r\nprint(helo)\r\n"
    (result,) = told(run(fix(before, before.replace("helo", "hello"))))["results"]
    places = [each["deletedRegion"] for each in replacements(result)]
    assert [(place["startLine"], place["startColumn"]) for place in places] == [(1, 9), (4, 10)]


def test_a_result_names_its_lines_its_rule_and_who_judged():
    problem = Problem("src/a.py", 2, "Undefined name", "ruff", "F821", last=3)
    log = told(run(fix("a\nb\nc\n", "a\nx\nc\n", "src/a.py", (problem,), 0.934)))
    (result,) = log["results"]
    assert result["ruleId"] == log["tool"]["driver"]["rules"][0]["id"] == "ruff/F821"
    assert (result["level"], result["rank"]) == ("warning", 93.4)
    physical = result["locations"][0]["physicalLocation"]
    assert physical["region"] == {"startLine": 2, "endLine": 3}
    assert physical["artifactLocation"]["uri"] == "src/a.py"
    assert result["fixes"][0]["description"]["text"] == (
        "Mend it: judged by python and ruff, 93 % likely right."
    )


def test_what_is_left_is_a_result_without_a_fix():
    (result,) = told(run(left=(left("x", source="syntax"),)))["results"]
    assert "fixes" not in result
    assert "rank" not in result
    assert result["level"] == "error"
    assert result["message"]["text"] == "x. Nothing is proposed: nothing is likely enough."


def test_no_two_results_have_one_fingerprint():
    made = run(*[fix("a\n", "b\n")] * 3, left=(left("x", line=1), left("x", line=2)))
    names = [each["partialFingerprints"]["editdiff/v1"] for each in told(made)["results"]]
    assert len(set(names)) == 5
    assert len({name.split(":")[0] for name in names}) == 2


def test_a_rule_is_told_once_for_each_source_and_code():
    made = run(left=(left("x", rule="A"), left("y", rule="A"), left("z", rule="B")))
    rules = told(made)["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["ruff/A", "ruff/B"]


def test_notes_and_a_run_that_was_broken_off_are_told_of_the_run():
    (invocation,) = told(run(notes=("{it} was large",), finished=False))["invocations"]
    assert invocation["executionSuccessful"] is False
    (note,) = invocation["toolExecutionNotifications"]
    assert note == {"level": "warning", "message": {"text": "{{it}} was large"}}


def test_files_that_were_looked_at_are_told_whether_or_not_something_is_wrong_with_them():
    made = run(fix("a\n", "b\n"), documents=(Document("b/c d.py", "x\n"),))
    names = [each["location"]["uri"] for each in told(made)["artifacts"]]
    assert sorted(names) == ["a.py", "b/c%20d.py"]


def test_names_of_files_are_percent_encoded_byte_by_byte():
    log = told(run(left=(left("x", "ü\n\udcff%.py"),)))
    location = log["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location["uri"] == "%C3%BC%0A%FF%25.py"


def test_microsofts_validator_takes_it(tmp_path):
    program = shutil.which("sarif-multitool")
    if program is None:
        pytest.skip("sarif-multitool is not installed: 100 MB with .NET, by npm")
    file = tmp_path / "run.sarif"
    made = run(
        *(fix("a\r\n😀 b\n", "x\n", path, (Problem(path, 1, path, path, path),)) for path in NAMES),
        left=tuple(left(text, path, rule=text) for text in HOSTILE for path in NAMES),
        notes=tuple(HOSTILE),
        finished=False,
    )
    file.write_text(sarif.text(made), encoding="utf-8")
    done = subprocess.run(
        [program, "validate", str(file)], capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout
    assert ": error" not in done.stdout


def test_what_has_no_place_is_told_of_the_run_for_a_scanner_takes_no_such_result():
    log = told(run(left=(NOWHERE, BEFORE)))
    (note,) = log["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("the command fails. ")
    assert [result["level"] for result in log["results"]] == ["note"]
