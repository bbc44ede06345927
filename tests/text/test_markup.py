import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from text_zoo import texts

from editdiff.text.markup import Marked, parse, show
from editdiff.text.span import Span


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("", Marked("")),
        ("no marks", Marked("no marks")),
        ("x = «1»\n", Marked("x = 1\n", (Span(4, 5),))),
        ("«»", Marked("", (Span(0, 0),))),
        ("«a»«b»", Marked("ab", (Span(0, 1), Span(1, 2)))),
        ("aˇ", Marked("a", cursors=(1,))),
        ("😀«e\u0301ˇ»\r\nˇ", Marked("😀e\u0301\r\n", (Span(1, 3),), (3, 5))),
    ],
)
def test_marks_are_read_and_taken_out(marked, expected):
    assert parse(marked) == expected


@pytest.mark.parametrize("marked", ["«a", "a»", "«a«b»»", "»«", "«a»»"])
def test_marks_that_do_not_pair_are_refused(marked):
    with pytest.raises(ValueError, match=r"without|unpaired"):
        parse(marked)


@settings(deadline=None)
@given(st.data())
def test_what_is_shown_is_read_back(data):
    text = data.draw(texts.filter(lambda text: not set("«»ˇ") & set(text)))
    places = st.lists(st.integers(0, len(text)), max_size=6).map(sorted)
    borders, cursors = data.draw(places), data.draw(places)
    spans = tuple(Span(a, b) for a, b in zip(borders[::2], borders[1::2], strict=False))
    marked = Marked(text, spans, tuple(cursors))
    assert parse(show(marked)) == marked
