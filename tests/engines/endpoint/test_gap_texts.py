import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.engines.endpoint.asking import around
from editdiff.engines.endpoint.gaps import filled, rewritten, told_to_fill

BEFORE, AFTER = "def area(w, h):\n", "\n\n\nprint(area(2, 3))\n"


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("    return w * h", "    return w * h"),
        ("    return w * h\n", "    return w * h"),
        ("def area(w, h):\n    return w * h", "    return w * h"),
        ("    return w * h\n\n\nprint(area(2, 3))", "    return w * h"),
        ("def area(w, h):\n    return w * h\n\n\nprint(area(2, 3))\n", "    return w * h"),
    ],
)
def test_what_an_answer_repeats_of_what_stands_around_is_left_out(answer, text):
    assert told_to_fill(answer, BEFORE, AFTER, "python") == text


def test_an_answer_that_repeats_the_beginning_of_the_line_goes_on_behind_it():
    assert told_to_fill("area = w * h", "    area =", "\n", "python") == " w * h"
    assert told_to_fill("x * x", "x", "\n", "python") == "x * x"


def test_an_answer_in_the_first_column_takes_the_margin_of_its_block():
    before, after = "def f(x):\n    y = x\n", "\n    return y\n"
    assert told_to_fill("if x:\n    y += 1", before, after, "python") == "    if x:\n        y += 1"
    assert told_to_fill("    y += 1", before, after, "python") == "    y += 1"
    assert told_to_fill("return w * h", BEFORE, AFTER, "python") == "    return w * h"
    assert told_to_fill("- a", "A list:\n", "\n", "markdown") == "- a"
    before = "if a:\n  b()\nif c:\n  if d:\n"
    assert told_to_fill("e()", before, "\n", "python") == "    e()"
    assert told_to_fill("e()", f"{before}    e()\n", "\nf()\n", "python") == "e()"


def test_what_a_model_writes_on_behind_the_gap_is_cut():
    text, was_cut = filled(
        "    return 1\n\n\nprint(area(2, 3))\nprint(4)\n", BEFORE, AFTER, "python"
    )
    assert (text, was_cut) == ("    return 1", True)
    assert filled("    return 1\n", BEFORE, AFTER, "python") == ("    return 1", False)


def test_an_answer_is_put_back_into_its_margin_once():
    old = "        a = 1\n        if a:\n            b = 2"
    assert rewritten("a = 2\nif a:\n    b = 2", old) == old.replace("a = 1", "a = 2")
    assert rewritten(old.replace("a = 1", "a = 2"), old) == old.replace("a = 1", "a = 2")


@given(st.text("ab\n", max_size=60), st.text("ab\n", max_size=60), st.integers(9, 80))
def test_what_stands_around_stays_within_its_budget_and_next_to_the_gap(before, after, budget):
    ahead, behind = around(before, after, budget)
    assert len(ahead) + len(behind) <= budget
    assert before.endswith(ahead) and after.startswith(behind)
    if len(before) + len(after) <= budget and len(after) <= budget // 3:
        assert (ahead, behind) == (before, after)
