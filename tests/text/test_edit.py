import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from text_zoo import ZOO, edits_of, texts

from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit, compose
from editdiff.text.span import Span

N_TRIPLES = 10_000
FILLS = ("", "x", "\n", "\r\n", "\r", "é😀", "e\u0301", "\ufeff", "\t\x0c\u2028", "a = 1\nb = 2\n")


def test_edits_are_kept_in_the_order_of_their_spans():
    late, early = TextEdit(Span(4, 5), "y"), TextEdit(Span(0, 1), "x")
    assert Edits((late, early)).items == (early, late)
    assert Edits((late, early)).apply("abcdef") == "xbcdyf"


def test_insertions_at_one_place_stay_in_the_order_given():
    first, second = TextEdit(Span(1, 1), "1"), TextEdit(Span(1, 1), "2")
    assert Edits((first, second, TextEdit(Span(1, 2), "3"))).apply("ab") == "a123"


@pytest.mark.parametrize("other", [Span(3, 6), Span(1, 3), Span(3, 3), Span(2, 4)])
def test_edits_that_overlap_are_refused(other):
    with pytest.raises(ValueError, match="overlap"):
        Edits((TextEdit(Span(2, 4), "x"), TextEdit(other, "y")))


def test_edits_past_the_end_of_the_text_are_refused():
    edits = Edits((TextEdit(Span(1, 4), "x"),))
    for act in (edits.apply, edits.invert):
        with pytest.raises(ValueError, match="text of 3"):
            act("abc")


def test_no_edits_change_nothing():
    assert Edits().apply("a\r\n") == "a\r\n"
    assert len(Edits().invert("a")) == 0


@settings(deadline=None)
@given(st.data())
def test_an_edit_and_then_its_inverse_is_the_identity(data):
    text = data.draw(texts)
    edits = data.draw(edits_of(text))
    inverse = edits.invert(text)
    assert inverse.apply(edits.apply(text)) == text
    assert inverse.invert(edits.apply(text)) == edits
    assert [edit.growth for edit in inverse] == [-edit.growth for edit in edits]


@settings(deadline=None)
@given(st.data())
def test_nothing_outside_the_spans_changes(data):
    text = data.draw(texts)
    edits = data.draw(edits_of(text))
    kept, done = [], 0
    for edit in edits:
        kept += [text[done : edit.span.start], None]
        done = edit.span.end
    kept.append(text[done:])
    replaced = iter(edit.text for edit in edits)
    after = "".join(next(replaced) if part is None else part for part in kept)
    assert edits.apply(text).encode() == after.encode()


@settings(deadline=None)
@given(st.data())
def test_two_steps_composed_do_what_they_do_in_turn(data):
    text = data.draw(texts)
    first = data.draw(edits_of(text))
    second = data.draw(edits_of(first.apply(text)))
    third = data.draw(edits_of(second.apply(first.apply(text))))
    both = compose(first, second)
    after = second.apply(first.apply(text))
    assert both.apply(text) == after
    assert compose(both, third).apply(text) == third.apply(after)
    assert compose(first, compose(second, third)).apply(text) == third.apply(after)


@settings(deadline=None)
@given(st.data())
def test_composed_with_nothing_edits_stay_as_they_are_and_with_their_inverse_do_nothing(data):
    text = data.draw(texts)
    edits = data.draw(edits_of(text))
    assert compose(edits, Edits()) == compose(Edits(), edits) == edits
    assert compose(edits, edits.invert(text)).apply(text) == text


@pytest.mark.parametrize(
    ("first", "second", "composed"),
    [
        ([(2, 2, "r")], [(3, 3, "e")], [(2, 2, "re")]),
        ([(2, 2, "r")], [(2, 3, "")], [(2, 2, "")]),
        ([(2, 4, "xyz")], [(3, 4, "")], [(2, 4, "xz")]),
        ([(2, 3, "")], [(2, 3, "")], [(2, 4, "")]),
        ([(2, 4, "x")], [(1, 5, "")], [(1, 6, "")]),
        ([(1, 1, "x"), (3, 3, "y")], [(0, 5, "z")], [(0, 3, "z")]),
        ([(1, 1, "x"), (3, 3, "y")], [(2, 4, "")], [(1, 3, "xy")]),
        ([(4, 4, "x")], [(1, 1, "y")], [(1, 1, "y"), (4, 4, "x")]),
        ([(1, 1, "y")], [(5, 5, "x")], [(1, 1, "y"), (4, 4, "x")]),
    ],
)
def test_only_edits_that_meet_become_one(first, second, composed):
    first, second, composed = (
        Edits(tuple(TextEdit(Span(start, end), text) for start, end, text in edits))
        for edits in (first, second, composed)
    )
    assert compose(first, second) == composed


def bytes_changed_outside(before: bytes, after: bytes, start: int, end: int, fill: bytes) -> int:
    """Bytes that differ outside `before[start:end]`, which should have become `fill`."""
    end_after = start + len(fill)
    pairs = [(before[:start], after[:start]), (before[end:], after[end_after:])]
    return sum(
        abs(len(old) - len(new)) + sum(a != b for a, b in zip(old, new, strict=False))
        for old, new in pairs
        if old != new
    )


def test_over_ten_thousand_random_edits_no_byte_outside_the_span_changes():
    rng = random.Random(0)
    files = [Document.from_bytes(data, name) for name, data in ZOO.items()]
    changed = 0
    for _ in range(N_TRIPLES):
        document, fill = rng.choice(files), "".join(rng.choices(FILLS, k=rng.randrange(3)))
        start, end = sorted(rng.randint(0, len(document.text)) for _ in range(2))
        edits = Edits((TextEdit(Span(start, end), fill),))
        after = document.with_text(edits.apply(document.text)).to_bytes()
        before, borders = document.to_bytes(), character_borders(document.to_bytes())
        bom = len(borders) - 1 - len(document.text)  # a mark is one character of the file
        cut = borders[start + bom], borders[end + bom]
        changed += bytes_changed_outside(before, after, *cut, fill.encode())
        assert after[cut[0] : cut[0] + len(fill.encode())] == fill.encode()
    assert changed == 0


def character_borders(data: bytes) -> list[int]:
    """Byte offsets of the UTF-8 characters of `data` and of its end, from the bytes alone."""
    return [i for i, byte in enumerate(data) if byte & 0xC0 != 0x80] + [len(data)]


def test_the_count_of_changed_bytes_sees_a_change():
    assert bytes_changed_outside(b"abcdef", b"abXYef", 2, 4, b"XY") == 0
    assert bytes_changed_outside(b"abcdef", b"aBXYef", 2, 4, b"XY") == 1
    assert bytes_changed_outside(b"a\r\nb\r\n", b"X\r\nb\n", 0, 1, b"X") == 2
