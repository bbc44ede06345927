import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.tokens.tokenizer import ByteTokenizer
from editdiff.training.tasks import BUDGETS, MIXTURE, cut, draw_row, make_row

T = ByteTokenizer()
CODE = "import os\n\n\ndef area(w, h):\n    # width and height\n    return w * h\n\nprint(area(2, 3))\n"
texts = st.one_of(st.just(CODE), st.text(min_size=1, max_size=300))


@given(texts, st.integers(0, 10_000))
def test_a_gap_put_back_gives_the_text(text: str, seed: int) -> None:
    start, end = cut(text, np.random.default_rng(seed))
    assert 0 <= start <= end <= len(text)
    row = make_row(T, text, (start, end), "x.py", 512)
    filled = text[:start] + T.decode(row.target[:-1].tolist()) + text[end:]
    assert filled == text
    assert row.target[-1] == T.special.end


@pytest.mark.parametrize("kind", [k for k, _ in MIXTURE], ids=lambda k: k.__name__)
def test_every_kind_of_gap_is_cut_from_the_smallest_texts(kind) -> None:  # type: ignore[no-untyped-def]
    for text in ("a", "\n", "\n\n", "a\n", " \n b"):
        for seed in range(20):
            start, end = kind(text, np.random.default_rng(seed))
            assert 0 <= start <= end <= len(text)


def test_line_kinds_cut_whole_lines() -> None:
    lines = CODE.split("\n")
    kinds = {k.__name__: k for k, _ in MIXTURE}
    for seed in range(50):
        start, end = kinds["whole_line"](CODE, np.random.default_rng(seed))
        assert CODE[start:end] in lines
        assert CODE[start:end].strip()
        start, end = kinds["line_content"](CODE, np.random.default_rng(seed))
        assert CODE[start:end] in [line.lstrip() for line in lines]


def test_random_characters_cut_inside_words() -> None:
    kinds = {k.__name__: k for k, _ in MIXTURE}
    cuts = [kinds["characters"](CODE, np.random.default_rng(s)) for s in range(100)]
    inside = [CODE[a - 1 : a + 1].isalpha() for a, b in cuts if a > 0]
    assert sum(inside) > 30


def test_shares_add_up() -> None:
    assert sum(share for _, share in MIXTURE) == pytest.approx(1)
    assert sum(share for _, share in BUDGETS) == pytest.approx(1)


def test_a_row_is_drawn_the_same_from_the_same_seed() -> None:
    a, b = (draw_row(T, CODE, "p/x.py", np.random.default_rng(7)) for _ in range(2))
    assert a.context.tolist() == b.context.tolist()
    assert a.target.tolist() == b.target.tolist()
