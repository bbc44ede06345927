from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.text.span import Span
from editdiff.tokens.byte_tokenizer import ByteTokenizer
from editdiff.training.tasks.example import Example, filled
from editdiff.training.tasks.infill import MIXTURE, cut_several, infill, several
from editdiff.training.tasks.mixture import TASKS, draw_row
from editdiff.training.tasks.rows import gone_on, make_row

T = ByteTokenizer()
CODE = """import os


def area(w, h):
    # width and height
    area = w * h
    return area

print(area(2, 3))
"""
texts = st.one_of(st.just(CODE), st.text(min_size=1, max_size=300))


@pytest.mark.parametrize("make", [infill, several])
@given(text=texts, seed=st.integers(0, 10_000))
def test_gaps_put_back_give_the_text(make, text: str, seed: int) -> None:  # type: ignore[no-untyped-def]
    example = make(text, "x.py", np.random.default_rng(seed))
    assert filled(example.blanked, example.targets) == text
    row = make_row(T, example, 2000)
    *targets, rest = np.split(row.target, np.flatnonzero(row.target == T.special.end) + 1)
    assert tuple(T.decode(target[:-1].tolist()) for target in targets) == example.targets
    assert not len(rest)


@given(text=st.text(min_size=50, max_size=300), seed=st.integers(0, 10_000))
def test_a_gap_that_is_gone_on_with_ends_where_it_ended(text: str, seed: int) -> None:
    example = Example("infill", text, (Span(5, len(text) - 3),))
    later = gone_on(T, example, np.random.default_rng(seed))
    assert later.text == text
    assert later.gaps[0].start >= 5
    assert later.gaps[0].end == len(text) - 3


def test_long_gaps_are_gone_on_with_in_half_of_the_cases() -> None:
    example = Example("infill", "x" * 200, (Span(10, 150),))
    starts = [gone_on(T, example, np.random.default_rng(s)).gaps[0].start for s in range(200)]
    assert 60 < starts.count(10) < 140
    short = Example("infill", "x" * 200, (Span(10, 30),))
    assert all(gone_on(T, short, np.random.default_rng(s)) == short for s in range(20))


def test_a_draft_of_another_length_is_left_out() -> None:
    example = Example("revise", "a + b", (Span(0, 5),), draft="a - b")
    assert make_row(T, example, 50).draft is not None
    assert make_row(T, replace(example, draft="a -b"), 50).draft is None


def test_what_is_asked_stands_in_the_context() -> None:
    example = Example("instruct", "total = 1", (Span(0, 9),), old="t = 1", ask="call it total")
    context = T.decode(make_row(T, example, 50).context.tolist())
    assert "t = 1" in context
    assert "call it total" in context


def test_a_names_binding_and_its_uses_are_gaps_together() -> None:
    together = 0
    for seed in range(60):
        found = {gap.slice(CODE) for gap in cut_several(CODE, np.random.default_rng(seed))}
        together += {"area = w * h", "return area"} <= found or found == {"area"}
    assert together > 20


def test_several_gaps_are_apart() -> None:
    for seed in range(60):
        gaps = cut_several(CODE, np.random.default_rng(seed))
        assert all(a.end < b.start for a, b in pairwise(gaps))


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
    assert sum(task.share for task in TASKS.values()) == pytest.approx(1)
    for task in TASKS.values():
        assert sum(share for _, share in task.budgets) == pytest.approx(1)


def test_a_row_is_drawn_the_same_from_the_same_seed() -> None:
    a, b = (draw_row(T, CODE, "p/x.py", np.random.default_rng(7)) for _ in range(2))
    assert a.context.tolist() == b.context.tolist()
    assert a.target.tolist() == b.target.tolist()
