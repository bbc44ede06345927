from dataclasses import FrozenInstanceError

import pytest

from editdiff.text.span import Span


@pytest.mark.parametrize(("start", "end"), [(-1, 0), (2, 1), (-2, -1)])
def test_a_span_that_runs_backwards_or_starts_before_the_text_is_refused(start, end):
    with pytest.raises(ValueError, match="0 <= start <= end"):
        Span(start, end)


def test_a_span_is_a_value():
    assert Span(1, 4) == Span(1, 4)
    assert sorted([Span(2, 3), Span(1, 4), Span(1, 1)]) == [Span(1, 1), Span(1, 4), Span(2, 3)]
    with pytest.raises(FrozenInstanceError):
        Span(1, 4).start = 0


def test_length_and_slice_count_code_points():
    assert Span(1, 3).length == 2
    assert Span(1, 3).slice("a😀e\u0301") == "😀e"


def test_a_slice_past_the_end_of_the_text_is_refused():
    with pytest.raises(ValueError, match=r"\[1, 4\) in a text of 3"):
        Span(1, 4).slice("abc")


def test_shift_moves_both_ends_and_not_before_the_text():
    assert Span(3, 5).shift(-3) == Span(0, 2)
    with pytest.raises(ValueError, match="0 <= start"):
        Span(3, 5).shift(-4)


@pytest.mark.parametrize(
    ("outer", "inner", "contains", "overlaps"),
    [
        (Span(2, 5), Span(2, 5), True, True),
        (Span(2, 5), Span(3, 4), True, True),
        (Span(2, 5), Span(2, 2), True, False),
        (Span(2, 5), Span(5, 5), True, False),
        (Span(2, 5), Span(3, 3), True, False),
        (Span(2, 5), Span(4, 6), False, True),
        (Span(2, 5), Span(5, 6), False, False),
        (Span(2, 2), Span(2, 2), True, False),
        (Span(2, 5), Span(1, 1), False, False),
    ],
)
def test_contains_and_overlaps_at_the_borders(outer, inner, contains, overlaps):
    assert outer.contains(inner) is contains
    assert outer.overlaps(inner) is overlaps
    assert inner.overlaps(outer) is overlaps
