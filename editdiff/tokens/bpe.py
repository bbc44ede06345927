"""The tokenizer of our own networks: byte-level BPE, trained on code, its special tokens first."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from editdiff.errors import ModelError
from editdiff.tokens.base import Special
from editdiff.tokens.byte_level import ByteLevelTokenizer, backend_of, bytes_of

N_GAPS = 8
"""Number of gap sentinels `<gap_0>` … `<gap_7>`."""
ROLES = ("<pad>", "<mask>", "<end>")
MARKS = ("<file>", "<suf>", "<old>", "<ask>", "<pre>", "<tail>", "<fill>")
"""Of the sections of a context, see `prompt.sections`."""
GAPS = tuple(f"<gap_{i}>" for i in range(N_GAPS))
SPECIAL_TOKENS = (*ROLES, *MARKS, *GAPS)
"""In id order: the special tokens hold the first ids of every tokenizer of ours."""
NAMES = {name: i for i, name in enumerate(SPECIAL_TOKENS)}


def own_special(size: int) -> Special:
    """Special ids of a tokenizer of ours with `size` ids."""
    pad, mask, end = (NAMES[name] for name in ROLES)
    gaps = [NAMES[name] for name in GAPS]
    return Special.of(pad, mask, end, gaps, NAMES.values(), size)


# One alternative a line, first match wins:
# a run of line breaks with the indentation that follows, so that a new line of code is one token;
# a word with at most one space before it (letters and underscores: an identifier's parts are merged by frequency);
# one digit; a run of spaces or tabs; a run of punctuation with at most one space before it.
# Words never merge with punctuation nor digits with anything.
PATTERN = (
    r"(?:\r?\n)+[ \t]*|\r+"
    r"| ?[\p{L}\p{M}_]+"
    r"| ?\p{N}"
    r"|[ \t]+(?=\S)|[ \t]+"
    r"| ?[^\s\p{L}\p{M}\p{N}_]+"
    r"|\s"
)


class BpeTokenizer(ByteLevelTokenizer):
    """Byte-level BPE for code, in the `tokenizers` library's format (`tokenizer.json`)."""

    def __init__(self, backend: Any) -> None:
        """Take the library's tokenizer, whose first ids are SPECIAL_TOKENS."""
        size = int(backend.get_vocab_size())
        pieces = [b""] * size
        for token, i in backend.get_vocab().items():
            if i >= len(SPECIAL_TOKENS):
                pieces[i] = bytes_of(token)
        super().__init__(backend, own_special(size), NAMES, pieces)

    @classmethod
    def from_file(cls, path: Path) -> BpeTokenizer:
        """Load `tokenizer.json`.

        Raises:
            ModelError: when the file is missing, unreadable or not a tokenizer of ours.
        """
        from tokenizers import Tokenizer as Backend

        try:
            backend = Backend.from_file(str(path))
        except Exception as error:  # the library raises bare Exception for a missing or broken file
            raise ModelError(
                f"cannot read the tokenizer {path}: {error}",
                "restore the file, or name another model folder with --model",
            ) from error
        if [backend.id_to_token(i) for i in range(len(SPECIAL_TOKENS))] != list(SPECIAL_TOKENS):
            raise ModelError(
                f"{path} is not a tokenizer of editdiff: its first ids are not our special tokens",
                "train one with `editdiff corpus`",
            )
        return cls(backend)


def train_bpe(texts: Iterable[str], vocab_size: int) -> BpeTokenizer:
    """Train a tokenizer of `vocab_size` ids, special ones included, on `texts`."""
    from tokenizers import Regex, models, pre_tokenizers, trainers
    from tokenizers import Tokenizer as Backend

    backend = Backend(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=list(SPECIAL_TOKENS),
        show_progress=False,
    )
    backend.train_from_iterator(texts, trainer)
    # Registered as special, "<end>" in a document would become the sentinel: keep the ids, forget the matching.
    state = json.loads(backend.to_str())
    state["added_tokens"] = []
    return BpeTokenizer(backend_of(state))
