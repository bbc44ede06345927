"""One id for each byte: the public fake for whatever stands on a tokenizer."""

from __future__ import annotations

from collections.abc import Sequence

from editdiff.errors import ModelError
from editdiff.tokens.bpe import NAMES, own_special

BYTES = 256


class ByteTokenizer:
    """One id per UTF-8 byte, after the special ids of our own tokenizers."""

    special = own_special(len(NAMES) + BYTES)

    @property
    def vocab_size(self) -> int:
        """All bytes and the special ids."""
        return self.special.size

    def id_of(self, name: str) -> int:
        """Id of a special token by its name.

        Raises:
            ModelError: when there is no such token.
        """
        if name not in NAMES:
            raise ModelError(f"there is no token {name}", f"the tokens: {', '.join(NAMES)}")
        return NAMES[name]

    def encode(self, text: str) -> list[int]:
        """Ids of the UTF-8 bytes of `text`."""
        return [byte + len(NAMES) for byte in text.encode()]

    def decode_bytes(self, ids: Sequence[int]) -> bytes:
        """Bytes of the ids that stand for text."""
        return bytes(i - len(NAMES) for i in ids if len(NAMES) <= i < self.special.size)

    def decode(self, ids: Sequence[int]) -> str:
        """Text of `ids`, U+FFFD where the bytes are not UTF-8."""
        return self.decode_bytes(ids).decode(errors="replace")
