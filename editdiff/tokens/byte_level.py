"""Byte-level tokenizers over the `tokenizers` library: every byte has a token, so every text has an encoding.

Bytes are spelt as printable characters, as GPT-2 has it (`byte_of_character`), and each token's bytes are kept in a
table, so that what comes back is exactly what went in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from editdiff.errors import ModelError
from editdiff.tokens.base import Special


class ByteLevelTokenizer:
    """A BPE of bytes; `backend` must know no special token, or a text could spell one."""

    def __init__(
        self, backend: Any, special: Special, names: Mapping[str, int], pieces: Sequence[bytes]
    ) -> None:
        """Take the library's tokenizer, the special ids, those that have a name, and the bytes of each id.

        `names` are ids by the names of special tokens, `pieces` [size]: nothing for ids without text.
        """
        self._backend, self._names, self._pieces = backend, dict(names), list(pieces)
        self.special = special

    @property
    def vocab_size(self) -> int:
        """Number of ids, special ones included."""
        return self.special.size

    def id_of(self, name: str) -> int:
        """Id of a special token by its name.

        Raises:
            ModelError: when the tokenizer has no such token.
        """
        if name not in self._names:
            raise ModelError(
                f"the tokenizer has no token {name}", "the model may need another form of context"
            )
        return self._names[name]

    def encode(self, text: str) -> list[int]:
        """Ids of `text`; text that looks like a special token is encoded as text."""
        return list(self._backend.encode(text, add_special_tokens=False).ids)

    def decode_bytes(self, ids: Sequence[int]) -> bytes:
        """Bytes of the ids that stand for text."""
        pieces = self._pieces
        return b"".join(pieces[i] for i in ids if i < len(pieces))

    def decode(self, ids: Sequence[int]) -> str:
        """Text of `ids`, U+FFFD where the bytes are not UTF-8."""
        return self.decode_bytes(ids).decode(errors="replace")

    def save(self, path: Path) -> None:
        """Write `tokenizer.json`."""
        self._backend.save(str(path), pretty=False)


@cache
def byte_of_character() -> Mapping[str, int]:
    """How GPT-2 spells each of the 256 bytes as one printable character."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    spelt = {chr(byte): byte for byte in printable}
    return spelt | {chr(256 + i): byte for i, byte in enumerate(others)}


def bytes_of(token: str) -> bytes:
    """Bytes of a token as the vocabulary spells it.

    Raises:
        KeyError: for a character that spells no byte.
    """
    spelt = byte_of_character()
    return bytes(spelt[character] for character in token)


def backend_of(state: Mapping[str, Any]) -> Any:
    """Make the library's tokenizer from its own JSON.

    Raises:
        Exception: the library's own, for a state that it cannot use.
    """
    from tokenizers import Tokenizer as Backend

    return Backend.from_str(json.dumps(state))
