import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.edits.slips import CLOSERS, MOST, closings, slips

SLIPPED = [
    ("print(x", "print(x)"),
    ("printx)", "print(x)"),
    ("print((x)", "print(x)"),
    ("print(x]", "print(x)"),
    ("x[1", "x[1]"),
    ("x = {1: 2", "x = {1: 2}"),
    ("if x", "if x:"),
    ("if x;", "if x:"),
    ("f(a b)", "f(a, b)"),
    ("f(a,, b)", "f(a, b)"),
    ("f(a. b)", "f(a, b)"),
    ("x = 'a", "x = 'a'"),
    ("x = a'", "x = 'a'"),
    ("x = 'a\"", "x = 'a'"),
    ("x = 1", "    x = 1"),
    ("        x = 1", "    x = 1"),
    ("  x = 1", "x = 1"),
]


@pytest.mark.parametrize(("wrong", "right"), SLIPPED)
def test_the_text_that_was_meant_is_among_them(wrong, right):
    assert right in slips(wrong, above="    y = 2" if right.startswith(" ") else "y = 2")


def test_those_that_change_the_place_come_first():
    found = slips("f(a b) + g(c d)", at=11)
    assert found.index("f(a b) + g(c, d)") < found.index("f(a, b) + g(c d)")


def test_a_line_of_tabs_is_indented_by_tabs():
    assert "\t\tx = 1" in slips("\tx = 1", above="\tif y:")


def test_a_bracket_may_close_behind_any_piece_of_several_lines():
    assert "f(a,\n  b)\ng(c)" in closings("f(a,\n  b\ng(c)")
    assert all(sum(map(text.count, CLOSERS)) == 1 for text in closings("a b\nc"))


@given(
    st.text("ab ()[]{}:;,.'\"\t_1", max_size=40), st.integers(0, 50), st.text("a \t", max_size=6)
)
def test_they_are_distinct_bounded_and_no_more_than_one_mark_or_the_indentation_differs(
    line, at, above
):
    found = slips(line, at, above)
    assert line not in found
    assert len(set(found)) == len(found) <= MOST + 6
    for text in found:
        assert text.strip(" \t") == line.strip(" \t") or abs(len(text) - len(line)) <= 1
