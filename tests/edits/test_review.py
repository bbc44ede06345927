import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.edits.review import (
    Review,
    bare,
    by_lines,
    doubted,
    first_character,
    review,
    whole_lines,
)
from editdiff.engines.base import Doubt
from editdiff.text.document import Document
from editdiff.text.lines import LINE_ENDING, LineTable
from editdiff.text.span import Span

TEXTS = st.lists(st.sampled_from(["a", "b ", "é", "😀", "\n", "\r\n", "\r", "\r\n\r\n"])).map(
    "".join
)


class EveryCharacter:
    """Doubts each character of the spans, the later the more, and would rather read the next one."""

    name, calibrated = "every", True

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[Span, ...], str]] = []

    def doubts(self, text, spans, path):
        self.asked.append((text, tuple(spans), path))
        for span in spans:
            yield [
                Doubt(Span(at, at + 1), at / (len(text) + 1), (f"{text[at]}x",))
                for at in range(span.start, span.end)
            ]


@given(TEXTS, st.data())
def test_the_model_sees_unix_line_endings_and_every_span_is_one_of_the_document(text, data):
    table = LineTable(text)
    lines = data.draw(st.lists(st.integers(0, len(table) - 1)))
    document, doubter = Document("src/a.py", text), EveryCharacter()
    spans = whole_lines(document, lines)
    found = review(document, doubter, spans).doubts
    ((shown, _, path),) = doubter.asked
    assert (shown, path) == (LINE_ENDING.sub("\n", text), "a.py")
    inside = "".join(span.slice(text) for span in spans)
    assert "".join(doubt.span.slice(text) for doubt in found) == inside


@given(TEXTS)
def test_alternatives_have_the_line_endings_of_the_place(text):
    for doubt in review(Document("", text), EveryCharacter()).doubts:
        assert doubt.alternatives == (f"{doubt.span.slice(text)}x",)


def test_a_file_name_that_is_not_utf_8_reaches_the_model_as_text():
    doubter = EveryCharacter()
    review(Document("a\udcff.py", "x"), doubter)
    assert doubter.asked[0][2] == "a?.py"


@pytest.mark.parametrize(
    "spans", [[Span(2, 3), Span(0, 1)], [Span(0, 2), Span(1, 3)], [Span(0, 9)]]
)
def test_spans_that_are_not_of_the_document_are_refused(spans):
    with pytest.raises(ValueError, match="disjoint"):
        review(Document("", "abc"), EveryCharacter(), spans)


def test_it_can_be_stopped_between_two_stretches():
    parts = doubted(Document("", "ab\ncd"), EveryCharacter(), [Span(0, 2), Span(3, 5)])
    assert [doubt.span.start for doubt in next(parts)] == [0, 1]


def test_the_most_doubtful_places_come_first_and_only_so_many():
    document = Document("", "abcdef")
    doubts = tuple(Doubt(Span(i, i + 1), p) for i, p in enumerate([0.1, 0.9, 0.5, 0.9, 0.0, 0.2]))
    found = Review(document, doubts, True)
    assert [doubt.span.start for doubt in found.top(3)] == [1, 3, 2]
    assert [doubt.span.start for doubt in found.top(least=0.2)] == [1, 3, 2, 5]


def test_a_line_is_as_doubtful_as_its_most_doubtful_token_indentation_among_them():
    text = "if x:\n    y\nz"
    tokens = [(Span(0, 5), 0.1), (Span(5, 10), 0.7), (Span(10, 11), 0.2), (Span(12, 13), 0.3)]
    found = Review(Document("", text), tuple(Doubt(*token) for token in tokens), True).lines()
    assert [(line.line, line.probability) for line in found] == [(0, 0.1), (1, 0.7), (2, 0.3)]


@pytest.mark.parametrize(
    ("token", "at"), [("ab", 0), ("\n", 0), ("\n\n    ", 2), ("\r\n  ", 2), ("a\nb", 2), ("", 0)]
)
def test_a_token_belongs_to_the_line_of_what_follows_its_line_breaks(token, at):
    assert first_character(token, Span(0, len(token))) == at


def test_neighbouring_lines_are_one_span_without_the_last_ending():
    document = Document("", "a\r\nb\r\n\r\nd\r\n")
    texts = [span.slice(document.text) for span in whole_lines(document, [3, 0, 1, 1])]
    assert texts == ["a\r\nb", "d"]


@pytest.mark.parametrize(
    ("span", "alternatives", "found"),
    [
        (Span(0, 1), ("b",), True),
        (Span(0, 1), ("",), True),  # it would rather read nothing
        (Span(0, 1), (), True),
        (Span(0, 1), (" a", "b"), False),  # likeliest the same, after a space
        (Span(0, 1), ("    ", "b"), False),
        (Span(1, 2), ("b",), False),
        (Span(3, 3), (")",), True),  # something is missing
        (Span(3, 3), ("  ",), False),
    ],
)
def test_white_space_is_judged_and_no_finding(span, alternatives, found):
    doubt = Doubt(span, 0.9, alternatives)
    reviewed = Review(Document("", "a b"), (doubt,), True)
    assert reviewed.top() == [doubt] * found
    assert reviewed.lines()


class InPieces(EveryCharacter):
    """The same, a few characters at a time, and now and then none."""

    def __init__(self, piece: int) -> None:
        super().__init__()
        self.piece = piece

    def doubts(self, text, spans, path):
        for every in super().doubts(text, spans, path):
            yield []
            for start in range(0, len(every), self.piece):
                yield every[start : start + self.piece]


@given(TEXTS, st.integers(1, 5), st.data())
def test_lines_are_told_whole_and_once_however_they_are_read(text, piece, data):
    document, table = Document("a.py", text), LineTable(text)
    lines = data.draw(st.sets(st.integers(0, len(table) - 1)))
    spans = data.draw(st.permutations(whole_lines(document, lines)))
    told = [each for each in by_lines(document, InPieces(piece), spans) if each is not None]
    assert [c for each in told for c in each.span.slice(text)] == [
        c for span in spans for c in span.slice(text)
    ]
    borders = {table.start(line) for line in range(len(table))} | {span.end for span in spans}
    assert {each.span.end for each in told} <= borders
    found = review(document, EveryCharacter()).findings
    for each in told:
        inside = [doubt for doubt in found if each.span.contains(doubt.span)]
        assert [doubt.span for doubt in each.findings] == [doubt.span for doubt in inside]


@pytest.mark.parametrize(
    ("text", "alternatives", "expected"),
    [
        (" limits", (" total", " {"), (Span(1, 7), ("total", "{"))),
        (" limits", ("total",), (Span(0, 7), ("total",))),
        ("(\r\n  ", ("{\r\n  ", "[\r\n"), (Span(0, 5), ("{\r\n  ", "[\r\n"))),
        ("(\n", ("{\n", "[ \n"), (Span(0, 1), ("{", "[ "))),
        ("\n  x ", (), (Span(3, 4), ())),
    ],
)
def test_white_space_that_all_share_is_no_part_of_the_doubt(text, alternatives, expected):
    doubt = bare(Doubt(Span(0, len(text)), 0.5, alternatives), text)
    assert (doubt.span, doubt.alternatives) == expected


def test_an_alternative_has_each_line_ending_of_a_place_with_several():
    class Whole(EveryCharacter):
        def doubts(self, text, spans, path):
            yield [Doubt(Span(0, len(text)), 0.5, (f"{text}!", "x\ny\nz\n", "x"))]

    (doubt,) = review(Document("a.py", "a\r\nb\rc"), Whole()).doubts
    assert doubt.alternatives == ("a\r\nb\rc!", "x\r\ny\rz\r", "x")
