import pytest
from editdiff_lsp.doubt_words import code, likelihood, markdown
from editdiff_lsp.doubts import LONGEST, lines_to_read, moved

from editdiff.engines.base import Doubt
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

TEXT = "one\ntwo\r\n\nfour\n"


def read(text, *asked):
    spans, left_out = lines_to_read(LineTable(text), [Span(*each) for each in asked])
    return [span.slice(text) for span in spans], left_out


def test_the_lines_that_ranges_touch_are_read_in_their_order_and_each_once():
    assert read(TEXT, (5, 6)) == (["two"], 0)
    assert read(TEXT, (11, 12), (0, 6)) == (["four", "one\ntwo"], 0)
    assert read(TEXT, (5, 12), (0, 12)) == (["two\r\n\nfour", "one"], 0)
    assert read(TEXT) == ([], 0)


def test_a_range_that_ends_where_a_line_begins_does_not_touch_it():
    assert read(TEXT, (0, 4)) == (["one"], 0)
    assert read(TEXT, (4, 4)) == (["two"], 0)


def test_without_ranges_all_lines_are_read():
    assert lines_to_read(LineTable(TEXT), None) == ([Span(0, len(TEXT))], 0)
    assert lines_to_read(LineTable(""), None) == ([Span(0, 0)], 0)


def test_what_is_too_much_is_left_out_by_lines_the_last_ones_first():
    text = "a" * (LONGEST - 4) + "\n" + "bb\n" + "cc\n" + "d"
    spans, left_out = lines_to_read(LineTable(text), None)
    assert left_out == 2
    assert [span.slice(text)[-3:] for span in spans] == ["\nbb"]
    assert read("a" * (LONGEST + 1) + "\nbb", (0, LONGEST + 4)) == (["bb"], 1)


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (TextEdit(Span(0, 1), "xyz"), Span(6, 8)),
        (TextEdit(Span(9, 9), "later"), Span(4, 6)),
        (TextEdit(Span(4, 4), "x"), None),
        (TextEdit(Span(6, 6), "x"), None),
        (TextEdit(Span(5, 6), ""), None),
    ],
)
def test_what_nobody_touches_moves_along(edit, expected):
    assert moved(Span(4, 6), Edits((edit,))) == expected


def test_a_probability_is_told_in_words():
    assert likelihood(0.08, calibrated=True) == "about 1 in 12 such places is wrong (8 %)"
    assert likelihood(0.4, calibrated=True) == "about 4 in 10 such places are wrong (40 %)"
    assert likelihood(0.63, calibrated=True) == "likelier wrong than right (63 %)"
    assert "not measured" in likelihood(0.63, calibrated=False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" limits", "`limits`"),
        ("`", "`` ` ``"),
        ("a`` b", "``` a`` b ```"),
        (":\n", "`:`"),
        ("a\tb", "`a⇥b`"),
    ],
)
def test_a_text_is_code_whatever_is_in_it(text, expected):
    assert code(text) == expected


def test_without_alternatives_none_are_promised():
    assert "rather" not in markdown("x", Doubt(Span(0, 1), 0.1), calibrated=True)
