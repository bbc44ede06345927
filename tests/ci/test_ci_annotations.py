import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from proposed_runs import BEFORE, HOSTILE, NAMES, NOWHERE, fix, left, run

from editdiff.ci.base import Proposed
from editdiff.ci.outputs import annotations
from editdiff.ci.outputs.shown import scalar

COMMAND = re.compile(r"::(\w+)(?: ([^:]*))?::(.*)")


def commands(proposed: Proposed) -> list[tuple[str, dict[str, str], str]]:
    """What a runner reads: one command a line, properties and message unescaped."""
    lines = annotations.text(proposed).split("\n")
    assert lines.pop() == ""
    found = []
    for line in lines:
        assert "\r" not in line
        match = COMMAND.fullmatch(line)
        assert match, line
        pairs = [pair.split("=", 1) for pair in (match[2] or "").split(",") if pair]
        properties = {name: unescaped(value) for name, value in pairs}
        found.append((match[1], properties, unescaped(match[3])))
    return found


def unescaped(text: str) -> str:
    for code, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def test_a_fix_is_an_annotation_of_its_lines_with_the_diff():
    ((level, where, message),) = commands(run(fix("a\nb\nc\n", "a\nx\nc\n", "src/a.py")))
    assert level == "error"
    assert where == {
        "file": "src/a.py", "line": "1", "endLine": "1", "title": "editdiff: syntax"
    }  # fmt: skip
    assert message.split("\n") == [
        "wrong. A fix is proposed, judged by python and ruff.",
        "@@ -1,3 +1,3 @@",
        " a",
        "-b",
        "+x",
        " c",
    ]


def test_a_long_diff_is_cut_and_says_so():
    before = "".join(f"{number}\n" for number in range(100))
    ((_, _, message),) = commands(run(fix(before, before.replace("\n", "x\n"))))
    assert message.split("\n")[-1] == "… and 171 lines more"
    assert len(message.split("\n")) == annotations.LINES + 2


@given(
    st.text(max_size=20) | st.sampled_from(HOSTILE),
    st.text(min_size=1, max_size=20) | st.sampled_from(NAMES),
)
def test_no_text_ends_its_command_or_begins_another(message, path):
    made = run(left=(left(message, path, rule=message),), notes=(message,))
    (level, where, told), (noted, nowhere, _) = commands(made)
    assert (level, noted, nowhere) == ("warning", "notice", {})
    assert where["file"] == scalar(path)
    assert sorted(where) == ["endLine", "file", "line", "title"]
    assert told.endswith("Nothing is proposed: nothing is likely enough.")


@pytest.mark.parametrize(("count", "shown"), [(9, 9), (10, 10), (11, 10), (40, 10)])
def test_no_more_of_a_level_than_are_shown(count, shown):
    wrong = tuple(left(f"w{i}", source="syntax") for i in range(count))
    made = run(left=(*wrong, left("x")), notes=("n",))
    levels = [level for level, _, _ in commands(made)]
    assert levels == ["error"] * shown + ["warning", "notice"]
    if count > shown:
        last = commands(made)[shown - 1]
        assert last[2] == f"{count - shown + 1} more of these are in the summary of this run."


def test_a_clean_run_says_nothing():
    assert annotations.text(run()) == ""


def test_what_has_no_place_names_none_and_what_was_wrong_before_is_a_notice():
    (level, where, message), (noted, there, _) = commands(run(left=(NOWHERE, BEFORE)))
    assert (level, where) == ("error", {"title": "editdiff: tests"})
    assert message.startswith("the command fails.")
    assert (noted, there["line"]) == ("notice", "7")
