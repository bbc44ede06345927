from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.errors import ModelError
from editdiff.tokens.bpe import SPECIAL_TOKENS, BpeTokenizer, train_bpe
from editdiff.tokens.byte_tokenizer import ByteTokenizer

CODE = """\
def area(width, height=10):
    # the area of a rectangle
    if width_in < self.max_width:
        return width * height

    return [area(x, 2024) for x in widths]
"""


@pytest.fixture(scope="module")
def bpe() -> BpeTokenizer:
    return train_bpe([CODE * 20], 600)


def pieces(tokenizer: BpeTokenizer, text: str) -> list[str]:
    return [tokenizer.decode([i]) for i in tokenizer.encode(text)]


@given(st.text())
def test_every_text_comes_back(text: str) -> None:
    for tokenizer in (ByteTokenizer(), SMALL):
        assert tokenizer.decode(tokenizer.encode(text)) == text


def test_a_line_break_and_its_indentation_are_one_token(bpe: BpeTokenizer) -> None:
    assert "\n        " in pieces(bpe, "x:\n        return y\n")


def test_digits_stand_alone(bpe: BpeTokenizer) -> None:
    assert pieces(bpe, "2024")[-4:] == ["2", "0", "2", "4"]


def test_words_never_merge_with_punctuation(bpe: BpeTokenizer) -> None:
    for piece in (bpe.decode([i]) for i in range(len(SPECIAL_TOKENS), bpe.vocab_size)):
        word = any(c.isalnum() or c == "_" for c in piece)
        assert not (word and any(c in "()[]{}.,:;=+-*/<>\"'#" for c in piece)), piece


def test_text_that_spells_a_special_token_is_text(bpe: BpeTokenizer) -> None:
    ids = bpe.encode("<mask><end><gap_0>")
    assert min(ids) >= len(SPECIAL_TOKENS)
    assert bpe.decode(ids) == "<mask><end><gap_0>"


def test_special_ids_are_the_same_in_every_tokenizer(bpe: BpeTokenizer) -> None:
    assert bpe.special.size == bpe.vocab_size
    assert replace(bpe.special, size=ByteTokenizer.special.size) == ByteTokenizer.special
    assert bpe.special.silent == tuple(range(len(SPECIAL_TOKENS)))
    assert bpe.special.gaps[-1] == len(SPECIAL_TOKENS) - 1


def test_special_ids_have_no_bytes(bpe: BpeTokenizer) -> None:
    assert bpe.decode_bytes(range(len(SPECIAL_TOKENS))) == b""


def test_it_can_be_saved_and_loaded(bpe: BpeTokenizer, tmp_path: Path) -> None:
    bpe.save(tmp_path / "tokenizer.json")
    again = BpeTokenizer.from_file(tmp_path / "tokenizer.json")
    assert again.encode(CODE) == bpe.encode(CODE)
    assert again.vocab_size == bpe.vocab_size


@pytest.mark.parametrize("content", [None, "", "{}", '{"model": {"type": "BPE"}}'])
def test_a_broken_file_is_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "tokenizer.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        BpeTokenizer.from_file(path)


SMALL = train_bpe([CODE], 300)
