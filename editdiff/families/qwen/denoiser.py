"""A trunk from left to right: the twin, with an ending that it can trust.

What it writes is a tree: the tokens of several drafts stand behind one context in the same slots, and each sees
the context and what its own draft holds before it. A trunk does not know when to stop; the `stop` head says so, and
what it says is the probability of the end token in every guess, taken from the others in equal shares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.errors import EngineError
from editdiff.families.base import USUAL, Sequel, StepCosts, Traits
from editdiff.families.qwen.canvas import PLACES, Ahead, CanvasNetwork, masked
from editdiff.families.qwen.packed import Float32
from editdiff.families.qwen.slots import Slots
from editdiff.families.qwen.stop import LAST, Around, Stop, features
from editdiff.families.qwen.trunk import Rows, Runtime
from editdiff.prompt.base import Prompt
from editdiff.prompt.chat import Instruction
from editdiff.prompt.fim import FillInMiddle
from editdiff.tokens.base import NONE, BoolArray, FloatArray, IntArray
from editdiff.tokens.canvas import Canvas
from editdiff.tokens.checkpoint import CheckpointTokenizer

SYSTEM = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
"""What the trunk's own chat template says first, where nobody says anything else."""
MOST_SCORED = 512
"""Rows that are scored at once."""


@dataclass(frozen=True)
class Cache:
    """A context of `N` tokens, and a tree of `T` tokens behind it; a value."""

    prompt: Prompt
    """[N]"""
    slots: Slots
    """[N + T]"""
    sees: BoolArray
    """[T, T] what each token of the tree sees of the tree; of the context, all see everything."""
    at: IntArray
    """[T] positions of the tree."""


def form(tokenizer: CheckpointTokenizer) -> FillInMiddle:
    """How the trunk is told what stands around the gaps."""
    return FillInMiddle(tokenizer, file="<|file_sep|>", heals=True)


def told(tokenizer: CheckpointTokenizer) -> tuple[Instruction, ...]:
    """How the trunk is told what to do with a part of a text: with what stands around it, and without."""
    return tuple(Instruction(tokenizer, SYSTEM, around) for around in (True, False))


class QwenDenoiser:
    """A packed trunk as a `CausalDenoiser` that writes several drafts at once."""

    def __init__(
        self,
        trunk: Runtime,
        tokenizer: CheckpointTokenizer,
        stop: Stop,
        traits: Traits,
        canvas: CanvasNetwork | None = None,
        costs: StepCosts = USUAL,
    ) -> None:
        """`canvas` is that whose adapter the trunk was loaded with; None without one."""
        self.trunk, self.tokenizer, self.stop, self.traits = trunk, tokenizer, stop, traits
        self.canvas, self.costs = canvas, costs
        self.prompt = form(tokenizer)
        self.asked = told(tokenizer)

    def encode(self, prompt: Prompt, cache: Cache | None = None) -> Cache:
        """Encode a context [C] causally; what it shares with the start of `cache` is reused."""
        shared = cache.prompt.shares(prompt) if cache else 0
        slots = cache.slots.first(shared) if cache else self.trunk.empty()
        count = len(prompt.ids) - shared
        if count:
            sees = np.tri(count, len(prompt.ids), shared, dtype=np.bool_)
            slots, _ = self.trunk.infer(slots, Rows(prompt.ids[shared:], prompt.at[shared:], sees))
        return Cache(prompt, slots, np.zeros((0, 0), dtype=np.bool_), np.zeros(0, dtype=np.int64))

    def extend(self, cache: Cache, ids: IntArray) -> tuple[Cache, Guess]:
        """Write `ids` [S] after the context; return the longer cache and what follows each, [1, S, TOP]."""
        if len(cache.at):
            raise ValueError("a context is extended, not a tree of drafts")
        before, prompt = len(cache.prompt.ids), cache.prompt.then(ids)
        sees = np.tri(len(ids), len(prompt.ids), before, dtype=np.bool_)
        slots, hidden = self.trunk.infer(cache.slots, Rows(ids, prompt.at[before:], sees))
        return replace(cache, prompt=prompt, slots=slots), self._guess(hidden, cache.prompt)

    def write(
        self, cache: Cache, ids: IntArray, behind: IntArray, wanted: IntArray
    ) -> tuple[Cache, Guess]:
        """Write `ids` [S] into the tree, each behind the token `behind` [S]; return what follows those `wanted`.

        A token is named by its number in the tree, in the order of writing; -1 is the end of the context. `wanted`
        are indices into `ids`, and the guess is [1, len(wanted), TOP].
        """
        longer, hidden = self._written(cache, ids, behind)
        return longer, self._guess(hidden[wanted], cache.prompt)

    @property
    def canvas_places(self) -> int:
        """Most places of a canvas that drafts; 0 without one."""
        return PLACES if self.canvas is not None else 0

    def write_and_draft(
        self, cache: Cache, ids: IntArray, behind: IntArray, anchors: IntArray, places: int
    ) -> tuple[Cache, Guess, list[Ahead]]:
        """As `write`, all of it wanted, with a canvas of so many `places` behind each anchor, an index into `ids`.

        Raises:
            ValueError: without an adapter.
        """
        if self.canvas is None:
            raise ValueError("the trunk was loaded without an adapter")
        longer, rows = self._placed(cache, ids, behind)
        drafts = masked(rows.sees[anchors], rows.at[anchors], places, shut=self.canvas.shut)
        slots, hidden = self.trunk.infer(cache.slots, rows.then(drafts))
        count = len(ids)
        kept = replace(longer, slots=slots.only(cache.slots.count + count))
        guess, logp = self._follows(hidden, cache.prompt)
        aheads = self.canvas.aheads(hidden[count:], guess.part(slice(count, None)), places)
        own = guess.part(slice(count))
        return kept, self._with_end(own, hidden[:count], logp[:count], cache.prompt), aheads

    def branch(
        self, cache: Cache, ids: IntArray, behind: IntArray, asked: IntArray
    ) -> tuple[Cache, Guess, FloatArray]:
        """Write `ids` [S] into the tree; what follows each, and how likely `asked` [S] does, by the trunk alone."""
        longer, hidden = self._written(cache, ids, behind)
        guess, logp = self.trunk.follows(hidden, asked[:, None])
        return longer, guess, logp[:, 0]

    def only(self, cache: Cache, count: int) -> Cache:
        """The first so many tokens of the tree alone; what stood behind them is given up."""
        return _first(cache, count, cache.slots.only(len(cache.prompt.ids) + count))

    def read_on(self, cache: Cache, sequels: Sequence[Sequel]) -> FloatArray:
        """Log-probability [len(sequels)] that the gap ends at each place, judged by what would follow it there."""
        told = np.array([sequel.ending for sequel in sequels])
        kinds = np.array([self.judged_as(cache.prompt, sequel) for sequel in sequels])
        if not set(kinds.tolist()) & set(self.stop.judges):
            return told
        read = self.likelihoods(cache, sequels)
        for kind in set(kinds.tolist()):
            these = np.flatnonzero(kinds == kind)
            told[these] = self.stop.judged(kind, told[these], [read[i] for i in these])
        return told

    def judged_as(self, prompt: Prompt, sequel: Sequel) -> str:
        """Which one of `stop.JUDGED` an ending is."""
        ends = sequel.ids[-1] == self.tokenizer.special.end
        return LAST if ends else Around.of(prompt, self.tokenizer).kind

    def likelihoods(self, cache: Cache, sequels: Sequence[Sequel]) -> list[FloatArray]:
        """Of each place the log-probabilities of the tokens of the text after the gap, in nats; nothing is kept.

        Where the tree is one draft they are read right behind the place, one after the other: so they are what they
        would be if nothing were guessed behind it. Of several drafts all places are read in one forward.
        """
        if not np.tril(~cache.sees).any():
            ends = [sequel.behind + 1 for sequel in sequels]
            bases = [_first(cache, end, cache.slots.first(_context(cache) + end)) for end in ends]
            alone = zip(bases, sequels, strict=True)
            return [self._likelihoods(base, [sequel])[0] for base, sequel in alone]
        return self._likelihoods(cache, sequels)

    def _likelihoods(self, cache: Cache, sequels: Sequence[Sequel]) -> list[FloatArray]:
        """As `likelihoods`, read behind the whole tree."""
        if not sequels:
            return []
        ids = [token for s in sequels for token in (s.token, *s.ids[:-1])]
        counts = [len(sequel.ids) for sequel in sequels]
        behind = len(cache.at) + np.arange(len(ids)) - 1
        behind[np.cumsum([0, *counts[:-1]])] = [sequel.behind for sequel in sequels]
        hidden = self._read(cache, np.array(ids), behind)
        asked = np.array([token for sequel in sequels for token in sequel.ids])
        _, logp = self.trunk.follows(hidden, asked[:, None])
        return np.split(logp[:, 0], np.cumsum(counts)[:-1])

    def propose(self, cache: Cache, canvas: Canvas, asked: IntArray | None = None) -> Guess:
        """Name every place of a canvas [B, L] of one gap, whose length is known: up to its `<end>`, or all of it.

        Each place is named in view of the context and of all other places, the first one by the trunk, which sees
        the context alone. Of the ids `asked` [B, L], each at its place, it tells the log-probabilities as well.

        Raises:
            EngineError: without an adapter, and for several gaps, or more places than are run at once.
        """
        if self.canvas is None:
            raise EngineError(
                "this model writes from left to right alone",
                "take another model for what needs a canvas: --model nano",
            )
        return self.canvas.named(self.trunk, cache.slots, cache.prompt, canvas, asked)

    def score(self, cache: Cache, ids: IntArray) -> FloatArray:
        """Causal log-probability [B, L-1] of `ids[:, 1:]`, each after all before it, in nats; 0 for padding."""
        total = np.zeros((ids.shape[0], ids.shape[1] - 1))
        counts = ids[:, 1:] != self.tokenizer.special.pad
        at_once = max(1, MOST_SCORED // max(1, total.shape[1]))
        for start in range(0, len(ids), at_once):
            part = slice(start, start + at_once)
            if counts[part].any():
                total[part][counts[part]] = self._scored(cache, ids[part], counts[part])
        return total

    def places(self, cache: Cache, ids: IntArray) -> tuple[Around, Float32, FloatArray]:
        """What tells an ending behind each of `ids` [S]: hidden states [S, width], and features (see `stop`)."""
        hidden = self._read(cache, ids, np.arange(len(ids)) - 1)
        around = Around.of(cache.prompt, self.tokenizer)
        guess, logp = self.trunk.follows(hidden, np.full((len(ids), 1), around.next))
        return around, hidden, features(guess, logp[:, 0], around)

    def _scored(self, cache: Cache, ids: IntArray, counts: BoolArray) -> FloatArray:
        """[R] log-probabilities of the tokens that count, of [B, L-1], row by row."""
        rows, targets = ids[:, :-1][counts], ids[:, 1:][counts]
        behind = np.arange(len(rows)) - 1
        lengths = counts.sum(axis=1)
        behind[(np.cumsum(lengths) - lengths)[lengths > 0]] = NONE
        bare = _first(cache, 0, cache.slots.first(_context(cache)))
        hidden = self._read(bare, rows, behind)
        if cache.prompt.ends:
            return np.asarray(self.trunk.follows(hidden, targets[:, None])[1][:, 0])
        around = Around.of(cache.prompt, self.tokenizer)
        ends = targets == self.tokenizer.special.end
        asked = np.stack((np.where(ends, 0, targets), np.full(len(rows), around.next)), axis=1)
        guess, logp = self.trunk.follows(hidden, asked)
        ending = self.stop.probability(hidden, guess, logp[:, 1], around)
        return np.asarray(np.where(ends, np.log(ending), logp[:, 0] + np.log1p(-ending)))

    def _written(self, cache: Cache, ids: IntArray, behind: IntArray) -> tuple[Cache, Float32]:
        """Write into the tree; return the hidden states [S, width] too."""
        longer, rows = self._placed(cache, ids, behind)
        slots, hidden = self.trunk.infer(cache.slots, rows)
        return replace(longer, slots=slots), hidden

    def _read(self, cache: Cache, ids: IntArray, behind: IntArray) -> Float32:
        """Hidden states [S, width] of what is read behind tokens of the tree; nothing is written."""
        return self.trunk.read(cache.slots, self._placed(cache, ids, behind)[1])

    def _placed(self, cache: Cache, ids: IntArray, behind: IntArray) -> tuple[Cache, Rows]:
        """The longer tree, its slots not written yet, and the rows that write them."""
        context, old, new = len(cache.prompt.ids), len(cache.at), len(ids)
        sees = np.zeros((old + new, old + new), dtype=np.bool_)
        sees[:old, :old] = cache.sees
        at = np.concatenate((cache.at, np.zeros(new, dtype=np.int64)))
        last = int(cache.prompt.at[-1]) if context else -1
        for number, parent in enumerate(behind.tolist(), old):
            at[number] = 1 + (last if parent == NONE else at[parent])
            if parent != NONE:
                sees[number] = sees[parent]
            sees[number, number] = True
        seen = np.hstack((np.ones((new, context), dtype=np.bool_), sees[old:]))
        return Cache(cache.prompt, cache.slots, sees, at), Rows(ids, at[old:], seen)

    def _guess(self, hidden: Float32, prompt: Prompt) -> Guess:
        """What follows each of [S, width], the end among it: [1, S, TOP]; an answer ends as its prompt says."""
        guess, logp = self._follows(hidden, prompt)
        return self._with_end(guess, hidden, logp, prompt)

    def _follows(self, hidden: Float32, prompt: Prompt) -> tuple[Guess, FloatArray]:
        """What follows each of [S, width], no end among it, and log-probabilities [S] of what follows the gap."""
        asked = 0 if prompt.ends else Around.of(prompt, self.tokenizer).next
        guess, logp = self.trunk.follows(hidden, np.full((len(hidden), 1), asked))
        return guess, logp[:, 0]

    def _with_end(self, guess: Guess, hidden: Float32, logp: FloatArray, prompt: Prompt) -> Guess:
        """A guess with the end as likely as the stop head says; of an answer as it is."""
        if prompt.ends:
            return guess
        around = Around.of(prompt, self.tokenizer)
        ending = self.stop.probability(hidden, guess, logp, around)
        return with_end(guess, ending, self.tokenizer.special.end)


def _context(cache: Cache) -> int:
    """Tokens of the context."""
    return len(cache.prompt.ids)


def _first(cache: Cache, count: int, slots: Slots) -> Cache:
    """A cache with the first so many tokens of its tree, in their `slots`."""
    return Cache(cache.prompt, slots, cache.sees[:count, :count], cache.at[:count])


def with_end(guess: Guess, ending: FloatArray, end: int) -> Guess:
    """A guess [1, S, TOP] in which `end` has the probability `ending` [S], the others their share of the rest."""
    logp = np.where(guess.ids == end, -np.inf, guess.logp + np.log1p(-ending)[None, :, None])
    least = logp.argmin(axis=-1)[..., None]
    ids = guess.ids.copy()
    np.put_along_axis(ids, least, end, axis=-1)
    np.put_along_axis(logp, least, np.log(ending)[None, :, None], axis=-1)
    order = np.argsort(-logp, axis=-1, kind="stable")
    return Guess(np.take_along_axis(ids, order, axis=-1), np.take_along_axis(logp, order, axis=-1))
