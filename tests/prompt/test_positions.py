import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.prompt.base import ContextParts, Prompt
from editdiff.prompt.positions import LEAST, STEP, Marks, place, place_with
from editdiff.prompt.sections import Sections
from editdiff.text.span import Span
from editdiff.tokens.base import IntArray
from editdiff.tokens.bpe import SPECIAL_TOKENS
from editdiff.tokens.byte_tokenizer import ByteTokenizer
from editdiff.tokens.canvas import Canvas

MARKS = Marks.own()

T = ByteTokenizer()
S = T.special
TEXT = "first line\nsecond line\nthird\n"
ONE, TWO = (Span(11, 17),), (Span(0, 5), Span(11, 17))


def context_of(text: str, gaps: tuple[Span, ...], old: str | None = None) -> IntArray:
    around = ContextParts.around(text, gaps, "a.py")
    parts = ContextParts(around.before, around.after, "a.py", old, None, around.earlier)
    return Sections(T).ids(parts, 400)


def written(gaps: int, places: int = 8) -> IntArray:
    return Canvas.blank(S, 1, [places] * gaps).ids


def read(placed: Prompt, canvas: IntArray, on_canvas: IntArray) -> str:
    """Text in the order of the positions."""
    places = sorted(
        [*zip(placed.at, placed.ids, strict=True), *zip(on_canvas[0], canvas[0], strict=True)]
    )
    return T.decode([int(token) for _, token in places if token >= len(SPECIAL_TOKENS)])


@pytest.mark.parametrize("gaps", [ONE, TWO])
def test_text_and_gaps_stand_in_the_order_of_the_document(gaps: tuple[Span, ...]) -> None:
    context = context_of(TEXT, gaps)
    placed = place(context, "document", MARKS)
    canvas = written(len(gaps))
    canvas[0, 1], hidden = T.encode("*")[0], gaps[0]
    expected = "a.py" + TEXT[: hidden.start] + "*" + TEXT[hidden.end :]
    for gap in reversed(gaps[1:]):
        expected = expected.replace(TEXT[gap.start : gap.end], "", 1)
    assert read(placed, canvas, placed.positions(canvas)) == expected


@given(st.text("ab\n", max_size=200), st.text("ab\n", max_size=200), st.booleans(), st.booleans())
def test_no_two_tokens_share_a_position(before: str, after: str, several: bool, told: bool) -> None:
    middle = "between" if several else ""
    text = before + middle + after
    first, last = len(before), len(before) + len(middle)
    gaps = (Span(first, first), Span(last, last)) if several else (Span(last, last),)
    context = context_of(text, gaps, "was" if told else None)
    placed = place(context, "document", MARKS)
    canvas = written(len(gaps), LEAST)
    together = [*placed.at.tolist(), *placed.positions(canvas)[0].tolist()]
    assert len(set(together)) == len(together)
    assert min(together) == 0


def test_typing_moves_what_comes_after_once_in_a_while() -> None:
    behind, moved = "\nafter\n", 0
    last = context_of("x" + behind, (Span(1, 1),))
    for n in range(2, 200):
        new = context_of("x" * n + behind, (Span(n, n),))
        shared = int(np.argmin(np.append(last[:-1] == new[: len(last) - 1], False)))
        at, before = place(new, "document", MARKS).at, place(last, "document", MARKS).at
        moved += not np.array_equal(at[:shared], before[:shared])
        last = new
    assert moved == 198 // STEP


@given(st.integers(1, 300), st.integers(0, 60))
def test_the_reserve_holds_the_largest_canvas(before: int, tail: int) -> None:
    text = "x" * before + "t" * tail + "\nafter\n"
    context = context_of(text, (Span(before, before),))
    placed = place(context, "document", MARKS)
    fill, mark = (int(placed.at[context == i][0]) for i in (MARKS.fill, MARKS.tail))
    assert LEAST <= mark - fill - 1 < LEAST + STEP
    assert int(placed.at[context == MARKS.suf][0]) % STEP == 0


def test_in_cache_order_positions_are_indices_and_gaps_follow_each_other() -> None:
    context = context_of(TEXT, TWO)
    placed = place(context, "cache", MARKS)
    assert placed.at.tolist() == list(range(len(context)))
    assert placed.positions(written(2)).tolist() == [list(range(len(context), len(context) + 16))]


def test_what_is_written_piece_by_piece_stands_where_it_stands_whole() -> None:
    placed = place(context_of(TEXT, TWO), "document", MARKS)
    ids = np.array([[S.gaps[0], 40, 41, S.end, S.gaps[1], 42, S.end]])
    whole, pieces = placed.positions(ids)[0].tolist(), []
    for first, last in ((0, 1), (1, 2), (2, 5), (5, 7)):
        pieces.append(placed.positions(ids[:, first:last])[0])
        placed = placed.then(ids[0, first:last])
    assert np.concatenate(pieces).tolist() == whole


def test_a_context_without_marks_is_placed_in_cache_order() -> None:
    ids = np.arange(20, 40)
    assert place(ids, "document", MARKS).at.tolist() == list(range(20))
    with pytest.raises(ValueError, match="lacks a mark"):
        place_with(ids, [64], MARKS)
