"""The state of a run in pieces, from one machine to another and back."""

from __future__ import annotations

from pathlib import Path

from editdiff.training.adapter.prepared import PIECE_BYTES
from editdiff.training.adapter.state import FILE
from editdiff.training.run.pieces import join, manifest_of, split


def send(state: Path, pieces: Path, piece_bytes: int = PIECE_BYTES) -> int:
    """Write the state of a folder in pieces, as it is: weights shrink by a tenth at most. Their number.

    Raises:
        InputError: when it cannot be read, or there is no room.
    """
    return len(split(state / FILE, pieces, piece_bytes, compress=False).pieces)


def receive(pieces: Path, state: Path) -> bool:
    """Put a state together where there is none yet and pieces have come; whether that was done.

    Raises:
        InputError: with the names of the pieces that are missing or damaged.
    """
    if (state / FILE).exists() or not manifest_of(pieces, FILE).exists():
        return False
    join(pieces, state / FILE)
    return True
