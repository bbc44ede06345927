"""A canvas behind a token of a trunk: places that the adapter's branches make see each other in both directions.

Place i, from 1, stands for the i-th token behind its anchor and names the one after it, as the trunk's own rows do;
the token next to the anchor is the trunk's to name. All places are guessed in one forward, apart from each other;
the sampler head then makes each agree with the one before it (`training.adapter.sampler` has its formula).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.errors import EngineError
from editdiff.families.qwen.adapter import CanvasAdapter
from editdiff.families.qwen.packed import Float32, Matrix
from editdiff.families.qwen.slots import Slots
from editdiff.families.qwen.trunk import Rows, Runtime
from editdiff.prompt.base import Prompt
from editdiff.tokens.base import BoolArray, FloatArray, IntArray
from editdiff.tokens.canvas import Canvas

PLACES = 8
"""Of a canvas that drafts, as in training."""
MOST_ROWS = 256
"""Rows of a canvas that are run at once, its head among them: all of them see each other."""
_EPS = np.float32(1e-6)


@dataclass(frozen=True)
class SamplerHead:
    """Corrects hidden states of places by the token before what they name."""

    first: Float32
    """[inner, 2 · width]"""
    second: Float32
    """[width, inner]"""

    @classmethod
    def of(cls, adapter: CanvasAdapter) -> SamplerHead | None:
        """That of an adapter, if it has one."""
        return None if adapter.sampler is None else cls(*adapter.sampler)

    def __call__(self, hidden: Float32, before: Float32) -> Float32:
        """Hidden states [width] and embeddings [width] of the tokens before what they name, to better ones."""
        inner = self.first @ np.concatenate((_even(hidden), _even(before)))
        return np.asarray(hidden + self.second @ (inner / (1 + np.exp(-inner))))


@dataclass(frozen=True)
class Ahead:
    """The places of one canvas, `L` of them."""

    hidden: Float32
    """[L, width]"""
    guess: Guess
    """[1, L, TOP] of each place by itself."""
    sampler: SamplerHead | None
    tied: Matrix

    def behind(self, token: int) -> Iterator[tuple[int, float]]:
        """Ids that may come behind the `token` next to the canvas, and how sure each is, 0 to 1.

        Of each place those are compared that it names first by itself: a product with all rows of the output layer
        would cost a forward.
        """
        for place, state in enumerate(self.hidden):
            if self.sampler is None:
                token, sure = int(self.guess.ids[0, place, 0]), float(self.guess.logp[0, place, 0])
                yield token, float(np.exp(sure))
                continue
            better = self.sampler(state, self._embedded(np.array([token]))[0])
            ids = self.guess.ids[0, place]
            logits = (self._embedded(ids) @ better).astype(np.float64)
            best = int(logits.argmax())
            token = int(ids[best])
            yield token, float(1 / np.exp(logits - logits[best]).sum())

    def _embedded(self, ids: IntArray) -> Float32:
        return self.tied.rows(ids)


@dataclass(frozen=True)
class CanvasNetwork:
    """What makes rows of a trunk places of a canvas, and reads what they say."""

    adapter: CanvasAdapter
    tied: Matrix
    shut: bool = False
    """Whether the adapter's branches are left out, to see what they are worth."""

    @cached_property
    def sampler(self) -> SamplerHead | None:
        """Of the adapter."""
        return SamplerHead.of(self.adapter)

    def aheads(self, hidden: Float32, guess: Guess, places: int) -> list[Ahead]:
        """Canvases of so many `places` each, one after the other in [S, width] and [1, S, TOP]."""
        parts = [slice(start, start + places) for start in range(0, len(hidden), places)]
        return [Ahead(hidden[part], guess.part(part), self.sampler, self.tied) for part in parts]

    def named(
        self, trunk: Runtime, slots: Slots, prompt: Prompt, canvas: Canvas, asked: IntArray | None
    ) -> Guess:
        """What stands at each place of a canvas [B, L] behind a context; see `QwenDenoiser.propose`.

        Raises:
            EngineError: for several gaps, or more places than are run at once.
        """
        if len(canvas.starts) > 1:
            raise EngineError(
                "the canvas of this model holds one gap",
                "fill one after the other, as it does by itself",
            )
        drafts = [
            self._named(trunk, slots, prompt, canvas, b, asked) for b in range(len(canvas.ids))
        ]
        ids, logp, told = (np.stack(each) for each in zip(*drafts, strict=True))
        return Guess(ids, logp, asked=None if asked is None else told)

    def _named(
        self,
        trunk: Runtime,
        slots: Slots,
        prompt: Prompt,
        canvas: Canvas,
        draft: int,
        asked: IntArray | None,
    ) -> tuple[IntArray, FloatArray, FloatArray]:
        """Of one draft: ids [L, TOP], their log-probabilities, and those [L] of what is asked."""
        size = canvas.ids.shape[1]
        text = (canvas.editable & ~canvas.ends)[draft]
        count = int(text.sum())  # places 1 … count
        if count + 1 > MOST_ROWS:
            raise EngineError(
                f"{count} places are more than the {MOST_ROWS - 1} of a canvas",
                "revise fewer at once",
            )
        rows = slice(0, count + 1)
        hidden_token, gate = canvas.masked[draft, rows], np.arange(count + 1) > 0
        sees = np.ones((count + 1, slots.count + count + 1), dtype=np.bool_)
        sees[0, slots.count + 1 :] = False
        ids = np.where(hidden_token, 0, canvas.ids[draft, rows])
        at = 1 + (int(prompt.at[-1]) if len(prompt.at) else -1) + np.arange(count + 1)
        hidden = trunk.read(slots, Rows(ids, at, sees, gate & (not self.shut), hidden_token))
        wanted = np.zeros((count, 1), dtype=np.int64)
        if asked is not None:
            wanted = asked[draft, 1 : count + 1, None]
        guess, told = trunk.follows(hidden[:count], wanted)
        end = canvas.special.end
        made = np.full((size, guess.ids.shape[-1]), end, dtype=np.int64)
        logp = np.full(made.shape, -np.inf)
        logp[:, 0] = 0.0  # what is no text of the gap is as it is
        made[1 : count + 1], logp[1 : count + 1] = guess.ids[0], guess.logp[0]
        of_asked = np.zeros(size)
        of_asked[1 : count + 1] = told[:, 0]
        return made, logp, of_asked


def masked(seen: BoolArray, at: IntArray, places: int, *, shut: bool = False) -> Rows:
    """Canvases that are masked all over: for each of `A` anchors what it sees [A, N], and its position [A].

    They see what stands in these N columns, and themselves: rows of A · places, columns of N + A · places. Where
    the gate is `shut` they are rows of the trunk.
    """
    count = len(at) * places
    own = np.repeat(np.repeat(np.eye(len(at), dtype=np.bool_), places, axis=0), places, axis=1)
    sees = np.hstack((np.repeat(seen, places, axis=0), own))
    rows = (at[:, None] + 1 + np.arange(places)).reshape(-1)
    every = np.ones(count, dtype=np.bool_)
    return Rows(np.zeros(count, dtype=np.int64), rows, sees, every & (not shut), every)


def _even(x: Float32) -> FloatArray:
    return np.asarray(x / np.sqrt(np.square(x).mean() + _EPS))
