"""Tokenizers of public checkpoints: what goes in comes out, and nothing that a text spells is a mark."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.errors import ModelError
from editdiff.tokens.byte_level import byte_of_character
from editdiff.tokens.checkpoint import CheckpointTokenizer, Roles

SPELT = {byte: character for character, byte in byte_of_character().items()}
TOKENS = [
    *(SPELT[byte] for byte in range(256)),
    "<|endoftext|>",
    "Ġt",
    "<|fim_prefix|>",
    "Ġth",
    "[unused]",
]
MERGES = ["Ġ t", "Ġt h"]
SILENT = (256, 258, 260)
ROLES = Roles("<|endoftext|>", 999, "<|endoftext|>")


def from_vocabulary(**changed: object) -> CheckpointTokenizer:
    given = {
        "tokens": TOKENS,
        "merges": MERGES,
        "silent": SILENT,
        "pattern": "qwen2",
        "roles": ROLES,
    }
    return CheckpointTokenizer.from_vocabulary(**(given | changed))


def hugging_face(tmp_path, **changed: object) -> CheckpointTokenizer:
    """The same as a tokenizer.json that does all that such a file may do."""
    added = [
        {
            "id": i, "content": TOKENS[i], "special": i != 258, "normalized": False, "lstrip": True, "rstrip": True,
            "single_word": False,
        }
        for i in SILENT
    ]  # fmt: skip
    state = {
        "version": "1.0",
        "added_tokens": added,
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "post_processor": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True},
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "vocab": {t: i for i, t in enumerate(TOKENS)}, "merges": MERGES},
    }  # fmt: skip
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(state | changed), encoding="utf-8")
    return CheckpointTokenizer.from_file(path, ROLES)


@pytest.fixture(params=["GGUF", "Hugging Face"])
def tokenizer(request, tmp_path) -> CheckpointTokenizer:
    return from_vocabulary() if request.param == "GGUF" else hugging_face(tmp_path)


GGUF = from_vocabulary()


@given(st.text())
def test_any_text_comes_back_as_it_was(text):
    assert GGUF.decode_bytes(GGUF.encode(text)) == text.encode()


@pytest.mark.parametrize(
    "text", ["e\u0301 and \u00e9", "\ufeffx\r\n\r", " the", "a\x00b", "  \t x\u2028"]
)
def test_nothing_is_normalised_and_no_space_put_before(tokenizer, text):
    assert tokenizer.decode_bytes(tokenizer.encode(text)) == text.encode()


def test_merges_are_applied(tokenizer):
    assert tokenizer.encode(" th") == [259]


def test_id_0_is_text_and_special_ids_are_not(tokenizer):
    special = tokenizer.special
    assert special.is_text(np.array([0, 255, 257, 259])).all()
    assert not special.is_text(np.array([*SILENT, 261, 999])).any()
    assert special.silent == SILENT and special.size == tokenizer.vocab_size == 261


def test_text_that_spells_a_special_token_is_text(tokenizer):
    text = "a <|fim_prefix|> b<|endoftext|>[unused]"
    ids = tokenizer.encode(text)
    assert tokenizer.special.is_text(np.array(ids)).all()
    assert tokenizer.decode(ids) == text


def test_special_tokens_are_known_by_name_and_have_no_bytes(tokenizer):
    assert tokenizer.id_of("<|fim_prefix|>") == 258
    assert tokenizer.decode_bytes([*SILENT, 261, 999]) == b""
    with pytest.raises(ModelError, match=r"no token <\|fim_middle\|>"):
        tokenizer.id_of("<|fim_middle|>")


def test_a_role_may_be_a_row_beyond_the_vocabulary(tokenizer):
    assert tokenizer.special.mask == 999
    assert tokenizer.special.pad == tokenizer.special.end == 256


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"pattern": "llama-bpe"}, "llama-bpe"),
        ({"roles": replace(ROLES, end="<|im_end|>")}, r"no token <\|im_end\|>"),
        ({"tokens": [*TOKENS[:-1], "x y"], "silent": SILENT[:2]}, "spells no byte"),
        ({"tokens": ["xx", *TOKENS[1:]]}, "1 of the 256 bytes"),
    ],
)
def test_a_vocabulary_that_cannot_be_used_is_a_clear_error(changed, told):
    with pytest.raises(ModelError, match=told):
        from_vocabulary(**changed)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"model": {"type": "Unigram", "vocab": {}}}, "no byte-level BPE, but Unigram"),
        ({"pre_tokenizer": {"type": "Whitespace"}}, "no byte-level BPE"),
        ({"model": None}, "cannot read the tokenizer"),
        (
            {
                "pre_tokenizer": {
                    "type": "Sequence",
                    "pretokenizers": [
                        {"type": "WhitespaceSplit"},
                        {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
                    ],
                }
            },
            "does not come back",
        ),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_a_clear_error(tmp_path, changed, told):
    with pytest.raises(ModelError, match=told):
        hugging_face(tmp_path, **changed)


def test_a_file_that_is_missing_or_cut_short_is_a_clear_error(tmp_path):
    (tmp_path / "cut.json").write_text('{"model": ')
    for name in ("cut.json", "missing.json"):
        with pytest.raises(ModelError, match="cannot read the tokenizer"):
            CheckpointTokenizer.from_file(tmp_path / name, ROLES)
