import pytest

from editdiff.engines.base import Draft, Engine, FillOptions, FillTask
from editdiff.evaluation.core.floors import (
    MAX_TOKENS,
    NGram,
    line_above,
    ngram_floor,
    simple_floors,
)
from editdiff.text.span import Span

TEXTS = [
    "for i in range(10):\n    print(i)\nfor i in range(10):\n    pass\nfor i in items:\n    f(i)\n"
]


def answer(engine: Engine, before: str, after: str = "\n") -> str:
    at = len(before)
    task = FillTask(before + after, (Span(at, at),))
    (draft,) = engine.fill(task, FillOptions())
    assert isinstance(draft, Draft)
    assert draft.nfe == 0
    return draft.texts[0]


def test_each_floor_answers_in_its_way():
    before = "x = 1\n\n    y = 2\n  \n    "
    assert {floor.name: answer(floor, before) for floor in simple_floors()} == {
        "empty": "",
        "pass": "pass",
        "line above": "y = 2",
        "lookup": "",
    }


def test_the_lookup_answers_with_what_stood_between_the_same_things():
    before = "def area(w, h):\n    return w * h\n\n\ndef area(w, h):\n    "
    (floor,) = (floor for floor in simple_floors() if floor.name == "lookup")
    assert answer(floor, before, "\n\n") == "return w * h"


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("", ""),
        ("    ", ""),
        ("\n\n  ", ""),
        ("a\n", "a"),
        ("  a b\n\n", "a b"),
        ("a\nb\n  c", "b"),
    ],
)
def test_the_line_above_is_the_nearest_that_is_not_blank(before, line):
    assert line_above(before) == line


def test_the_3_gram_continues_the_commonest_phrase_to_the_end_of_the_line():
    assert answer(ngram_floor(TEXTS), "x = 1\nfor i in") == " range(10):"


def test_the_3_gram_looks_at_two_tokens_before_it_backs_off():
    model = NGram(["a b x\na b x\nc b y\nd q z\n"])
    assert model.line("c b") == " y"  # " b" alone would go on with " x"
    assert model.line("new b") == " x"


def test_the_3_gram_backs_off_to_one_token_then_to_none():
    model = NGram(["a b c\n", "z b c\n", "m b d\n"])
    assert model.line("unseen b") == " c"
    assert model.line("unseen unheard") == " b c"  # the commonest of all, and its line


def test_where_line_ends_are_the_commonest_unknown_words_are_followed_by_nothing():
    assert NGram(["x\ny\nz"]).line("unseen unheard") == ""


def test_the_3_gram_stops_going_round_in_circles():
    line = NGram(["a, a, a, a, a, a, a, a, a"]).line("a,")
    assert line == " a," * (MAX_TOKENS // 2)


def test_the_3_gram_without_text_writes_nothing():
    assert NGram([]).line("x =") == ""


def test_the_3_gram_is_as_sure_of_a_line_as_its_phrases_are_frequent():
    model = NGram(["a b c\na b c\na b d\n"])
    line, sure = model.sure_line("a b")
    assert (line, sure) == (" c", pytest.approx(2 / 3))  # what follows "b c" is always the end
    assert NGram([]).sure_line("x") == ("", 1.0)
