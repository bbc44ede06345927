"""Packed rows: one compact, memory-mapped file; and the batches of a run, a pure function of seed and step."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from editdiff.errors import InputError
from editdiff.families.canvas.config import CANVASES
from editdiff.tokens.base import IntArray, Special
from editdiff.training.tasks.rows import Row

MAGIC = b"EDROWS3\n"
NARROW = 1 << 16
"""Ids below this take two bytes, others four."""
LEAST_PLACES = min(CANVASES)
"""Places of a canvas for each of several gaps, sentinel included."""


class RowWriter:
    """Append rows to a file; `close` writes the index.

    Layout: magic, int64 length of a header, the header (JSON: the special ids, and the bytes of a token), tokens of
    all rows (context, target, then the draft if there is one), int64 lengths [R, 3], int64 row count, int64 token
    count. The header is filled up with spaces so that the tokens begin at a multiple of 8.
    """

    def __init__(self, path: Path, special: Special) -> None:
        """Begin a file of rows with the ids of a tokenizer."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._file = path, path.open("wb")
        self._rows = special_rows(special)
        self._dtype = "<u2" if self._rows <= NARROW else "<u4"
        header = json.dumps({"special": asdict(special), "token": self._dtype}).encode()
        header += b" " * (-len(header) % 8)
        self._file.write(MAGIC + np.int64(len(header)).astype("<i8").tobytes() + header)
        self._lengths: list[tuple[int, int, int]] = []
        self.tokens = 0

    def add(self, row: Row) -> None:
        """Append one row.

        Raises:
            ValueError: for an id that the vocabulary does not have.
        """
        draft = row.target[:0] if row.draft is None else row.draft
        ids = np.concatenate((row.context, row.target, draft))
        if len(ids) and not 0 <= int(ids.min()) <= int(ids.max()) < self._rows:
            raise ValueError(f"ids {ids.min()} … {ids.max()} in a vocabulary of {self._rows}")
        self._file.write(ids.astype(self._dtype).tobytes())
        self._lengths.append((len(row.context), len(row.target), len(draft)))
        self.tokens += len(ids)

    def close(self) -> int:
        """Write the index; returns the number of rows."""
        lengths = np.array(self._lengths, dtype="<i8").reshape(-1, 3)
        self._file.write(lengths.tobytes())
        self._file.write(np.array([len(lengths), self.tokens], dtype="<i8").tobytes())
        self._file.close()
        return len(lengths)

    def abandon(self) -> None:
        """Close the file and remove it: without an index it is no file of rows."""
        self._file.close()
        self._path.unlink()


class Rows:
    """Read-only view of a packed file; nothing is read before it is asked for."""

    def __init__(self, path: Path) -> None:
        try:
            data = np.memmap(path, dtype=np.uint8, mode="r")
            if bytes(data[: len(MAGIC)]) != MAGIC:
                raise ValueError("not a file of packed rows of this version")
            header, begin = _header(data)
            self.special = Special.of_json(header["special"])
            dtype = np.dtype(header["token"])
            count, tokens = np.frombuffer(data[-16:], dtype="<i8")
            end = begin + dtype.itemsize * int(tokens)
            if end + 24 * int(count) + 16 != len(data):
                raise ValueError("it is cut short")
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise InputError(
                f"cannot read the packed rows {path}: {error}", "build them with `editdiff corpus`"
            ) from error
        self._tokens = data[begin:end].view(dtype)
        self.lengths: NDArray[np.int64] = np.array(data[end : end + 24 * int(count)].view("<i8"))
        self.lengths = self.lengths.reshape(-1, 3)

    def __len__(self) -> int:
        return len(self.lengths)

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        return np.concatenate(([0], self.lengths.sum(1).cumsum()))

    @cached_property
    def gaps(self) -> NDArray[np.int64]:
        """[R] number of gaps of each row: every one closes with `<end>`, which no context holds."""
        before = np.concatenate(([0], np.cumsum(self._tokens == self.special.end)))
        return np.diff(before[self._starts]) - (
            self.lengths[:, 2] > 0
        )  # a draft repeats its `<end>`

    def __getitem__(self, i: int) -> Row:
        ids = self._tokens[self._starts[i] : self._starts[i + 1]].astype(np.int64)
        context, target, draft = np.split(ids, np.cumsum(self.lengths[i, :2]))
        return Row(context, target, draft if len(draft) else None)


def special_rows(special: Special) -> int:
    """Rows of a vocabulary: a role may lie beyond what the tokenizer knows."""
    return 1 + max(special.size - 1, special.pad, special.mask, special.end, *special.gaps)


def _header(data: NDArray[np.uint8]) -> tuple[dict[str, Any], int]:
    """Header of a file of rows, and where its tokens begin."""
    (length,) = np.frombuffer(data[len(MAGIC) : len(MAGIC) + 8], dtype="<i8")
    begin = len(MAGIC) + 8 + int(length)
    header: dict[str, Any] = json.loads(bytes(data[len(MAGIC) + 8 : begin]))
    return header, begin


@dataclass(frozen=True)
class BatchPlan:
    """How rows become batches."""

    tokens: int = 8192
    """Positions of a batch: contexts, K noisy copies and one clean copy, padding included."""
    canvases: tuple[int, ...] = CANVASES
    """Canvas sizes, drawn for a batch, independent of the gaps' lengths."""
    canvas_shares: tuple[float, ...] = (0.25, 0.4, 0.25, 0.1)
    copies: tuple[int, ...] = (10, 8, 6, 4)
    """K, noisy copies for each canvas size."""
    sequence: int = 0
    """Rows are packed end to end into sequences of this many positions, for a GPU; 0: padded side by side."""
    compile_trunk: bool = False
    """Whether the trunk is compiled for packed rows: it pays on a GPU, after a minute."""
    pool: int = 4096
    """Rows sorted by context length together, so that a batch holds little padding."""


@dataclass(frozen=True)
class Batch:
    """Rows of one batch, padded with `<pad>`."""

    context: IntArray
    """[B, C] padded on the right."""
    context_length: NDArray[np.int64]
    """[B]"""
    canvas: IntArray
    """[B, L] for each gap its sentinel, target, `<end>`, padding; a longer target is cut, without `<end>`."""
    clean: IntArray
    """[B, M] the same without the padding between gaps: what the causal mode reads and writes."""
    draft: IntArray
    """[B, L] what the canvas starts from: as `canvas`, but for rows of in-place revision."""
    copies: int
    """K"""


def batches(
    rows: Rows, plan: BatchPlan, special: Special, seed: int, start: int = 0, every: int = 1
) -> Iterator[Batch]:
    """Every `every`-th batch from the `start`-th on; the n-th batch depends on seed and n alone."""
    step, epoch = 0, 0
    while True:
        rng = np.random.default_rng((seed, epoch))
        for members, size in _epoch(rows, plan, rng):
            if step >= start and (step - start) % every == 0:
                copies = plan.copies[plan.canvases.index(size)]
                yield collate([rows[i] for i in members], size, copies, special)
            step += 1
        epoch += 1


def _epoch(
    rows: Rows, plan: BatchPlan, rng: np.random.Generator
) -> list[tuple[NDArray[np.int64], int]]:
    """Row numbers and canvas size of every batch of an epoch, shuffled."""
    found = []
    order = rng.permutation(len(rows))
    for first in range(0, len(order), plan.pool):
        pool = order[first : first + plan.pool]
        for several in (False, True):
            found += _pool_batches(rows, pool[(rows.gaps[pool] > 1) == several], plan, rng)
    return [found[i] for i in rng.permutation(len(found))]


def _pool_batches(
    rows: Rows, pool: NDArray[np.int64], plan: BatchPlan, rng: np.random.Generator
) -> list[tuple[NDArray[np.int64], int]]:
    """Batches of rows with like numbers of gaps, each gap with room for at least a few tokens."""
    pool = pool[np.argsort(rows.lengths[pool, 0], kind="stable")]
    sizes, shares = np.array(plan.canvases), np.array(plan.canvas_shares)
    enough = sizes >= LEAST_PLACES * rows.gaps[pool].max(initial=1)
    enough[-1] = True
    found, at = [], 0
    while at < len(pool):
        which = int(rng.choice(len(sizes), p=shares * enough / shares[enough].sum()))
        size = plan.canvases[which]
        n = _fitting(rows.lengths[pool[at:], 0], (plan.copies[which] + 1) * size, plan.tokens)
        found.append((pool[at : at + n], size))
        at += n
    return found


def _fitting(contexts: NDArray[np.int64], canvas: int, budget: int) -> int:
    """How many rows of ascending context length fit the budget; at least one."""
    total = (contexts + canvas) * np.arange(1, len(contexts) + 1)
    return max(1, int(np.searchsorted(total, budget, side="right")))


def collate(rows: list[Row], size: int, copies: int, special: Special) -> Batch:
    """Pad contexts, lay targets on canvases of `size` places; several gaps of a row share its canvas."""
    context = _padded([row.context for row in rows], special.pad)
    lengths = np.array([len(row.context) for row in rows], dtype=np.int64)
    canvases, cleans = zip(*(_lay(row.target, size, special) for row in rows), strict=True)
    drafts = [
        canvas if row.draft is None else _lay(row.draft, size, special)[0]
        for row, canvas in zip(rows, canvases, strict=True)
    ]
    clean = _padded(cleans, special.pad)
    return Batch(context, lengths, np.stack(canvases), clean, np.stack(drafts), copies)


def _lay(target: IntArray, size: int, special: Special) -> tuple[IntArray, IntArray]:
    """Canvas [size] of a row's gaps, cut into equal parts, and the same without padding [M]."""
    gaps = np.split(target, np.flatnonzero(target == special.end)[:-1] + 1)
    bounds = np.linspace(0, size, len(gaps) + 1).astype(int)
    canvas = np.full(size, special.pad, dtype=np.int64)
    clean = []
    for sentinel, gap, start, end in zip(special.gaps, gaps, bounds, bounds[1:], strict=False):
        ids = np.concatenate(([sentinel], gap[: end - start - 1]))
        canvas[start : start + len(ids)] = ids
        clean.append(ids)
    return canvas, np.concatenate(clean)


def _padded(rows: Sequence[IntArray], pad: int) -> IntArray:
    """Rows of unequal length as one array, padded on the right."""
    ids = np.full((len(rows), max(map(len, rows))), pad, dtype=np.int64)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row
    return ids


def write_statistics(path: Path, table: dict[str, object]) -> None:
    """Write what was built beside it, as JSON."""
    path.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")


def pack(rows: Iterable[Row], path: Path, special: Special) -> tuple[int, int]:
    """Write all rows, of a tokenizer with these special ids; returns their number and their tokens."""
    writer = RowWriter(path, special)
    try:
        for row in rows:
            writer.add(row)
    except BaseException:
        writer.abandon()
        raise
    return writer.close(), writer.tokens
