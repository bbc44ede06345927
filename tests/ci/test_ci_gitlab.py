import json

from hypothesis import given
from hypothesis import strategies as st
from proposed_runs import BEFORE, HOSTILE, NOWHERE, fix, left, run

from editdiff.ci.base import Proposed
from editdiff.ci.outputs import gitlab


def told(proposed: Proposed):
    return json.loads(gitlab.text(proposed))


def test_an_issue_has_all_that_gitlab_wants():
    first, second = told(run(fix("a\n", "b\n", "src/a.py"), left=(left("x", line=3, last=5),)))
    assert first["severity"], second["severity"] == ("major", "minor")
    assert first["check_name"] == "editdiff/syntax"
    assert first["location"] == {"path": "src/a.py", "lines": {"begin": 1, "end": 1}}
    assert second["location"]["lines"] == {"begin": 3, "end": 5}
    assert second["description"] == "x. Nothing is proposed: nothing is likely enough."


def test_no_two_issues_have_one_fingerprint():
    found = told(run(*[fix("a\n", "b\n")] * 2, left=(left("x"), left("x"))))
    assert len({each["fingerprint"] for each in found}) == 4


def test_a_clean_run_is_an_empty_list():
    assert told(run()) == []


@given(st.sampled_from(HOSTILE) | st.text())
def test_a_description_is_one_line(text):
    (found,) = told(run(left=(left(text, "a\nb.py", rule=text),)))
    assert len(found["description"].split("\n")) == len(found["check_name"].split("\n")) == 1
    assert found["location"]["path"] == "a\nb.py"


def test_what_has_no_place_is_left_out_and_what_was_wrong_before_is_for_information():
    assert [each["severity"] for each in told(run(left=(NOWHERE, BEFORE)))] == ["info"]
