from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.denoise.guess import Guess
from editdiff.engines.doubt import (
    ALL_FEATURES,
    FEATURES,
    PLAIN,
    Calibration,
    LocalDoubter,
    Logistic,
    kind,
    token_spans,
    weighed,
    windows,
)
from editdiff.engines.fakes.oracle import OracleDenoiser
from editdiff.text.lines import LINE_ENDING, LineTable
from editdiff.text.span import Span
from editdiff.tokens.byte_tokenizer import ByteTokenizer

SPECIAL = ByteTokenizer.special

BYTES = ByteTokenizer()
TEXTS = st.lists(st.sampled_from(["a", "bc ", "    ", "é", "😀", "x" * 40, "\n", "\n\n"])).map(
    "".join
)
LOOKS_TWICE = Calibration(Logistic(0.0, {"better": 1.0}), Logistic(1.0, {"alone": 1.0}), least=0.5)


def doubts(oracle: OracleDenoiser, text: str, calibration: Calibration | None = None):
    doubter = LocalDoubter(oracle, calibration=calibration)
    (found,) = doubter.doubts(text, [Span(0, len(text))], "a.py")
    return found


@given(TEXTS, st.integers(6, 40))
def test_windows_hold_every_character_of_the_lines_once_and_fit_their_canvas(text, places):
    found = list(windows(BYTES, text, [Span(0, len(text))], places))
    assert all(a.span.end <= b.span.start for a, b in pairwise(found))
    assert all(window.span.length and len(window.ids) + 2 <= places for window in found)
    assert all(BYTES.decode(window.ids.tolist()) == window.span.slice(text) for window in found)
    table = LineTable(text)
    held = {at for window in found for at in range(window.span.start, window.span.end)}
    for line in range(len(table)):
        content = table.content(line)
        if content.slice(text).strip():
            assert set(range(content.start, content.end)) <= held
    ends = {table.content(line).end for line in range(len(table))}
    assert all(window.closed == (window.span.end in ends) for window in found)


@given(TEXTS, st.data())
def test_windows_stay_within_the_spans_that_are_asked_for(text, data):
    start = data.draw(st.integers(0, len(text)))
    span = Span(start, data.draw(st.integers(start, len(text))))
    for window in windows(BYTES, text, [span], 20):
        assert span.contains(window.span)


def test_short_lines_share_a_window_and_a_long_one_is_cut_by_itself():
    text = "a = 1\n\nb = 2\n" + "c" * 30 + "\nd = 3\n"
    spans = [w.span.slice(text) for w in windows(BYTES, text, [Span(0, len(text))], 16)]
    assert spans == ["a = 1\n\nb = 2", "c" * 14, "c" * 14, "cc\nd = 3"]


def test_a_line_of_a_megabyte_is_cut_only_as_far_as_it_is_read():
    class Counting(ByteTokenizer):
        characters = 0

        def encode(self, text):
            self.characters += len(text)
            return super().encode(text)

    tokenizer, text = Counting(), "x=[1,2,3];" * 100_000
    for window, _ in zip(
        windows(tokenizer, text, [Span(0, len(text))], 64), range(3), strict=False
    ):
        assert len(window.ids) == 62
    assert tokenizer.characters < 20_000
    doubter = LocalDoubter(OracleDenoiser(("",), tokenizer=tokenizer, max_context=64))
    next(doubter.doubts(text, [Span(0, len(text))], "a.js"))
    assert tokenizer.characters < 40_000


@given(TEXTS.filter(str.strip))
def test_the_spans_of_tokens_hold_all_their_characters(text):
    for window in windows(BYTES, text, [Span(0, len(text))], 64):
        spans = token_spans(BYTES, text, window)
        assert len(spans) == len(window.ids)
        assert (spans[0].start, spans[-1].end) == (window.span.start, window.span.end)
        for span, token in zip(spans, window.ids.tolist(), strict=True):
            assert span.length == 1
            assert BYTES.decode_bytes([token]) in span.slice(text).encode()


def test_the_wrong_token_is_the_most_doubtful_one_and_the_right_one_is_offered():
    oracle = OracleDenoiser(("x = total + 1",))
    found = doubts(oracle, "x = total - 1")
    worst = max(found, key=lambda doubt: doubt.probability)
    assert worst.span == Span(10, 11)
    assert worst.probability > 0.9
    assert worst.alternatives[0] == "+"
    assert all(doubt.probability < 0.1 for doubt in found if doubt is not worst)


def test_what_is_missing_at_the_end_of_a_line_is_doubted_there():
    found = doubts(OracleDenoiser(("if x:",)), "if x")
    worst = max(found, key=lambda doubt: doubt.probability)
    assert (worst.span, worst.alternatives[0]) == (Span(4, 4), ":")


def test_doubts_stand_in_order_one_for_each_character_and_one_for_the_end():
    found = doubts(OracleDenoiser(("é😀",)), "é😀")
    assert [doubt.span for doubt in found] == [Span(0, 1), Span(1, 2), Span(2, 2)]


def test_only_doubtful_places_are_masked_and_the_second_look_then_decides():
    class Counting(OracleDenoiser):
        def propose(self, cache, canvas, asked=None):
            rows.append(canvas.masked.sum(axis=1).tolist())
            return super().propose(cache, canvas, asked)

    rows: list[list[int]] = []
    found = doubts(Counting(("abcdefghijklmnopqrst",)), "abXdefghijklmnopXrst", LOOKS_TWICE)
    assert rows == [[0], [1, 1]]
    sure = [doubt.probability for doubt in found if doubt.probability > 0.5]
    assert len(sure) == 2


def test_line_breaks_are_not_offered_for_text_nor_text_for_line_breaks():
    found = doubts(OracleDenoiser(("a\nb",)), "abc")
    assert all("\n" not in offer for doubt in found for offer in doubt.alternatives)


def test_a_token_outside_of_what_is_kept_costs_at_least_as_much_as_the_least_of_it():
    guess = Guess(np.array([[[30, 31]]]), np.log(np.array([[[0.6, 0.3]]])))
    (cost, better, _, rank) = weighed(guess, np.array([[99]]), SPECIAL)[0, 0]
    assert np.isclose(cost, np.log1p(-np.log(0.1)))
    assert np.isclose(better, np.log(0.6 / 0.1))
    assert np.isclose(rank, np.log(3))


def test_a_special_token_is_nothing_better_but_the_end_is():
    guess = Guess(
        np.array([[[SPECIAL.mask, 30, SPECIAL.end]]]), np.log(np.array([[[0.7, 0.2, 0.1]]]))
    )
    assert np.isclose(weighed(guess, np.array([[30]]), SPECIAL)[0, 0, 1], np.log(0.1 / 0.2))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("foo", "word"),
        ("é_1", "word"),
        ("7", "number"),
        (" +=", "mark"),
        ("_", "mark"),
        ("\n  ", "layout"),
    ],
)
def test_kinds_of_tokens(text, named):
    assert kind(text) == named


def test_a_calibration_survives_json_and_refuses_what_it_does_not_know():
    weights = {name: float(i) for i, name in enumerate(ALL_FEATURES)}
    found = Calibration(Logistic(-1.0, {"causal": 0.5}), Logistic(2.0, weights), 0.1, 40)
    assert Calibration.of(found.to_json()) == found
    strange = found.to_json()
    strange["first"]["weights"]["colour"] = 1.0
    with pytest.raises(ValueError, match="no feature colour"):
        Calibration.of(strange)


def test_a_logistic_regression_weighs_features_by_name():
    features = np.array([[0.0, 3.0]])
    found = Logistic(-1.0, {"canvas": 1.0}).probability(features, ("causal", "canvas"))
    assert np.isclose(found[0], 1 / (1 + np.exp(-2)))


def test_without_a_calibration_it_says_so():
    oracle = OracleDenoiser(("a",))
    assert not LocalDoubter(oracle).calibrated
    assert LocalDoubter(oracle, calibration=PLAIN).calibrated


def test_every_feature_is_finite_on_what_the_model_never_saw():
    doubter = LocalDoubter(OracleDenoiser(("",), confidence=1.0))
    for look in doubter.looks("a b\n\t\u2028c", [Span(0, 7)], ""):
        assert look.features.shape == (len(look.spans), len(FEATURES))
        assert np.isfinite(look.features).all()


@pytest.mark.weights
def test_the_built_in_model_doubts_a_misspelt_name(nano):
    from editdiff.families.canvas.onnx_denoiser import OnnxDenoiser

    text = "def area(widht, height):\n    return width * height\n"
    doubter = LocalDoubter(OnnxDenoiser(nano, threads=1))
    found = [d for part in doubter.doubts(text, [Span(0, len(text))], "area.py") for d in part]
    again = [d for part in doubter.doubts(text, [Span(0, len(text))], "area.py") for d in part]
    assert found == again
    assert "".join(d.span.slice(text) for d in found) == LINE_ENDING.sub("\n", text[:-1])
