"""What travels between this machine and one that is lent for training.

There go the packed rows and the tokenizer, compressed, in pieces. Back come the weights in int8, at every
checkpoint, in pieces small enough for any transfer, and the log.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from editdiff.families.canvas.files import TOKENIZER, WEIGHTS
from editdiff.families.canvas.weights import FloatTensor, load, save_int8
from editdiff.training.run.checkpoint import Progress
from editdiff.training.run.pieces import join, split
from editdiff.training.run.trainer import Trainer

ROWS = ("train.rows", "heldout.rows", TOKENIZER)
PROGRESS = "progress.json"
SHARD_BYTES = 15 * 2**20
"""Weights travel back in files of at most this size."""


def send(folder: Path, pieces: Path, piece_bytes: int) -> int:
    """Split what training reads of a corpus `folder` into `pieces`; returns their bytes in all."""
    made = [split(folder / name, pieces, piece_bytes) for name in ROWS]
    return sum(piece.bytes for parts in made for piece in parts.pieces)


def receive(pieces: Path, folder: Path) -> None:
    """Put the corpus together in `folder`, once; `pieces` may have come in several goes.

    Raises:
        InputError: with the names of the pieces that are missing or damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in ROWS:
        if not (folder / name).exists():
            join(pieces, folder / name)


def send_weights(trainer: Trainer, shards: Path) -> None:
    """Write the averaged weights in int8 as pieces into `shards`, and the log beside them."""
    shards.mkdir(parents=True, exist_ok=True)
    whole = trainer.out / WEIGHTS
    save_int8(whole, {n: w.float().cpu().numpy() for n, w in trainer.ema.items()}, {})
    split(whole, shards, SHARD_BYTES, compress=False)
    (shards / PROGRESS).write_text(json.dumps(asdict(trainer.progress)), encoding="utf-8")


def receive_weights(shards: Path, run: Path) -> tuple[dict[str, FloatTensor], Progress]:
    """Put the weights together in `run`; returns them, dequantised, and the counters of the run.

    Raises:
        InputError: with the names of the pieces that are missing or damaged.
    """
    run.mkdir(parents=True, exist_ok=True)
    join(shards, run / WEIGHTS)
    progress = json.loads((shards / PROGRESS).read_text(encoding="utf-8"))
    return load(run / WEIGHTS), Progress(**progress)
