"""Text to token ids and back.

The tokenizer is byte-level, so every text has an encoding and every encoding of whole tokens has bytes;
a draft cut inside a UTF-8 sequence is the only case that does not decode, and `decode_bytes` shows it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from editdiff.errors import ModelError

N_GAPS = 8
"""Number of gap sentinels `<gap_0>` … `<gap_7>`: the most gaps one canvas can hold."""

SPECIAL_TOKENS = (
    "<pad>",
    "<mask>",
    "<end>",
    "<file>",
    "<suf>",
    "<old>",
    "<ask>",
    "<pre>",
    "<tail>",
    "<fill>",
    *(f"<gap_{i}>" for i in range(N_GAPS)),
)
"""In id order: the special tokens hold the ids 0 … 17 in every tokenizer of ours."""


@dataclass(frozen=True)
class Special:
    """Ids of the special tokens; none of them is ever the encoding of text."""

    pad: int = 0
    mask: int = 1
    end: int = 2
    file: int = 3
    suf: int = 4
    old: int = 5
    ask: int = 6
    pre: int = 7
    tail: int = 8
    fill: int = 9
    gaps: tuple[int, ...] = tuple(range(10, 10 + N_GAPS))

    @property
    def count(self) -> int:
        """Number of special ids; text ids start here."""
        return len(SPECIAL_TOKENS)


class Tokenizer(Protocol):
    """What the rest of editdiff needs of a tokenizer."""

    special: Special

    @property
    def vocab_size(self) -> int:
        """Number of ids, special ones included."""
        ...

    def encode(self, text: str) -> list[int]:
        """Ids of `text`; never a special id, whatever the text says."""
        ...

    def decode_bytes(self, ids: Sequence[int]) -> bytes:
        """Bytes of `ids`; special ids have none."""
        ...

    def decode(self, ids: Sequence[int]) -> str:
        """Text of `ids`; bytes that are not UTF-8 become U+FFFD."""
        ...


class ByteTokenizer:
    """One id per UTF-8 byte, after the special ids: the public fake for tests."""

    special = Special()

    @property
    def vocab_size(self) -> int:
        """256 bytes and the special ids."""
        return self.special.count + 256

    def encode(self, text: str) -> list[int]:
        """Ids of the UTF-8 bytes of `text`."""
        return [byte + self.special.count for byte in text.encode()]

    def decode_bytes(self, ids: Sequence[int]) -> bytes:
        """Bytes of the non-special ids."""
        return bytes(i - self.special.count for i in ids if i >= self.special.count)

    def decode(self, ids: Sequence[int]) -> str:
        """Text of `ids`, U+FFFD where the bytes are not UTF-8."""
        return self.decode_bytes(ids).decode(errors="replace")


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


class BpeTokenizer:
    """Byte-level BPE for code, in the `tokenizers` library's format (`tokenizer.json`)."""

    special = Special()

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._bytes = _byte_table(backend)

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

    @property
    def vocab_size(self) -> int:
        """Number of ids, special ones included."""
        return int(self._backend.get_vocab_size())

    def encode(self, text: str) -> list[int]:
        """Ids of `text`; text that looks like a special token is encoded as text."""
        return list(self._backend.encode(text, add_special_tokens=False).ids)

    def decode_bytes(self, ids: Sequence[int]) -> bytes:
        """Bytes of the non-special ids."""
        return b"".join(self._bytes[i] for i in ids)

    def decode(self, ids: Sequence[int]) -> str:
        """Text of `ids`, U+FFFD where the bytes are not UTF-8."""
        return self.decode_bytes(ids).decode(errors="replace")

    def save(self, path: Path) -> None:
        """Write `tokenizer.json`."""
        self._backend.save(str(path), pretty=False)


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
    return BpeTokenizer(Backend.from_str(json.dumps(state)))


def _byte_table(backend: Any) -> list[bytes]:
    """Bytes of each id; GPT-2's byte-to-character map, inverted. Special ids have none."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in printable]
    byte_of = {chr(b): b for b in printable} | {chr(256 + i): b for i, b in enumerate(others)}
    table = [b""] * backend.get_vocab_size()
    for token, i in backend.get_vocab().items():
        if i >= len(SPECIAL_TOKENS):
            table[i] = bytes(byte_of[c] for c in token)
    return table
