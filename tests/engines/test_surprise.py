from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.edits.review import review
from editdiff.engines.doubt import FEATURES, Calibration, LocalDoubter, Logistic
from editdiff.engines.doubters import doubter_of
from editdiff.engines.fakes.chain import ChainDenoiser
from editdiff.engines.fakes.oracle import OracleDenoiser
from editdiff.engines.surprise import CausalDoubter
from editdiff.text.document import Document
from editdiff.text.span import Span
from editdiff.tokens.byte_tokenizer import ByteTokenizer
from editdiff.tokens.canvas import Canvas

RIGHT = "def area(width, height):\n    return width * height\n\n\nprint(area(2, 3))\n"
TEXTS = st.lists(
    st.sampled_from(["a = 1", "\n", "\n\n", "    ", "é", "😀", "# note\n", "\t", "x" * 50])
).map("".join)


def doubter(*texts: str, window: int = 512) -> CausalDoubter:
    return CausalDoubter(ChainDenoiser(texts or (RIGHT,)), window=window)


def doubts(made: CausalDoubter, text: str):
    return [d for part in made.doubts(text, [Span(0, len(text))], "a.py") for d in part]


def test_a_model_without_a_canvas_doubts_from_left_to_right_and_one_with_a_canvas_on_it():
    assert isinstance(doubter_of(ChainDenoiser((RIGHT,)), "chain"), CausalDoubter)
    assert isinstance(doubter_of(OracleDenoiser(("",)), "oracle"), LocalDoubter)


def test_the_wrong_character_is_the_most_doubtful_one_and_the_right_one_is_offered():
    at = RIGHT.index("*")
    text = RIGHT[:at] + "+" + RIGHT[at + 1 :]
    worst = max(doubts(doubter(), text), key=lambda doubt: doubt.probability)
    assert worst.span == Span(at, at + 1)
    assert worst.probability > 0.9
    assert worst.alternatives[0] == "*"


def test_what_it_has_learnt_is_not_doubted():
    assert max(doubt.probability for doubt in doubts(doubter(), RIGHT)) < 0.5


def test_white_space_is_neither_doubted_nor_offered():
    text = RIGHT.replace("    return", "  return").replace("\n\n\n", "\n")
    found = doubts(doubter(), text)
    assert found
    for doubt in found:
        assert doubt.span.slice(text).strip()
        assert all(offer.strip() for offer in doubt.alternatives)


@pytest.mark.parametrize("text", ["", "\n", "   \n\n\t\n", "# note\n# another\n"])
def test_a_text_of_nothing_but_blank_lines_and_comments_is_bearable(text):
    assert all(doubt.span.slice(text).strip() for doubt in doubts(doubter(), text))


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_other_line_endings_and_a_byte_order_mark_are_no_doubt(ending):
    bare = RIGHT.replace("*", "+")
    document = Document("a.py", bare.replace("\n", ending), bom=True)
    found = review(document, doubter()).top(1)[0]
    assert found.span.slice(document.text) == "+"
    (plain,) = review(Document("a.py", bare), doubter()).top(1)
    assert (found.probability, found.alternatives) == (plain.probability, plain.alternatives)


def test_a_line_of_a_hundred_thousand_characters_is_read_in_parts():
    class Counting(ChainDenoiser):
        def extend(self, cache, ids):
            rows.append(len(ids))
            return super().extend(cache, ids)

    rows: list[int] = []
    text = "x=[1,2,3];" * 10_000
    made = CausalDoubter(Counting(("x=[1,2,3];",)), window=64)
    parts = made.doubts(text, [Span(0, len(text))], "a.js")
    found = [doubt for _, part in zip(range(3), parts, strict=False) for doubt in part]
    assert max(rows) <= 64
    assert [doubt.span.start for doubt in found] == list(range(len(found)))


def test_pieces_of_a_character_are_one_doubt_and_none_is_offered_for_it():
    found = doubts(doubter("é😀 = 1\n"), "é🚀 = 1\n")
    assert [doubt.span for doubt in found] == [Span(0, 1), Span(1, 2), Span(3, 4), Span(5, 6)]
    worst = max(found, key=lambda doubt: doubt.probability)
    assert worst.span == Span(1, 2)
    assert worst.alternatives == ()


@given(TEXTS, st.integers(1, 30))
def test_what_is_read_in_pieces_is_judged_as_what_is_read_at_once(text, piece):
    network = ChainDenoiser((RIGHT,))
    found = doubts(CausalDoubter(network, piece=piece), text)
    assert found == doubts(CausalDoubter(network), text)


def test_a_reader_may_stop_after_each_piece_of_the_context_and_of_the_window():
    read: list[int] = []

    class Counting(ChainDenoiser):
        def encode(self, prompt, cache=None):
            read.append(len(prompt.ids) - (len(cache.prompt.ids) if cache else 0))
            return super().encode(prompt, cache)

        def extend(self, cache, ids):
            read.append(len(ids))
            return super().extend(cache, ids)

    text = "\n".join([RIGHT] * 20)
    span = Span(len(RIGHT) * 9, len(RIGHT) * 10)
    steps = CausalDoubter(Counting((RIGHT,)), piece=16).doubts(text, [span], "a.py")
    empty = [not part for part in steps]
    assert empty.index(False) > 10, "of a context nothing is told"
    assert max(read) <= 16
    assert len(read) == len(empty)


@given(TEXTS)
def test_doubts_stand_in_order_on_whole_characters_whatever_the_text(text):
    found = doubts(doubter(window=24), text)
    for before, after in pairwise(found):
        assert before.span.end <= after.span.start
    assert all(doubt.span.length for doubt in found)
    assert {i for d in found for i in range(d.span.start, d.span.end)} >= {
        i for i, character in enumerate(text) if character.strip()
    }


@given(TEXTS, st.data())
def test_only_what_is_asked_for_is_judged(text, data):
    start = data.draw(st.integers(0, len(text)))
    span = Span(start, data.draw(st.integers(start, len(text))))
    made = doubter(window=24)
    assert all(span.contains(d.span) for part in made.doubts(text, [span], "a.py") for d in part)


def test_every_feature_is_finite_and_what_a_canvas_would_tell_is_nothing():
    for reading in doubter().looks("a b\n\t\u2028c", [Span(0, 7)], ""):
        assert reading.features.shape == (len(reading.spans), len(FEATURES))
        assert np.isfinite(reading.features).all()
        assert not reading.features[:, FEATURES.index("canvas")].any()


def test_a_calibration_makes_other_probabilities_of_the_same_features():
    sure = Calibration(Logistic(5.0, {}), Logistic(0.0, {}), least=0.1)
    made = CausalDoubter(ChainDenoiser((RIGHT,)), calibration=sure)
    assert made.calibrated and not doubter().calibrated
    assert {round(doubt.probability, 3) for doubt in doubts(made, RIGHT)} == {0.993}


def test_no_end_of_a_gap_is_better_than_what_stands_there():
    found = doubts(doubter("a = 1", "a = 1 + 2"), "a = 1 + 2")
    assert max(doubt.probability for doubt in found) < 0.5


def test_the_fake_has_no_canvas():
    tokenizer = ByteTokenizer()
    canvas = Canvas.blank(tokenizer.special, 1, [8], tokenizer.special.gaps)
    with pytest.raises(NotImplementedError):
        ChainDenoiser(("a",)).propose(None, canvas)
