import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from proposed_runs import BEFORE, HOSTILE, NOWHERE, fix, left, run

from editdiff.ci.base import Proposed
from editdiff.ci.outputs import rdjson

LINES = st.lists(st.sampled_from(["a", "é = 1", "", "😀 b", "c\td"]), max_size=8)
MARKDOWN = MarkdownIt("commonmark")


def told(proposed: Proposed):
    log = json.loads(rdjson.text(proposed))
    assert log["source"] == {"name": "editdiff"}
    return log["diagnostics"]


def applied(text: str, suggestion) -> str:
    """What somebody gets who takes it in a review: whole lines go, and the text's lines come."""
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(ending)
    first, last = (suggestion["range"][side]["line"] for side in ("start", "end"))
    assert 1 <= first <= last <= len(lines)
    lines[first - 1 : last] = suggestion["text"].split(ending)
    return ending.join(lines)


@given(LINES, LINES, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())
def test_a_suggestion_does_what_the_fix_does_or_there_is_none(old, new, ending, closed, also):
    before = ending.join(old) + ending * closed
    after = ending.join(new) + ending * also
    if before == after:
        return
    (found,) = told(run(fix(before, after)))
    for suggestion in found.get("suggestions", []):
        assert applied(before, suggestion) == after
    if closed and also and old and new:
        assert len(found["suggestions"]) == 1


def test_a_fix_of_two_places_is_one_suggestion_over_both():
    before = "a = helo\nb\nc\nprint(helo)\nd\n"
    (found,) = told(run(fix(before, before.replace("helo", "hello"))))
    assert found["suggestions"] == [
        {
            "range": {"start": {"line": 1}, "end": {"line": 4}},
            "text": "a = hello\nb\nc\nprint(hello)",
        }
    ]


def test_places_that_are_too_far_apart_have_no_suggestion():
    between = "x\n" * rdjson.MOST
    (found,) = told(run(fix(f"a\n{between}b\n", f"c\n{between}d\n")))
    assert "suggestions" not in found


def test_lines_that_go_take_along_one_that_stays():
    (found,) = told(run(fix("a\nb\nc\n", "a\nc\n")))
    assert found["suggestions"] == [
        {"range": {"start": {"line": 2}, "end": {"line": 3}}, "text": "c"}
    ]
    (found,) = told(run(fix("a\nb\n", "a\n")))
    assert found["suggestions"] == [
        {"range": {"start": {"line": 1}, "end": {"line": 2}}, "text": "a"}
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [("a\nb", "a\nb\n"), ("a\n", "a"), ("a\nb", "a\n"), ("a\rb\nc\n", "a\rx\nc\n")],
)
def test_what_cannot_be_said_in_lines_has_no_suggestion(before, after):
    (found,) = told(run(fix(before, after)))
    assert "suggestions" not in found


def test_a_diagnostic_has_a_place_a_severity_and_a_code():
    (found,) = told(run(left=(left("wrong", "src/ü.py", 3, rule="F821", last=4),)))
    assert found == {
        "message": "wrong. Nothing is proposed: nothing is likely enough.",
        "location": {
            "path": "src/ü.py",
            "range": {"start": {"line": 3}, "end": {"line": 4}},
        },
        "severity": "WARNING",
        "code": {"value": "ruff/F821"},
    }


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_message_is_safe_in_a_comment(hostile):
    (found,) = told(run(left=(left(hostile),)))
    tokens = MARKDOWN.parse(found["message"])
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert {child.type for child in tokens[1].children} <= {"text", "code_inline"}


def test_what_has_no_place_is_left_out_and_what_was_wrong_before_is_for_information():
    assert [each["severity"] for each in told(run(left=(NOWHERE, BEFORE)))] == ["INFO"]
