"""MDLM's cache: a network that knows no time is not asked again about a draft that did not change.

Of T ancestral steps over L places at most L change anything, so that with T much larger than L most evaluations are
saved (Sahoo et al., arXiv 2406.07524; `ddpm_cache` in their code). The guesses are the same, to the bit.
"""

from __future__ import annotations

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.denoise.loop import Propose
from editdiff.tokens.base import BoolArray
from editdiff.tokens.canvas import Canvas


class Cached:
    """A network that keeps what it said about the canvases of the last step."""

    def __init__(self, propose: Propose) -> None:
        """Wrap a network whose guess about a draft hangs on that draft alone."""
        self._propose = propose
        self._rows: dict[bytes, int] = {}
        self._last: Guess | None = None
        self.asked = 0
        """Drafts that the network was asked about, one by one."""
        self.saved = 0
        """Drafts that it was not asked about again."""

    def __call__(self, canvas: Canvas) -> Guess:
        """Give the guess about a canvas [B, L]."""
        keys = _keys(canvas)
        fresh = np.array([key not in self._rows for key in keys])  # [B]
        guess = self._merged(canvas, keys, fresh)
        self.asked += int(fresh.sum())
        self.saved += int((~fresh).sum())
        self._rows, self._last = {key: row for row, key in enumerate(keys)}, guess
        return guess

    def _merged(self, canvas: Canvas, keys: list[bytes], fresh: BoolArray) -> Guess:
        """Take what is known from the last guess, and ask for the rest."""
        if self._last is None or fresh.all():
            return self._propose(canvas)
        old = [self._rows.get(key, 0) for key in keys]
        ids, logp = self._last.ids[old], self._last.logp[old]  # [B, L, TOP], copies
        if fresh.any():
            new = self._propose(canvas.rows(fresh))
            ids[fresh], logp[fresh] = new.ids, new.logp
        return Guess(ids, logp)


def _keys(canvas: Canvas) -> list[bytes]:
    """All that a network sees of each draft."""
    wide = np.concatenate([canvas.ids, canvas.masked, canvas.editable], axis=1, dtype=np.int64)
    return [row.tobytes() for row in wide]
