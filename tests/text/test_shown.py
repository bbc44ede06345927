import pytest
from hypothesis import given
from hypothesis import strategies as st
from text_zoo import texts

from editdiff.text.lines import LINE_ENDING
from editdiff.text.shown import Shown, newline, unix, written
from editdiff.text.span import Span


@st.composite
def cut_texts(draw: st.DrawFn) -> tuple[str, list[Span]]:
    """A text, and disjoint spans of it in order."""
    text = draw(texts)
    ends = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
    return text, [Span(*pair) for pair in zip(ends[::2], ends[1::2], strict=False)]


def between(text: str, offset: int) -> bool:
    return text[max(0, offset - 1) : offset + 1] == "\r\n"


@given(texts)
def test_what_is_shown_has_every_line_ending_as_a_newline_and_nothing_else_changed(text):
    assert Shown.of(text).text == unix(text) == "\n".join(LINE_ENDING.split(text))


@given(texts)
def test_a_text_without_carriage_returns_is_shown_as_it_is(text):
    text = text.replace("\r", "")
    shown = Shown.of(text)
    assert shown.text == text
    assert all(shown.to_shown(at) == shown.to_original(at) == at for at in range(len(text) + 1))


@given(cut_texts())
def test_every_span_is_shown_as_if_it_and_the_rest_stood_alone(case):
    text, spans = case
    shown, done, rest = Shown.of(text, spans), 0, []
    for span in spans:
        assert shown.span_to_shown(span).slice(shown.text) == unix(span.slice(text))
        rest += [unix(text[done : span.start]), unix(span.slice(text))]
        done = span.end
    assert shown.text == "".join([*rest, unix(text[done:])])


@given(cut_texts())
def test_offsets_of_what_is_shown_come_back(case):
    text, spans = case
    shown = Shown.of(text, spans)
    for at in range(len(shown.text) + 1):
        assert shown.to_shown(shown.to_original(at)) == at


@given(cut_texts())
def test_offsets_of_the_text_come_back_but_for_those_inside_of_a_line_ending(case):
    text, spans = case
    shown = Shown.of(text, spans)
    cut = {at for span in spans for at in (span.start, span.end)}
    for at in range(len(text) + 1):
        inside = between(text, at) and at not in cut
        assert shown.to_original(shown.to_shown(at)) == at - inside


@given(cut_texts())
def test_the_order_of_offsets_stays(case):
    text, spans = case
    shown = Shown.of(text, spans)
    there = [shown.to_shown(at) for at in range(len(text) + 1)]
    back = [shown.to_original(at) for at in range(len(shown.text) + 1)]
    assert there == sorted(there)
    assert back == sorted(back)
    assert (there[0], there[-1], back[0], back[-1]) == (0, len(shown.text), 0, len(text))


@given(texts, st.data())
def test_a_span_of_what_is_shown_holds_the_same_in_the_text(text, data):
    shown = Shown.of(text)
    start, end = sorted(data.draw(st.integers(0, len(shown.text))) for _ in range(2))
    back = shown.span_to_original(Span(start, end))
    assert unix(back.slice(text)) == shown.text[start:end]


def test_an_offset_between_carriage_return_and_newline_is_shown_before_the_newline():
    shown = Shown.of("a\r\nb")
    assert [shown.to_shown(at) for at in range(5)] == [0, 1, 1, 2, 3]
    assert [shown.to_original(at) for at in range(4)] == [0, 1, 3, 4]


def test_a_border_between_carriage_return_and_newline_makes_two_endings_of_them():
    shown = Shown.of("a\r\nb", [Span(2, 4)])
    assert shown.text == "a\n\nb"
    assert shown.span_to_shown(Span(2, 4)) == Span(2, 4)


@pytest.mark.parametrize(
    "spans", [[Span(2, 3), Span(0, 1)], [Span(0, 2), Span(1, 3)], [Span(0, 9)]]
)
def test_spans_that_overlap_or_are_not_of_the_text_are_refused(spans):
    with pytest.raises(ValueError, match="disjoint"):
        Shown.of("abc", spans)


@pytest.mark.parametrize(
    ("text", "commonest"),
    [("", "\n"), ("a", "\n"), ("a\r\nb\r\nc\n", "\r\n"), ("a\rb\rc\n", "\r"), ("a\r\nb\n", "\n")],
)
def test_the_commonest_line_ending(text, commonest):
    assert newline(text) == commonest


@given(texts, st.sampled_from(["\n", "\r\n", "\r"]))
def test_what_is_written_back_has_the_endings_asked_for_or_is_the_old_text(text, ending):
    assert written(unix(text), text, ending) == text
    assert set(LINE_ENDING.findall(written(f"{text}x", text, ending))) <= {ending}
