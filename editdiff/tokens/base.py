"""What a tokenizer is, and which of its ids stand for no text.

Every tokenizer here is byte-level: every text has an encoding, and every encoding of whole tokens has bytes. Text
of a document is always text: whatever it spells, no special id ever encodes it, and special ids have no bytes. Only
a draft that is cut inside a UTF-8 sequence does not decode, and `decode_bytes` shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
NONE = -1
"""The id of a special token that a vocabulary does not have."""


@dataclass(frozen=True)
class Special:
    """The ids of a tokenizer that stand for no text: data, wherever they lie among the others."""

    pad: int
    """Stands behind the end of a gap, and where a row is shorter than its neighbours."""
    mask: int
    """Stands where a token is unknown. A network may have more rows than its tokenizer has ids: it can be one."""
    end: int
    """Ends a gap."""
    gaps: tuple[int, ...]
    """Sentinels, one for each gap that can be told from the others; there may be none."""
    silent: tuple[int, ...]
    """All ids without text below `size`, rising: those above, and marks of contexts."""
    size: int
    """Number of ids that the tokenizer knows; all above are rows of a network that stand for no text."""

    @classmethod
    def of(
        cls, pad: int, mask: int, end: int, gaps: Sequence[int], others: Iterable[int], size: int
    ) -> Special:
        """Collect the roles of some ids and the `others` without text; a role that is missing is NONE."""
        silent = {i for i in (pad, mask, end, *gaps, *others) if 0 <= i < size}
        return cls(pad, mask, end, tuple(gaps), tuple(sorted(silent)), size)

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> Special:
        """Read what `dataclasses.asdict` gave and JSON made of it.

        Raises:
            TypeError: when it is something else.
        """
        plain: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in told.items()}
        return cls(**plain)

    @cached_property
    def text_table(self) -> BoolArray:
        """[size] whether each id stands for text."""
        table = np.ones(self.size, dtype=np.bool_)
        table[list(self.silent)] = False
        return table

    @cached_property
    def text_ids(self) -> IntArray:
        """All ids that stand for text, rising."""
        return np.flatnonzero(self.text_table)

    def is_text(self, ids: IntArray) -> BoolArray:
        """[…] which of `ids` […], none of them negative, stand for text."""
        known = ids < self.size
        return np.asarray(known & self.text_table[np.where(known, ids, 0)])


class Tokenizer(Protocol):
    """What the rest of editdiff needs of a tokenizer."""

    @property
    def special(self) -> Special:
        """Which ids stand for no text, and what for."""
        ...

    @property
    def vocab_size(self) -> int:
        """Number of ids, special ones included."""
        ...

    def id_of(self, name: str) -> int:
        """Id of a special token by its name, such as `<file>` or `<|fim_prefix|>`.

        Raises:
            ModelError: when the tokenizer has no such token.
        """
        ...

    def encode(self, text: str) -> list[int]:
        """Ids of `text`; never a special id, whatever the text says."""
        ...

    def decode_bytes(self, ids: Sequence[int]) -> bytes:
        """Bytes of `ids`; special ids have none, nor have rows of a network beyond the vocabulary."""
        ...

    def decode(self, ids: Sequence[int]) -> str:
        """Text of `ids`; bytes that are not UTF-8 become U+FFFD."""
        ...
