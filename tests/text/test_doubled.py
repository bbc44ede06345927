"""Lines that stand twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.text.doubled import MOST, doubled
from editdiff.text.span import Span

ABOVE = "def f():\n    total += price\n"


def found(before: str, text: str, after: str, language: str = "python") -> str | None:
    """The line that stands twice once `text` stands between two others."""
    whole = before + text + after
    at = doubled(whole, Span(len(before), len(before) + len(text)), language)
    return None if at is None else whole[at:].partition("\n")[0]


@pytest.mark.parametrize(
    ("before", "text", "after"),
    [
        (ABOVE, "    total += price", "\n    return total\n"),
        (ABOVE, "    total += price  ", "\r\n"),
        (ABOVE, "\n\n        total += price\n", ""),
        (ABOVE + "    tot", "al += price", "\n"),
        (ABOVE + "    total ", "+=", " price\n"),
        ("if a:\n", "    total += price\n", "    total += price\n"),
        ("if a:\n", "    total += price", "\n\n    total += price"),
        ("if a:\n", "    total += price\n    total += price", "\n"),
        ("a = f(\n    1\n)\n", "total += price\nb = 2", "\ntotal += price\nb = 2\n"),
        ("total += price\nb = 2\n", "total += price\n", "b = 2\n"),
    ],
)
def test_a_line_that_its_neighbour_repeats_is_found(before, text, after):
    assert (found(before, text, after) or "").strip().startswith("total += price")


@pytest.mark.parametrize(
    ("before", "text", "after"),
    [
        (ABOVE, "    total += price * 2", "\n"),
        (ABOVE, "    x = 1\n    total += price", "\n"),
        (ABOVE + "    total += price\n    x = 1\n", "    y = 2", "\n"),
        ("    }\n", "    }", "\n    }\n"),
        ("# --------------\n", "# --------------", "\n"),
        ("", "", ""),
        ("a = 1\n", "total += price\nb = 2", "\ntotal += price\nb = 3\n"),
        ("total += price\nx = 1\ntotal += price\nx = 1\nother = 2\n", "b = 2", "\n"),
        ("b {\n}\n", "c {\n}", "\nc {\n}\n"),
    ],
)
def test_others_are_not(before, text, after):
    assert found(before, text, after) is None


def test_several_lines_of_data_may_stand_twice():
    block = '{\n"type": "choice"\n}\n'
    assert found(block, block, "", "json") is None
    assert found(block, block, "", "javascript") == "{"


def test_lines_of_markup_may_stand_twice():
    assert found("</section>\n", "</section>", "\n", "html") is None
    assert found("</section>\n", "</section>", "\n", "markdown") == "</section>"


@given(
    st.text("ab(\n ", max_size=60), st.text("ab(\n ", max_size=20), st.text("ab(\n ", max_size=60)
)
def test_what_is_found_is_a_line_that_is_the_one_above_it(before, text, after):
    whole = before + text + after
    at = doubled(whole, Span(len(before), len(before) + len(text)), "python")
    lines = [line.strip() for line in whole.split("\n")]
    if at is not None:
        number = whole[:at].count("\n")
        above = [line for line in lines[:number] if line]
        assert lines[number] in above[-MOST:]
