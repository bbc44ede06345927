import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from text_zoo import texts

from editdiff.text.lines import LineTable, units
from editdiff.text.span import Span

UNITS = ["utf-8", "utf-16", "utf-32"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("a", ["a"]),
        ("a\n", ["a", ""]),
        ("a\r\nb", ["a", "b"]),
        ("a\rb", ["a", "b"]),
        ("a\n\rb", ["a", "", "b"]),
        ("\r\r\n\n", ["", "", "", ""]),
        ("a\x0cb\u2028c\u2029d\x0be\x85f\x1cg\n", ["a\x0cb\u2028c\u2029d\x0be\x85f\x1cg", ""]),
    ],
)
def test_lines_end_at_lf_crlf_and_cr_and_nowhere_else(text, lines):
    table = LineTable(text)
    assert [table.content(i).slice(text) for i in range(len(table))] == lines


@settings(deadline=None)
@given(texts)
def test_lines_with_their_endings_are_the_text(text):
    table = LineTable(text)
    full = [table.full(i) for i in range(len(table))]
    assert "".join(span.slice(text) for span in full) == text
    for i, span in enumerate(full):
        content = table.content(i)
        assert content.start == span.start == table.start(i)
        assert text[content.end : span.end] in ("\n", "\r\n", "\r") or i == len(table) - 1


@pytest.mark.parametrize("line", [-1, 2])
def test_a_line_that_does_not_exist_is_an_index_error(line):
    for ask in (LineTable("a\n").start, LineTable("a\n").content, LineTable("a\n").full):
        with pytest.raises(IndexError, match="2 lines"):
            ask(line)


@pytest.mark.parametrize(
    ("text", "offset", "utf8", "utf16", "utf32"),
    [
        ("", 0, (0, 0), (0, 0), (0, 0)),
        ("a\n", 2, (1, 0), (1, 0), (1, 0)),
        ("a😋b", 2, (0, 5), (0, 3), (0, 2)),
        ("x\né😋\r\nz", 4, (1, 6), (1, 3), (1, 2)),
        ("e\u0301\u2028f", 3, (0, 6), (0, 3), (0, 3)),
        ("a\x0cb", 2, (0, 2), (0, 2), (0, 2)),
        ("a\rb", 2, (1, 0), (1, 0), (1, 0)),
    ],
)
def test_positions_in_each_unit(text, offset, utf8, utf16, utf32):
    table = LineTable(text)
    for unit, expected in zip(UNITS, (utf8, utf16, utf32), strict=True):
        assert table.position(offset, unit) == expected
        assert table.offset(*expected, unit) == offset


@pytest.mark.parametrize("unit", UNITS)
@settings(deadline=None)
@given(text=texts, data=st.data())
def test_offset_to_position_and_back_is_the_identity_except_inside_crlf(unit, text, data):
    offset = data.draw(st.integers(0, len(text)))
    table = LineTable(text)
    inside = text[max(0, offset - 1) : offset + 1] == "\r\n"
    assert table.offset(*table.position(offset, unit), unit) == offset - inside


@settings(deadline=None)
@given(text=texts, data=st.data())
def test_columns_agree_with_the_encoded_bytes(text, data):
    offset = data.draw(st.integers(0, len(text)))
    offset -= text[max(0, offset - 1) : offset + 1] == "\r\n"
    table = LineTable(text)
    for unit, codec, size in [("utf-8", "utf-8", 1), ("utf-16", "utf-16-le", 2)]:
        line, column = table.position(offset, unit)
        before = text[table.start(line) :].encode(codec)[: column * size]
        assert before.decode(codec) == text[table.start(line) : offset]


@pytest.mark.parametrize(
    ("line", "column", "unit", "offset"),
    [
        (-1, 5, "utf-16", 0),
        (0, -1, "utf-16", 0),
        (0, 99, "utf-16", 3),  # before the \r\n, not on the next line
        (1, 99, "utf-32", 7),
        (9, 0, "utf-16", 7),
        (0, 2, "utf-16", 1),  # inside the surrogate pair
        (0, 2, "utf-8", 1),  # inside the emoji's four bytes
        (0, 4, "utf-8", 1),
        (0, 5, "utf-8", 2),
        (0, -3, "utf-8", 0),
    ],
)
def test_positions_outside_the_text_are_clamped(line, column, unit, offset):
    assert LineTable("a😀b\r\ncd").offset(line, column, unit) == offset


def test_offsets_outside_the_text_and_inside_crlf_are_clamped():
    table = LineTable("ab\r\nc")
    assert table.position(-4) == (0, 0)
    assert table.position(99) == (1, 1)
    assert table.position(3) == table.position(2) == (0, 2)


def test_units_of_a_lone_surrogate_do_not_fail():
    assert [units("\ud83d", unit) for unit in UNITS] == [3, 1, 1]


def test_a_last_line_without_ending_has_the_same_span_with_and_without():
    assert LineTable("a\nbc").full(1) == LineTable("a\nbc").content(1) == Span(2, 4)
