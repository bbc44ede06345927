"""Rows drawn on one machine and trained on by another, which needs neither the corpus nor a tokenizer.

One file of everything that a run reads beside the trunk: rows by number, held-out rows by language, the shortlist,
and what the corpus was. It travels in pieces.

    train.*, judged.LANGUAGE.*    see `_stacked`        shortlist  I64 [K]
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from editdiff.errors import InputError
from editdiff.tokens.base import IntArray, Special
from editdiff.training.adapter.rows import MiddleRow
from editdiff.training.run.checkpoint import put_in_place, taken
from editdiff.training.run.pieces import join, split

FILE = "prepared.safetensors"
PIECE_BYTES = 15 * 2**20
"""Small enough for transfers that stop at 16 MiB."""
SHORTLIST, TRAIN, JUDGED = "shortlist", "train", "judged"
PARTS = ("ids", "given", "prompts", "middles", "gaps", "own", "several")


@dataclass(frozen=True)
class PreparedRows:
    """Rows by number, from `first` on: a `RowSource`."""

    rows: Sequence[MiddleRow]
    special: Special
    first: int = 0

    def draw(self, number: int) -> MiddleRow:
        """The row of a number.

        Raises:
            InputError: when it was not prepared.
        """
        if not 0 <= number - self.first < len(self.rows):
            raise InputError(
                f"row {number} is not among the prepared ones, {self.first} to {self.first + len(self.rows) - 1}",
                "prepare more with `editdiff rows`, from where the state stands",
            )
        return self.rows[number - self.first]


@dataclass(frozen=True)
class Prepared:
    """What a run reads beside the trunk."""

    train: PreparedRows
    judged: Mapping[str, Sequence[MiddleRow]]
    """Held-out rows by language."""
    shortlist: IntArray
    """[K] ids."""
    trunk: str
    """SHA-256 of the trunk's file whose tokens these are."""
    beyond: int
    """Tokens behind each gap: one more than the places of a canvas."""
    own: float
    """Share of the rows that want a middle of the trunk's own."""
    corpus: Mapping[str, Any]
    """What it was; see `State.note`."""

    def write(self, folder: Path, piece_bytes: int = PIECE_BYTES) -> int:
        """Write it into a folder in pieces; their bytes in all.

        Raises:
            ModelError: when it cannot be written.
            InputError: when it cannot be split.
        """
        tensors = {SHORTLIST: torch.from_numpy(self.shortlist)}
        tensors |= _stacked(TRAIN, self.train.rows)
        for language, rows in self.judged.items():
            tensors |= _stacked(f"{JUDGED}.{language}", rows)
        told = {
            "special": asdict(self.train.special),
            "first": self.train.first,
            "trunk": self.trunk,
            "beyond": self.beyond,
            "own": self.own,
            "corpus": dict(self.corpus),
        }
        folder.mkdir(parents=True, exist_ok=True)
        whole = folder / FILE
        put_in_place(whole, tensors, {name: json.dumps(value) for name, value in told.items()})
        made = split(whole, folder, piece_bytes, counts={"rows": len(self.train.rows)})
        whole.unlink()
        return sum(piece.bytes for piece in made.pieces)

    @classmethod
    def read(cls, folder: Path) -> Prepared:
        """Read it, put together from its pieces where that was not done yet.

        Raises:
            InputError: when pieces are missing or damaged, or it is no such file.
        """
        if not (folder / FILE).exists():
            join(folder, folder / FILE)
        try:
            tensors, metadata = taken(folder / FILE)
            told = {name: json.loads(value) for name, value in metadata.items()}
            judged = {
                name.split(".")[1]: _apart(tensors, name.removesuffix(".ids"))
                for name in sorted(tensors)
                if name.startswith(f"{JUDGED}.") and name.endswith(".ids")
            }
            train = PreparedRows(
                _apart(tensors, TRAIN), Special.of_json(told["special"]), told["first"]
            )
            shortlist = tensors[SHORTLIST].numpy()
            named = (told[name] for name in ("trunk", "beyond", "own", "corpus"))
            return cls(train, judged, shortlist, *named)
        except Exception as error:  # safetensors raises its own type for a broken file
            raise InputError(
                f"cannot read the prepared rows {folder / FILE}: {error}",
                "remove it, and carry the pieces again",
            ) from error


def _stacked(name: str, rows: Sequence[MiddleRow]) -> dict[str, Tensor]:
    """All tokens of `R` rows one after the other, which of them are given, and of each row its sizes."""
    none = np.zeros(0, dtype=np.int64)
    ids = [part for row in rows for part in (row.prompt, row.middle)]
    given = [np.zeros(len(r.middle), np.bool_) if r.given is None else r.given for r in rows]
    values = (
        np.concatenate([none, *ids]).astype(np.int32),
        np.concatenate([none, *given]).astype(np.bool_),
        np.array([len(row.prompt) for row in rows], dtype=np.int32),
        np.array([len(row.middle) for row in rows], dtype=np.int32),
        np.array([row.gap for row in rows], dtype=np.int32),
        np.array([row.wants_own for row in rows], dtype=np.bool_),
        np.array([row.given is not None for row in rows], dtype=np.bool_),
    )
    pairs = zip(PARTS, values, strict=True)
    return {f"{name}.{part}": torch.from_numpy(value) for part, value in pairs}


def _apart(tensors: Mapping[str, Tensor], name: str) -> list[MiddleRow]:
    """The rows of `_stacked`."""
    ids, given, prompts, middles, gaps, own, several = (
        tensors[f"{name}.{part}"].numpy() for part in PARTS
    )
    ends = np.cumsum(np.stack((prompts, middles), axis=1))  # [2 R] of each prompt and middle
    parts = np.split(ids.astype(np.int64), ends[:-1])
    known = np.split(given, np.cumsum(middles)[:-1])
    return [
        MiddleRow(
            parts[2 * i],
            parts[2 * i + 1],
            int(gaps[i]),
            bool(own[i]),
            known[i] if several[i] else None,
        )
        for i in range(len(gaps))
    ]
