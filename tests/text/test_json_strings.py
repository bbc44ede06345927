import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.text.json_strings import JsonString, parse, written

TEXTS = st.text(st.sampled_from('a "\\/\n\té\U0001f600\r\x7f\ud800'), max_size=10)
VALUES = st.recursive(
    TEXTS | st.none() | st.booleans() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


def strings(value) -> list[JsonString]:
    """All strings that are values."""
    if isinstance(value, str):
        assert isinstance(value, JsonString)
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [found for one in inner for found in strings(one)]


@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_it_is_what_json_reads_and_every_character_is_where_it_says(value, ascii_only, indent):
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    found = parse(text)
    assert found == json.loads(text)
    for string in strings(found):
        assert text[string.start - 1] == text[string.end] == '"'
        places = [string.written_at(at) for at in range(len(string) + 1)]
        assert [json.loads(f'"{text[a:b]}"') for a, b in pairwise(places)] == list(string)
        assert (places[0], places[-1]) == (string.start, string.end)


def test_escapes_that_json_need_not_write_have_their_places():
    text = r'["\u0061\/\uD83D\uDE00b"]'
    (string,) = parse(text)
    assert string == "a/\U0001f600b"
    assert [text[string.written_at(at) :][:2] for at in range(4)] == [r"\u", r"\/", r"\u", 'b"']


@given(TEXTS, st.booleans())
def test_what_is_written_is_read_again(text, ascii_only):
    assert parse(f'["{written(text, ascii_only=ascii_only)}"]') == [text]


@pytest.mark.parametrize("text", ["", "[", '{"a": "b', '["\n"]', "[1] 2", '{"a" "b"}'])
def test_what_is_no_json_is_refused(text):
    with pytest.raises(json.JSONDecodeError):
        parse(text)


def test_a_number_of_many_digits_is_no_reason_to_refuse():
    assert parse('{"n": 1' + "0" * 5000 + ', "s": "x"}')["s"] == "x"
