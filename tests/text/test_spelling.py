import pytest

from editdiff.text.keywords import keywords
from editdiff.text.spelling import one_slip_apart


@pytest.mark.parametrize("word", ["heigth", "hight", "heeight", "hejght"])
def test_a_swapped_missing_doubled_or_wrong_letter_is_one_slip(word):
    assert one_slip_apart(word, "height") and one_slip_apart("height", word)


@pytest.mark.parametrize("word", ["height", "width", "hgeiht", "heig", "h", ""])
def test_anything_else_is_none(word):
    assert not one_slip_apart(word, "height")
    assert not one_slip_apart("i", "if")


def test_keywords_are_those_of_the_language():
    assert {"def", "match"} <= keywords("python")
    assert "function" in keywords("javascript") and "function" not in keywords("python")
    assert keywords("klingon") == frozenset()
