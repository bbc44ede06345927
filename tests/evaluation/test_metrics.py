import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.evaluation.core.metrics import (
    exact,
    lex,
    paired_difference,
    quantile,
    similarity,
    wilson,
)

WORDS = st.text("ab c\n", max_size=8)


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, table I, method 3
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_are_the_published_ones(hits, total, low, high):
    assert wilson(hits, total) == pytest.approx((low, high), abs=6e-5)


def test_of_nothing_everything_is_possible():
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("hits", "total"), [(-1, 3), (4, 3)])
def test_wilson_refuses_counts_that_cannot_be(hits, total):
    with pytest.raises(ValueError, match=f"{hits} hits of {total}"):
        wilson(hits, total)


@given(st.text())
def test_lexical_tokens_join_to_the_text(text):
    assert "".join(lex(text)) == text
    assert all(lex(text))


def test_a_token_is_a_word_or_punctuation_with_its_space_or_a_line_break_with_indentation():
    assert lex("a = f(x1)\n\n    y") == ["a", " =", " f", "(", "x1", ")", "\n\n    ", "y"]


@pytest.mark.parametrize(
    ("fill", "truth", "same"),
    [("x = 1 ", "x = 1", True), ("x=1", "x = 1", False), ("", "x", False), ("\nx\n", "x", True)],
)
def test_exact_forgives_white_space_at_the_ends_only(fill, truth, same):
    assert exact(fill, truth) is same


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("abc", "abc", 0), ("ab", "ba", 2)],
)
def test_similarity_counts_the_fewest_edits(a, b, distance):
    assert similarity(a, b) == 1 - distance / max(len(a), len(b))


@given(WORDS, WORDS)
def test_similarity_has_two_equal_sides_and_is_one_for_the_same_text_alone(a, b):
    assert similarity(a, b) == similarity(b, a)
    assert (similarity(a, b) == 1.0) == exact(a, b)


def test_similarity_is_one_for_the_same_text_and_zero_for_nothing_in_common():
    assert similarity(" abc", "abc ") == 1.0
    assert similarity("", "abc") == 0.0
    assert similarity("", " ") == 1.0
    assert similarity("return x", "return y") == pytest.approx(7 / 8)


def test_a_quantile_is_the_value_of_its_rank():
    values = [float(i) for i in range(10, 0, -1)]
    assert [quantile(values, q) for q in (0, 0.5, 0.9, 0.91, 1)] == [1, 5, 9, 10, 10]


@pytest.mark.parametrize(("values", "q"), [([], 0.5), ([1.0], 1.5)])
def test_a_quantile_needs_values_and_a_share(values, q):
    with pytest.raises(ValueError, match="quantile"):
        quantile(values, q)


@pytest.mark.parametrize(
    ("table", "interval"),
    [
        (
            (36, 12, 2, 0),
            (0.2, 0.0569, 0.3404),
        ),  # Newcombe 1998, Stat. Med. 17:2635, table II, method 10
        ((0, 0, 0, 50), (0.0, -0.0714, 0.0714)),
        ((50, 0, 0, 0), (0.0, -0.0714, 0.0714)),
    ],
)
def test_paired_differences_have_the_published_interval(table, interval):
    both, first, second, neither = table
    a = [True] * (both + first) + [False] * (second + neither)
    b = [True] * both + [False] * first + [True] * second + [False] * neither
    assert paired_difference(a, b) == pytest.approx(interval, abs=6e-5)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=40))
def test_a_paired_difference_lies_in_its_interval_and_turns_with_its_sides(items):
    a, b = ([item[i] for item in items] for i in (0, 1))
    difference, low, high = paired_difference(a, b)
    assert -1 <= low <= difference <= high <= 1
    assert paired_difference(b, a) == pytest.approx((-difference, -high, -low))


def test_a_paired_difference_needs_pairs():
    with pytest.raises(ValueError, match="shorter"):
        paired_difference([True, False], [True])
