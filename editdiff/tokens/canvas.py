"""The canvas: the only place that knows what a mask is.

A canvas holds `B` drafts of `L` places, cut into one segment per gap: a known token behind which the gap
begins (its head: a sentinel `<gap_i>`, or what the form of the context puts there), then places for the gap's
text, its `<end>` and padding. What is unknown (`masked`) and what may ever
change (`editable`) travel with the ids and are never read off them, so a text that spells `<mask>`
is harmless.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from editdiff.tokens.base import BoolArray, IntArray, Special


@dataclass(frozen=True)
class Canvas:
    """`B` drafts of `L` places; a value: every operation gives a new canvas."""

    ids: IntArray
    """[B, L] current ids, the mask id at masked places."""
    editable: BoolArray
    """[B, L] places that count and may change: no head, nothing behind a committed `<end>`."""
    masked: BoolArray
    """[B, L] places still unknown; a subset of `editable`."""
    special: Special
    """Ids that stand for no text."""
    starts: tuple[int, ...] = (0,)
    """Place of each segment's head, rising; the first is 0."""
    locks: tuple[int, ...] = ()
    """Places that count and never change, in no draft; no gap ends before one of its locks."""

    @classmethod
    def blank(
        cls,
        special: Special,
        drafts: int,
        sizes: Sequence[int],
        heads: Sequence[int] | None = None,
    ) -> Canvas:
        """Mask every place of `drafts` equal rows but the `heads`; `sizes` are places per gap with its head.

        Without `heads` they are the sentinels. Raise ValueError when there are fewer of them than gaps.
        """
        heads = special.gaps if heads is None else heads
        if len(heads) < len(sizes):
            raise ValueError(f"{len(sizes)} gaps, but {len(heads)} heads")
        starts = tuple(int(start) for start in np.cumsum([0, *sizes[:-1]]))
        ids = np.full((drafts, sum(sizes)), special.mask, dtype=np.int64)  # [B, L]
        ids[:, starts] = heads[: len(sizes)]
        masked = np.ones(ids.shape, dtype=np.bool_)
        masked[:, starts] = False
        return cls(ids, masked.copy(), masked, special, starts)

    @classmethod
    def standing(
        cls,
        special: Special,
        drafts: int,
        text: Sequence[int],
        doubted: Sequence[int],
        size: int,
        head: int | None = None,
    ) -> Canvas:
        """Give `drafts` rows of `size` places one gap with `text` and its `<end>`, masked where `doubted`.

        Without a `head` it is the first sentinel.

        `doubted` are indices into `text`; all else is locked, the `<end>` too, so the number of tokens stays.
        Raise ValueError for a text that does not fit.
        """
        length = len(text) + 2
        if length > size:
            raise ValueError(f"{length} ids do not fit {size} places")
        ids = np.full((drafts, size), special.pad, dtype=np.int64)  # [B, L]
        head = special.gaps[0] if head is None else head
        ids[:, :length] = [head, *text, special.end]
        counts = np.zeros(ids.shape, dtype=np.bool_)
        counts[:, 1:length] = True
        places = {1 + index for index in doubted}
        locks = tuple(place for place in range(1, length) if place not in places)
        canvas = cls(ids, counts, np.zeros_like(counts), special, (0,), locks)
        return canvas.mask(counts)

    @property
    def free(self) -> BoolArray:
        """[B, L] places that may change: editable, and no lock."""
        free = self.editable.copy()
        free[:, list(self.locks)] = False
        return free

    @property
    def segment(self) -> IntArray:
        """[L] index of the gap to which each place belongs."""
        return np.searchsorted(self.starts, np.arange(self.ids.shape[1]), side="right") - 1

    @property
    def unfinished(self) -> BoolArray:
        """[B] drafts with something left to denoise."""
        return np.asarray(self.masked.any(axis=1))

    @property
    def ends(self) -> BoolArray:
        """[B, L] places that hold a committed `<end>`."""
        return np.asarray(self.editable & ~self.masked & (self.ids == self.special.end))

    def before(self, flags: BoolArray) -> IntArray:
        """[B, L] number of true `flags` that stand before each place in its own segment."""
        count = np.cumsum(flags, axis=1, dtype=np.int64) - flags.astype(np.int64)
        first = np.asarray(self.starts)[self.segment]  # [L] head of each place's segment
        return count - count[:, first]

    def admits(self, ids: IntArray) -> BoolArray:
        """[…] ids that may be written into a gap: text and `<end>`, no other special token.

        Where there are locks, `ids` are [B, L, …], and no `<end>` is admitted before one of its gap.
        """
        ends = ids == self.special.end
        if self.locks:
            last = {self.segment[lock]: lock for lock in sorted(self.locks)}
            last_lock = np.array([last.get(segment, 0) for segment in self.segment])  # [L]
            may_end = np.arange(len(last_lock)) > last_lock
            ends &= may_end.reshape(1, -1, *[1] * (ids.ndim - 2))
        return np.asarray(self.special.is_text(ids) | ends)

    def premature(self, ids: IntArray, commit: BoolArray) -> BoolArray:
        """[B, L] places where `ids` ends a gap of which something stays unknown after `commit`."""
        unknown = self.masked & ~commit
        return np.asarray((ids == self.special.end) & (self.before(unknown) > 0))

    def write(self, ids: IntArray, commit: BoolArray) -> Canvas:
        """Commit `ids` [B, L] where `commit`; behind a committed `<end>` all becomes padding.

        Behind an `<end>` that is written over, all becomes unknown.
        """
        commit = commit & self.free
        base = self.mask(commit & self.ends & (ids != self.special.end))
        ids = np.where(commit, ids, base.ids)
        written = replace(base, ids=ids, masked=base.masked & ~commit)
        open_ = self.before(written.ends) == 0
        return replace(
            written,
            ids=np.where(written.editable & ~open_, self.special.pad, ids),
            editable=written.editable & open_,
            masked=written.masked & open_,
        )

    def mask(self, reopen: BoolArray) -> Canvas:
        """Make places unknown again; those that may not change stay as they are.

        Behind an `<end>` that is reopened everything counts again, and is unknown too.
        """
        reopen = reopen & self.free
        reopen |= self.before(reopen & self.ends) > 0
        return replace(
            self,
            ids=np.where(reopen, self.special.mask, self.ids),
            editable=self.editable | reopen,
            masked=self.masked | reopen,
        )

    def rows(self, which: BoolArray) -> Canvas:
        """Take the drafts where `which` [B]."""
        return replace(
            self, ids=self.ids[which], editable=self.editable[which], masked=self.masked[which]
        )

    def put(self, which: BoolArray, part: Canvas) -> Canvas:
        """Replace the drafts where `which` [B] by those of `part`, in order: `rows` undone."""
        ids, editable, masked = self.ids.copy(), self.editable.copy(), self.masked.copy()
        ids[which], editable[which], masked[which] = part.ids, part.editable, part.masked
        return replace(self, ids=ids, editable=editable, masked=masked)

    def content(self, draft: int, gap: int = 0) -> tuple[int, ...]:
        """Ids committed to a gap, up to its `<end>` or its first unknown place."""
        places = self._places(gap)
        known = (self.editable & ~self.masked & ~self.ends)[draft, places]
        length = int(np.argmin(np.append(known, False)))
        return tuple(self.ids[draft, places[:length]].tolist())

    def ended(self, draft: int, gap: int = 0) -> bool:
        """Whether a gap has a committed `<end>`."""
        return bool(self.ends[draft, self._places(gap)].any())

    def _places(self, gap: int) -> IntArray:
        """Places of a gap without its head."""
        return np.flatnonzero(self.segment == gap)[1:]
