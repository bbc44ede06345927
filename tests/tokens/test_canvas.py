import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.tokens.bpe import NAMES
from editdiff.tokens.byte_tokenizer import ByteTokenizer
from editdiff.tokens.canvas import Canvas

SPECIAL = ByteTokenizer.special
A, B, C, END = 97, 98, 99, SPECIAL.end


def flags(canvas: Canvas, *places: int) -> np.ndarray:
    out = np.zeros(canvas.ids.shape, dtype=bool)
    out[:, places] = True
    return out


def row(canvas: Canvas, *ids: int) -> np.ndarray:
    return np.array([[0, *ids]] * canvas.ids.shape[0])


def test_a_blank_canvas_opens_every_segment_with_its_sentinel_and_masks_the_rest():
    canvas = Canvas.blank(SPECIAL, 2, [3, 2])
    gap_0, gap_1 = SPECIAL.gaps[:2]
    assert canvas.ids.tolist() == [[gap_0, SPECIAL.mask, SPECIAL.mask, gap_1, SPECIAL.mask]] * 2
    assert canvas.segment.tolist() == [0, 0, 0, 1, 1]
    assert canvas.masked.tolist() == [[False, True, True, False, True]] * 2
    assert (canvas.editable == canvas.masked).all()


def test_places_before_are_counted_within_the_segment():
    canvas = Canvas.blank(SPECIAL, 1, [3, 4])
    assert canvas.before(canvas.masked).tolist() == [[0, 0, 1, 0, 0, 1, 2]]


def test_writing_gives_a_new_canvas_and_leaves_the_old_one_alone():
    canvas = Canvas.blank(SPECIAL, 1, [4])
    written = canvas.write(row(canvas, A, B, C), flags(canvas, 1, 3))
    assert written.ids.tolist() == [[SPECIAL.gaps[0], A, SPECIAL.mask, C]]
    assert written.masked.tolist() == [[False, False, True, False]]
    assert canvas.masked.sum() == 3


def test_the_sentinel_can_neither_be_written_nor_masked():
    canvas = Canvas.blank(SPECIAL, 1, [4])
    everywhere = np.ones_like(canvas.masked)
    assert canvas.write(row(canvas, A, B, C), everywhere).ids[0, 0] == SPECIAL.gaps[0]
    assert canvas.mask(everywhere).ids[0, 0] == SPECIAL.gaps[0]


def test_what_follows_a_committed_end_is_padding_that_no_longer_counts():
    canvas = Canvas.blank(SPECIAL, 1, [5]).write(
        np.array([[0, A, END, B, C]]), np.array([[0, 1, 1, 0, 1]], bool)
    )
    assert canvas.ids.tolist() == [[SPECIAL.gaps[0], A, END, SPECIAL.pad, SPECIAL.pad]]
    assert canvas.editable.tolist() == [[False, True, True, False, False]]
    assert not canvas.unfinished.any()
    assert canvas.content(0) == (A,)
    assert canvas.ended(0)


def test_an_end_closes_its_own_segment_only():
    canvas = Canvas.blank(SPECIAL, 1, [3, 3])
    closed = canvas.write(np.array([[0, END, 0, 0, 0, 0]]), flags(canvas, 1))
    assert closed.masked.tolist() == [[False, False, False, False, True, True]]
    assert (closed.ended(0, 0), closed.ended(0, 1)) == (True, False)


def test_an_earlier_end_wins_over_one_committed_before():
    canvas = Canvas.blank(SPECIAL, 1, [5])
    late = canvas.write(row(canvas, 0, 0, 0, END), flags(canvas, 4))
    early = late.write(row(canvas, A, END, 0, 0), flags(canvas, 1, 2))
    assert early.ids.tolist() == [[SPECIAL.gaps[0], A, END, SPECIAL.pad, SPECIAL.pad]]
    assert early.content(0) == (A,)


def test_a_reopened_place_is_masked_again():
    canvas = Canvas.blank(SPECIAL, 1, [3]).write(np.array([[0, A, B]]), np.ones((1, 3), bool))
    again = canvas.mask(flags(canvas, 2))
    assert again.ids.tolist() == [[SPECIAL.gaps[0], A, SPECIAL.mask]]
    assert again.unfinished.tolist() == [True]
    assert again.content(0) == (A,)


def test_content_reads_each_gap_and_stops_at_the_unknown():
    canvas = Canvas.blank(SPECIAL, 1, [4, 3])
    written = canvas.write(np.array([[0, A, B, C, 0, C, END]]), flags(canvas, 1, 3, 5, 6))
    assert written.content(0, 0) == (A,)
    assert written.content(0, 1) == (C,)
    assert not written.ended(0, 0)


@pytest.mark.parametrize("token", [i for i in NAMES.values() if i != END])
def test_no_special_token_but_the_end_is_admitted_as_content(token):
    canvas = Canvas.blank(SPECIAL, 1, [4])
    assert canvas.admits(np.array([token, END, len(NAMES)])).tolist() == [False, True, True]


@given(st.lists(st.booleans(), min_size=4, max_size=4), st.integers(1, 3))
def test_rows_taken_out_and_put_back_give_the_same_canvas(which, token):
    canvas = Canvas.blank(SPECIAL, 4, [3])
    canvas = canvas.write(np.arange(12).reshape(4, 3) + len(NAMES), flags(canvas, token % 3))
    keep = np.array(which)
    same = canvas.put(keep, canvas.rows(keep))
    assert np.array_equal(same.ids, canvas.ids)
    assert np.array_equal(same.masked, canvas.masked)
    assert np.array_equal(same.editable, canvas.editable)


def test_put_changes_the_rows_named_and_no_other():
    canvas = Canvas.blank(SPECIAL, 3, [2])
    keep = np.array([False, True, False])
    part = canvas.rows(keep).write(np.array([[0, A]]), np.array([[False, True]]))
    assert canvas.put(keep, part).ids[:, 1].tolist() == [SPECIAL.mask, A, SPECIAL.mask]


def test_behind_an_end_that_is_reopened_everything_is_unknown_again():
    canvas = Canvas.blank(SPECIAL, 1, [5, 2])
    closed = canvas.write(np.array([[0, A, END, 0, 0, 0, B]]), flags(canvas, 1, 2, 6))
    again = closed.mask(flags(canvas, 2))
    assert again.ids.tolist() == [[SPECIAL.gaps[0], A, *[SPECIAL.mask] * 3, SPECIAL.gaps[1], B]]
    assert again.masked.tolist() == [[False, False, True, True, True, False, False]]
    assert again.editable.tolist() == [[False, True, True, True, True, False, True]]


def test_behind_an_end_that_is_written_over_everything_is_unknown():
    canvas = Canvas.blank(SPECIAL, 1, [5])
    closed = canvas.write(row(canvas, A, END, 0, 0), flags(canvas, 1, 2))
    longer = closed.write(row(canvas, 0, B, C, 0), flags(canvas, 2, 3))
    assert longer.ids.tolist() == [[SPECIAL.gaps[0], A, B, SPECIAL.mask, SPECIAL.mask]]
    assert longer.masked.tolist() == [[False, False, False, True, True]]


def test_an_end_written_over_an_end_changes_nothing():
    canvas = Canvas.blank(SPECIAL, 1, [4])
    closed = canvas.write(row(canvas, A, END, 0), flags(canvas, 1, 2))
    same = closed.write(row(canvas, 0, END, 0), flags(canvas, 2))
    assert same.ids.tolist() == closed.ids.tolist()
    assert same.editable.tolist() == closed.editable.tolist()


def test_a_standing_text_is_unknown_where_it_is_doubted_and_locked_elsewhere():
    canvas = Canvas.standing(SPECIAL, 2, [A, B, C], [1], 6)
    begin, mask, pad = SPECIAL.gaps[0], SPECIAL.mask, SPECIAL.pad
    assert canvas.ids.tolist() == [[begin, A, mask, C, END, pad]] * 2
    assert canvas.locks == (1, 3, 4)
    assert canvas.free.tolist() == [[False, False, True, False, False, False]] * 2
    everywhere = np.ones_like(canvas.masked)
    written = canvas.write(np.full(canvas.ids.shape, C), everywhere)
    assert written.ids.tolist() == [[begin, A, C, C, END, pad]] * 2
    assert written.mask(everywhere).ids.tolist() == canvas.ids.tolist()
    assert written.content(1) == (A, C, C)


def test_no_gap_may_end_before_a_lock():
    canvas = Canvas.standing(SPECIAL, 1, [A, B, C], [1], 6)
    ids = np.full((1, 6, 2), END)
    assert canvas.admits(ids)[0, :, 0].tolist() == [False, False, False, False, False, True]


def test_a_standing_text_has_to_fit():
    assert Canvas.standing(SPECIAL, 1, [A, B], [], 4).ended(0)
    with pytest.raises(ValueError, match="5 ids do not fit 4 places"):
        Canvas.standing(SPECIAL, 1, [A, B, C], [], 4)
