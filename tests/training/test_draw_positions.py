import numpy as np

from editdiff.prompt.positions import Marks, place
from editdiff.text.span import Span
from editdiff.tokens.byte_tokenizer import ByteTokenizer
from editdiff.training.batches.data import Batch, collate
from editdiff.training.batches.positions import draw_positions
from editdiff.training.tasks.example import Example
from editdiff.training.tasks.rows import make_row

MARKS = Marks.own()

T = ByteTokenizer()
S = T.special
TEXT = "first line\nsecond line\nthird\n"


def batch_of(*gaps: Span) -> Batch:
    row = make_row(T, Example("infill", TEXT, gaps, "a.py"), 200)
    return collate([row], 32, 2, S)


def test_the_reserve_is_drawn_and_says_nothing_of_the_length() -> None:
    batch = batch_of(Span(11, 17))
    tail = batch.context[0].tolist().index(MARKS.tail)
    drawn = (draw_positions(batch, "document", (0, step)) for step in range(20))
    ends = {int(at.context[0, tail]) for at in drawn}
    assert len(ends) > 5


def test_the_clean_copy_stands_where_the_canvas_stands() -> None:
    batch = batch_of(Span(0, 5), Span(11, 17))
    at = draw_positions(batch, "document", (0, 0))
    real = batch.canvas[0] != S.pad
    assert at.canvas[0][real].tolist() == at.clean[0, : real.sum()].tolist()


def test_cache_order_is_what_the_engines_place() -> None:
    batch = batch_of(Span(11, 17))
    n = int(batch.context_length[0])
    at = draw_positions(batch, "cache", (0, 0))
    placed = place(batch.context[0, :n], "cache", MARKS)
    assert np.array_equal(at.context[0, :n], placed.at)
    assert np.array_equal(at.canvas, placed.positions(batch.canvas))
