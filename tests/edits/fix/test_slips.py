import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.edits.fix.slips import (
    AT_END,
    CLOSERS,
    LONG_QUOTES,
    MOST,
    closings,
    once,
    reindented,
    slips,
    spelled,
)

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
    ("if x = 1:", "if x == 1:"),
    ("f(x == 1)", "f(x = 1)"),
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
        closed = text in [line + end for end in (*LONG_QUOTES, *AT_END)]
        closed |= bool(re.fullmatch(r"[)\]}]{1,2}(?::| \{|;)?", text.removeprefix(line)))
        same = text.strip(" \t") == line.strip(" \t")
        assert same or closed or abs(len(text) - len(line)) <= 1


@pytest.mark.parametrize(
    ("line", "ends"),
    [
        ("for x in f(y", {"for x in f(y):", "for x in f(y)"}),
        ("if (f(a[0]", {"if (f(a[0])) {", "if (f(a[0])):"}),
        ("print(f(x", {"print(f(x))", "print(f(x));"}),
    ],
)
def test_a_line_that_was_left_too_early_is_ended(line, ends):
    assert ends <= set(slips(line))


@pytest.mark.parametrize("line", ["f(", "f(((x", "f(x]"])
def test_one_that_goes_on_or_lacks_too_much_is_not(line):
    assert not {line + "):", line + ")))", line + ")) {"} & set(slips(line))


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("lcass A:", "class A:"),
        ("clas A:", "class A:"),
        ("classs A:", "class A:"),
        ("clqss A:", "class A:"),
    ],
)
def test_a_word_that_is_one_slip_from_a_more_frequent_one_is_spelled_as_that(wrong, right):
    assert right in spelled(wrong, {"class": 3, "A": 1})


def test_a_word_that_is_as_frequent_is_left():
    assert spelled("cat = 1", {"cat": 2, "cut": 2}) == []
    assert spelled("cat = 1", {"cat": 1, "cut": 2}) == ["cut = 1"]


@given(st.text("ab", max_size=4), st.text("ab", max_size=4))
def test_one_slip_between_words_is_one_in_both_directions(word, other):
    there = spelled(word, {other: 1}) == [other]
    back = spelled(other, {word: 1}) == [word]
    assert there == back


def test_of_two_equal_neighbours_one_goes():
    assert once("a\nb\nb") == ["a\nb"]
    assert once("a\nb\na") == once("a") == once("") == []
    assert once("a\n\n\nb") == [], "blank lines are often doubled"


def test_one_of_several_lines_is_indented_as_the_one_above_or_a_level_otherwise():
    assert "if x:\n    y" in reindented("if x:\ny")
    assert "if x:\n    y" in reindented("if x:\n        y")
    assert "x = 1\ny" in reindented("x = 1\n    y")
    assert reindented("") == []
