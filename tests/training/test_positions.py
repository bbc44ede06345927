import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from editdiff.text.span import Span
from editdiff.tokens.tokenizer import ByteTokenizer
from editdiff.training.data import collate
from editdiff.training.example import Example
from editdiff.training.positions import document_positions
from editdiff.training.rows import make_row

T = ByteTokenizer()
S = T.special
TEXT = "first line\nsecond line\nthird\n"


def laid(gaps: tuple[Span, ...], seed: int = 0, old: str | None = None):  # type: ignore[no-untyped-def]
    example = Example("infill", TEXT, gaps, "a.py", old=old)
    row = make_row(T, example, 200)
    batch = collate([row], 32, 2, S)
    context, canvas = batch.context[0], batch.canvas[0]
    return context, canvas, *document_positions(context, canvas, S, np.random.default_rng(seed))


def test_text_and_gap_stand_in_the_order_of_the_document() -> None:
    context, canvas, at, on_canvas = laid((Span(11, 17),))
    places = sorted([*zip(at, context, strict=True), *zip(on_canvas, canvas, strict=True)])
    order = [int(token) for _, token in places if token >= S.count]
    assert T.decode(order) == "a.py" + TEXT


@given(st.integers(0, 500), st.booleans())
def test_no_two_tokens_share_a_position(seed: int, several: bool) -> None:
    gaps = (Span(0, 5), Span(11, 17)) if several else (Span(11, 17),)
    _, _, at, on_canvas = laid(gaps, seed, old="was" if seed % 2 else None)
    together = [*at.tolist(), *on_canvas.tolist()]
    assert len(set(together)) == len(together)


def test_the_reserve_is_drawn_and_says_nothing_of_the_length() -> None:
    context = laid((Span(11, 17),))[0]
    tail = context.tolist().index(S.tail)
    ends = {int(laid((Span(11, 17),), seed)[2][tail]) for seed in range(20)}
    assert len(ends) > 5
